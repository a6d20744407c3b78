"""Settings copied as a command or a script, and the replay of a run, in the real window."""

from __future__ import annotations

import shlex
import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from run_list_use import FRESH, card, choose, idle
from run_summaries import DONE

from studio.cli.options import specs
from studio.cli.options.parser import make_parser
from studio.events import ChangedPhotos, ReplayedValue, RunReplayed
from studio.session.runs import replaying
from studio.session.state import JobState
from studio.spec.structs import replace
from studio.ui.dialogs.automation.replay import ReplayDialog


def test_the_settings_of_the_window_and_of_a_run_are_copied(window, qtbot):
    clipboard = QGuiApplication.clipboard()
    spec = replace(window.store.state.spec, train=replace(window.store.state.spec.train, epochs=3, seed=4))
    window.store.choose(spec)
    window.menus.as_command.trigger()
    assert specs.run_of(make_parser().parse_args(shlex.split(clipboard.text())[1:])) == spec
    assert window.status._last.text() == "Your settings were copied as a command"
    window.menus.as_script.trigger()
    assert clipboard.text().startswith("import studio\n")
    assert "epochs=3" in clipboard.text()

    choose(window, qtbot, DONE)
    actions = {action.text(): action for action in card(window).menu().actions()}
    actions["Copy as command"].trigger()
    assert specs.run_of(make_parser().parse_args(shlex.split(clipboard.text())[1:])) == DONE.spec
    actions["Copy as command for several GPUs"].trigger()
    launcher, module, line = clipboard.text().partition(" -m studio ")
    assert (launcher.split()[0], bool(module)) == ("torchrun", True)
    assert specs.run_of(make_parser().parse_args(shlex.split(line))) == DONE.spec
    assert window.status._last.text() == "The settings of the run were copied as a command for several GPUs"
    actions["Copy as command for several computers"].trigger()
    assert "--nnodes=2" in clipboard.text()
    assert clipboard.text().endswith(line)
    actions["Copy as script"].trigger()
    assert clipboard.text().startswith("import studio\n")


@pytest.mark.slow
def test_a_run_is_replayed_by_keyboard_and_says_why_it_differs(window, qtbot, fakes):
    choose(window, qtbot, FRESH)
    assert not window.menus.run_replay.isEnabled()
    choose(window, qtbot, DONE)
    window.menus.run_replay.trigger()
    dialog = window.findChild(ReplayDialog)
    assert not dialog.title.isVisible()
    qtbot.keyClick(dialog.start, Qt.Key.Key_Space)
    idle(window, qtbot)
    qtbot.waitUntil(dialog.title.isVisible)
    assert dialog.title.text() == "Differs: the results are not those of the run, by up to 0.25"
    assert dialog.details.toPlainText() == "torch 2.0 then, 2.1 now."
    assert window.store.state.shown is None, "the replay is no run of this window"
    dialog.close()


@pytest.mark.slow
def test_a_replay_is_stopped(window, qtbot, fakes, monkeypatch):
    go_on = threading.Event()

    def endless(stop, _run):
        while not go_on.wait(0.01) and not stop():
            yield from ()
        return
        yield

    monkeypatch.setattr(fakes, "_replay", endless)
    choose(window, qtbot, DONE)
    window.menus.run_replay.trigger()
    dialog = window.findChild(ReplayDialog)
    dialog.start.click()
    qtbot.waitUntil(dialog.stop.isEnabled)
    assert not dialog.start.isEnabled()
    dialog.stop.click()
    idle(window, qtbot)
    go_on.set()
    qtbot.waitUntil(dialog.start.isEnabled)
    qtbot.waitUntil(lambda: dialog.title.text() == "Stopped.")
    assert dialog.title.isVisible()
    assert not dialog.details.isVisible()
    dialog.close()


def test_the_result_of_a_replay_without_its_dialog_is_in_the_status_bar(window, qtbot, fakes):
    choose(window, qtbot, DONE)
    window.automation._replay(DONE.path)
    idle(window, qtbot)
    qtbot.waitUntil(lambda: "Differs: the results are not those of the run" in window.status._last.text())
    assert window.status._last.text().startswith("Replay of ")
    window.menus.run_replay.trigger()
    dialog = window.findChild(ReplayDialog)
    assert dialog.title.isVisible()
    assert not dialog.beside.isVisible()
    dialog.show_state(replace(window.store.state, jobs={"train": JobState("train")}))
    assert dialog.beside.text().startswith("Training is in progress.")
    assert dialog.start.isEnabled()
    dialog.close()


def test_the_result_has_reasons_differences_photos_and_what_was_not_checked():
    cannot = RunReplayed("/r", "cannot", why=("This file changed: a.jpg.",), photos=ChangedPhotos(changed=("a.jpg",)))
    assert replaying.title(cannot) == "Cannot be replayed"
    assert replaying.details(cannot) == "This file changed: a.jpg.\n\nChanged:\na.jpg"
    many = tuple(ReplayedValue("validation loss", number, 0.5) for number in range(1, 300))
    differs = RunReplayed("/r", "differs", 0.5, differences=many, unchecked=("Threads.",))
    lines = replaying.details(differs).splitlines()
    assert lines[1] == "epoch 1, validation loss: 0.5"
    assert "and 99 more" in lines
    assert lines[-1] == "Threads."
    assert replaying.details(RunReplayed("/r", "same", 0.0, epochs=2, seconds=4)) == "2 epochs in 4\u202fs."
