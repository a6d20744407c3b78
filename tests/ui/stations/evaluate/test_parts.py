"""The Evaluate page switches run, epoch and part; what is not stored is judged by a job."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import states
from PySide6.QtCore import Qt

from studio.evaluate.documents import evaluation
from studio.evaluate.documents.evaluation import RunFacts
from studio.events import JudgedPart, PartPredicted, Photo, RunEvaluated, RunSummary, Split
from studio.session import reducer
from studio.session.evaluation import deciding, judging
from studio.session.state import AppState
from studio.spec.decision import PLAIN
from studio.spec.structs import replace
from studio.ui.stations.evaluate import page as evaluate_page
from studio.ui.stations.evaluate.page import NOTHING, PENDING, RESULTS, SPARE_TILES, EvaluatePage
from studio.ui.stations.evaluate.summary.tiles import TileCard
from studio.ui.store.judging import Judging
from studio.ui.store.looking import Looking
from studio.ui.store.state_store import StateStore


def evaluated(state: AppState, part: Split = "val", **facts: Any) -> AppState:
    """The state with an evaluation of four photos, of which the second is wrong."""
    shares = np.array([[0.9, 0.1], [0.3, 0.7], [0.2, 0.8], [0.1, 0.9]], np.float32)
    paths = tuple(f"{part}/{number}.jpg" for number in range(4))
    judged = JudgedPart(part, 3, "/photos", paths, ("",) * 4, np.array([0, 0, 1, 1]), shares)
    run, classes = state.shown or "", ("ants", "bees")
    state = reducer.reduce(state, "evaluate", PartPredicted(run, "best", classes, "", judged))
    document = evaluation.classification(judged, RunFacts(classes, **facts))
    return reducer.reduce(state, "evaluate", RunEvaluated({"run": run, "part": part, **document}, "best"))


@pytest.fixture
def done() -> AppState:
    return states.state().showing(states.run(wrong={0: 0.9}))


def test_results_follow_the_chosen_part(page: EvaluatePage, done: AppState) -> None:
    page.show_state(done)
    assert [item.path for item in page.wall.photos.photos()] == ["ants/0001.jpg"]
    train = judging.part_chosen(done, "train")
    page.show_state(train)
    assert page.stack.currentIndex() == PENDING
    assert page.bar.parts["train"].isChecked()
    page.show_state(evaluated(train, "train"))
    assert page.stack.currentIndex() == RESULTS
    assert [item.path for item in page.wall.photos.photos()] == ["train/1.jpg"]
    page.show_state(judging.part_chosen(evaluated(train, "train"), "val"))
    assert [item.path for item in page.wall.photos.photos()] == ["ants/0001.jpg"]
    page.show_state(states.state())
    assert page.stack.currentIndex() == NOTHING


@pytest.mark.parametrize("many", ["MANY", "MANY_PHOTOS"])
def test_other_results_of_many_classes_or_photos_are_drawn_part_by_part(
    page: EvaluatePage, done: AppState, qtbot: Any, monkeypatch: pytest.MonkeyPatch, many: str
) -> None:
    waiting = page._parts.is_waiting
    page.show_state(done)
    qtbot.waitUntil(lambda: not waiting(page.tabs) and not waiting(page.wall))
    again = evaluated(done)
    page.show_state(again)
    assert not waiting(page.tabs), "a few classes and photos are drawn at once"
    monkeypatch.setattr(evaluate_page, many, 2)
    page.show_state(evaluated(again))
    assert waiting(page.figures)
    assert waiting(page.verdict)
    assert waiting(page.tabs)
    assert waiting(page.wall)
    assert not page.matrix_card.pairs.updatesEnabled()
    qtbot.waitUntil(page.wall.updatesEnabled)
    assert page.matrix_card.pairs.updatesEnabled()
    assert page.matrix_card._results is page._by_rule


def test_metrics_of_many_photos_follow_a_threshold_one_turn_after_the_shown_tab(
    page: EvaluatePage, done: AppState, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate_page, "MANY_PHOTOS", 2)
    state = evaluated(done)
    page.show_state(state)
    qtbot.waitUntil(lambda: not page._parts.is_busy())
    accuracy = page.figures.cards["accuracy"].value
    before = accuracy.text()
    page.show_state(deciding.tried(state, deciding.with_threshold(PLAIN, "ants", 0.05)))
    assert page.matrix_card._results is page._by_rule
    assert accuracy.text() == before
    qtbot.waitUntil(lambda: accuracy.text() != before)
    qtbot.waitUntil(page.figures.updatesEnabled)


def test_tiles_built_in_advance_are_used(page: EvaluatePage, done: AppState, qtbot: Any) -> None:
    assert not page.figures.findChildren(TileCard)
    page.prepare()
    qtbot.waitUntil(lambda: len(page.figures.findChildren(TileCard)) == SPARE_TILES)
    built = page.figures.findChildren(TileCard)
    assert not any(card.isVisible() for card in built)
    page.show_state(evaluated(done))
    shown = list(page.figures.cards.values())
    assert set(shown) == {card for card in built if card.isVisible()}
    assert len(shown) == SPARE_TILES
    assert [card.x() for card in shown] == sorted({card.x() for card in shown})


@pytest.mark.slow
def test_a_run_of_the_folder_can_be_chosen_while_none_is_shown(page: EvaluatePage, qtbot: Any) -> None:
    listed = RunSummary("/runs/2", "done", states.spec(), epochs=3)
    state = states.state()
    page.show_state(state)
    assert not page.bar.isVisible()
    page.show_state(replace(state, run_list=replace(state.run_list, listed=(listed,))))
    assert page.bar.isVisible()
    assert not page.bar.epoch.isVisible()
    assert "the run of this folder" in page.nothing.text()
    with qtbot.waitSignal(page.run_requested) as asked:
        page.bar.run.activated.emit(1)
    assert asked.args == ["/runs/2"]


@pytest.mark.slow
def test_no_verdict_of_another_part_is_shown_while_one_is_computed(page: EvaluatePage, done: AppState) -> None:
    page.show_state(done)
    assert page.verdict.word.text() == "Good"
    judged = evaluated(judging.part_chosen(done, "train"), "train").run.evaluations[("train", "best")].judged
    during = PartPredicted(done.shown, "best", ("ants", "bees"), "", judged)
    page.show_state(reducer.reduce(judging.part_chosen(done, "train"), "evaluate", during))
    assert page.verdict.word.text() == "Judging"
    assert "4 training photos" in page.verdict.words.text()
    assert page.figures.cards["accuracy"].value.text() == "–"


@pytest.mark.slow
def test_a_part_without_photos_is_disabled_with_the_reason(page: EvaluatePage, done: AppState) -> None:
    page.show_state(done)
    test = page.bar.parts["test"]
    assert not test.isEnabled()
    assert "no test photos" in test.toolTip()
    assert "no test photos" in test.accessibleDescription()


def test_test_photos_are_judged_by_a_button_and_can_be_stopped(page: EvaluatePage, done: AppState, qtbot: Any) -> None:
    data = replace(done.dataset, photos=(*done.dataset.photos, Photo("ants/t.jpg", 0, "test")))
    done = replace(done, dataset=data)
    done = done.showing(replace(done.run, dataset=data))
    page.show_state(done)
    with qtbot.waitSignal(page.part_requested) as asked:
        page.bar.parts["test"].click()
    assert asked.args == ["test"]
    chosen = judging.part_chosen(done, "test")
    page.show_state(chosen)
    assert "final judgment" in page.pending.words.text()
    assert page.pending.button.text() == "Judge the test photo"
    with qtbot.waitSignal(page.judgment_requested):
        page.pending.button.click()
    page.show_state(states.with_job(chosen, "evaluate", "evaluate", "Evaluating"))
    with qtbot.waitSignal(page.judgment_stop_requested):
        page.pending.button.click()


def test_leaked_photos_are_shown_with_their_copies(page: EvaluatePage, done: AppState) -> None:
    page.show_state(evaluated(done, pairs=(("ants/0002.jpg", "val/2.jpg"),), all_frozen=True))
    next(button for button in page.verdict.reasons if button.text() == "Leakage").click()
    (item,) = page.wall.photos.photos()
    assert item.lines[-1].text == "= ants/0002.jpg"
    assert item.remarks == ("val/2.jpg shows the same as ants/0002.jpg",)
    page.wall.all_mistakes.click()
    assert not any(item.remarks for item in page.wall.photos.photos())


@pytest.mark.slow
def test_a_reason_opens_its_evidence(page: EvaluatePage, done: AppState, qtbot: Any) -> None:
    page.show_state(evaluated(done, pairs=(("ants/0002.jpg", "val/2.jpg"),), all_frozen=True))
    reasons = {button.text(): button for button in page.verdict.reasons if not button.isHidden()}
    following = reasons["Leakage"]
    while following is not page.verdict.proposal and following is not page:
        following = following.nextInFocusChain()
    assert following is page.verdict.proposal, "Tab reaches the reasons in the place where they are read"
    qtbot.mouseClick(reasons["Leakage"], Qt.MouseButton.LeftButton)
    assert [item.path for item in page.wall.photos.photos()] == ["val/2.jpg"]
    assert page.verdict.words.text().startswith("1 validation photo shows the same")
    assert page.wall.accessibleName() == "Leakage · 1 photo"
    qtbot.mouseClick(reasons["Too few photos"], Qt.MouseButton.LeftButton)
    assert page.tabs.bar.tabText(page.tabs.bar.currentIndex()) == "Classes"
    assert "only 2 validation photos of this class" in page.scores.model().index(0, 2).data()
    page.wall.all_mistakes.click()
    assert len(page.wall.photos.photos()) == 1


@pytest.mark.slow
def test_curves_other_runs_and_proposals_are_passed_on(page: EvaluatePage, done: AppState, qtbot: Any) -> None:
    flat = tuple(replace(done.run.epochs[0], epoch=number) for number in range(1, 7))
    page.show_state(evaluated(done, epochs=flat, all_frozen=True))
    reasons = {button.text(): button for button in page.verdict.reasons if not button.isHidden()}
    with qtbot.waitSignal(page.station_requested) as asked:
        reasons["Not improving"].click()
    assert asked.args == ["head"]
    with qtbot.waitSignal(page.proposal_requested) as asked:
        page.verdict.proposal.click()
    assert asked.args == ["thaw_last_block"]
    page.show_state(replace(page._state, layers_for=None))
    assert not page.verdict.proposal.isEnabled()


@pytest.mark.slow
def test_keys_step_through_the_photos_of_a_list(page: EvaluatePage, done: AppState) -> None:
    page.show_state(done)
    page.wall.lists.menu().aboutToShow.emit()
    actions = {action.text(): action for action in page.wall.lists.menu().actions()}
    assert not actions["Hardest photos: not judged yet"].isEnabled()
    page.show_state(evaluated(done))
    page.wall.lists.menu().aboutToShow.emit()
    actions = {action.text(): action for action in page.wall.lists.menu().actions()}
    actions["Hardest photos (4)"].trigger()
    assert [item.path for item in page.wall.photos.photos()] == [f"val/{number}.jpg" for number in (1, 2, 0, 3)]
    assert page.wall.accessibleName() == "Hardest photos · 4 photos"


@pytest.mark.slow
def test_validation_photos_are_judged_automatically_and_again_on_request(
    make_window: Any, fakes: Any, qtbot: Any
) -> None:
    window = make_window()
    window.open_folder("/nowhere/photos")
    qtbot.waitUntil(lambda: not window.store.state.jobs)
    window.train()
    qtbot.waitUntil(lambda: window.store.state.run is not None and window.store.state.run.status == "done")
    qtbot.waitUntil(lambda: not window.store.state.jobs)
    assert fakes.evaluated == [], "not while another page is shown"
    window.show_station("evaluate")
    qtbot.waitUntil(lambda: judging.evaluation(window.store.state) is not None)
    qtbot.waitUntil(lambda: not window.store.state.jobs)
    run = window.store.state.shown
    assert fakes.evaluated == [(run, "val", "best")]
    page = window.pages["evaluate"]
    page.bar.parts["train"].click()
    qtbot.waitUntil(lambda: judging.evaluation(window.store.state) is not None)
    assert fakes.evaluated[-1] == (run, "train", "best")
    qtbot.waitUntil(lambda: not window.store.state.jobs)
    page.bar.parts["val"].click()
    page.bar.parts["train"].click()
    qtbot.wait(100)
    assert len(fakes.evaluated) == 2, "what was judged is kept"
    page.slice_card.table_requested.emit("/tables/sites.csv")
    qtbot.waitUntil(lambda: fakes.tables[-1] == "/tables/sites.csv")
    qtbot.waitUntil(lambda: not window.store.state.jobs)
    page.slice_card.table_requested.emit("")
    qtbot.waitUntil(lambda: fakes.tables[-1] == "")
    qtbot.waitUntil(lambda: not window.store.state.jobs)
    before = window.store.state.spec
    window.show_station("features")
    qtbot.waitUntil(lambda: judging.cannot_set_up(window.store.state) == "")
    page.proposal_requested.emit("thaw_last_block")
    assert window.store.state.spec.freeze.thaw
    assert window.store.state.spec.train.head_epochs == 3
    qtbot.waitUntil(lambda: "thaw the last block" in window.strips.swap.words.text())
    window.menus.settings_back.trigger()
    assert window.store.state.spec == before


@pytest.mark.slow
def test_a_stopped_judgment_starts_again_only_on_request(make_window: Any, fakes: Any, qtbot: Any) -> None:
    fakes.evaluate_gate = fakes.hold()
    window = make_window()
    window.open_folder("/nowhere/photos")
    qtbot.waitUntil(lambda: not window.store.state.jobs)
    window.train()
    qtbot.waitUntil(lambda: window.store.state.run is not None and window.store.state.run.status == "done")
    window.show_station("evaluate")
    page = window.pages["evaluate"]
    qtbot.waitUntil(lambda: "evaluate" in window.store.state.jobs)
    page.bar.parts["train"].click()
    qtbot.waitUntil(lambda: fakes.evaluated[-1][1] == "train")
    qtbot.waitUntil(lambda: page.pending.button.text() == "Stop")
    page.pending.button.click()
    qtbot.waitUntil(lambda: "evaluate" not in window.store.state.jobs)
    qtbot.wait(100)
    assert "evaluate" not in window.store.state.jobs
    fakes.evaluate_gate.set()
    page.pending.button.click()
    qtbot.waitUntil(lambda: judging.evaluation(window.store.state) is not None)


def test_another_part_ends_the_evaluation_of_the_one_before(done: AppState, fakes: Any, qtbot: Any) -> None:
    fakes.evaluate_gate = fakes.hold()
    commands = fakes.commands()
    store = StateStore(commands)
    judge = Judging(store, commands, Looking(store, commands))
    data = replace(done.dataset, photos=(*done.dataset.photos, Photo("ants/t.jpg", 0, "test")))
    store.put(replace(done, dataset=data).showing(replace(done.run, dataset=data)))
    judge.judge()
    assert "evaluate" in store.state.jobs
    judge.show_part("test")
    assert judging.choice(store.state).part == "test"
    assert "evaluate" not in store.state.jobs, "nothing says that the test photos are being judged"
    judge._looking.page = "evaluate"
    judge.show_part("val")
    assert "evaluate" in store.state.jobs, "its evaluation did not end"
    fakes.evaluate_gate.set()
    with qtbot.waitSignal(store.finished):
        store.shut_down()


def test_the_progress_of_a_job_computes_no_metrics_again_and_other_results_do(
    page: EvaluatePage, done: AppState, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed = list[object]()
    tiles = evaluate_page.metric_tiles.tiles
    monkeypatch.setattr(evaluate_page.metric_tiles, "tiles", lambda *of: computed.append(of[1]) or tiles(*of))
    page.show_state(done)
    page.show_state(reducer.job_started(done, "evaluate"))
    assert len(computed) == 1
    page.show_state(evaluated(done))
    assert len(computed) == 2
    page.show_state(done)
    assert len(computed) == 3, "back to the run's own results"
