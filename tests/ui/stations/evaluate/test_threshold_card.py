"""The threshold card: its controls try out a rule, and everything else follows."""

from __future__ import annotations

import numpy as np
import pytest
import states
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea, QWidget

from studio.events import DecisionStored, JudgedPart
from studio.session.evaluation import deciding
from studio.session.part_results import PartResults
from studio.session.state import RunState
from studio.spec.decision import DecisionRule
from studio.ui.stations.evaluate.threshold_card import ThresholdCard
from studio.ui.widgets.fields.share_field import ShareField

CLASSES = ("ants", "bees")


def part(classes: tuple[str, ...] = CLASSES, split: str = "val", count: int = 40) -> PartResults:
    random = np.random.default_rng(3)
    labels = np.arange(count) % len(classes)
    scores = np.exp(random.normal(size=(count, len(classes))) + 1.5 * np.eye(len(classes))[labels])
    shares = (scores / scores.sum(axis=1, keepdims=True)).astype(np.float32)
    names = tuple(f"{number}.jpg" for number in range(count))
    return PartResults("run", classes, "", JudgedPart(split, 1, "", names, names, labels, shares))


class Shown:
    """A card that follows the rules it tries out, as the page and the store do."""

    def __init__(self, card: ThresholdCard, results: PartResults) -> None:
        self.card, self.results = card, results
        self.state = states.state().showing(states.run(states.spec("/photos"), states.dataset("/photos")))
        card.rule_tried.connect(self.put)
        self.put(None)

    @property
    def run(self) -> RunState:
        assert self.state.run is not None
        return self.state.run

    @property
    def rule(self) -> DecisionRule:
        return deciding.rule_of(self.run)

    def put(self, rule: DecisionRule | None) -> None:
        self.state = deciding.tried(self.state, rule)
        self.card.show_part(deciding.decided(self.results, self.rule), self.run)


@pytest.fixture
def card(qtbot):
    one = ThresholdCard()
    qtbot.addWidget(one)
    return one


