"""The Evaluate page: the quality of a run, and the photos it predicts wrongly.

From the top: the bar that shows and switches run, epoch and part; the verdict and the metrics; at the left, tabs, each
with a card of its own; at the right, the photos that belong to the selection at the left. A card has `show_part`,
which gets the `PartResults` shown, and may have a signal `photos_requested` with a `PhotoSelection`. The file has
over 300 lines because one class connects the cards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from studio.evaluate.metrics import task_of
from studio.events import Report
from studio.formatting import typography
from studio.formatting.language import tr
from studio.session.evaluation import deciding, judging, judging_words, metric_tiles, verdict_words
from studio.session.evaluation.photo_selection import PhotoSelection
from studio.session.evaluation.verdict_words import ReasonRow
from studio.session.part_results import PartResults
from studio.session.selectors import cannot_export, ranges_of_run
from studio.session.state import AppState, RunState
from studio.spec.decision import DecisionRule
from studio.ui.page import Page
from studio.ui.stations.evaluate.compare.entry import CompareButtons
from studio.ui.stations.evaluate.compare.view import ComparisonView, beside
from studio.ui.stations.evaluate.matrix_card import MatrixCard
from studio.ui.stations.evaluate.photo_wall import PhotoWall
from studio.ui.stations.evaluate.summary.live_results import LiveResults
from studio.ui.stations.evaluate.summary.pending_part import PendingPart
from studio.ui.stations.evaluate.summary.result_notice import ResultNotice
from studio.ui.stations.evaluate.summary.rule_scoring import RuleScoring
from studio.ui.stations.evaluate.summary.run_bar import RunBar
from studio.ui.stations.evaluate.summary.tiles import Tiles
from studio.ui.stations.evaluate.summary.verdict_card import VerdictCard
from studio.ui.stations.evaluate.tables.class_card import ClassCard
from studio.ui.stations.evaluate.tables.probe_card import ProbeCard
from studio.ui.stations.evaluate.tables.slice_card import SliceCard
from studio.ui.theme import theme
from studio.ui.widgets.elided_label import ElidedLabel
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.page_stack import PageStack
from studio.ui.widgets.part_by_part import PartByPart
from studio.ui.widgets.splitter import Panels
from studio.ui.widgets.tabs import Tabs

if TYPE_CHECKING:
    from studio.ui.stations.evaluate.regression import NumberResults

NOTHING, RESULTS, NUMBERS, PENDING = range(4)
"""Indices in the stack."""

SPARE_TILES = 5
"""Number of tiles of most runs, built in advance."""

MANY, MANY_PHOTOS = 200, 2_000
"""Numbers of classes and photos from which other results are drawn part by part.

