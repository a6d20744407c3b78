"""Field for one number; an invalid one is refused with a reason below the field."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from studio.formatting.language import tr, translated
from studio.formatting.numbers import compact as compact
from studio.spec.settings import Limits
from studio.ui.theme import theme
from studio.ui.widgets.enabling import WHY
from studio.ui.widgets.fields.commit_on_shortcut import CommitOnShortcut

_GROUPED = re.compile(r"\s*\d{1,3}(,\d{3})+\s*")


class NumberField(QWidget):
    """A number and, where the last input was refused, the reason below it.

    Signals:
        number_changed: The new number, as `int` where it is whole.
    """

    number_changed = Signal(object)

    def __init__(
        self,
        name: str,
        integer: bool,
        limits: Limits,
        parent: QWidget | None = None,
    ) -> None:
        """Make the field.

        Args:
            name: For the screen reader and the message.
            integer: True for whole numbers.
            limits: Bounds of the number.
            parent: Owner.
        """
        super().__init__(parent)
        self._name, self._integer, self._limits = name, integer, limits
        self._value: float = limits.ge or limits.gt or 0
        self.line = QLineEdit(self)
        self.line.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.line.setAccessibleName(name)
        self.line.editingFinished.connect(self._finish)
        self.line.textEdited.connect(self._judge)
        CommitOnShortcut(self.line, self._finish)
        self.message = QLabel(self)
        self.message.setWordWrap(True)
        theme.set_color_role(self.message, "bad")
        self.message.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.line)
        column.addWidget(self.message)

    def show_number(self, value: float) -> None:
        """Show the current number, unless the user is typing another."""
        self._value = value
        if not self.line.isModified():
            self._write()

    def show_instead(self, text: str) -> None:
        """Show a text in place of the number, which cannot be changed now; "" shows the number again."""
        self.line.setEnabled(not text)
        if text:
            self.line.setText(text)
            self.line.setModified(False)
            self._say("")
        else:
            self._write()

    def discard_invalid(self) -> None:
        """Show the current number in place of a refused input."""
        if not self.message.isHidden():
            self._write()

    def fault(self, text: str) -> str:
        """The reason why `text` is refused; "" where it is accepted."""
        kind = tr("a whole number") if self._integer else "a number"
        try:
            value = self._read(text)
        except ValueError:
            return tr("Type {kind}, {words}.").format(kind=kind, words=translated(self._limits.words()))
        return (
            ""
            if self._limits.allow(value)
            else tr("{name} must be {words}.").format(name=self._name, words=translated(self._limits.words()))
        )

    def _read(self, text: str) -> float:
        """The number that a text means: “50,000” is a whole number as the window writes it, and “0,5” is 0.5."""
        if self._integer:
            return int(text.replace(",", "") if _GROUPED.fullmatch(text) else text)
        return float(text.replace(",", "."))

    def _write(self) -> None:
        text = str(int(self._value)) if self._integer else compact(self._value)
        if self.line.text() != text:
            self.line.setText(text)
        self.line.setModified(False)
        self._say("")

    def _judge(self, text: str) -> None:
        """While the user types, remove a reason that no longer applies; a new one is shown only at the end."""
        if not self.message.isHidden():
            self._say(self.fault(text))

    def _finish(self) -> None:
        text = self.line.text().strip()
        fault = self.fault(text)
        self._say(fault)
        if fault or not self.line.isModified():
            return
        self.line.setModified(False)
        value = self._read(text)
        if value != self._value:
            self.number_changed.emit(value)
        else:
            self._write()

    def _say(self, fault: str) -> None:
        self.message.setText(fault)
        self.message.setVisible(bool(fault))
        self.line.setAccessibleDescription(fault or str(self.line.property(WHY) or ""))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step whole numbers with arrows; discard typed text with Escape."""
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
        if event.key() == Qt.Key.Key_Escape and self.line.isModified():
            self._write()
        elif self._integer and event.key() in steps and not self.fault(self.line.text().strip()):
            stepped = str(int(self._read(self.line.text())) + steps[Qt.Key(event.key())])
            if not self.fault(stepped):
                self.line.setText(stepped)
                self.line.setModified(True)
                self._finish()
        else:
            super().keyPressEvent(event)
