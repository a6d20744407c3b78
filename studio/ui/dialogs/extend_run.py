"""Dialog that asks for the new number of epochs of a finished run, and explains its schedule."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFormLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

from studio.events import RunSummary
from studio.formatting import typography
from studio.formatting.language import counted, tr
from studio.session.runs.run_list import last_epoch
from studio.ui.theme import theme
from studio.ui.widgets.close_row import cancel_row

MOST = 100_000

EFFECTS = {
    "constant": tr("The learning rates are constant, so training continues as if it had never ended."),
    "cosine": tr(
        "The learning rates fell to zero along a cosine. A new cycle begins: they start high again and fall to "
        "zero at the new last epoch."
    ),
    "one_cycle": tr(
        "The learning rates completed a cycle. A new cycle begins: they rise and fall again until the end."
    ),
}
"""Effect of extending a run on each schedule."""


class ExtendDialog(QDialog):
    """A number of epochs and an explanation."""

    def __init__(
        self, run: RunSummary, agreed: Callable[[int], None], parent: QWidget | None = None, settings: str = ""
    ) -> None:
        """Make the dialog.

        Args:
            run: The run.
            agreed: Called with the new number of epochs.
            parent: Owner.
            settings: Which settings the run trains with, one or two sentences.
        """
        super().__init__(parent)
        self.setObjectName("extend")
        self.setWindowTitle(tr("Extend run"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._agreed = agreed
        self._end = last_epoch(run)
        self.epochs = QSpinBox(self)
        self.epochs.setRange(self._end + 1, max(MOST, self._end + 1))
        self.epochs.setValue(min(2 * self._end, MOST))
        self.epochs.setAccessibleName(tr("Total number of epochs"))
        self.epochs.valueChanged.connect(self._update_difference)
        self._difference = QLabel(self)
        theme.set_color_role(self._difference, "muted")
        form = QFormLayout()
        form.addRow(tr("&Total epochs"), self.epochs)
        form.addRow("", self._difference)
        head = tr(" after {epochs} of head warm-up").format(epochs=counted(run.spec.train.head_epochs, "epoch"))
        so_far = QLabel(
            tr("This run has {end}{value}.").format(
                end=counted(self._end, "epoch"), value=head if run.spec.train.head_epochs else ""
            ),
            self,
        )
        self.effect = QLabel(EFFECTS[run.spec.train.schedule], self)
        self.settings = QLabel(typography.one_line(settings), self)
        self.settings.setTextFormat(Qt.TextFormat.PlainText)
        self.settings.setVisible(bool(settings))
        for label in (so_far, self.effect, self.settings):
            label.setWordWrap(True)
        buttons, _ = cancel_row(self, tr("Extend"))
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addWidget(so_far)
        column.addLayout(form)
        column.addWidget(self.effect)
        column.addWidget(self.settings)
        column.addWidget(buttons)
        self.setMinimumWidth(420)
        self._update_difference()
        self.epochs.selectAll()
        self.epochs.setFocus()

    def _update_difference(self) -> None:
        self._difference.setText(tr("{epochs} more").format(epochs=counted(self.epochs.value() - self._end, "epoch")))

    def accept(self) -> None:
        """Pass the number on."""
        super().accept()
        self._agreed(self.epochs.value())
