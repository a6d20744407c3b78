"""Row above the map: tool, colors, thumbnails, zoom; and the legend below it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QIcon, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from studio.formatting import numbers
from studio.formatting.language import counted, tr
from studio.session.photos.map_view import COLOR_BY, LegendEntry
from studio.ui.plots.point_map import painting
from studio.ui.theme import class_colors, theme
from studio.ui.widgets.enabling import allow

TOOLS = {
    "hand": (tr("Hand"), tr("Drag moves the map (H)")),
    "lasso": (tr("Lasso"), tr("Drag around photos selects them; Shift adds, Alt takes away (L)")),
    "rectangle": (tr("Box"), tr("Drag a box around photos; Shift adds, Alt takes away (R)")),
}
"""Name and tooltip of each tool."""


class MapTools(QWidget):
    """The row above the map.

    Signals:
        tool_chosen: Name of a tool.
        colors_chosen: What the points are colored by.
        pictures_chosen: True for thumbnails.
        zoomed: Steps to zoom in.
        fit_requested: Show all points.
    """

    tool_chosen = Signal(str)
    colors_chosen = Signal(str)
    pictures_chosen = Signal(bool)
    zoomed = Signal(float)
    fit_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tools: dict[str, QPushButton] = {}
        group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        buttons = QHBoxLayout()
        buttons.setSpacing(0)
        for name, (title, tip) in TOOLS.items():
            button = QPushButton(title, self)
            button.setCheckable(True)
            button.setToolTip(tip)
            button.clicked.connect(lambda _checked, name=name: self.tool_chosen.emit(name))
            group.addButton(button)
            self.tools[name] = button
            buttons.addWidget(button)
        row.addLayout(buttons)
        label = QLabel(tr("Color by"), self)
        theme.set_color_role(label, "muted")
        self.colors = QComboBox(self)
        for key, title in COLOR_BY.items():
            self.colors.addItem(title, key)
        self.colors.setAccessibleName(tr("Color the points by"))
        self.colors.activated.connect(lambda _row: self.colors_chosen.emit(str(self.colors.currentData())))
        label.setBuddy(self.colors)
        self.pictures = QCheckBox(tr("Thumbnails"), self)
        self.pictures.setChecked(True)
        self.pictures.setToolTip(tr("Show photos where there is room"))
        self.pictures.toggled.connect(self.pictures_chosen)
        row.addWidget(label)
        row.addWidget(self.colors)
        row.addWidget(self.pictures)
        row.addStretch(1)
        for text, name, tip, slot in (
            ("−", tr("Zoom out"), tr("Zoom out (−, or the wheel)"), lambda: self.zoomed.emit(-1.0)),
            ("+", tr("Zoom in"), tr("Zoom in (+, or the wheel)"), lambda: self.zoomed.emit(1.0)),
            (tr("Fit"), tr("Show all photos"), tr("Show all photos (F)"), self.fit_requested.emit),
        ):
            small = QToolButton(self)
            small.setProperty("flat", False)
            small.setText(text)
            small.setAccessibleName(name)
            small.setToolTip(tip)
            small.clicked.connect(slot)
            row.addWidget(small)
        self.end = row
        self.show_tool("hand")

    def show_tool(self, name: str) -> None:
        """Show which tool is chosen."""
        self.tools[name].setChecked(True)

    def allow_answers(self, why: str, numeric: bool) -> None:
        """Enable what the points can be colored by.

        Args:
            why: The reason why right and wrong answers are unknown; "" where they are known.
            numeric: True where photos have numbers instead of classes.
        """
        allow(
            self.colors,
            "",
            f"{tr('Color the points by class, number, split or answers of the run shown.')} {why}".strip(),
        )
        model = self.colors.model()
        for row in range(self.colors.count()):
            key = self.colors.itemData(row)
            off = (key == "answer" and bool(why)) or key == ("class" if numeric else "value")
            item = model.item(row)  # type: ignore[attr-defined]
            item.setEnabled(not off)
        if self.colors.currentData() == ("class" if numeric else "value"):
            self.colors.setCurrentIndex(self.colors.findData("value" if numeric else "class"))


class Legend(QWidget):
    """The colors of the map; a click on a class shows it alone.

    Signals:
        label_chosen: Index of a class.
        likely_chosen: The likely label errors are to be shown.
    """

    label_chosen = Signal(int)
    likely_chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[object, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._all: tuple[LegendEntry, ...] = ()
        self._likely = 0
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(lambda: self.show_entries(self._all, self._likely))
        theme.when_changed(self._later.start)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self.entries: list[QPushButton] = []

    def show_entries(self, entries: Sequence[LegendEntry], likely: int) -> None:
        """Show the colors, as many as fit, and the number of likely label errors."""
        self._all, self._likely = tuple(entries), likely
        shown = (self._all, likely, theme.is_dark(), self.width())
        if shown == self._shown:
            return
        self._shown = shown
        while (item := self._row.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.entries = []
        room = max(self.width(), 320) - (190 if likely else 0) - 60
        left = 0
        for entry in entries:
            text = self.fontMetrics().elidedText(entry.title, Qt.TextElideMode.ElideMiddle, 120)
            button = self._entry(f"{text} · {numbers.exact(entry.number)}", _sign(entry.color), entry.label >= 0)
            button.setToolTip(tr("Show only {title}").format(title=entry.title) if entry.label >= 0 else entry.title)
            button.clicked.connect(lambda _checked, label=entry.label: self.label_chosen.emit(label))
            room -= button.sizeHint().width() + 4
            if room < 0:
                button.hide()
                button.deleteLater()
                left += 1
                continue
            self.entries.append(button)
            self._row.addWidget(button)
        if left:
            more = QLabel(tr("+ {left} more").format(left=left), self)
            theme.set_color_role(more, "muted")
            self._row.addWidget(more)
        if likely:
            button = self._entry(counted(likely, "likely label error"), _ring(), True)
            button.setToolTip(tr("Show the photos whose neighbors mostly have another label"))
            button.clicked.connect(self.likely_chosen)
            self.entries.append(button)
            self._row.addWidget(button)
        self._row.addStretch(1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many as fit now; later, because a layout must not change while it is being applied."""
        super().resizeEvent(event)
        self._later.start()

    def _entry(self, text: str, icon: QIcon, enabled: bool) -> QPushButton:
        button = QPushButton(icon, text.replace("&", "&&"), self)
        button.setProperty("role", "link")
        button.setIconSize(QSize(14, 14))
        button.setAccessibleName(text)
        if not enabled:
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        return button


def _sign(color: int) -> QIcon:
    return QIcon(painting.symbol(class_colors.colors()[color], color, False, False, 2.0))


def _ring() -> QIcon:
    pixmap = QPixmap(28, 28)
    pixmap.setDevicePixelRatio(2.0)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painting.ring(painter, 7, 7, 4, theme.current().caution, 2.0)
    return QIcon(pixmap)
