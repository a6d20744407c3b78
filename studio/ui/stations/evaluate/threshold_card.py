"""Card with the threshold of a class: curves, a slider over all photos, and the scores at this threshold."""

from __future__ import annotations

from collections.abc import Callable

import pyqtgraph as pg
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from studio.formatting import typography
from studio.formatting.language import tr
from studio.session.evaluation import deciding, threshold_view
from studio.session.evaluation.threshold_view import TITLES, Kind
from studio.session.part_results import PartResults
from studio.session.state import RunState
from studio.spec.decision import DecisionRule
from studio.spec.structs import replace
from studio.ui.plots.plot_card import PlotCard
from studio.ui.plots.probability_plot import ProbabilityPlot
from studio.ui.plots.rug_slider import STEPS, RugSlider
from studio.ui.stations.evaluate.criterion_fields import CriterionFields
from studio.ui.stations.evaluate.rule_buttons import RuleButtons
from studio.ui.stations.evaluate.threshold_area import ThresholdArea
from studio.ui.theme import theme
from studio.ui.widgets.elided_label import ElidedLabel
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.fields.narrow_combo import NarrowCombo
from studio.ui.widgets.fields.share_field import ShareField
from studio.ui.widgets.part_by_part import PartByPart
from studio.ui.widgets.tables.number_grid import NumberGrid
from studio.ui.widgets.wrapped_label import WrappedLabel

FAIR_MS = 150
"""Time after the last change before the cross-fit is computed, which may take longer than a step of the slider."""


