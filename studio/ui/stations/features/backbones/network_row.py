"""Row of the backbone card with the user's own network, and the button that chooses its file."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from studio.formatting import typography
from studio.formatting.language import tr
from studio.spec import BackboneSpec
from studio.spec.network_file import parse
from studio.ui.dialogs import files
from studio.ui.dialogs.network_file import NetworkFileDialog
from studio.ui.theme import theme
from studio.ui.widgets.elided_label import ElidedLabel

KIND = tr("Networks (*.py *.pt2)")
NONE = tr("or your own")


class NetworkRow(QWidget):
    """The user's own network.

    Signals:
        backbone_chosen: The `BackboneSpec` of a network file.
    """

    backbone_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spec = BackboneSpec()
        self.name = ElidedLabel(self)
        self.button = QPushButton(tr("&Network file…"), self)
        self.button.setToolTip(
            tr("Use a network of your own: a Python file with a function that makes it, or a program of torch.export")
        )
        self.button.clicked.connect(self.ask_for_file)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.name, 1)
        row.addWidget(self.button)
        self.show_backbone(self._spec)

    @property
    def is_own(self) -> bool:
        """True where the current backbone is the user's own network."""
        return parse(self._spec.name) is not None

    def show_backbone(self, spec: BackboneSpec) -> None:
        """Show the network if it is the user's own."""
        self._spec = spec
        file = parse(spec.name)
        self.name.show_text(file.title if file is not None else NONE)
        self.name.setToolTip(typography.tip(typography.one_line(file.path)) if file is not None else NONE)
        theme.set_color_role(self.name, "accent" if file is not None else "muted")

    def ask_for_file(self) -> None:
        """Let the user choose a network file."""
        files.open_file(self, tr("Your own network"), KIND, self.choose_file)

    def choose_file(self, path: str) -> None:
        """Show the content of a file, and ask whether to use it."""
        NetworkFileDialog(path, self._spec, self.backbone_chosen.emit, self).open()
