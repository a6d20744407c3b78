"""Dialog for the user's description of a run: title, star, tags and note."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from studio.events import RunDescription, RunSummary
from studio.formatting.language import tr
from studio.runs.files.description import MAX_TITLE
from studio.session.runs import run_words
from studio.ui.theme import theme
from studio.ui.widgets.close_row import without_icons
from studio.ui.widgets.dialog_size import resize_dialog


class DescriptionDialog(QDialog):
    """Fields for the description; its title has the focus, so that F2, a name and Enter rename a run."""

    def __init__(
        self, run: RunSummary, agreed: Callable[[RunDescription, RunSummary], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("describe")
        self.setWindowTitle(tr("Describe run"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._run, self._agreed = run, agreed
        before = run.description
        self.title = QLineEdit(before.title, self)
        self.title.setMaxLength(MAX_TITLE)
        self.title.setPlaceholderText(run_words.name(run.spec))
        self.title.setAccessibleName(tr("Title"))
        self.starred = QCheckBox(tr("&Star"), self)
        self.starred.setChecked(before.starred)
        self.tags = QLineEdit(", ".join(before.tags), self)
        self.tags.setPlaceholderText(tr("baseline, for the paper"))
        self.tags.setAccessibleName(tr("Tags, separated by commas"))
        self.note = QPlainTextEdit(before.note, self)
        self.note.setTabChangesFocus(True)
        self.note.setAccessibleName(tr("Note"))
        form = QFormLayout()
        form.addRow(tr("&Title"), self.title)
        form.addRow("", self.starred)
        form.addRow(tr("Ta&gs"), self.tags)
        form.addRow(tr("&Note"), self.note)
        of = QLabel(f"{run_words.name(run.spec)} · {run_words.clock(run.started)}", self)
        of.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_color_role(of, "muted")
        kinds = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(kinds.Save | kinds.Cancel, self)
        without_icons(buttons)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addWidget(of)
        column.addLayout(form)
        column.addWidget(buttons)
        resize_dialog(self, 460, 340)
        self.title.selectAll()
        self.title.setFocus()

    def accept(self) -> None:
        """Pass the description on."""
        super().accept()
        tags = tuple(dict.fromkeys(tag.strip()[:MAX_TITLE] for tag in self.tags.text().split(",") if tag.strip()))
        title, note = self.title.text().strip(), self.note.toPlainText().strip()
        self._agreed(RunDescription(title, note, self.starred.isChecked(), tags), self._run)
