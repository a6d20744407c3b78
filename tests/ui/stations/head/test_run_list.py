"""The list of runs in the window: its rows, their texts, and changes of the listed runs."""

from __future__ import annotations

import threading

import pytest
import states
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication, QMenu
from run_list_use import FRESH, card, choose, idle
from run_summaries import DONE, INTERRUPTED, PHOTOS, summary

from studio.events import Figure, RunsListed, Skipped
from studio.session import settings
from studio.session.reducer import job_started, reduce
from studio.session.runs import run_list
from studio.session.state import AppState, RunList
from studio.spec import DatasetSpec, RunSpec, TrainSpec, UserError
from studio.spec.structs import replace
from studio.ui.stations.head.run_card import RunCard
from studio.ui.stations.head.run_list import RunListCard
from studio.ui.stations.head.run_list_model import brief, description
from studio.ui.widgets.elided_label import fitting


@pytest.mark.slow
def test_every_row_shows_the_state_of_its_run(window):
    model = card(window).table.runs
    rows = [(model.index(row, 0).data(), model.index(row, 1).data()) for row in range(model.rowCount())]
    assert [row[0].split("\n")[1].split(" · ")[0] for row in rows] == ["3 epochs", "interrupted 2/5", "stopped 0/3"]
    assert [row[1] for row in rows] == ["90.0\u202f%", "90.0\u202f%", "–"]
    assert rows[0][0].startswith("Lite0, frozen\n")
    assert "interrupted after epoch 2 of 5" in model.index(1, 0).data(Qt.ItemDataRole.AccessibleTextRole)


