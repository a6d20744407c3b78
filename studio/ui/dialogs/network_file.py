"""Dialog for the user's own network: its code, its factory, and the question whether it may run."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from studio.catalog import agreements
from studio.formatting import typography
from studio.formatting.language import tr, translated
from studio.session.plan.network_choice import NetworkChoice
from studio.spec import BackboneSpec, UserError
from studio.ui.system.network_file_reader import NetworkFileReader
from studio.ui.theme import theme
from studio.ui.widgets.close_row import without_icons
from studio.ui.widgets.dialog_size import resize_dialog
from studio.ui.widgets.elided_label import ElidedLabel
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.wrapped_label import WrappedLabel

READING = tr("Reading the file…")


class NetworkFileDialog(QDialog):
    """The content of a network file, which runs only after the user has agreed to it.

    Args:
        path: The file.
        before: The current backbone.
        chosen: Called with the backbone that the user has chosen.
        parent: Owner.
    """

    def __init__(
        self, path: str, before: BackboneSpec, chosen: Callable[[BackboneSpec], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("network_file")
        self.setWindowTitle(tr("Your own network"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._before, self._chosen = before, chosen
        self._choice: NetworkChoice | None = None
        self.words = WrappedLabel(READING, self)
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.code = QPlainTextEdit(self)
        self.code.setReadOnly(True)
        self.code.setTabChangesFocus(True)
        self.code.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.code.setFont(theme.mono())
        self.code.setAccessibleName(tr("Code of the file"))
        self.factory = QComboBox(self)
        self.factory.setEditable(True)
        self.factory.setFont(theme.mono())
        self.factory.setAccessibleName(tr("Function or class that makes the network"))
        self.factory.setToolTip(tr("A function without arguments, or a class: what it returns is the network"))
        self.factory.editTextChanged.connect(self._allow)
        self._content = ElidedLabel(self)
        self._content.setFont(theme.mono())
        self._form = QFormLayout()
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        place = ElidedLabel(self)
        place.show_text(path)
        self._form.addRow(tr("File"), place)
        self._form.addRow(tr("SHA-256"), self._content)
        self._form.addRow(tr("&Made by"), self.factory)
        self.obstacle = QLabel(self)
        theme.set_color_role(self.obstacle, "bad")
        self.obstacle.setWordWrap(True)
        self.obstacle.setTextFormat(Qt.TextFormat.PlainText)
        self.obstacle.hide()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        without_icons(buttons)
        self.use = buttons.addButton(tr("Run this file"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.cancel = buttons.button(QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addWidget(self.words)
        column.addLayout(self._form)
        column.addWidget(self.code, 1)
        column.addWidget(self.obstacle)
        column.addWidget(buttons)
        resize_dialog(self, 640, 560)
        self.cancel.setDefault(True)
        allow(self.use, READING)
        reader = NetworkFileReader(path, self)
        reader.file_read.connect(self._show)
        reader.failed.connect(self._fail)

    def accept(self) -> None:
        """Remember the agreement, and use the network."""
        assert self._choice is not None
        if not self._choice.agreed:
            try:
                agreements.agree(self._choice.file)
            except UserError as error:
                self._fail(f"{translated(error.title)} {translated(error.hint)}".strip())
                return
        super().accept()
        self._chosen(self._choice.spec(self.factory.currentText().strip(), self._before))

    def _show(self, choice: NetworkChoice) -> None:
        self._choice = choice
        self.words.setText(typography.unbroken(choice.question))
        theme.set_color_role(self.words, "ink" if choice.agreed else "caution")
        self.words.hold()
        self._content.show_text(choice.file.content)
        self.use.setText(choice.button)
        self.factory.addItems(list(choice.factories))
        self._form.setRowVisible(self.factory, choice.file.is_python)
        self.code.setVisible(choice.file.is_python)
        self.code.setPlainText(choice.text)
        if not choice.file.is_python:
            self.resize(self.width(), self.sizeHint().height())
        (self.use if choice.agreed else self.cancel).setDefault(True)
        self._allow()

    def _allow(self) -> None:
        if self._choice is not None:
            allow(self.use, self._choice.obstacle(self.factory.currentText().strip()))

    def _fail(self, text: str) -> None:
        self.words.hide()
        self.obstacle.setText(typography.breakable(text))
        self.obstacle.show()
        allow(self.use, tr("The file cannot be used."))
