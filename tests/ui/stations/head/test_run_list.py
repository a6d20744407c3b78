"""Runs in the window: listed, opened, resumed, extended, moved to the trash; with fake work and with real folders."""

from __future__ import annotations

import threading

import pytest
import states
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu, QMessageBox
from run_summaries import DONE, INTERRUPTED, PHOTOS, summary

from studio.events import Figure, RunDescription, RunsListed, RunSummary, Skipped
from studio.session import settings
from studio.session.reducer import job_started, reduce
from studio.session.runs import run_list
from studio.session.selectors import stale
from studio.session.state import AppState, RunList
from studio.spec import BackboneSpec, DatasetSpec, FreezePlan, RunSpec, TrainSpec, UserError
from studio.spec.structs import replace
from studio.ui.dialogs.describe_run import DescriptionDialog
from studio.ui.dialogs.extend_run import EFFECTS, ExtendDialog
from studio.ui.dialogs.trash import TrashDialog
from studio.ui.stations.head.run_card import RunCard
from studio.ui.stations.head.run_list import RunListCard
from studio.ui.stations.head.run_list_model import brief, description

FRESH = summary("fresh", "cancelled", 0, 3, figure=None, best_epoch=0, checkpoint="")


@pytest.fixture
def window(make_window, fakes, qtbot):
    """The window with a folder open and three runs on disk."""
    fakes.past = (DONE, INTERRUPTED, FRESH)
    window = make_window()
    window.open_folder(PHOTOS)
    qtbot.waitUntil(lambda: bool(window.store.state.run_list.listed and window.store.state.dataset))
    window.show_station("head")
    return window


def card(window) -> RunListCard:
    return window.pages["head"].runs


def choose(window, qtbot, run: RunSummary) -> None:
    card(window).table.selectRow(card(window).table.runs.row_of(run.path))
    qtbot.waitUntil(lambda: window.store.state.run_list.chosen == run.path)
    qtbot.waitUntil(lambda: card(window)._state.run_list.chosen == run.path)


def idle(window, qtbot) -> None:
    qtbot.waitUntil(lambda: not window.store.state.jobs)


@pytest.mark.slow
def test_every_run_says_how_it_stands_in_words(window):
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
def test_a_folder_without_runs_says_how_many_there_are_of_others(window, qtbot):
    window.open_folder("/nowhere/birds", "head")
    qtbot.waitUntil(lambda: "3 runs of other folders" in card(window)._none.text())
    assert card(window)._none.isVisible()


@pytest.mark.slow
def test_another_folder_takes_the_results_of_the_last_one_away(window, qtbot):
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
def test_a_run_has_one_word_everywhere_though_its_record_could_not_say_how_it_ended(status, word):
    """Without its folder, the record cannot be updated and still says "running": on disk the run is interrupted."""
    run = replace(states.run(number=2, done=False), status=status)
    listed = replace(summary("x", "interrupted", 2, 5), path=run.started.run)
    state = AppState(spec=run.started.spec, run_list=RunList((listed,), known=True, everywhere=True)).showing(run)
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
    card.show_state(replace(AppState(), run_list=RunList(runs, known=True)))
    assert card.table.runs.rowCount() == 10_000
    assert len(card.table.children()) < 40


@pytest.mark.slow
def test_nothing_can_be_done_before_a_run_is_chosen_and_only_what_fits_then(window, qtbot):
    buttons = card(window).buttons
    assert not any(button.isEnabled() for button in buttons.values())
    assert "Select a run" in buttons["resume"].toolTip()
    allowed = {
        DONE: {"open", "settings", "extend"},
        INTERRUPTED: {"open", "settings", "resume"},
        FRESH: {"open", "settings", "resume"},
    }
    for run, expected in allowed.items():
        choose(window, qtbot, run)
        assert {name for name, button in buttons.items() if button.isEnabled()} == expected
        menus = window.menus
        entries = {
            "open": menus.run_open,
            "settings": menus.run_settings,
            "resume": menus.run_resume,
            "extend": menus.run_extend,
        }
        assert {name for name, action in entries.items() if action.isEnabled()} == expected
        assert menus.run_discard.isEnabled()


