"""Page in place of the layers while none are loaded: the reason, and buttons that help."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from studio.formatting import numbers
from studio.formatting.language import tr
from studio.session.state import AppState
from studio.spec.network_file import title_of
from studio.ui.theme import theme

CHOOSE_FILE = tr("Choose file…")
FILE_TIP = tr("Use the weights of a file on this computer instead")


class WaitingPage(QWidget):
    """Why no layers are shown.

    Attributes:
        download: Downloads the weights, where they are missing.
        file: Lets the user choose a weights file, where they are missing.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = QLabel(self)
        self._words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._words.setWordWrap(True)
        theme.set_color_role(self._words, "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(48, 0, 48, 0)
        column.setSpacing(12)
        column.addStretch(2)
        column.addWidget(self._words)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        self.download = QPushButton(tr("Download"), self)
        self.download.setProperty("role", "primary")
        self.download.setToolTip(
            tr("Download the pretrained weights once; other programs with the same cache can use them, too")
        )
        self.file = QPushButton(CHOOSE_FILE, self)
        self.file.setToolTip(FILE_TIP)
        for button in (self.download, self.file):
            button.hide()
            buttons.addWidget(button)
        buttons.addStretch(1)
        column.addLayout(buttons)
        column.addStretch(3)

    def text(self) -> str:
        """The reason shown."""
        return self._words.text()

    def show_state(self, state: AppState) -> None:
        """Draw the reason, and the buttons where the weights are missing."""
        job = state.jobs.get("inspect") or state.jobs.get("warm_up")
        missing = state.to_download if job is None and "features" not in state.faults else None
        self.download.setVisible(missing is not None)
        self.file.setVisible(missing is not None)
        title = title_of(state.spec.backbone.name)
        if missing is not None:
            self.download.setText(
                tr("Download {download_size}").format(download_size=numbers.download_size(missing))
                if missing
                else tr("Download")
            )
            text = tr("The weights of {title} are not on this computer. To download: {size}.").format(
                title=title, size=numbers.download_size(missing)
            )
        elif job is not None:
            text = tr("The layers of {title} appear here once it is loaded.").format(title=title)
        elif "features" in state.faults:
            text = tr("Choose another backbone, or other weights.")
        else:
            text = tr("The layers appear here once the backbone is loaded.")
        if self._words.text() != text:
            self._words.setText(text)
