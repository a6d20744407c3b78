"""Card with the findings of the data check, the most harmful first; a chosen one shows its photos."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QPushButton, QSizePolicy, QWidget

from studio.data.journal.accepted import is_accepted
from studio.events import Dataset, Finding
from studio.formatting import numbers, typography
from studio.formatting.language import counted, tr, translated
from studio.ui.stations.images.finding_fixes import FindingFixes
from studio.ui.stations.images.pair_view import PairPanel
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.tables.table_copy import make_copyable
from studio.ui.widgets.wrapped_label import WrappedLabel

ICONS = {"error": ("alert-circle", "bad"), "warning": ("alert", "caution"), "info": ("information", "muted")}
SPOKEN = {"error": tr("Problem"), "warning": tr("Warning"), "info": tr("Note")}
MOST_ROWS, FEW_ROWS = 5, 2
"""Number of findings seen at once, at most and at least; the others are scrolled."""

LISTED = 4
"""Number of details named in the explanation; the others are in its tooltip."""


class FindingsList(QListWidget):
    """The titles. A second click on the chosen one, or Esc, shows all photos again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Findings of the data check"))
        self.setAccessibleDescription(tr("Photos of the selected finding are shown; Esc shows all."))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setIconSize(theme.ICON)
        self._again = False
        self._rows = MOST_ROWS
        make_copyable(self)

    def show_rows(self, rows: int) -> None:
        """Show up to this number of rows at once; the others are scrolled."""
        if rows != self._rows:
            self._rows = rows
            self.updateGeometry()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember whether the selected finding is clicked again."""
        item = self.itemAt(event.position().toPoint())
        self._again = item is not None and item.isSelected()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Clear the selection after a second click."""
        super().mouseReleaseEvent(event)  # selects the row again
        if self._again:
            self._again = False
            self.clearSelection()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Clear the selection on Esc."""
        if event.key() == Qt.Key.Key_Escape and self.selectedItems():
            self.clearSelection()
            return
        super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        """Height of all rows, up to as many as there is room for."""
        row = self.sizeHintForRow(0) if self.count() else 0
        return QSize(240, row * min(self._rows, self.count()) + 2 * self.frameWidth())

    def minimumSizeHint(self) -> QSize:
        """Height of two rows."""
        row = self.sizeHintForRow(0) if self.count() else 0
        return QSize(120, row * min(FEW_ROWS, self.count()) + 2 * self.frameWidth())


class FindingsCard(Card):
    """The findings, and why the chosen one matters.

    Signals:
        photos_requested: Relative paths of the photos of the chosen finding; empty for all photos.
        crop_requested: Choose a crop policy for the first photo (relative path) of the chosen finding.
        requested: A `JournalRequest` that settles the chosen finding.
    """

    photos_requested = Signal(object)
    crop_requested = Signal(str)
    requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Data check"), parent)
        self._findings: tuple[Finding, ...] = ()
        self._state: object = None
        self._dataset: Dataset | None = None
        self.list = FindingsList(self)
        self.list.itemSelectionChanged.connect(self._chosen)
        self.why = WrappedLabel(self)
        self.why.setWordWrap(True)
        self.why.setTextFormat(Qt.TextFormat.PlainText)
        self.why.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.body.addWidget(self.list)
        self.fixes = FindingFixes(self)
        self.fixes.requested.connect(self.requested)
        self.body.addWidget(self.fixes)
        self.pairs = PairPanel(self)  # the page puts it beside the grid, where it has room
        self.pairs.requested.connect(self.requested)
        self.body.addWidget(self.why)
        self.crop = QPushButton(tr("Choose a crop policy…"), self)
        self.crop.setProperty("role", "link")
        self.crop.setToolTip(tr("Show the first of these photos, and what a network sees of it, in Preprocess"))
        self.crop.clicked.connect(self._ask_for_crop)
        self.body.addWidget(self.crop, 0, Qt.AlignmentFlag.AlignLeft)
        theme.when_changed(self._paint)
        self.show_dataset(None)

    def show_dataset(self, dataset: Dataset | None, running: bool = True) -> None:
        """Show the findings of a data set; the same finding stays chosen.

        Args:
            dataset: The data set; None for none.
            running: False where no job reads the photos, so that an unfinished check will not go on.
        """
        checked = dataset is not None and dataset.checked
        accepted = dataset.choices.accepted if dataset is not None else ()
        findings = dataset.findings if dataset is not None and checked else ()
        key = (
            findings,
            accepted,
            dataset is None,
            checked or running,
            checked,
            dataset.choices.photos if dataset is not None else (),
        )
        if key == self._state:
            return
        self._state = key
        chosen = self.finding()
        chose = dataset is not None and self._dataset is not None and dataset.choices != self._dataset.choices
        self._dataset = dataset
        self._findings = tuple(sorted(findings, key=lambda finding: is_accepted(finding, accepted)))
        self.list.blockSignals(True)
        self.list.clear()
        for finding in self._findings:
            done = is_accepted(finding, accepted)
            title = typography.one_line(translated(finding.title))
            text = title + (tr(" · accepted") if done else "")
            item = QListWidgetItem(text, self.list)
            item.setToolTip(typography.tip(f"{title}\n{translated(finding.why)}"))
            spoken = f"{tr('Accepted') if done else SPOKEN[finding.severity]}: {text}"
            item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)
        self.list.blockSignals(False)
        self._paint()
        self.set_title(self._title_text(dataset, checked, running))
        self.list.setVisible(bool(self._findings))
        self.list.updateGeometry()
        again = next((row for row, one in enumerate(self._findings) if chosen and one.kind == chosen.kind), -1)
        if again >= 0:
            self.list.setCurrentRow(again)
        elif chosen is not None and not chose:  # after a choice, the photos that it settled stay visible
            self.photos_requested.emit(frozenset())
        self._explain()

    def finding(self) -> Finding | None:
        """The chosen finding."""
        rows = self.list.selectedIndexes()
        return self._findings[rows[0].row()] if rows and rows[0].row() < len(self._findings) else None

    def choose(self, kind: str) -> bool:
        """Choose the finding of a kind; where there is none, clear the choice and return False."""
        row = next((row for row, one in enumerate(self._findings) if one.kind == kind), -1)
        if row < 0:
            self.list.blockSignals(True)
            self.list.clearSelection()
            self.list.blockSignals(False)
            self._explain()
            return False
        if self.finding() is self._findings[row]:
            self._chosen()
        self.list.setCurrentRow(row)
        return True

    def clear(self) -> None:
        """Choose no finding."""
        self.list.clearSelection()

    def _title_text(self, dataset: Dataset | None, checked: bool, running: bool) -> str:
        if dataset is None:
            return tr("Data check")
        if not checked:
            return tr("Data check · running") if running else tr("Data check · not finished, rescan the folder")
        number = len(self._findings)
        return tr("Data check · {findings}").format(
            findings=counted(number, "finding") if number else tr("nothing found")
        )

    def _paint(self) -> None:
        shades = theme.current()
        for row, finding in enumerate(self._findings):
            if (item := self.list.item(row)) is not None:
                name, role = ICONS[finding.severity]
                item.setIcon(theme.icon(name, getattr(shades, role)))

    def _chosen(self) -> None:
        finding = self.finding()
        self._explain()
        self.photos_requested.emit(frozenset() if finding is None else photos_of(finding))

    def _ask_for_crop(self) -> None:
        finding = self.finding()
        if finding is not None and finding.photos:
            self.crop_requested.emit(str(finding.photos[0]))

    def _explain(self) -> None:
        finding = self.finding()
        self.why.setVisible(finding is not None)
        self.crop.setVisible(finding is not None and finding.kind == "extreme_aspect")
        self.fixes.show_finding(finding, self._dataset)
        self.pairs.show_finding(finding, self._dataset)
        if finding is None:
            return
        names = finding.classes or tuple(one if isinstance(one, str) else " = ".join(one) for one in finding.photos)
        details = tuple(map(translated, finding.details)) or ("",) * len(names)
        lines = [f"{name}: {detail}" if detail else name for name, detail in zip(names, details, strict=False)]
        lines = [typography.one_line(line) for line in lines]
        more = (
            [tr("and {number} more").format(number=numbers.exact(len(lines) - LISTED))] if len(lines) > LISTED else []
        )
        parts = [f"{translated(finding.why)} {translated(finding.advice)}", *lines[:LISTED], *more]
        self.why.setText("\n".join(map(typography.breakable, parts)))
        self.why.setToolTip(typography.tip("\n".join(lines[:40])))


def photos_of(finding: Finding) -> frozenset[str]:
    """Relative paths of all photos of a finding."""
    return frozenset(path for one in finding.photos for path in ((one,) if isinstance(one, str) else one))