At once, 1,000 classes take 0.13 s, 40,000 photos 0.06 s.
"""

WALL_MS = 200
"""Time after the last change of a threshold before its photos are shown."""

MATRIX, CLASSES, SLICES = tr("Matrix"), tr("Classes"), tr("Slices")
THRESHOLD, PROBE = tr("Threshold"), tr("Quick probe")


class EvaluatePage(Page):
    """The Evaluate page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._has_results = AppState(), False
        self._live = LiveResults(self)
        self._live.outdated.connect(self._draw_again)
        self._rule_scores = RuleScoring(self)
        self._rule_scores.computed.connect(self._draw_again)
        self._by_rule: PartResults | None = None
        self._figures_show: tuple[object, ...] = ()
        self._verdict_shows: tuple[object, ...] = ()
        self._parts = PartByPart(self)
        self._wall_later = QTimer(self, singleShot=True, interval=WALL_MS)
        self._wall_later.timeout.connect(self._show_wall)
        self.nothing = QLabel(tr("Results appear here after the first epoch of a run."), self)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setWordWrap(True)
        theme.set_color_role(self.nothing, "muted")
        self.bar = RunBar(self)
        self.bar.run_requested.connect(self.run_requested)
        self.bar.weights_requested.connect(self.weights_requested)
        self.bar.part_requested.connect(self.part_requested)
        self.export = QPushButton(tr("Export head…"), self.bar)
        self.export.setToolTip(tr("Export the trained head to a file (Ctrl+E)"))
        self.export.clicked.connect(self.export_requested)
        self.comparison = ComparisonView(self)
        self.comparison.connect_to(self)
        self.buttons = CompareButtons(self.bar)
        self.buttons.connect_to(self)
        for button in (self.buttons, self.export):
            self.bar.buttons.addWidget(button)
        self._notice = ResultNotice(self)
        self.verdict = VerdictCard(self)
        self.verdict.evidence_requested.connect(self._open_evidence)
        self.verdict.proposal_requested.connect(self.proposal_requested)
        self.figures = Tiles(self)
        self._top = QWidget(self)
        top = QHBoxLayout(self._top)
        top.setContentsMargins(0, 0, 0, 0)
        top.setSpacing(12)
        top.addWidget(self.verdict, 4)
        top.addWidget(self.figures, 7)
        self.rule_line = ElidedLabel(self, sentence=True)
        theme.set_color_role(self.rule_line, "caution")
        self.stack = PageStack(self)
        self.stack.addWidget(self.nothing)
        self.stack.addWidget(self._class_results())
        self.numbers = self._number_results()
        self.stack.addWidget(self.numbers)
        self.pending = PendingPart(self)
        self.pending.judgment_requested.connect(self.judgment_requested)
        self.pending.stop_requested.connect(self.judgment_stop_requested)
        self.stack.addWidget(self.pending)
        column = beside(self, self.comparison)
        for part in (self.bar, self._notice, self._top):
            column.addWidget(part)
        column.addWidget(self.stack, 1)

    def show_state(self, state: AppState) -> None:
        """Draw the state. Results are drawn only while the page is visible."""
        self._state, self._has_results = state, False
        if self.comparison.takes_page(state):
            return
        self.buttons.show_state(state)
        run = state.run
        is_judged = run is not None and (run.report is not None or judging.evaluation(state) is not None)
        self.bar.show_state(state)
        self.bar.setVisible(is_judged or (run is None and self.bar.run.count() > 1))
        if run is None:
            self.nothing.setText(judging_words.nothing(self.bar.run.count() - 1))
        self._notice.show_state(state)
        allow(self.export, cannot_export(state))
        self.verdict.allow_proposal(judging.cannot_set_up(state))
        for photos in (self.wall.photos, self.numbers.photos):
            photos.set_ranges(ranges_of_run(state))
        pending = is_judged and judging.evaluation(state) is None and not judging.is_live(state)
        self._top.setVisible(is_judged and not pending)
        if run is None or not is_judged or pending:
            self.stack.setCurrentIndex(PENDING if pending else NOTHING)
            self.pending.show_state(state)
            return
        self.stack.setCurrentIndex(NUMBERS if run.started.spec.dataset.targets else RESULTS)
        self._has_results = True
        if self.isVisible():
            self._draw_results(run)

    def prepare(self) -> None:
        """Build the tiles of the metrics, and the curves of a comparison."""
        self.figures.build_spare(SPARE_TILES)
        self.comparison.prepare()

    def shut_down(self) -> None:
        """Wait for the threads that decode photos."""
        self.wall.shut_down()
        self.numbers.shut_down()
        self.comparison.shut_down()

    # ------------------------------------------------------------------------------------------ parts

    def _class_results(self) -> QWidget:
        self.matrix_card = MatrixCard()
        self.matrix = self.matrix_card.matrix
        self.matrix_card.cell_chosen.connect(self._choose_cell)
        self.class_card = ClassCard()
        self.class_card.photos_requested.connect(self.show_photos)
        self.scores = self.class_card.scores
        self.tabs = Tabs(tr("Views of the results"), self)
        self.tabs.add(MATRIX, self.matrix_card, tr("Which classes are mistaken for which"))
        self.tabs.add(CLASSES, self.class_card, tr("Precision, recall and F1 of each class"))
        self.slice_card = SliceCard()
        self.slice_card.photos_requested.connect(self.show_photos)
        self.slice_card.table_requested.connect(self.table_requested)
        self.tabs.add(SLICES, self.slice_card, tr("Accuracy of parts of the photos: dark ones, a folder, a camera, …"))
        from studio.ui.stations.evaluate.threshold_card import ThresholdCard  # the plotting library is slow to import

        self.threshold_card = ThresholdCard()
        self.threshold_card.rule_tried.connect(self.rule_tried)
        self.threshold_card.rule_saved.connect(self._save_rule)
        self.tabs.add(THRESHOLD, self.threshold_card, tr("Precision, recall, calibration and “not sure” by threshold"))
        self.probe_card = ProbeCard()
        self.tabs.add(PROBE, self.probe_card, tr("What the pretrained features give without training"))
        self.tabs.beside.addWidget(self.rule_line, 1)
        self.tabs.shown.connect(lambda _title: self.show_state(self._state))
        self.wall = PhotoWall(self)
        self.wall.all_requested.connect(self._unchoose_cell)
        self.wall.connect_to(self)
        pair = (self.tabs, self.wall)
        self.columns = Panels(Qt.Orientation.Horizontal, pair, (640, 596), (1, 1), "evaluate_columns", self)
        return self.columns

    def _number_results(self) -> NumberResults:
        from studio.ui.stations.evaluate.regression import NumberResults  # the plotting library is slow to import

        results = NumberResults(self)
        results.slices.table_requested.connect(self.table_requested)
        results.connect_to(self)
        return results

    # ------------------------------------------------------------------------------------------ drawing

    def _shown(self, state: AppState) -> PartResults | None:
        """The results to show: an evaluation, or the predictions of the last epoch."""
        results, run = judging.evaluation(state), state.run
        return results if results is not None or run is None else self._live.of(run)

    def _draw_results(self, run: RunState) -> None:
        results = self._shown(self._state)
        if results is not None:
            self._show_results(run, results)

    def _draw_again(self) -> None:
        self.show_state(self._state)

    def _show_results(self, run: RunState, results: PartResults) -> None:
        before, results = self._by_rule, self._decided(results, deciding.rule_of(run))
        is_large = len(results.classes) >= MANY or len(results.judged.truth) >= MANY_PHOTOS
        if is_large and (before is None or before.judged is not results.judged):
            self._begin_parts()
        elif is_large and before is not results and not self._parts.is_busy():  # by another threshold
            self._parts.begin((self.figures,), {self.figures: self._show_figures})
        if not self._parts.is_waiting(self.figures):
            self._show_figures()
        if not self._parts.is_waiting(self.verdict):
            self._show_verdict()
        if results.target:
            self.numbers.show_part(results, judging.choice(self._state).table)
            self.numbers.show_choices(self._state)
            return
        self.rule_line.show_text(deciding.line(run, results))
        if self.rule_line.text():
            self.rule_line.setToolTip(typography.tip(f"{self.rule_line.text()}\n{deciding.WITHOUT}"))
        theme.set_color_role(self.rule_line, "muted" if run.trial is None else "caution")
        if not self._parts.is_waiting(self.tabs):
            self._show_tab()
        if not self._parts.is_waiting(self.wall):
            self._show_wall_soon()

    def _show_figures(self) -> None:
        """Draw the tiles of the metrics."""
        results, run = self._by_rule, self._state.run
        if results is None or run is None:
            return
        report, by_rule = self._report(run, results), self._rule_scores.of(results)
        before, self._figures_show = self._figures_show, (results, report, by_rule)
        if not _are_same(before, self._figures_show):
            self.figures.show_tiles(metric_tiles.tiles(task_of(results.target), results, report, by_rule))

    def _show_verdict(self) -> None:
        """Draw the verdict."""
        results, run = self._by_rule, self._state.run
        if results is None or run is None:
            return
        report = self._report(run, results)
        before, self._verdict_shows = self._verdict_shows, (results, report)
        if not _are_same(before, self._verdict_shows):
            verdict = verdict_words.verdict(results, report)
            if verdict is not None:
                self.verdict.show_verdict(verdict)

    def _show_tab(self) -> None:
        """Draw the shown tab; not the others, because the user may be moving a threshold."""
        results, run = self._by_rule, self._state.run
        if results is None or results.target or run is None:
            return
        report, by_rule = self._report(run, results), self._rule_scores.of(results)
        shown = self.tabs.current()
        if shown is self.matrix_card:
            self.matrix_card.show_part(results)
        elif shown is self.class_card:
            self.class_card.show_part(results, report, by_rule)
        elif shown is self.slice_card:
            self.slice_card.show_part(results, judging.choice(self._state).table)
        elif shown is self.threshold_card:
            self.threshold_card.show_part(results, run)
        elif shown is self.probe_card:
            self.probe_card.show_part(results)

    def _show_wall_soon(self) -> None:
        """Show the photos of the results, or while a threshold is tried, when it stays for a moment."""
        if self._state.run is None or self._state.run.trial is None:
            self._show_wall()
        else:
            self._wall_later.start()

    def _decided(self, results: PartResults, rule: DecisionRule) -> PartResults:
        """Results by a decision rule; the same object as long as nothing changes."""
        before = self._by_rule
        same = before is not None and before.judged is results.judged and before.document is results.document
        if before is None or not same or before.rule != rule:
            self._by_rule = deciding.decided(results, rule)
        assert self._by_rule is not None
        return self._by_rule

    def _show_wall(self) -> None:
        """Show the photos by the current rule, now and not when the timer ends."""
        self._wall_later.stop()
        if self._by_rule is not None and not self._by_rule.target:
            self.wall.show_part(self._by_rule)
            self.wall.show_state(self._state)

    def _report(self, run: RunState, results: PartResults) -> Report | None:
        """The report of the epoch, where the results are those of the run's own predictions."""
        predictions = run.predictions or run.numbers
        own = predictions is not None and predictions.epoch == results.judged.epoch and results.judged.split == "val"
        return run.report if own else None

    # ------------------------------------------------------------------------------------------ what happens

    def show_photos(self, selection: PhotoSelection) -> None:
        """Show a selection of the photos."""
        self.matrix_card.choose(selection.cell)
        self.wall.select(selection)

    def _save_rule(self, rule: DecisionRule | None) -> None:
        if self._state.run is not None:
            self.job_requested.emit("decide", (self._state.run.id, rule))

    def _choose_cell(self, true: int, guess: int) -> None:
        self.wall.select(PhotoSelection((true, guess)))

    def _unchoose_cell(self) -> None:
        self.matrix_card.choose(None)

    def _open_evidence(self, reason: ReasonRow) -> None:
        if reason.evidence == "curves":
            self.station_requested.emit("head")
        elif reason.evidence == "probe":
            self.tabs.show_tab(PROBE)
        elif reason.evidence == "run":
            self.run_requested.emit(reason.run)
        if reason.photos:
            self.show_photos(PhotoSelection(None, reason.photos, reason.rule))
        if reason.classes:
            self.tabs.show_tab(CLASSES)
            self.class_card.choose(reason.classes)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw the results that arrived while another page was shown; all of them are painted in 0.05 s."""
        super().showEvent(event)
        if self._state.pair is not None:
            self.comparison.show_state(self._state)
        elif self._state.run is not None and self._has_results:
            self._begin_parts()
            self._draw_results(self._state.run)

    def _begin_parts(self) -> None:
        """Draw metrics, tab and photos one turn after the other."""
        top = {self.verdict: self._show_verdict, self.figures: self._show_figures}
        later = {**top, self.tabs: self._show_tab, self.wall: self._show_wall_soon}
        self._parts.begin((*top, self.tabs, self.matrix_card.pairs, self.wall), later)


def _are_same(before: tuple[object, ...], after: tuple[object, ...]) -> bool:
    """True if only the progress of a job has changed: comparing the contents would take longer than drawing them."""
    return len(before) == len(after) and all(one is other for one, other in zip(before, after, strict=True))
