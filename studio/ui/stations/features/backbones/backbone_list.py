"""List of about 1,400 backbones, filtered while the user types.

A click or Enter selects one; moving with the arrow keys does not, because each selection loads a network. Whether
weights are on disk is looked up only for rows that are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, QStringListModel, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from studio.catalog import catalog
from studio.catalog.catalog import BackboneInfo
from studio.formatting import numbers
from studio.formatting.language import tr
from studio.ui.theme import theme
from studio.ui.widgets.elided_label import fitting
from studio.ui.widgets.fields.search_line import SearchLine
from studio.ui.widgets.tables.table_copy import make_copyable

Index = QModelIndex | QPersistentModelIndex
ENTRY, CHOSEN, PLACE = (Qt.ItemDataRole.UserRole + number for number in range(3))
MARGIN = 8
COPIED = (
    tr("Backbone"),
    tr("Parameters"),
    tr("MACs"),
    tr("ImageNet top-1 %"),
    tr("Input"),
    tr("Source"),
    tr("License"),
    tr("Weights"),
)


def figures(entry: BackboneInfo) -> str:
    """Size, cost and accuracy in one line: "4.7 M · 0.4 GMACs · 75 % ImageNet"."""
    giga = entry.macs / 1e9
    cost = f"{giga:.1f}" if giga >= 0.095 else f"{giga:.2g}"
    parts = [numbers.count(entry.parameters), tr("{cost}\u202fGMACs").format(cost=cost)]
    if entry.accuracy is not None:
        parts.append(tr("{accuracy:.0f}\u202f% ImageNet").format(accuracy=entry.accuracy))
    return " · ".join(parts)


def fitted_figures(entry: BackboneInfo, metrics: QFontMetrics, width: int) -> str:
    """As many of the figures as fit, none of them shortened, which would change a number. All are in the tooltip."""
    parts = figures(entry).split(" · ")
    while len(parts) > 1 and metrics.horizontalAdvance(" · ".join(parts)) > width:
        parts.pop()
    return metrics.elidedText(" · ".join(parts), Qt.TextElideMode.ElideRight, width)


def place_of(entry: BackboneInfo) -> tuple[str, str]:
    """Where the weights are, in a word or two, and the color role of these. Reads the disk."""
    where = catalog.whereabouts(entry)
    if where == "to download":
        return f"↓ {entry.download_mb:.0f}{numbers.NARROW}MB", "muted"
    return {
        "bundled": (tr("bundled"), "accent"),
        "on disk": (tr("on disk"), "good"),
        "none": (tr("no weights"), "muted"),
    }[where]


class BackboneModel(QStringListModel):
    """The backbones that match the search.

    A `QStringListModel` of their names, so that Qt counts the rows without calling Python: while the view lays out
    1,400 rows, it asks for their number 2,900 times.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.entries: Sequence[BackboneInfo] = catalog.load()
        self.chosen = ""
        self._places: dict[str, tuple[str, str]] = {}
        self.setStringList([entry.name for entry in self.entries])

    def search(self, text: str) -> None:
        """Keep the entries that contain every word of `text`."""
        self.entries = catalog.search(text) if text.strip() else catalog.load()
        self.setStringList([entry.name for entry in self.entries])

    def choose(self, name: str) -> None:
        """Mark a backbone as the chosen one."""
        self.chosen = name
        self._changed()

    def reset_places(self) -> None:
        """Discard cached states of weights: they may have been downloaded since."""
        self._places.clear()
        self._changed()

    def row_of(self, name: str) -> int:
        """Row of a backbone; -1 where the search excludes it."""
        return next((row for row, entry in enumerate(self.entries) if entry.name == name), -1)

    def place(self, entry: BackboneInfo) -> tuple[str, str]:
        """State of the weights, looked up once per entry."""
        if entry.name not in self._places:
            self._places[entry.name] = place_of(entry)
        return self._places[entry.name]

    def _changed(self) -> None:
        if self.entries:
            self.dataChanged.emit(self.index(0), self.index(len(self.entries) - 1))

    def flags(self, index: Index) -> Qt.ItemFlag:
        """An entry can be selected, not edited."""
        return (
            Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
            if index.isValid()
            else Qt.ItemFlag.NoItemFlags
        )

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The entry for the delegate, and text for the screen reader."""
        if not index.isValid() or index.row() >= len(self.entries):
            return None
        entry = self.entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            chosen = tr(", chosen") if entry.name == self.chosen else ""
            return f"{entry.name}, {figures(entry)}, {self.place(entry)[0]}{chosen}"
        if role == Qt.ItemDataRole.ToolTipRole:
            terms = entry.license or tr("license not stated")
            size = numbers.shape(entry.input_size)
            return tr("{name}\n{entry}\ninput {size} · {source} · {terms}").format(
                name=entry.name, entry=figures(entry), size=size, source=entry.source, terms=terms
            )
        return {ENTRY: entry, CHOSEN: entry.name == self.chosen, PLACE: None}.get(role)

    def copied_headings(self) -> Sequence[str]:
        """Headings of the copied columns."""
        return COPIED

    def copied_row(self, index: Index) -> Sequence[object]:
        """All facts of a backbone that its two lines show, as numbers."""
        entry = self.entries[index.row()]
        sizes = numbers.shape(entry.input_size)
        facts = (entry.parameters, entry.macs, entry.accuracy, sizes, entry.source, entry.license)
        return entry.name, *facts, self.place(entry)[0]


class BackboneDelegate(QStyledItemDelegate):
    """Draws a backbone in two lines: its name and the state of its weights, then its figures."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a row."""
        model, entry, shades = index.model(), index.data(ENTRY), theme.current()
        assert isinstance(model, BackboneModel)
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        if index.data(CHOSEN):
            painter.fillRect(rect, QColor(shades.accent_soft))
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), QColor(shades.accent))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, QColor(shades.raised))
        painter.setPen(QColor(shades.border))
        painter.drawLine(rect.left(), rect.bottom(), rect.right(), rect.bottom())
        if state & QStyle.StateFlag.State_HasFocus and state & QStyle.StateFlag.State_Active:
            painter.setPen(QColor(shades.accent))
            painter.drawRect(rect.adjusted(0, 0, -1, -2))
        self._write(painter, rect.adjusted(MARGIN, 5, -MARGIN // 2, -5), entry, model.place(entry))
        painter.restore()

    def _write(self, painter: QPainter, rect: QRect, entry: BackboneInfo, place: tuple[str, str]) -> None:
        shades = theme.current()
        small, bold = theme.scaled(0.88), theme.scaled(1.0, bold=True)
        sides = Qt.AlignmentFlag.AlignVCenter
        upper = QRect(rect.left(), rect.top(), rect.width(), rect.height() // 2)
        lower = QRect(rect.left(), upper.bottom() + 1, rect.width(), rect.height() - upper.height())
        painter.setFont(small)
        painter.setPen(QColor(getattr(shades, place[1])))
        place_width = QFontMetrics(small).horizontalAdvance(place[0]) + MARGIN
        fits = QFontMetrics(bold).horizontalAdvance(entry.name) <= upper.width() - place_width
        line = upper if fits else lower  # a long name gets a line of its own
        painter.drawText(line, sides | Qt.AlignmentFlag.AlignRight, place[0])
        line.setWidth(line.width() - place_width)
        large = fitting(bold, entry.name, upper.width())
        name = QFontMetrics(large).elidedText(entry.name, Qt.TextElideMode.ElideMiddle, upper.width())
        below = fitted_figures(entry, QFontMetrics(small), lower.width())
        for font, color, box, text in ((large, shades.text, upper, name), (small, shades.muted, lower, below)):
            painter.setFont(font)
            painter.setPen(QColor(color))
            painter.drawText(box, sides | Qt.AlignmentFlag.AlignLeft, text)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002
        """The same size for all rows."""
        return QSize(160, 2 * QFontMetrics(theme.scaled(1.0, bold=True)).height() + 12)


class BackboneView(QListView):
    """List view in which Enter selects the current row.

    Signals:
        picked: Index of the row.
    """

    picked = Signal(QModelIndex)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Emit `picked` for the current row on Enter or Space."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.currentIndex().isValid():
            self.picked.emit(self.currentIndex())
            return
        super().keyPressEvent(event)


class BackboneList(QWidget):
    """A search field above the list.

    Signals:
        backbone_chosen: Name in the catalog.
    """

    backbone_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = BackboneModel(self)
        tip = tr("Shows backbones with every word in their name, family or library. Down moves to the list")
        self.search = SearchLine(tr("Search backbones"), tr("Search backbones…"), tip, self)
        self.search.textChanged.connect(self._search)
        self.search.returnPressed.connect(self._choose_only)
        self.view = BackboneView(self)
        self.view.setAccessibleName(tr("Backbones"))
        self.view.setAccessibleDescription(tr("Enter uses a backbone."))
        self.view.setUniformItemSizes(True)
        self.view.setMouseTracking(True)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.view.setModel(self.model)
        self.search.lead_to(self.view)
        self.view.setItemDelegate(BackboneDelegate(self.view))
        make_copyable(self.view)
        self.view.clicked.connect(self._picked)
        self.view.picked.connect(self._picked)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.search)
        column.addWidget(self.view, 1)
        theme.when_changed(self.view.viewport().update)

    def choose(self, name: str) -> None:
        """Mark a backbone as the chosen one and scroll to it."""
        if name == self.model.chosen:
            return
        self.model.choose(name)
        self._show_chosen()

    def _show_chosen(self) -> None:
        row = self.model.row_of(self.model.chosen)
        if row >= 0:
            self.view.setCurrentIndex(self.model.index(row))
            self.view.scrollTo(self.model.index(row))

    def _search(self, text: str) -> None:
        self.model.search(text)
        self._show_chosen()

    def _choose_only(self) -> None:
        """Select the first match on Enter in the search field."""
        if self.model.rowCount():
            self._picked(self.model.index(max(0, self.model.row_of(self.search.text().strip()))))

    def _picked(self, index: QModelIndex) -> None:
        entry = index.data(ENTRY)
        if entry is not None and entry.name != self.model.chosen:
            self.backbone_chosen.emit(entry.name)