class ThresholdCard(PlotCard):
    """The decision rule of the run shown.

    Signals:
        rule_tried: A `DecisionRule` to show the results by; None for the stored one.
        rule_saved: A `DecisionRule` to store; None to remove the stored one.
    """

    rule_tried = Signal(object)
    rule_saved = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Threshold"), parent)
        self._results: PartResults | None = None
        self._run: RunState | None = None
        self._shown_class = ""
        self._kind: Kind = "pr"
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(FAIR_MS)
        self._later.timeout.connect(self._judge)
        self.readout.hide()
        self.classes = NarrowCombo(tr("Class whose threshold is shown"), 8, parent=self)
        self.classes.activated.connect(self._choose_class)
        self.value = ShareField(tr("Threshold"), tr("Probability from which on a photo counts as one of the class"))
        self.value.valueChanged.connect(self._set_value)
        self.criterion = CriterionFields(self)
        self.criterion.chosen.connect(self._set_by)
        self.slider = RugSlider(self)
        self.slider.valueChanged.connect(lambda place: self._set_value(place / STEPS))
        self.fair = WrappedLabel(self)
        self.fair.setWordWrap(True)
        self.fair.setTextFormat(Qt.TextFormat.PlainText)
        inner = QWidget(self)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 6, 0)
        column.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(8)
        for part, stretch in ((self.classes, 1), (self._words(tr("from")), 0), (self.value, 0), (self.criterion, 0)):
            row.addWidget(part, stretch)
        column.addLayout(row)
        column.addWidget(self.criterion.costs)
        column.addLayout(self._plots(), 1)
        column.addWidget(self.slider)
        column.addWidget(self.fair)
        column.addLayout(self._doubt())
        area = ThresholdArea(inner, column, self.curve, (self.value, self.criterion.costs, self.slider), self)
        self.body.addWidget(area, 1)
        self.buttons = RuleButtons(self.rule_saved.emit, self)
        self.save_rule, self.reset = self.buttons.save, self.buttons.reset
        self.save_rule.clicked.connect(self._save)
        self.reset.clicked.connect(self._reset)
        self.header.insertWidget(self.header.count() - 1, self.buttons)
        self._parts = PartByPart(self)

    def showEvent(self, event: QShowEvent) -> None:
        """Paint plot and slider one after the other: together they take 0.04 s."""
        super().showEvent(event)
        self._parts.begin((self.curve, self.slider))

    # ------------------------------------------------------------------------------------------ the plot of the card

    def canvas(self) -> pg.PlotWidget:
        """The plot widget."""
        return self.curve.plot

    def sentence(self) -> str:
        """Description of the plot in one sentence."""
        return self.curve.shown.sentence if self.curve.shown is not None else ""

    def table(self) -> str:
        """The plotted points as CSV."""
        return self.curve.shown.table() if self.curve.shown is not None else ""

    def show_all(self) -> None:
        """Nothing: the whole plot is always shown."""

    # ------------------------------------------------------------------------------------------ drawing

    def show_part(self, results: PartResults, run: RunState) -> None:
        """Show the rule of a run and its effect on these results."""
        if results is self._results and run.decision is (self._run.decision if self._run else None):
            self._run = run
            return
        renamed = self._results is None or results.classes != self._results.classes
        self._results, self._run = results, run
        if renamed:
            self.classes.clear()
            self.classes.addItems([typography.one_line(name) for name in results.classes])
        if self._shown_class not in results.classes:
            self._shown_class = results.classes[threshold_view.first_class(results)]
        self.classes.setCurrentIndex(results.classes.index(self._shown_class))
        self._draw()

    def _draw(self) -> None:
        results, run = self._results, self._run
        if results is None or run is None:
            return
        if self.isVisible() and self.curve.updatesEnabled():  # not again: its turn would never come while one drags
            self._parts.begin((self.curve,))
        label, rule = results.classes.index(self._shown_class), results.rule
        points = threshold_view.curve(results, label)
        own = rule.threshold_of(self._shown_class)
        value = own.value if own is not None else 0.5
        others = [name for name in results.classes if name != self._shown_class]
        self.slider.show_rugs(
            threshold_view.rugs(results, label),
            self._shown_class,
            others[0] if len(others) == 1 else tr("other classes"),
        )
        self.slider.show_threshold(value, own is None)
        self.value.show_value(value)
        self.least.show_value(rule.least_confidence)
        self.criterion.show_rule(own.rule if own is not None else None)
        before = self.scaled.blockSignals(True)
        self.scaled.setChecked(rule.temperature != 1)
        self.scaled.blockSignals(before)
        self.scaled.setText(
            tr("Calibrate")
            if rule.temperature == 1
            else tr("Calibrate ({temperature:.2f})").format(temperature=rule.temperature)
        )
        self.covered.show_text(threshold_view.coverage_words(results))
        self.numbers.show_rows(threshold_view.rows_of_class(results, label, points))
        self.curve.show_plot(threshold_view.plot(self._kind, results, label, points))
        self._allow(results, run)
        self._later.start()

    def _allow(self, results: PartResults, run: RunState) -> None:
        why = deciding.cannot_choose(results)
        for control in (self.slider, self.value, self.criterion, self.criterion.costs, self.scaled, self.least):
            allow(control, why)
        self.buttons.show_run(run)

    def _judge(self) -> None:
        """Show which photos the numbers are judged on."""
        if self._results is None:
            return
        label = self._results.classes.index(self._shown_class)
        text, caution = threshold_view.fair_words(self._results, self._results.rule, label)
        self._say(text, "caution" if caution else "muted")

    def _say(self, text: str, color_role: str) -> None:
        self.fair.setText(typography.unbroken(text))
        theme.set_color_role(self.fair, color_role)
        self.fair.hold()

    # ------------------------------------------------------------------------------------------ parts

    def _plots(self) -> QHBoxLayout:
        self.curve = ProbabilityPlot(self)
        self.kinds = QComboBox(self)
        self.kinds.setAccessibleName(tr("Plot"))
        for place, (title, tip) in enumerate(TITLES.values()):
            self.kinds.addItem(title)
            self.kinds.setItemData(place, tip, Qt.ItemDataRole.ToolTipRole)
        self.kinds.setToolTip(tr("Plot that is shown below"))
        self.kinds.activated.connect(lambda place: self.show_kind(list(TITLES)[place]))
        self.header.insertWidget(1, self.kinds)
        self.numbers = NumberGrid(8, self)
        both = QHBoxLayout()
        both.setSpacing(12)
        both.addWidget(self.curve, 1)
        both.addWidget(self.numbers)
        return both

    def _doubt(self) -> QHBoxLayout:
        """Temperature and least confidence."""
        self.scaled = QCheckBox(tr("Calibrate"), self)
        self.scaled.setToolTip(tr("Divide the scores by the temperature with the lowest cross-entropy on these photos"))
        self.scaled.toggled.connect(self._scale)
        self.least = ShareField(
            tr("Least confidence"), tr("“Not sure” where the highest probability is lower; 0: never")
        )
        self.least.valueChanged.connect(self._set_least)
        self.covered = ElidedLabel(self, sentence=True)
        theme.set_color_role(self.covered, "muted")
        row = QHBoxLayout()
        row.setSpacing(8)
        for part in (self.scaled, self._words(tr("not sure below")), self.least):
            row.addWidget(part)
        row.addWidget(self.covered, 1)
        return row

    def _words(self, text: str) -> QLabel:
        label = QLabel(text, self)
        theme.set_color_role(label, "muted")
        return label

    # ------------------------------------------------------------------------------------------ what happens

    def show_kind(self, kind: Kind) -> None:
        """Show another plot."""
        self._kind = kind
        self.kinds.setCurrentIndex(list(TITLES).index(kind))
        self._draw()

    def choose(self, name: str) -> None:
        """Show the threshold of another class."""
        self._shown_class = name
        if self._results is not None and name in self._results.classes:
            self.classes.setCurrentIndex(self._results.classes.index(name))
            self._draw()

    def _choose_class(self, place: int) -> None:
        if self._results is not None and place >= 0:
            self.choose(self._results.classes[place])

    def _set_value(self, value: float) -> None:
        self._try(lambda rule: deciding.with_threshold(rule, self._shown_class, value), by_hand=True)

    def _set_by(self, criterion: str) -> None:
        """Choose the threshold by a rule, or remove it."""
        if criterion == "hand":
            self._set_value(self.value.value())
        elif not criterion:
            self._try(lambda rule: deciding.without_threshold(rule, self._shown_class), by_hand=True)
        else:
            self._try(lambda rule: deciding.with_threshold(rule, self._shown_class, 0.5, criterion))

    def _set_least(self, value: float) -> None:
        self._try(lambda rule: replace(rule, least_confidence=value, coverage=None), by_hand=True)

    def _scale(self, on: bool) -> None:
        self._try(lambda rule: replace(rule, temperature=1.0, temperature_fitted=on))

    def _try(self, change: Callable[[DecisionRule], DecisionRule], by_hand: bool = False) -> None:
        results = self._results
        if results is None or deciding.cannot_choose(results):
            return
        rule = change(results.rule)
        if by_hand:  # thresholds that a criterion chose stay as they are
            split, epoch = results.judged.split, results.judged.epoch
            self.rule_tried.emit(replace(rule, chosen_on=split, epoch=epoch))
            return
        rule, why = deciding.chosen(rule, results)
        if why:
            self._later.stop()
            self._say(why, "bad")
        else:
            self.rule_tried.emit(rule)

    def _save(self) -> None:
        if self._results is not None:
            rule = self._results.rule
            self.buttons.store(rule if deciding.is_worth_storing(rule) else None)

    def _reset(self) -> None:
        if self._run is not None:
            self.rule_tried.emit(None if self._run.trial is not None else deciding.without_thresholds(self._run))
