"""The Head page: the training settings, live curves and epochs, and the list of runs.

The plots need pyqtgraph, which takes most of a second to import; so it is imported when the page is built, after the
window's first paint.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QStackedWidget, QVBoxLayout, QWidget

from studio.evaluate.metrics import Metric, over_epochs, task_of, task_of_epochs
from studio.events import Failed
from studio.formatting.language import tr, translated
from studio.session.plan.rate_advice import applied
from studio.session.runs import written_elsewhere
from studio.session.runs.run_words import guessing
from studio.session.selectors import counterpart, is_baseline, obstacle, stale, training
from studio.session.state import AppState, RunState
from studio.ui.page import Page
from studio.ui.stations.features.layers_card import RETRY
from studio.ui.stations.features.waiting_page import CHOOSE_FILE, FILE_TIP
from studio.ui.stations.head.epoch_table import EpochTable
from studio.ui.stations.head.form import HeadForm
from studio.ui.stations.head.proof_line import ProofLine
from studio.ui.stations.head.rate_dialog import RateDialog
from studio.ui.stations.head.run_card import RunCard
from studio.ui.stations.head.run_list import RunListCard
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.notice import Notice
from studio.ui.widgets.part_by_part import PartByPart
from studio.ui.widgets.splitter import Panels, scrolled

if TYPE_CHECKING:
    from studio.ui.plots.metric_curves import CurveCard

USE_SETTINGS = tr("Use its settings")
USE_TIP = tr("Replace your settings with those of this run; “Back to my settings” restores yours")
BAR = 12
"""Width reserved for a scroll bar."""


class HeadPage(Page):
    """The Head page: settings at the left, curves and epochs in the middle, runs at the right.

    Attributes:
        parts: The parts of another run that are not drawn yet.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = AppState()
        self._notice_key: tuple[Any, ...] | None = None
        self._file_fault: Failed | None = None
        self.parts = PartByPart(self)
        self.form = HeadForm(self)
        self.form.spec_requested.connect(self.spec_changed)
        self.rates = RateDialog(self)
        self.form.advice_requested.connect(lambda: self.rates.open_with(self._state))
        self.rates.test_requested.connect(lambda: self.job_requested.emit("advise_rates", (self._state.spec,)))
        self.rates.rates_requested.connect(lambda rates: self.spec_changed.emit(applied(self._state.spec, rates)))
        self.run_card = RunCard(self)
        self.runs = RunListCard(self)
        self._settings = scrolled(self.form)
        parts = (self._settings, self._middle(), self._right())
        # Wide enough for the texts in the current font; the form scrolls, so its scroll area gives no useful hint.
        form = self.form.minimumSizeHint().width() + BAR
        for part, least in zip(
            parts, (max(312, form), parts[1].minimumSizeHint().width(), theme.enlarged(240)), strict=True
        ):
            part.setMinimumWidth(least)
        self.splitter = Panels(Qt.Orientation.Horizontal, parts, (312, 776, 288), (0, 1, 0), "head_columns", self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.splitter)

    def show_state(self, state: AppState) -> None:
        """Draw the state. The run, its curves and its epochs are drawn only while the page is visible."""
        before, self._state = self._state.run, state
        run = state.run
        self.form.show_state(state)
        if self.rates.isVisible():
            self.rates.show_state(state)
        self.runs.show_state(state)
        epochs = run.epochs if run is not None else ()
        spec = run.started.spec if run is not None else state.spec
        task = task_of_epochs(epochs) if epochs else task_of(spec.dataset.targets)
        self._show_metrics(over_epochs(task, epochs))
        if self.isVisible():
            self._show_parts(before, run)
        if (text := _why_empty(state)) != self._nothing.text():
            self._nothing.setText(text)
        self.proof.show_state(run)
        self._render_notice(state)

    def _show_parts(self, before: RunState | None, run: RunState | None) -> None:
        """Draw run, curves and epochs, another run's part by part; paint plots with a new epoch one by one."""
        if (before.id if before else "") != (run.id if run else ""):
            self._draw_later()
        elif before is not None and run is not None and len(run.epochs) != len(before.epochs):
            self.parts.begin(self.curves)
        if not self.parts.is_waiting(self.run_card):
            self._show_run()
        for card in self.curves:
            if not self.parts.is_waiting(card):
                self._show_curves(card)
        if not self.parts.is_waiting(self._stack):
            self._show_epochs()

    def _draw_later(self, *first: QWidget) -> None:
        """Draw run, epochs and curves part by part, after these parts were painted."""
        draw: dict[QWidget, Callable[[], None]] = {card: partial(self._show_curves, card) for card in self.curves}
        draw |= {self.run_card: self._show_run, self._stack: self._show_epochs}
        self.parts.begin((*first, self.run_card, self._stack, *self.curves), draw)

    def _show_run(self) -> None:
        state, run = self._state, self._state.run
        repetition = self.runs.table.runs.groups.get(run.id) if run is not None else None
        writer = written_elsewhere.summary(state)
        self.run_card.show_state(run, training(state) is not None, counterpart(state), repetition, writer)

    def _show_curves(self, card: CurveCard) -> None:
        run = self._state.run
        epochs, steps = (run.epochs, run.steps) if run is not None else ((), ())
        expected = run.started.spec.train.all_epochs if run is not None and run.status == "running" else 0
        spec = run.started.spec if run is not None else self._state.spec
        card.show_curves(epochs, steps, expected, spec.train.result)

    def _show_epochs(self) -> None:
        run = self._state.run
        epochs = run.epochs if run is not None else ()
        spec = run.started.spec if run is not None else self._state.spec
        self.table.epochs.show(epochs, spec.train.result, guessing(run))
        if self._stack.currentIndex() != int(bool(epochs)):
            self._stack.setCurrentIndex(int(bool(epochs)))

    def _show_metrics(self, metrics: Sequence[Metric]) -> None:
        """Show a card of curves for each metric, reusing the existing cards."""
        for metric in metrics[len(self.curves) :]:
            self._add_curves(metric)
        for place, card in enumerate(self.curves):
            card.setHidden(place >= len(metrics))
        for card, metric in zip(self.curves, metrics, strict=False):
            card.show_metric(metric)

    def _add_curves(self, metric: Metric) -> None:
        from studio.ui.plots.metric_curves import CurveCard

        # Only the first metric, the loss, is plotted within epochs, too.
        card = CurveCard(metric, live=not self.curves, parent=self._plots)
        card.failed.connect(self._show_file_fault)
        card.saved.connect(self._clear_file_fault)
        self._plots.addWidget(card)
        self._plots.setStretchFactor(len(self.curves), 1)
        self.curves.append(card)
        self._plots.setSizes([1000] * len(self.curves))

    def _middle(self) -> QWidget:
        middle = QWidget(self)
        self._notice = Notice(middle)
        self._notice.offer(RETRY, tr("Train again with these settings"), self.train_requested)
        self._notice.offer(CHOOSE_FILE, FILE_TIP, self.file_requested)
        self._notice.offer(USE_SETTINGS, USE_TIP, self._use_settings)
        self.curves: list[CurveCard] = []
        self._plots = Panels(Qt.Orientation.Horizontal, (), (), (), parent=middle)
        self._show_metrics(over_epochs(task_of(self._state.spec.dataset.targets)))
        epochs = Card(tr("Epochs"), middle)
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
        return Panels(Qt.Orientation.Vertical, pair, (500, 260), (1, 1), "head_runs", self)

    def _render_notice(self, state: AppState) -> None:
        old = stale(state).get("head", "")
        key = (
            state.faults.get("head"),
            old,
            state.warnings,
            self._file_fault,
            training(state) is not None,
            obstacle(state),
            state.to_download,
            writer := written_elsewhere.summary(state),
        )
        if key == self._notice_key:
            return
        self._notice_key = key
        fault = state.faults.get("head") or self._file_fault
        if fault is not None:
            self._notice.show_fault(fault)
            if fault is not self._file_fault and not obstacle(state):
                self._notice.show_actions(RETRY, *([CHOOSE_FILE] if state.to_download is not None else []))
        elif writer is not None:
            self._notice.show_text("info", written_elsewhere.title(writer), written_elsewhere.details(writer))
            self._notice.show_actions()
        elif old:
            fine = is_baseline(state) or training(state) is not None  # the user intended it: no warning
            self._notice.show_text("info" if fine else "caution", old)
            self._notice.show_actions(*([] if fine else [USE_SETTINGS]))
        elif state.warnings:
            more = len(state.warnings) - 1
            last = state.warnings[-1]
            title = tr("{title} ({more} more)").format(title=translated(last.title), more=more) if more else last.title
            self._notice.show_text("caution", title, translated(last.hint))
        else:
            self._notice.clear()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what has changed since the page was hidden, part by part: together the parts take 0.1 s."""
        super().showEvent(event)
        self._draw_later(self._settings, self.runs)

    def hideEvent(self, event: QHideEvent) -> None:
        """Discard the failure to save a plot: it is outdated when the page is shown again."""
        super().hideEvent(event)
        self._file_fault = None

    def _use_settings(self) -> None:
        """Select the run shown, and use its settings."""
        if self._state.run is not None:
            self.runs.chosen.emit(self._state.run.id)
            self.runs.settings_requested.emit()

    def _show_file_fault(self, fault: Failed) -> None:
        self._file_fault = fault
        self._render_notice(self._state)

    def _clear_file_fault(self) -> None:
        self._file_fault = None
        self._render_notice(self._state)


def _why_empty(state: AppState) -> str:
    """The text shown in place of an empty table of epochs."""
    if training(state) is not None:
        return tr("The first epoch appears here when it is done.")
    if reason := obstacle(state):
        return tr("No epochs yet. {reason}").format(reason=reason)
    if written_elsewhere.summary(state) is not None:
        return tr("The first epoch appears here when it is done.")
    if state.run is not None and (past := state.run.started.resumed):
        words = tr(
            "This run ended without an epoch after {past}. Select it in the list and press Show to see its results."
        )
        return words.format(past=past)
    if state.run is not None:
        return tr("This run ended before its first epoch. Resume continues it, Train starts a new one.")
    return tr("No epochs yet. Train starts a run; its epochs appear here.")
