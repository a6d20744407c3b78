"""Dialog for a folder of photos on a server: its URL."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QDialog, QFormLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from studio.formatting.language import tr
from studio.system import remote
from studio.ui.theme import theme
from studio.ui.widgets.close_row import cancel_row
from studio.ui.widgets.enabling import allow

ABOUT = tr(
    "A folder with one folder of photos for each class, in an object store (s3://, gs://) or on a web server "
    "(https://, http://) that lists its folders. Photos are read when they are needed and are not copied to this disk."
)
NO_URL = tr("Enter a URL that begins with s3://, gs://, https:// or http://.")
EXAMPLE = "s3://bucket/photos"


class OpenUrlDialog(QDialog):
    """A field for a URL.

    Args:
        present: URL of the open folder; "" where it is on disk.
        agreed: Called with the URL.
        parent: Owner.
    """

    def __init__(self, present: str, agreed: Callable[[str], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("open_url")
        self.setWindowTitle(tr("Open a folder by URL"))
        self._agreed = agreed
        about = QLabel(ABOUT, self)
        about.setWordWrap(True)
        self.url = QLineEdit(present, self)
        self.url.setFont(theme.mono())
        self.url.setPlaceholderText(EXAMPLE)
        self.url.setAccessibleName(tr("URL of the folder"))
        self.url.setMinimumWidth(420)
        self.url.textChanged.connect(self._check)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(tr("&URL"), self.url)
        buttons, self.open_button = cancel_row(self, tr("Open"))
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addWidget(about)
        column.addLayout(form)
        column.addWidget(buttons)
        self._check()
        self.url.setFocus()

    def accept(self) -> None:
        """Pass the URL on."""
        if url := remote.url_of(self.url.text().strip()):
            super().accept()
            self._agreed(url)

    def _check(self) -> None:
        allow(self.open_button, "" if remote.url_of(self.url.text().strip()) else NO_URL)
