"""Two runs compared on the Evaluate page."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from comparisons import compared
from fakes import Fakes
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot
from run_summaries import summary

from studio.events import AppliedChoices, ClassHeatmap, Dataset, Failed, JournalRead, Photo, PhotoChoice, Saved
from studio.session.runs import comparing
from studio.session.state import AppState, RunList
from studio.spec import UserError
from studio.spec.journal import JournalAction
from studio.spec.structs import replace
from studio.ui.photos.photo_viewer import PhotoViewer
from studio.ui.plots.plot_card import PlotCard
from studio.ui.stations.evaluate.compare.view import CHOOSE, COMPUTING
from studio.ui.stations.evaluate.grid_choices import HINT
from studio.ui.stations.evaluate.page import EvaluatePage

RUNS = (summary("b"), summary("a"), summary("c"))
A, B = RUNS[1].path, RUNS[0].path


def state_of(result: Any = None, part: Any = "val") -> AppState:
    state = replace(AppState(), run_list=RunList(RUNS, is_listed=True))
    state = comparing.opened(state, A, B, part)
    return comparing.received(state, result) if result is not None else state


def asked(page: EvaluatePage) -> list[tuple[str, ...]]:
    requests: list[tuple[str, ...]] = []
    page.comparison_requested.connect(lambda *names: requests.append(names))
    page.comparison_closed.connect(lambda: requests.append(("closed",)))
    return requests


def test_a_comparison_takes_the_page_and_gives_it_back(page: EvaluatePage) -> None:
    page.show_state(state_of(compared(A, B)))
    view = page.comparison
    assert view.isVisible()
    assert not page.bar.isVisible()
    assert view.cards.tiles[0].value.text().endswith("%")
    assert "that A gets wrong" in view.cards.verdict.accessibleDescription()
    assert view.settings_card.accessibleName() == "What differs · 2 settings"
    assert view.difference.stack.currentWidget() is view.difference.matrix
    assert "ants predicted as bees" in view.difference.matrix.sentence()
    assert [view.photos.tabs.tabText(place).rsplit(" ", 1)[0] for place in range(4)] == [
        "Fixed", "Broken", "Both wrong", "Both right",
    ]  # fmt: skip
    page.show_state(replace(state_of(), pair=None))
    assert not view.isVisible()


def test_the_focus_goes_into_the_comparison_and_comes_back(page: EvaluatePage, qtbot: Any) -> None:
    page.window().activateWindow()
    page.show_state(replace(state_of(), pair=None))
    before = page.bar.findChild(QComboBox)
    page.bar.show()
    before.setEnabled(True)
    before.setFocus()
    qtbot.waitUntil(before.hasFocus)
    page.show_state(state_of(compared(A, B)))
    assert page.comparison.bar.choices["B"].hasFocus()
    page.bar.show()
    page.comparison.takes_page(replace(state_of(), pair=None))
    assert before.hasFocus()


@pytest.mark.slow
def test_the_first_list_with_photos_is_shown_until_another_is_chosen(page: EvaluatePage) -> None:
    page.show_state(state_of(compared(A, B, right=(1.0, 1.0))))
    tabs = page.comparison.photos.tabs
    assert tabs.tabText(tabs.currentIndex()) == "Both right 40"
    page.show_state(state_of(compared(A, B)))
    assert tabs.currentIndex() == 0
    page.comparison.photos.choose(1)
    page.show_state(state_of(compared(A, B, right=(1.0, 1.0))))
    assert tabs.currentIndex() == 1
    assert list(page.comparison.bar.parts) == ["train", "val", "test"], "the order of the page of one run"


@pytest.mark.slow
def test_keys_swap_choose_tabs_and_close(page: EvaluatePage, qtbot: Any) -> None:
    page.show_state(state_of(compared(A, B)))
    requests = asked(page)
    page.comparison.setFocus()
    qtbot.keyClick(page.comparison, Qt.Key.Key_S)
    qtbot.keyClick(page.comparison, Qt.Key.Key_3)
    assert page.comparison.photos.tabs.currentIndex() == 2
    assert "Wrong in A and in B" in page.comparison.photos.explanation.text()
    qtbot.keyClick(page.comparison, Qt.Key.Key_Escape)
    assert requests == [(B, A, "val"), ("closed",)]


@pytest.mark.slow
def test_other_runs_and_photos_are_chosen_in_the_bar(page: EvaluatePage) -> None:
    page.show_state(state_of(compared(A, B)))
    requests, bar = asked(page), page.comparison.bar
    third = RUNS[2].path
    assert [bar.choices["A"].itemData(row) for row in range(2)] == [A, third]
    bar.choices["A"].activated.emit(1)
    bar.choices["B"].activated.emit(0)  # the one that is chosen
    bar.parts["train"].click()
    assert requests == [(third, B, "val"), (A, B, "train")]
    assert bar.parts["val"].isChecked()
    assert bar.parts["test"].accessibleDescription() == "A and B have no test photos."


def test_photos_have_both_predictions_and_open(page: EvaluatePage, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []
    monkeypatch.setattr(
        "studio.ui.stations.evaluate.compare.photos_card.open_viewer",
        lambda parent, count, photo_at, number: opened.append((count, photo_at(number))),
    )
    result = compared(A, B)
    page.show_state(state_of(result))
    card = page.comparison.photos
    monkeypatch.setattr(card.choices, "attach", lambda _viewer: None)
    monkeypatch.setattr(card, "explain", lambda _viewer, _result: None)
    first = card.photos.photos()[0]
    assert [line.color_role for line in first.below()] == ["bad", "good", "muted"]
    card.open_photo(f"/photos/{first.path}")
    assert opened[0][0] == result.document["fixed"]
    assert opened[0][1].text.startswith("true ")
    assert card.summary.text().startswith("Fixed: ")


def test_compared_photos_are_excluded_by_key_and_menu_and_s_still_swaps(page: EvaluatePage, qtbot: Any) -> None:
    result = compared(A, B)
    paths = [result.photos.paths[row] for row in result.photos.groups["fixed"]]
    photos = tuple(Photo(path, 0, "val") for path in result.photos.paths)
    data = Dataset(result.photos.folder, ("ants", "bees"), photos)
    page.show_state(replace(state_of(result), dataset=data))
    requests, grid, choices = asked(page), page.comparison.photos.photos, page.comparison.photos.choices
    journal: list[Any] = []
    page.job_requested.connect(lambda _kind, values: journal.append(values[0].actions))
    grid.setFocus()
    grid.setCurrentIndex(grid.model().index(1, 0))
    qtbot.keyClick(grid, Qt.Key.Key_Delete)
    qtbot.keyClick(grid, Qt.Key.Key_S)
    assert journal == [(JournalAction("exclude", (paths[1],)),)]
    assert requests == [(B, A, "val")]
    texts = [action.text() for action in choices.menu.menu().actions()]
    assert {"Exclude\tDel", "Move to class…\tM", "Move to split"} <= set(texts)
    excluded = AppliedChoices((PhotoChoice(paths[1], "", 0, excluded=True),))
    read = JournalRead(data.folder, "", change="Excluded 1 photo", reverse="undo")
    page.show_state(replace(state_of(result), dataset=replace(data, choices=excluded), journal=read))
    assert [item.faded for item in grid.photos()[:2]] == [False, True]
    assert choices.bar.isVisible()
    page.show_state(replace(state_of(result), dataset=replace(data, folder="/elsewhere")))
    assert "in another folder" in choices.actions.obstacle()


@pytest.mark.slow
def test_an_enlarged_compared_photo_takes_the_keys(page: EvaluatePage, qtbot: Any) -> None:
    result = compared(A, B)
    paths = [result.photos.paths[row] for row in result.photos.groups["fixed"]]
    photos = tuple(Photo(path, 0, "val") for path in result.photos.paths)
    data = Dataset(result.photos.folder, ("ants", "bees"), photos)
    page.show_state(replace(state_of(result), dataset=data))
    card = page.comparison.photos
    card.open_photo(f"{result.photos.folder}/{paths[0]}")
    viewer = card.photos.findChild(PhotoViewer)
    qtbot.waitUntil(viewer.isActiveWindow)
    assert viewer.details.hint.text() == HINT
    qtbot.keyClick(viewer, Qt.Key.Key_Right)
    with qtbot.waitSignal(page.job_requested) as request:
        qtbot.keyClick(viewer, Qt.Key.Key_Delete)
    assert request.args[1][0].actions == (JournalAction("exclude", (paths[1],)),)
    chosen = AppliedChoices((PhotoChoice(paths[1], "", 0, False, "bees"),))
    page.show_state(replace(state_of(result), dataset=replace(data, choices=chosen)))
    assert viewer.place.text().startswith("2 of")
    assert viewer.details.remarks.text() == "Relabeled: counts as bees by your choice"
    with qtbot.waitSignal(page.undo_requested):
        qtbot.keyClick(viewer, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    page.show_state(replace(state_of(result), dataset=replace(data, folder="/elsewhere")))
    assert "in another folder" in viewer.details.hint.text()
    viewer.close()


@pytest.mark.slow
def test_why_asks_either_run_of_a_comparison(page: EvaluatePage) -> None:
    jobs: list[tuple[str, tuple[Any, ...]]] = []
    page.job_requested.connect(lambda name, arguments: jobs.append((name, arguments)))
    result = compared(A, B)
    state = state_of(result)
    page.show_state(state)
    card = page.comparison.photos
    path = f"{result.photos.folder}/{card.photos.photos()[0].path}"
    card.open_photo(path)
    viewer, why = card.photos.findChild(PhotoViewer), card.why
    assert [why.runs.itemText(row) for row in range(why.runs.count())] == ["A", "B"]
    why.switch.click()
    why.runs.setCurrentIndex(1)
    why.runs.activated.emit(1)
    assert jobs == [("heatmap", (run, path, "", "", "")) for run in (A, B)]
    plain = viewer.picture.grab().toImage()
    heat, pixels = np.array([[0, 1], [0, 0]], np.float32), np.full((8, 8, 3), 90, np.uint8)
    of_b = ClassHeatmap(path, "conv_head", "bees", 1, 0.7, heat, pixels, 0.1, 3, B)
    page.show_state(replace(state, heatmap=replace(of_b, run=A)))
    assert why.words.text() == "Computing…", "the heatmap of the other run"
    page.show_state(replace(state, heatmap=of_b))
    assert why.words.text().startswith("Bright places raise the score of “bees”")
    assert viewer.picture.grab().toImage() != plain
    viewer.close()
    assert card.why is None


def test_of_different_photos_only_the_common_ones_are_compared(page: EvaluatePage) -> None:
    page.show_state(state_of(compared(A, B, common=31)))
    assert page.comparison.bar.photos.text() == "31 photos in common"
    assert "A and B judged different photos: 31 in common." in page.comparison.notice.accessibleName()
    page.show_state(state_of(compared(A, B, common=0)))
    assert "no photo in common" in page.comparison.cards.verdict.accessibleDescription()
    assert not page.comparison.photos.isVisible()
    assert not page.comparison.cards.tiles[0].isVisible()


@pytest.mark.slow
def test_many_classes_have_a_list_of_the_largest_changes(page: EvaluatePage) -> None:
    names = [f"{number} 蟻 a very long name of a class" for number in range(50)]
    page.show_state(state_of(compared(A, B, classes=names, photos=200)))
    card = page.comparison.difference
    assert card.stack.currentWidget() is card.list
    assert card.list.rows.rowCount() == 20
    assert card.list.rows.index(0, 3).data() in ("+2", "−2", "+3", "−3", "+4", "−4")
    page.show_state(state_of(compared(A, B, classes=names, photos=200, right=(1.0, 1.0))))
    assert card.stack.currentIndex() == 2
    assert not card.legend.isVisible()


@pytest.mark.slow
def test_a_matrix_without_room_for_its_numbers_is_a_list(page: EvaluatePage) -> None:
    names = ("ants from the north of the country", "bees", "蟻")
    page.show_state(state_of(compared(A, B, classes=names)))
    card = page.comparison.difference
    card.resize(600, 500)
    assert card.stack.currentWidget() is card.matrix
    card.resize(240, 300)
    assert card.stack.currentWidget() is card.list


@pytest.mark.slow
def test_numbers_are_compared_by_their_errors(page: EvaluatePage) -> None:
    page.show_state(state_of(compared(A, B, numbers=True, classes=("size",))))
    view = page.comparison
    assert [view.photos.tabs.tabText(place).split(" ")[0] for place in range(3)] == ["Closer", "Farther", "Equal"]
    assert view.photos.tabs.count() == 3
    assert not view.difference.isVisible()
    assert "mean error of B" in view.cards.verdict.accessibleDescription()
    page.show_state(state_of(compared(A, B)))
    assert view.photos.tabs.count() == 4


@pytest.mark.slow
def test_curves_are_overlaid_and_switched(page: EvaluatePage, qtbot: QtBot) -> None:
    page.show_state(state_of(compared(A, B)))
    assert page.comparison.curves is None, "they come after everything else is drawn"
    qtbot.waitUntil(lambda: page.comparison.curves is not None and len(page.comparison.curves.buttons) > 0)
    card = page.comparison.curves
    assert isinstance(card, PlotCard)
    assert card.accessibleName() == "Loss"
    assert card.sentence() == "Loss of both runs over epochs; compared: A 0.330 in epoch 3, B 0.220 in epoch 3."
    card.buttons[1].click()
    assert card.accessibleName() == "Accuracy"
    assert card.table().splitlines()[:2] == ["run,photos,epoch,accuracy", "A,train,1,0.7"]
    card._read_out(2)
    assert card.readout.text() == "epoch 2 · A 80.0\u202f% · B 80.0\u202f%"


@pytest.mark.slow
def test_the_comparison_page_says_that_it_is_computing_or_has_failed(page: EvaluatePage) -> None:
    state = state_of()
    page.show_state(replace(state, jobs={"compare": object()}))
    assert page.comparison.waiting.text() == COMPUTING
    assert not page.comparison.bar.report.isEnabled()
    page.show_state(replace(state, faults={"evaluate": Failed("There is no run.", "Choose another.")}))
    assert page.comparison.waiting.text() == CHOOSE
    assert "There is no run." in page.comparison.notice.accessibleName()
    page.show_state(replace(state_of(compared(A, B)), saved=Saved("/x/comparison.html", "report")))
    assert "comparison.html" in page.comparison.notice.accessibleName()
    late = comparing.opened(state_of(compared(A, B)), A, B, "train")
    page.show_state(late)
    assert page.comparison.stack.currentIndex() == 0, "numbers of other photos are not shown"


@pytest.mark.slow
def test_a_comparison_from_the_menu(make_window: Any, fakes: Fakes, qtbot: Any, tmp_path: Any) -> None:
    fakes.past = RUNS
    window = make_window()
    window.open_folder(RUNS[0].spec.dataset.folder)
    qtbot.waitUntil(lambda: window.store.state.run_list.is_listed)
    assert window.menus.compare.isEnabled()
    window.menus.compare.trigger()
    view = window.pages["evaluate"].comparison
    qtbot.waitUntil(lambda: view.stack.currentIndex() == 1)
    assert window.store.state.pair is not None
    assert (window.store.state.pair.a, window.store.state.pair.b) == (A, B)
    view.bar.swap.click()
    qtbot.waitUntil(lambda: window.store.state.pair.result is not None)
    assert window.store.state.pair.a == B
    window.store.comparison.report(str(tmp_path / "comparison"))
    qtbot.waitUntil(lambda: "report" not in window.store.state.jobs)
    assert fakes.reports == [(B, A, "val", str(tmp_path / "comparison.html"))]
    fakes.compare_fault = UserError("One of the runs is gone.", "Choose another.")
    view.bar.parts["train"].click()
    qtbot.waitUntil(lambda: "evaluate" in window.store.state.faults)
    view.bar.close_button.click()
    qtbot.waitUntil(lambda: not view.isVisible())
    assert window.store.state.pair is None
