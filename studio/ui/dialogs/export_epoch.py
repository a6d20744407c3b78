"""Dialog that asks which epoch's head to export, where the best epoch is not the last one.

The epoch that is the result of the run is preselected: the pages show its metrics, photos and confusion matrix, and the
exported head gives the same ones.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QRadioButton, QVBoxLayout, QWidget

from studio.evaluate.epochs.best_epoch import criterion
from studio.evaluate.metrics import main_metric, task_of_epochs
from studio.events import Epoch
from studio.events.runs import WeightsChoice
from studio.formatting import numbers
from studio.formatting.language import tr, translated
from studio.spec import Result
from studio.ui.theme import theme
from studio.ui.widgets.close_row import cancel_row

ADVICE = tr(
    "The best epoch has the {}. It was selected on the validation photos, so its metrics are slightly optimistic."
)


class EpochDialog(QDialog):
    """Two choices, each with its metrics."""

    def __init__(
        self,
        last: Epoch,
        best: Epoch,
        rule: Result,
        agreed: Callable[[WeightsChoice, int], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("which_epoch")
        self.setWindowTitle(tr("Export head"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._agreed, self._last, self._best = agreed, last, best
        question = QLabel(tr("Which epoch's head should be exported?"), self)
        self.last = QRadioButton(tr("&Last epoch, {metrics_text}").format(metrics_text=metrics_text(last)), self)
        self.best = QRadioButton(tr("&Best epoch, {metrics_text}").format(metrics_text=metrics_text(best)), self)
        chosen = self.last if rule == "last" else self.best
        chosen.setChecked(True)
        note = QLabel(ADVICE.format(translated(criterion(rule, task_of_epochs((best,))))), self)
        note.setWordWrap(True)
        theme.set_color_role(note, "muted")
        buttons, _ = cancel_row(self, tr("Choose file…"))
        column = QVBoxLayout(self)
        column.setSpacing(12)
        for widget in (question, self.last, self.best, note, buttons):
            column.addWidget(widget)
        self.setMinimumWidth(440)
        chosen.setFocus()

    def accept(self) -> None:
        """Pass the choice on."""
        best = self.best.isChecked()
        super().accept()
        self._agreed("best" if best else "last", (self._best if best else self._last).epoch)


def metrics_text(epoch: Epoch) -> str:
    """“7: validation accuracy 94.8 %, loss 0.251”."""
    main = main_metric(task_of_epochs((epoch,)))
    figure = epoch.val(main.key)
    words = f"{main.name} {main.text(figure)}, " if figure is not None else ""
    return tr("{epoch}: validation {words}loss {val_loss}").format(
        epoch=epoch.epoch, words=words, val_loss=numbers.figures(epoch.val_loss)
    )
