"""Commands on a run in the window: show, resume, extend, describe, move to the trash and back."""

from __future__ import annotations

import pytest
import states
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox
from run_list_use import FRESH, card, choose, idle
from run_summaries import DONE, INTERRUPTED, PHOTOS

from studio.events import RunDescription
from studio.session.runs import run_list
from studio.session.selectors import stale
from studio.session.state import AppState, RunList
from studio.spec import BackboneSpec, DatasetSpec, FreezePlan, RunSpec, TrainSpec
from studio.spec.structs import replace
from studio.ui.dialogs.describe_run import DescriptionDialog
from studio.ui.dialogs.extend_run import EFFECTS, ExtendDialog
from studio.ui.dialogs.trash import TrashDialog


@pytest.mark.slow
def test_commands_on_runs_are_enabled_only_for_a_suitable_selected_run(window, qtbot):
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
    fakes.missing = 2
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
    assert state.run.report.main.value == 0.9
    assert window.pages["evaluate"].figures.cards["accuracy"].value.text() == "75.0\u202f%", "by its evaluation"


@pytest.mark.slow
def test_an_interrupted_run_can_be_resumed(window, qtbot, fakes):
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
def test_extending_explains_the_schedule_and_requires_more_epochs(qtbot, schedule):
    spec = replace(DONE.spec, train=TrainSpec(epochs=10, head_epochs=2, schedule=schedule))
    emitted: list[int] = []
    dialog = ExtendDialog(replace(DONE, spec=spec, epochs=12), emitted.append, settings="Its own settings.")
    qtbot.addWidget(dialog)
    assert ("new cycle" in dialog.effect.text()) == (schedule != "constant")
    assert dialog.epochs.minimum() == 11
    assert dialog.settings.text() == "Its own settings."
    dialog.reject()
    assert emitted == []


def test_a_run_that_stopped_early_is_extended_from_there(qtbot):
    dialog = ExtendDialog(replace(DONE, stopped_early=True, epochs=3, spec=INTERRUPTED.spec), print)
    qtbot.addWidget(dialog)
    assert dialog.epochs.minimum() == 4
    dialog.reject()


@pytest.mark.slow
def test_the_last_interrupted_run_is_offered_in_one_line(make_window, fakes, qtbot):
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


@pytest.mark.parametrize("past", [(DONE, INTERRUPTED), (FRESH,), (), (replace(INTERRUPTED, checkpoint=""),)])
def test_only_the_last_interrupted_run_with_a_checkpoint_is_offered_for_resuming(past):
    assert run_list.run_to_resume(replace(AppState(), run_list=RunList(past, is_listed=True))) is None


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
    assert "in the trash, with 1 run removed earlier." in strip.words.text()
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
    assert (dialog.table.isVisible(), dialog.none.text()) == (False, "The trash is empty.")
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
def test_the_settings_of_a_run_can_be_used_and_the_former_ones_restored(window, qtbot):
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
def test_results_of_a_run_are_marked_as_soon_as_a_setting_changes(window, qtbot):
    choose(window, qtbot, DONE)
    window.store.runs.open()
    qtbot.waitUntil(lambda: window.store.state.run is not None and window.store.state.run.status == "done")
    idle(window, qtbot)
    window.store.choose(states.spec(PHOTOS))
    assert window.store.state.run.started.spec != window.store.state.spec
    assert "head" in stale(window.store.state)
