"""Dialog for a copy of the photos in use: its folder, and copies or links."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from studio.data.journal.words import summary
from studio.formatting import typography
from studio.formatting.language import counted, tr
from studio.session.state import AppState
from studio.ui.dialogs import files
from studio.ui.theme import theme
from studio.ui.widgets.close_row import without_icons
from studio.ui.widgets.enabling import allow

WORDS = tr(
    "Writes a new folder with a folder for each class, with your choices applied. The original photos are not changed; "
    "excluded ones are left out."
)


class CopyDialog(QDialog):
    """Asks for the new folder.

    Args:
        state: The state of the window.
        agreed: Called with the path of the new folder, and True for links.
        parent: Owner.
    """

    def __init__(self, state: AppState, agreed: Callable[[str, bool], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Write a cleaned copy"))
        self._agreed = agreed
        dataset = state.spec.dataset
        source = Path(dataset.folder, *dataset.folders[:1])  # with several folders, the copy is beside the first one
        photos = len(state.dataset.photos) if state.dataset is not None else 0
        choices = summary(state.dataset.choices.photos) if state.dataset is not None else ""
        words = QLabel(f"{counted(photos, 'photo')}" + (f"; {choices}." if choices else "."), self)
        words.setWordWrap(True)
        words.setFont(theme.scaled(1.0, bold=True))
        about = QLabel(WORDS, self)
        about.setWordWrap(True)
        theme.set_color_role(about, "muted")
        self.folder = QLineEdit(str(source.with_name(f"{source.name}-cleaned")), self)
        self.folder.setAccessibleName(tr("New folder"))
        self.folder.textChanged.connect(self._check)
        browse = QPushButton(tr("Choose…"), self)
        browse.setToolTip(tr("Choose the folder in which the new one is made"))
        browse.clicked.connect(self._browse)
        place = QHBoxLayout()
        place.addWidget(self.folder, 1)
        place.addWidget(browse)
        self.copies = QRadioButton(tr("Copies of the photos"), self)
        self.links = QRadioButton(tr("Links to the photos"), self)
        self.links.setToolTip(tr("Takes no space; the links break when the photos are moved"))
        self.copies.setChecked(True)
        form = QFormLayout()
        form.addRow(tr("New folder"), place)
        form.addRow(tr("With"), self.copies)
        form.addRow("", self.links)
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        without_icons(box)
        self.write = box.addButton(tr("Write"), QDialogButtonBox.ButtonRole.AcceptRole)
        box.accepted.connect(self._accept)
        box.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        for part in (words, about):
            column.addWidget(part)
        column.addLayout(form)
        column.addWidget(box)
        self.setMinimumWidth(520)
        self._check()

    def _browse(self) -> None:
        path = Path(self.folder.text())
        files.open_folder(self, str(path.parent), self._put, tr("Folder in which the copy is made"))

    def _put(self, parent: str) -> None:
        self.folder.setText(str(Path(parent, Path(self.folder.text()).name)))

    def _check(self) -> None:
        """Enable the button once a folder is named; the job checks the folder itself."""
        named = bool(self.folder.text().strip())
        allow(self.write, "" if named else tr("Name the new folder."))
        self.folder.setToolTip(typography.tip(typography.one_line(self.folder.text())))

    def _accept(self) -> None:
        self._agreed(self.folder.text().strip(), self.links.isChecked())
        self.accept()
