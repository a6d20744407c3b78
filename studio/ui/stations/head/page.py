"""Station 4: how the head learns, and how it goes while it does.

The plots need pyqtgraph, which takes most of a second to import; so this page imports it when it is made, and the
window makes the page after its first paint.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QLabel, QStackedWidget, QVBoxLayout, QWidget

from studio.evaluate.metrics import Metric, over_epochs, task_of, task_of_epochs
from studio.events import Failed
from studio.session.selectors import counterpart, is_baseline, obstacle, stale, training
from studio.session.state import AppState
from studio.ui.page import Page
from studio.ui.stations.features.layers_card import CHOOSE_FILE, FILE_TIP, RETRY
from studio.ui.stations.head.epoch_table import EpochTable
from studio.ui.stations.head.form import HeadForm
from studio.ui.stations.head.proof_line import ProofLine
from studio.ui.stations.head.run_card import RunCard
from studio.ui.stations.head.run_list import RunListCard
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.notice import Notice
from studio.ui.widgets.splitter import Panels, scrolled

if TYPE_CHECKING:
    from studio.ui.plots.metric_curves import CurveCard

BAR = 12
"""Room for a scroll bar beside what scrolls."""


class HeadPage(Page):
    """Settings at the left, curves and epochs in the middle, the run at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = AppState()
        self._said: tuple[Any, ...] | None = None
        self._file_fault: Failed | None = None
        self.form = HeadForm(self)
        self.form.spec_requested.connect(self.spec_changed)
        self.run_card = RunCard(self)
        self.runs = RunListCard(self)
        parts = (scrolled(self.form), self._middle(), self._right())
        # As wide as their words are in the font there is; the form scrolls, so its own hint says nothing.
        form = self.form.minimumSizeHint().width() + BAR
        for part, least in zip(parts, (max(312, form), parts[1].minimumSizeHint().width(), 240), strict=True):
            part.setMinimumWidth(least)
        self.splitter = Panels(Qt.Orientation.Horizontal, parts, (312, 776, 288), (0, 1, 0), "head_columns", self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.splitter)

    def show_state(self, state: AppState) -> None:
        """Draw the state."""
        self._state = state
        run = state.run
        self.form.show_state(state)
        self.run_card.show_state(run, training(state) is not None, counterpart(state))
        self.runs.show_state(state)
        epochs, steps = (run.epochs, run.steps) if run is not None else ((), ())
        asked = run.started.spec.train.all_epochs if run is not None and run.status == "running" else 0
        asks = run.started.spec if run is not None else state.spec
        rule = asks.train.result
        task = task_of_epochs(epochs) if epochs else task_of(asks.dataset.targets)
        self._show_metrics(over_epochs(task, epochs))
        for card in self.curves:
            card.show_curves(epochs, steps, asked, rule)
        self.table.epochs.show(epochs, rule)
        if self._stack.currentIndex() != int(bool(epochs)):
            self._stack.setCurrentIndex(int(bool(epochs)))
        if (text := _why_empty(state)) != self._nothing.text():
            self._nothing.setText(text)
        self.proof.show_state(run)
        self._render_notice(state)

    def _show_metrics(self, metrics: Sequence[Metric]) -> None:
        """A card with curves for each metric; those that are there already are used again."""
        for metric in metrics[len(self.curves) :]:
            self._add_curves(metric)
        for place, card in enumerate(self.curves):
            card.setHidden(place >= len(metrics))
        for card, metric in zip(self.curves, metrics, strict=False):
            card.show_metric(metric)

    def _add_curves(self, metric: Metric) -> None:
        from studio.ui.plots.metric_curves import CurveCard

        card = CurveCard(metric, live=not self.curves, parent=self._plots)  # the loss comes first, and inside epochs
        card.failed.connect(self._show_file_fault)
        card.saved.connect(self._forget_file_fault)
        self._plots.addWidget(card)
        self._plots.setStretchFactor(len(self.curves), 1)
        self.curves.append(card)
        self._plots.setSizes([1000] * len(self.curves))

    def _middle(self) -> QWidget:
        middle = QWidget(self)
        self._notice = Notice(middle)
        self._notice.offer(RETRY, "Train again with these settings", self.train_requested)
        self._notice.offer(CHOOSE_FILE, FILE_TIP, self.file_requested)
        self.curves: list[CurveCard] = []
        self._plots = Panels(Qt.Orientation.Horizontal, (), (), (), parent=middle)
        self._show_metrics(over_epochs(task_of(self._state.spec.dataset.targets)))
        epochs = Card("Epochs", middle)
        self.table = EpochTable(epochs)
        self._nothing = QLabel(epochs)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setWordWrap(True)
        theme.set_color_role(self._nothing, "muted")
        self._stack = QStackedWidget(epochs)
        self._stack.addWidget(self._nothing)
        self._stack.addWidget(self.table)
        epochs.body.addWidget(self._stack, 1)
        self.proof = ProofLine(epochs)
        epochs.body.addWidget(self.proof)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self._notice)
        column.addWidget(self._plots, 5)
        column.addWidget(epochs, 6)
        return middle

    def _right(self) -> QWidget:
        pair = (self.runs, scrolled(self.run_card))
        return Panels(Qt.Orientation.Vertical, pair, (320, 440), (0, 1), "head_runs", self)

    def _render_notice(self, state: AppState) -> None:
        old = stale(state).get("head", "")
        looks = (
            state.faults.get("head"),
            old,
            state.warnings,
            self._file_fault,
            training(state) is not None,
            obstacle(state),
            state.to_download,
        )
        if looks == self._said:
            return
        self._said = looks
        fault = state.faults.get("head") or self._file_fault
        if fault is not None:
            self._notice.show_fault(fault)
            if fault is not self._file_fault and not obstacle(state):
                self._notice.show_actions(RETRY, *([CHOOSE_FILE] if state.to_download is not None else []))
        elif old:
            fine = is_baseline(state) or training(state) is not None  # what was asked for is no reason to worry
            self._notice.show_text("info" if fine else "caution", old)
        elif state.warnings:
            more = len(state.warnings) - 1
            last = state.warnings[-1]
            title = f"{last.title} ({more} more)" if more else last.title
            self._notice.show_text("caution", title, last.hint)
        else:
            self._notice.clear()

    def hideEvent(self, event: QHideEvent) -> None:
        """A file that could not be written is no matter of what is seen next time."""
        super().hideEvent(event)
        self._file_fault = None

    def _show_file_fault(self, fault: Failed) -> None:
        self._file_fault = fault
        self._render_notice(self._state)

    def _forget_file_fault(self) -> None:
        self._file_fault = None
        self._render_notice(self._state)


def _why_empty(state: AppState) -> str:
    """The text in place of the epochs before the first."""
    if training(state) is not None:
        return "The first epoch appears here when it is done."
    if hindrance := obstacle(state):
        return f"No epoch yet. {hindrance}"
    if state.run is not None and (done := state.run.started.resumed):
        return f"This run did not go on behind epoch {done}. Open shows what it came to."
    if state.run is not None:
        return "This run ended before its first epoch. Resume goes on with it, Train starts another one."
    return "No epoch yet. Train starts a run; its epochs appear here."