@pytest.mark.slow
def test_opening_a_run_shows_its_results_beside_its_own_settings(window, qtbot, fakes):
    frozen = RunSpec(DatasetSpec(PHOTOS, val_fraction=0.5), BackboneSpec("resnet18"), FreezePlan(thaw=("layer4",)))
    fakes.past = (replace(DONE, spec=frozen),)
    fakes.gone = 2
    window.store.runs.refresh()
    qtbot.waitUntil(lambda: len(window.store.state.run_list.listed) == 1)
    choose(window, qtbot, DONE)
    qtbot.keyClick(card(window).table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.pages["evaluate"])
    idle(window, qtbot)
    state = window.store.state
    assert state.spec != frozen, "to show a run replaces no settings"
    assert state.run.started.spec == frozen
    assert (state.run.status, len(state.run.epochs), state.run.missing) == ("done", 3, 2)
    assert state.dataset.folder == PHOTOS
    assert "missing" in window.pages["evaluate"]._notice.accessibleName()
    assert window.pages["evaluate"].figures.cards["accuracy"].value.text() == "90.0\u202f%"


@pytest.mark.slow
def test_a_run_that_was_cut_short_goes_on(window, qtbot, fakes):
    choose(window, qtbot, INTERRUPTED)
    qtbot.mouseClick(card(window).buttons["resume"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.store.state.run is not None and window.store.state.run.status == "done")
    idle(window, qtbot)
    assert fakes.resumed == [(INTERRUPTED.path, None)]
    assert [epoch.epoch for epoch in window.store.state.run.epochs] == [1, 2, 3, 4, 5]
    assert window.store.state.spec == INTERRUPTED.spec
    assert fakes.calls.count("runs") >= 3  # at the start, when the run began and when it ended


@pytest.mark.slow
def test_a_run_that_is_done_gets_more_epochs(window, qtbot, fakes):
    choose(window, qtbot, DONE)
    qtbot.mouseClick(card(window).buttons["extend"], Qt.MouseButton.LeftButton)
    dialog = window.findChild(ExtendDialog)
    assert dialog.epochs.value() == 6
    assert dialog.effect.text() == EFFECTS["constant"]
    dialog.epochs.setValue(4)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.store.state.run is not None and window.store.state.run.status == "done")
    idle(window, qtbot)
    assert fakes.resumed == [(DONE.path, 4)]
    assert window.store.state.run_list.chosen == window.store.state.run.started.run  # selected for the next command
    assert window.store.state.spec.train.epochs == 4
    assert window.store.state.run.started.spec == window.store.state.spec


@pytest.mark.parametrize("schedule", ["constant", "cosine", "one_cycle"])
def test_extending_says_what_the_schedule_does_and_asks_for_more_than_there_is(qtbot, schedule):
    spec = replace(DONE.spec, train=TrainSpec(epochs=10, head_epochs=2, schedule=schedule))
    emitted: list[int] = []
    dialog = ExtendDialog(replace(DONE, spec=spec, epochs=12), emitted.append)
    qtbot.addWidget(dialog)
    assert ("new cycle" in dialog.effect.text()) == (schedule != "constant")
    assert dialog.epochs.minimum() == 11
    dialog.reject()
    assert emitted == []


def test_a_run_that_stopped_early_is_extended_from_there(qtbot):
    dialog = ExtendDialog(replace(DONE, stopped_early=True, epochs=3, spec=INTERRUPTED.spec), print)
    qtbot.addWidget(dialog)
    assert dialog.epochs.minimum() == 4
    dialog.reject()


