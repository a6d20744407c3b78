"""Two runs compared on the Evaluate page."""

from __future__ import annotations

from typing import Any

import pytest
from compare_page import RUNS, A, B, asked, state_of
from comparisons import compared
from fakes import Fakes
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from studio.evaluate.documents import earlier_tests
from studio.events import Failed, Saved
from studio.events.runs import TestJudgment
from studio.session.runs import comparing
from studio.spec import UserError
from studio.spec.structs import replace
from studio.ui.plots.plot_card import PlotCard
from studio.ui.stations.evaluate.compare.difference_table import sort_key
from studio.ui.stations.evaluate.compare.view import CHOOSE, COMPUTING
from studio.ui.stations.evaluate.page import EvaluatePage


def test_a_comparison_replaces_the_results_until_it_is_closed(page: EvaluatePage) -> None:
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


def test_a_comparison_that_ended_while_another_page_was_shown_is_there_on_return(page: EvaluatePage) -> None:
    page.show_state(state_of())
    page.hide()
    page.show_state(state_of(compared(A, B)))
    page.show()
    assert page.comparison.cards.tiles[0].value.text().endswith("%")
    assert "that A gets wrong" in page.comparison.cards.verdict.accessibleDescription()


def test_the_table_of_what_differs_sorts_and_its_columns_are_chosen(page: EvaluatePage) -> None:
    page.show_state(state_of(compared(A, B)))
    table = page.comparison.settings
    model, header = table.model(), table.horizontalHeader()

    def column(number: int) -> list[str]:
        return [model.index(row, number).data() for row in range(model.rowCount())]

    own = column(0)
    table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    assert column(0) == sorted(own, key=str.casefold, reverse=True) != own
    table.copying.copy_all()
    copied = QGuiApplication.clipboard().text().splitlines()
    assert copied[0] == "Setting\tA\tB"
    assert [line.split("\t")[0] for line in copied[1:]] == column(0)
    table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
    assert column(0) == own
    menus = {action.text(): action.menu() for action in table.actions() if action.menu() is not None}
    assert set(menus) == {"Columns", "Sort by"}
    menus["Columns"].aboutToShow.emit()
    assert [action.text() for action in menus["Columns"].actions()] == ["A", "B"]
    menus["Columns"].actions()[0].trigger()
    assert (header.isSectionHidden(1), header.isSectionHidden(2)) == (True, False)


def test_values_are_sorted_as_numbers_before_words() -> None:
    values = ["none", "10", "−2", "9", "1,200", "0.001", "1e-05", "–"]
    assert sorted(values, key=sort_key) == ["−2", "1e-05", "0.001", "9", "10", "1,200", "none", "–"]


def test_the_focus_moves_into_the_comparison_and_back(page: EvaluatePage, qtbot: Any) -> None:
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


def test_test_photos_are_compared_with_a_warning(page: EvaluatePage) -> None:
    state = state_of(compared(A, B, part="test"), "test")
    first = "2026-11-26T10:00:00+00:00"
    judged = tuple(
        replace(row, test_judgments=(TestJudgment(first, 3, 40, 0.5),) if row.path == A else ())
        for row in state.run_list.listed
    )
    state = replace(state, run_list=replace(state.run_list, listed=judged))
    page.show_state(state)
    assert earlier_tests.COMPARED in page.comparison.notice.accessibleName()
    tip = page.comparison.bar.parts["test"].toolTip()
    assert "judged before: once by the run" in tip
    assert earlier_tests.CHOOSE_BY in tip


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
def test_a_matrix_without_space_for_its_numbers_is_shown_as_a_list(page: EvaluatePage) -> None:
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


def test_a_comparison_is_drawn_part_by_part(show_page: Any, qtbot: QtBot) -> None:
    page = show_page(EvaluatePage())
    page.comparison.prepare()
    page.show_state(state_of(compared(A, B)))
    view = page.comparison
    seen = []
    for _ in range(7):
        seen.append((bool(view.settings.rows.rowCount()), view.photos.tabs.count() > 0, len(view.curves.buttons) > 0))
        view.parts._timer.stop()
        view.parts._paint_next()
    assert list(dict.fromkeys(seen)) == [
        (False, False, False), (True, False, False), (True, True, False), (True, True, True),
    ]  # fmt: skip
    assert all(part.updatesEnabled() for part in (view.cards, view.settings, view.photos, view.curves))


def test_a_comparison_that_arrives_meanwhile_is_the_one_that_is_drawn(show_page: Any, qtbot: QtBot) -> None:
    page = show_page(EvaluatePage())
    page.show_state(state_of(compared(A, B)))
    page.comparison.parts._paint_next()
    page.show_state(state_of(compared(A, B, right=(1.0, 1.0))))
    qtbot.waitUntil(lambda: page.comparison.curves is not None and len(page.comparison.curves.buttons) > 0)
    view = page.comparison
    assert [view.photos.tabs.tabText(place) for place in (0, 1)] == ["Fixed 0", "Broken 0"]
