"""Asks how many epochs a run that is done should have, and says what its schedule will do."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

from studio.events import RunSummary
from studio.formatting import numbers
from studio.session.run_list import last_epoch
from studio.ui.theme import theme

MOST = 100_000

EFFECTS = {
    "constant": "The rates are constant, so it goes on as if it had never ended.",
    "cosine": "The rates fell to zero along a cosine. A new cycle begins: they start high again and fall until the new "
    "last epoch.",
    "one_cycle": "The rates made one cycle. A new cycle begins: they rise and fall again until the new last epoch.",
}
"""What a schedule does where a run is extended."""


class ExtendDialog(QDialog):
    """One number and one sentence."""

    def __init__(self, run: RunSummary, agreed: Callable[[int], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("extend")
        self.setWindowTitle("Extend run")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._agreed = agreed
        self._end = last_epoch(run)
        self.epochs = QSpinBox(self)
        self.epochs.setRange(self._end + 1, max(MOST, self._end + 1))
        self.epochs.setValue(min(2 * self._end, MOST))
        self.epochs.setAccessibleName("Epochs in all")
        self.epochs.valueChanged.connect(self._say_more)
        self._more = QLabel(self)
        theme.set_color_role(self._more, "muted")
        form = QFormLayout()
        form.addRow("Epochs in &all", self.epochs)
        form.addRow("", self._more)
        head = f" after {numbers.many(run.spec.train.head_epochs, 'epoch')} of the head alone"
        so_far = QLabel(
            f"This run has {numbers.many(self._end, 'epoch')}{head if run.spec.train.head_epochs else ''}.", self
        )
        self.effect = QLabel(EFFECTS[run.spec.train.schedule], self)
        for label in (so_far, self.effect):
            label.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        go = buttons.addButton("Extend", QDialogButtonBox.ButtonRole.AcceptRole)
        go.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addWidget(so_far)
        column.addLayout(form)
        column.addWidget(self.effect)
        column.addWidget(buttons)
        self.setMinimumWidth(420)
        self._say_more()
        self.epochs.selectAll()
        self.epochs.setFocus()

    def _say_more(self) -> None:
        self._more.setText(f"{numbers.many(self.epochs.value() - self._end, 'epoch')} more")

    def accept(self) -> None:
        """Take the number."""
        super().accept()
        self._agreed(self.epochs.value())