@pytest.mark.slow
@pytest.mark.qt_log_ignore("does not support", extend=True)
def test_the_menu_of_a_row_offers_the_same(window, qtbot):
    choose(window, qtbot, INTERRUPTED)
    table = card(window).table
    place = table.visualRect(table.runs.index(1, 0)).center()
    table.customContextMenuRequested.emit(place)
    menu = card(window).findChild(QMenu)
    assert [action.text() for action in menu.actions() if action.isEnabled()][:6] == [
        "Show",
        "Use its settings",
        "Resume",
        "Describe…",
        "Star",
        "Move to trash",
    ]
    menu.close()
    table.customContextMenuRequested.emit(QPoint(5, 5000))  # below the last row
    qtbot.wait(10)


@pytest.mark.slow
def test_while_a_training_runs_its_row_grows_and_another_run_can_be_looked_at(window, qtbot, fakes):
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
    assert window.store.state.run is shown, "the training changed the results of another run"
    idle(window, qtbot)


@pytest.mark.slow
def test_the_last_run_that_was_interrupted_is_offered_in_one_quiet_line(make_window, fakes, qtbot):
    fakes.past = (INTERRUPTED, DONE)
    window = make_window()
    offer = window.status.offer
    qtbot.waitUntil(offer.isVisible)
    assert "The last run was interrupted after epoch 2 of 5" in offer.text()
    window.open_folder("/nowhere/birds")
    qtbot.waitUntil(lambda: "The last run of photos was interrupted after epoch 2 of 5" in offer.text())
    assert offer.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert not window.findChildren(QMessageBox)
    qtbot.mouseClick(offer, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.store.state.run is not None and window.store.state.run.status == "done")
    assert fakes.resumed == [(INTERRUPTED.path, None)]
    assert window.stack.currentWidget() is window.pages["head"]
    qtbot.waitUntil(lambda: not offer.isVisible())
    idle(window, qtbot)


@pytest.mark.slow
def test_a_run_that_another_program_writes_is_followed_until_it_dies(window, qtbot, fakes):
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


def test_runs_that_differ_only_in_how_they_learned_are_told_apart():
    cosine = replace(DONE, spec=replace(DONE.spec, train=TrainSpec(epochs=3, schedule="cosine")))
    assert "rate 1e-3, constant, adamw, batch size 32, seed 7" in description(DONE, False)
    assert "cosine" in description(cosine, False)


def test_the_words_of_the_run_shown_fit_the_list(qtbot):
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


def test_a_resumed_run_keeps_its_figures_until_its_first_event():
    state = replace(AppState(), run_list=RunList((INTERRUPTED,), known=True))
    state = reduce(
        job_started(state, "train"),
        "train",
        replace(states.run(states.dataset()).started, spec=INTERRUPTED.spec, run=INTERRUPTED.path, resumed=2),
    )
    (row,) = run_list.rows(state)
    assert (row.state, row.epochs, row.value("accuracy")) == ("running", 2, 0.9)


@pytest.mark.parametrize("past", [(DONE, INTERRUPTED), (FRESH,), (), (replace(INTERRUPTED, checkpoint=""),)])
def test_only_an_interrupted_last_run_with_a_checkpoint_is_offered(past):
    assert run_list.run_to_resume(replace(AppState(), run_list=RunList(past, known=True))) is None


@pytest.mark.slow
def test_a_run_is_moved_to_the_trash_and_back(window, qtbot, fakes):
    paths = {run.path for run in fakes.past}
    strip, table = window.strips.trash, card(window).table
    for run in (DONE, INTERRUPTED):
        choose(window, qtbot, run)
        qtbot.keyClick(table, Qt.Key.Key_Delete)
        qtbot.keyClick(table, Qt.Key.Key_Delete)  # pressed twice by accident
        qtbot.waitUntil(lambda run=run: card(window).table.runs.row_of(run.path) < 0)
        idle(window, qtbot)
    assert [run.path for run in window.store.state.run_list.listed] == [FRESH.path]
    assert strip.isVisible()
    assert "in the trash. So is 1 removed before." in strip.words.text()
    assert "head" not in window.store.state.faults
    qtbot.mouseClick(strip.action, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: card(window).table.runs.row_of(INTERRUPTED.path) >= 0)
    idle(window, qtbot)
    assert window.store.state.run_list.chosen == INTERRUPTED.path
    qtbot.keyClick(table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: {run.path for run in window.store.state.run_list.listed} == paths)
    qtbot.waitUntil(lambda: not strip.isVisible())
    idle(window, qtbot)


