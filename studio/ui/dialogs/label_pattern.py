"""Dialog for labels in file names: a pattern, and what it finds in the names of the folder."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from studio.data.folder.label_pattern import PROPOSALS, propose
from studio.formatting import typography
from studio.formatting.language import tr
from studio.session.photos import label_preview
from studio.ui.system.name_reader import NameReader
from studio.ui.theme import theme
from studio.ui.widgets.close_row import cancel_row
from studio.ui.widgets.dialog_size import resize_dialog
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.tables.table_copy import make_copyable
from studio.ui.widgets.wrapped_label import WrappedLabel

ABOUT = tr(
    "A regular expression is searched for in the name of each photo. The class is what its first group in parentheses "
    "matches, or, without a group, the whole match. Photos without a match are left out."
)
READING = tr("Reading the names of the photos…")


class LabelPatternDialog(QDialog):
    """A pattern with a preview.

    Args:
        folder: The folder of photos.
        pattern: The current pattern; "" proposes one.
        agreed: Called with the chosen pattern.
        parent: Owner.
    """

    def __init__(self, folder: str, pattern: str, agreed: Callable[[str], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("label_pattern")
        self.setWindowTitle(tr("Labels in file names"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._agreed = agreed
        self._names: tuple[str, ...] | None = None
        self._total = 0
        about = QLabel(ABOUT, self)
        about.setWordWrap(True)
        self.pattern = QComboBox(self)
        self.pattern.setEditable(True)
        self.pattern.addItems(PROPOSALS)
        self.pattern.setFont(theme.mono())
        self.pattern.setAccessibleName(tr("Pattern of labels"))
        self.pattern.setToolTip(tr("A regular expression; the list has common ones"))
        self.pattern.setEditText(pattern)
        self.pattern.editTextChanged.connect(self._try)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(tr("&Pattern"), self.pattern)
        self.table = QTableWidget(0, 2, self)
        self.table.setHorizontalHeaderLabels([tr("Photo"), tr("Class")])
        self.table.setAccessibleName(tr("Names of photos with the class that the pattern finds"))
        self.table.setAccessibleDescription(tr("The first photos of the folder, for a check."))
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.setColumnWidth(0, 300)
        make_copyable(self.table)
        self.words = WrappedLabel(READING, self)
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        buttons, self.use = cancel_row(self, tr("Use these labels"))
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addWidget(about)
        column.addLayout(form)
        column.addWidget(self.table, 1)
        column.addWidget(self.words)
        column.addWidget(buttons)
        resize_dialog(self, 560, 480)
        allow(self.use, READING)
        self.pattern.setFocus()
        reader = NameReader(folder, self)
        reader.names_read.connect(self._show_names)

    def accept(self) -> None:
        """Pass the pattern on."""
        super().accept()
        self._agreed(self.pattern.currentText())

    def _show_names(self, names: tuple[str, ...], total: int) -> None:
        self._names, self._total = names, total
        if not self.pattern.currentText():
            self.pattern.setEditText(propose(names))
        self._try()

    def _try(self) -> None:
        if self._names is None:
            return
        result = label_preview.preview(self._names, self._total, self.pattern.currentText())
        obstacle = result.obstacle if self._names else tr("The folder has no photos.")
        allow(self.use, obstacle)
        self.words.setText(typography.unbroken(typography.one_line(obstacle or result.words)))
        theme.set_color_role(self.words, "bad" if obstacle else "muted")
        self.words.hold()
        self.table.setRowCount(len(result.rows))
        for row, (name, label) in enumerate(result.rows):
            for place, text in enumerate((name, label or "–")):
                item = QTableWidgetItem(typography.one_line(text))
                item.setToolTip(typography.tip(text))
                self.table.setItem(row, place, item)