def test_slider_field_and_rules_set_the_threshold(card, qtbot):
    shown = Shown(card, part())
    card.choose("bees")
    assert not card.save_rule.isEnabled()
    assert not card.reset.isEnabled()
    card.slider.setFocus()
    QTest.keyClick(card.slider, Qt.Key.Key_Right)
    assert shown.rule.threshold_of("bees").value == pytest.approx(0.51)
    QTest.keyClick(card.slider, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert card.value.value() == pytest.approx(0.61)
    assert card.criterion.rule.currentText() == "set by hand"
    card.value.setValue(0.8)
    assert card.slider.value() == 800
    names = [card.criterion.rule.itemText(place) for place in range(card.criterion.rule.count())]
    card.criterion.rule.setCurrentIndex(names.index("recall at least"))
    card.criterion.rule.activated.emit(names.index("recall at least"))
    assert shown.rule.threshold_of("bees").rule == "recall=0.95"
    card._judge()
    assert "Cross-fit" in card.fair.text().replace("\u2060", "")
    card.criterion.rule.setCurrentIndex(0)
    card.criterion.rule.activated.emit(0)
    assert shown.rule.threshold_of("bees") is None


def test_the_plot_and_its_numbers_can_be_read_in_a_small_window(card, qtbot):
    Shown(card, part())
    card.resize(638, 377)  # its size at 1280 × 800, below a notice
    card.show()
    assert card.curve.height() >= 180
    labels = card.numbers.findChildren(QLabel)
    assert labels
    qtbot.waitUntil(lambda: all(label.width() >= label.sizeHint().width() for label in labels))


def test_curve_and_slider_are_visible_at_once_below_a_long_verdict(card):
    names = (*(f"Donaudampfschifffahrtselektrizitätenhauptbetriebswerk {number}" for number in range(38)), *CLASSES)
    shown = Shown(card, part(names, count=80))
    card.resize(638, 334)  # its size at 1280 × 800, below a notice and a verdict of four lines
    card.show()
    view = card.findChild(QScrollArea).viewport().rect()

    def place(widget: QWidget) -> QRect:
        return QRect(widget.mapTo(card.findChild(QScrollArea).viewport(), QPoint()), widget.size())

    assert all(view.contains(place(part)) for part in (card.curve, card.numbers, card.slider)), place(card.slider)
    card.fair.setText("Chosen on these photos. " * 20)
    card.fair.hold()
    QApplication.processEvents()
    assert view.contains(place(card.slider)), "the sentence below it is what scrolls"
    shown.put(deciding.with_threshold(shown.rule, names[0], 0.5, "cost=1:5"))
    card.choose(names[0])
    QApplication.processEvents()
    assert card.criterion.costs.isVisible()
    assert view.contains(place(card.curve))
    assert view.contains(place(card.slider).center() + QPoint(0, 8)), "its handle"


def test_calibration_and_doubt_are_part_of_the_rule_that_is_saved(card, qtbot):
    shown = Shown(card, part())
    card.scaled.setChecked(True)
    card.least.setValue(0.7)
    assert shown.rule.temperature != 1
    assert "answered" in card.covered.text()
    with qtbot.waitSignal(card.rule_saved) as saved:
        card.save_rule.click()
    assert saved.args[0] == shown.rule
    card.reset.click()
    assert shown.rule.is_plain
    shown.state = deciding.stored(
        shown.state, DecisionStored(shown.run.id, DecisionRule(known_kept=0.9, temperature=2))
    )
    shown.put(None)
    card.reset.click()
    assert shown.rule == DecisionRule(known_kept=0.9), "the limit of unlike photos is no threshold"
    with qtbot.waitSignal(card.rule_saved) as saved:
        card.save_rule.click()
    assert saved.args[0] == DecisionRule(known_kept=0.9)
    card.reset.click()
    with qtbot.assertNotEmitted(card.rule_saved):
        card.save_rule.click()


def test_on_test_photos_nothing_is_chosen(card):
    shown = Shown(card, part(split="test"))
    for control in (card.slider, card.value, card.scaled, card.least):
        assert not control.isEnabled()
        assert "validation" in control.toolTip()
    card._set_value(0.9)
    assert shown.rule.is_plain


def test_a_rule_that_cannot_be_met_says_why(card):
    results = part()
    results.judged.predicted[0] = (0.0, 1.0)  # the highest probability of “bees” is that of an ant
    shown = Shown(card, results)
    card.choose("bees")
    card._set_by("precision=1")
    assert "no photo would count as “bees”" in card.fair.text().replace("\u2060", "")
    assert shown.rule.is_plain


@pytest.mark.slow
def test_the_threshold_card_works_with_a_thousand_classes(card):
    names = tuple(f"class {number}" for number in range(1000))
    shown = Shown(card, part(names, count=3000))
    card.choose("class 500")
    for place in range(100, 900, 100):
        card.slider.setValue(place)
    assert shown.rule.threshold_of("class 500").value == 0.8
    for kind in ("roc", "reliability", "coverage"):
        card.show_kind(kind)
        assert card.table().count("\n") > 1


def test_costs_are_below_because_nothing_may_be_cut_off_at_the_right(card, qtbot):
    shown = Shown(card, part())
    card.show()
    widths = {}
    for rule in ("recall at least", "lowest cost"):
        place = card.criterion.rule.findText(rule)
        card.criterion.rule.setCurrentIndex(place)
        card.criterion.rule.activated.emit(place)
        shown.put(shown.rule)
        assert card.criterion.costs.isVisible() == (rule == "lowest cost")
        card.fair.parentWidget().layout().activate()
        widths[rule] = card.fair.parentWidget().minimumSizeHint().width()
    assert widths["lowest cost"] <= widths["recall at least"]
    assert {field.accessibleName() for field in card.criterion.costs.findChildren(ShareField)} == {
        "Cost of a false alarm",
        "Cost of a missed photo",
    }


def test_a_saved_rule_is_undone_and_redone(card, qtbot):
    shown = Shown(card, part())
    card.choose("bees")

    def saved(button) -> DecisionRule | None:
        with qtbot.waitSignal(card.rule_saved) as signal:
            button.click()
        shown.state = deciding.stored(shown.state, DecisionStored(shown.run.id, signal.args[0]))
        card.show_part(deciding.decided(shown.results, shown.rule), shown.run)
        return signal.args[0]

    undo = card.buttons.undo
    assert not undo.isEnabled()
    card.value.setValue(0.8)
    first = saved(card.save_rule)
    card.value.setValue(0.9)
    second = saved(card.save_rule)
    assert (first.threshold_of("bees").value, second.threshold_of("bees").value) == (0.8, 0.9)
    assert saved(undo) == first
    assert card.value.value() == pytest.approx(0.8)
    assert saved(undo) == second
    card.reset.click()
    assert deciding.line(shown.run, shown.results) == "Without thresholds \u00b7 not saved", (
        "the stored one is still in use"
    )
    assert saved(card.save_rule) is None
    assert deciding.line(shown.run, shown.results) == ""
    assert saved(undo) == second


def test_the_wheel_changes_nothing_under_the_pointer(card):
    Shown(card, part(("ants", "bees", "wasps")))
    before = (card.slider.value(), card.value.value(), card.least.value(), card.classes.currentIndex())
    tried = []
    card.rule_tried.connect(tried.append)
    for field in (card.slider, card.value, card.least, card.classes, card.criterion.rule):
        at = QPointF(field.rect().center())
        turn = QWheelEvent(
            at, QPointF(field.mapToGlobal(at)), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(field, turn)
        assert not turn.isAccepted(), field  # the area around it gets it
    assert (card.slider.value(), card.value.value(), card.least.value(), card.classes.currentIndex()) == before
    assert tried == []