@pytest.mark.slow
def test_the_trash_is_listed_restored_from_and_emptied(window, qtbot, fakes):
    window.dialogs.show_trash()
    dialog = window.findChild(TrashDialog)
    idle(window, qtbot)
    assert not dialog.restore.isEnabled()
    for run in (DONE, FRESH):
        choose(window, qtbot, run)
        window.store.runs.changes.discard()
        idle(window, qtbot)
    qtbot.waitUntil(lambda: dialog.table.rowCount() == 2)
    dialog.table.selectRow(0)
    qtbot.mouseClick(dialog.restore, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.table.rowCount() == 1)
    idle(window, qtbot)
    qtbot.mouseClick(dialog.empty, Qt.MouseButton.LeftButton)
    box = dialog.findChild(QMessageBox, "ask_empty_trash")
    assert "cannot be restored" in box.informativeText()
    next(button for button in box.buttons() if button.text() == "Delete for good").click()
    qtbot.waitUntil(lambda: dialog.table.rowCount() == 0)
    idle(window, qtbot)
    assert (fakes.trashed, window.strips.trash.isVisible()) == ({}, False)
    dialog.reject()


@pytest.mark.slow
def test_a_run_is_renamed_starred_and_tagged(window, qtbot, fakes):
    choose(window, qtbot, DONE)
    table = card(window).table
    qtbot.keyClick(table, Qt.Key.Key_F2)
    dialog = window.findChild(DescriptionDialog)
    qtbot.keyClicks(dialog.title, "My best")
    dialog.tags.setText(" paper, , paper,x")
    dialog.note.setPlainText("two\nlines")
    qtbot.keyClick(dialog.title, Qt.Key.Key_Return)
    qtbot.keyClick(table, Qt.Key.Key_Asterisk)
    idle(window, qtbot)
    stored = next(run for run in fakes.past if run.path == DONE.path).description
    assert stored == RunDescription("My best", "two\nlines", True, ("paper", "x"))
    qtbot.waitUntil(lambda: table.runs.index(0, 0).data().startswith("★ My best\n"))
    assert "tags: paper, x" in table.runs.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)


@pytest.mark.slow
def test_the_settings_of_a_run_are_used_on_request_and_given_back(window, qtbot):
    before = window.store.state.spec
    choose(window, qtbot, INTERRUPTED)
    assert window.store.state.spec == before
    qtbot.mouseClick(card(window).buttons["settings"], Qt.MouseButton.LeftButton)
    assert window.store.state.spec == INTERRUPTED.spec
    qtbot.waitUntil(lambda: window.strips.swap.isVisible())
    qtbot.waitUntil(lambda: not card(window).buttons["settings"].isEnabled())
    qtbot.mouseClick(window.strips.swap.action, Qt.MouseButton.LeftButton)
    assert window.store.state.spec == before
    idle(window, qtbot)


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
    assert card._left_out.text() == "1 folder left out: no run, or an unreadable one"
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


@pytest.mark.slow
def test_results_of_a_run_are_marked_as_soon_as_a_setting_changes(window, qtbot):
    choose(window, qtbot, DONE)
    window.store.runs.open()
    qtbot.waitUntil(lambda: window.store.state.run is not None and window.store.state.run.status == "done")
    idle(window, qtbot)
    window.store.choose(states.spec(PHOTOS))
    assert window.store.state.run.started.spec != window.store.state.spec
    assert "head" in stale(window.store.state)