@pytest.mark.slow
def test_only_runs_of_the_open_folder_are_listed_until_all_are_wanted(window, qtbot, fakes):
    other = replace(summary("other", "failed", 1, 3), spec=RunSpec(DatasetSpec("/elsewhere/40 birds")))
    slash = replace(summary("slash"), spec=RunSpec(DatasetSpec(PHOTOS + "/")))
    fakes.past = (*fakes.past, other, slash)
    window.store.runs.refresh()
    qtbot.waitUntil(lambda: len(window.store.state.run_list.listed) == 5)
    model, places = card(window).table.runs, card(window).places
    qtbot.waitUntil(lambda: [run.path for run in model.runs] == [run.path for run in (DONE, INTERRUPTED, FRESH, slash)])
    assert "40 birds" not in model.index(0, 0).data()

    qtbot.keyClick(places, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: model.rowCount() == 5)
    assert [model.index(row, 0).data().split("\n")[2] for row in range(5)] == [*["photos"] * 3, "40 birds", "photos"]
    assert "photos in /elsewhere/40 birds" in model.index(3, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert settings.load(window.settings.file).all_runs

    choose(window, qtbot, other)
    qtbot.keyClick(places, Qt.Key.Key_Up)
    qtbot.waitUntil(lambda: model.rowCount() == 4)
    assert window.store.state.run_list.chosen == "", "what is not seen is not resumed or thrown away"
    assert not card(window).buttons["resume"].isEnabled()


@pytest.mark.slow
def test_the_chosen_run_alone_is_selected_while_ctrl_is_held(window, qtbot):
    choose(window, qtbot, INTERRUPTED)
    qtbot.mouseClick(card(window).places, Qt.MouseButton.RightButton, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.keyboardModifiers() == Qt.KeyboardModifier.ControlModifier
    window.store.runs.choose(DONE.path)
    qtbot.waitUntil(lambda: card(window)._state.run_list.chosen == DONE.path)
    assert card(window).selected() == [DONE.path]


@pytest.mark.slow
def test_a_folder_without_runs_shows_how_many_runs_other_folders_have(window, qtbot):
    window.open_folder("/nowhere/birds", "head")
    qtbot.waitUntil(lambda: "3 runs of other folders" in card(window)._none.text())
    assert card(window)._none.isVisible()


@pytest.mark.slow
def test_opening_another_folder_removes_the_results(window, qtbot):
    choose(window, qtbot, DONE)
    window.store.runs.open()
    idle(window, qtbot)
    assert window.store.state.run is not None
    window.open_folder("/nowhere/birds", "evaluate")
    idle(window, qtbot)
    assert window.store.state.run is None
    faces = {name: window.ribbon.button(name).summary() for name in ("head", "evaluate")}
    assert [(face.mark, "90" in face.shape) for face in faces.values()] == [("", False)] * 2
    assert window.pages["evaluate"].stack.currentIndex() == 0


@pytest.mark.parametrize(
    ("status", "word"), [("failed", "failed"), ("cancelled", "stopped"), ("interrupted", "interrupted")]
)
def test_a_run_has_the_same_state_everywhere_if_its_record_could_not_be_updated(status, word):
    """Without its folder, the record cannot be updated and still says "running": on disk the run is interrupted."""
    run = replace(states.run(number=2, done=False), status=status)
    listed = replace(summary("x", "interrupted", 2, 5), path=run.started.run)
    state = AppState(spec=run.started.spec, run_list=RunList((listed,), is_listed=True, everywhere=True)).showing(run)
    (row,) = run_list.rows(state)
    assert row.state == status
    assert run_list.progress_words(row) == f"{word} after epoch 2 of 5"
    assert brief(row).split("\n")[1].startswith(f"{word} 2/5")
    card = RunCard()
    card.show_state(run)
    assert card.facts.value("Status") == word


def test_a_list_of_ten_thousand_runs_is_virtual(qtbot):
    card = RunListCard()
    qtbot.addWidget(card)
    runs = tuple(summary(str(number)) for number in range(10_000))
    card.show_state(replace(AppState(), run_list=RunList(runs, is_listed=True)))
    assert card.table.runs.rowCount() == 10_000
    assert len(card.table.children()) < 40


@pytest.mark.slow
@pytest.mark.qt_log_ignore("does not support", extend=True)
def test_the_menu_of_a_row_offers_the_same_commands(window, qtbot):
    choose(window, qtbot, INTERRUPTED)
    table = card(window).table
    place = table.visualRect(table.runs.index(1, 0)).center()
    table.customContextMenuRequested.emit(place)
    menu = card(window).findChild(QMenu)
    offered = [action.text() for action in menu.actions() if action.isEnabled()]
    assert offered[:5] == ["Show", "Use its settings", "Resume", "Describe…", "Star"]
    assert {"Copy as command", "Copy as script", "Move to trash"} <= set(offered)
    menu.close()
    table.customContextMenuRequested.emit(QPoint(5, 5000))  # below the last row
    qtbot.wait(10)


@pytest.mark.slow
def test_another_run_can_be_shown_while_the_row_of_the_run_in_progress_is_updated(window, qtbot, fakes):
    fakes.gate = threading.Event()
    fakes.past = (summary("1", "running", 0, 10, figure=None), DONE)
    window.store.train()
    qtbot.waitUntil(lambda: card(window).table.runs.rowCount() == 2)
    choose_path = DONE.path
    window.store.runs.choose(choose_path)
    qtbot.waitUntil(lambda: window.store.state.run_list.chosen == choose_path)
    assert run_list.cannot_resume(window.store.state) == "Training is in progress."
    window.store.runs.open()
    qtbot.waitUntil(lambda: window.store.state.shown == DONE.path and "open_run" not in window.store.state.jobs)
    shown = window.store.state.run
    window.show_station("head")
    fakes.before[3] = threading.Event()
    fakes.gate.set()
    model = card(window).table.runs
    qtbot.waitUntil(lambda: "running 2/10" in model.index(0, 0).data())
    fakes.before[3].set()
    qtbot.waitUntil(lambda: "train" not in window.store.state.jobs)
    run = window.store.state.run  # the page may have evaluated it meanwhile
    same = run.started is shown.started and run.epochs is shown.epochs and run.outcome is shown.outcome
    assert same, "the training changed the results of another run"
    idle(window, qtbot)


@pytest.mark.slow
def test_a_run_that_another_program_writes_is_followed_until_that_program_ends(window, qtbot, fakes):
    window.store.runs._again.setInterval(20)
    other = summary("other", "running", 1, 9)
    fakes.past = (other, *fakes.past)
    window.show_station("images")
    window.show_station("head")  # showing the list refreshes it
    model = card(window).table.runs
    qtbot.waitUntil(lambda: "running 1/9" in model.index(0, 0).data())
    fakes.past = (replace(other, epochs=2), *fakes.past[1:])
    qtbot.waitUntil(lambda: "running 2/9" in model.index(0, 0).data())
    fakes.past = (replace(other, epochs=3, state="interrupted"), *fakes.past[1:])
    qtbot.waitUntil(lambda: "interrupted 3/9" in model.index(0, 0).data())
    assert "interrupted after epoch 3 of 9" in window.status.offer.text()
    idle(window, qtbot)
    assert not window.store.runs._again.isActive()  # no run is running any more


def test_runs_that_differ_only_in_training_settings_have_different_names():
    cosine = replace(DONE, spec=replace(DONE.spec, train=TrainSpec(epochs=3, schedule="cosine")))
    assert "rate 1e-3, constant, adamw, batch size 32, seed 7" in description(DONE, False)
    assert "cosine" in description(cosine, False)


def test_the_texts_of_the_run_shown_fit_into_the_list(qtbot):
    runs = (summary("long", "cancelled", 277, 300), DONE)
    box = RunListCard()
    qtbot.addWidget(box)
    box.resize(277, 400)  # its width in a window of 1280
    box.show()
    box.table.runs.show(runs, runs[0].path)
    box._stack.setCurrentIndex(1)
    index = box.table.runs.index(0, 0)
    assert not box.table.runs.data(index, Qt.ItemDataRole.FontRole).bold()
    for column in (0, 1):
        hint = box.table.sizeHintForIndex(index.siblingAtColumn(column)).width()
        assert hint <= box.table.columnWidth(column), column


def test_a_name_that_is_elided_in_any_case_is_not_condensed(qapp):
    font, short, long = qapp.font(), "n" * 20, "n" * 60
    font.setPixelSize(100)  # letters are whole pixels wide: in a small font, 90 % may be as wide as 100 %
    room = int(0.92 * QFontMetrics(font).horizontalAdvance(short))
    assert fitting(font, short, room, 85).stretch() == 90
    assert fitting(font, long, room, 85) == font
    assert fitting(font, long, room).stretch() == 68, "where texts differ only at their ends"


def test_a_resumed_run_keeps_its_figures_until_its_first_event():
    state = replace(AppState(), run_list=RunList((INTERRUPTED,), is_listed=True))
    state = reduce(
        job_started(state, "train"),
        "train",
        replace(states.run(states.dataset()).started, spec=INTERRUPTED.spec, run=INTERRUPTED.path, resumed=2),
    )
    (row,) = run_list.rows(state)
    assert (row.state, row.epochs, row.value("accuracy")) == ("running", 2, 0.9)


@pytest.mark.slow
def test_listing_runs_in_the_background_keeps_the_failure_shown(window, qtbot, fakes):
    fakes.train_fault = UserError("The disk is full.", "Free some space.")
    window.store.train()
    idle(window, qtbot)
    assert window.store.state.faults["head"].title == "The disk is full."


def test_folders_that_hold_no_run_are_named(qtbot):
    card = RunListCard()
    qtbot.addWidget(card)
    listing = RunsListed("/runs", (DONE,), (Skipped("/runs/<b>x", "holds no run"),))
    card.show_state(replace(AppState(), run_list=run_list.with_listing(RunList(), listing)))
    assert card._left_out.text() == "1 folder left out: not a run, or unreadable"
    assert "&lt;b&gt;x" in card._left_out.toolTip()


def test_the_chosen_run_stays_chosen_while_it_is_there():
    before = RunList((DONE, INTERRUPTED), (), INTERRUPTED.path, True)
    assert run_list.with_listing(before, RunsListed("/runs", (INTERRUPTED,))).chosen == INTERRUPTED.path
    assert run_list.with_listing(before, RunsListed("/runs", (DONE,))).chosen == ""


def test_the_description_of_a_run_has_all_its_facts():
    failed = summary("bad", "failed", 1, 4, failure="The disk is full.")
    lines = description(failed, True).splitlines()
    assert lines[0] == "EfficientNet-Lite0, all frozen (shown now)"
    result = "of epoch 1"
    for fact in ("failed after epoch 1 of 4", "The disk is full.", result, "40 photos, 2 classes", failed.path):
        assert fact in lines
    numbers = replace(DONE, figure=Figure("mae", 1.25), classes=0)
    assert "mean absolute error 1.25" in description(numbers, False).splitlines()
