"""Projects in the real window: saved, opened, dropped, with a folder that is elsewhere now."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox
from run_list_use import card, idle
from run_summaries import DONE, INTERRUPTED

from studio.app import _commands
from studio.cli import main
from studio.events import ProjectOpened
from studio.session import projects, settings
from studio.session.settings import Settings
from studio.spec import DatasetSpec, RunSpec, TrainSpec
from studio.spec.structs import replace

SPEC = RunSpec(DatasetSpec("/other/photos"), train=TrainSpec(epochs=6))


@pytest.mark.slow
def test_a_project_is_saved_with_the_runs_of_its_folder_and_remembered(window, qtbot, fakes, tmp_path):
    window.menus.project_save.trigger()
    dialog = window.findChild(QFileDialog)
    assert dialog.windowTitle() == "Save project"
    dialog.fileSelected.emit(str(tmp_path / "ants & bees.thaw"))
    dialog.close()
    idle(window, qtbot)
    ((file, spec, runs, shown),) = fakes.saved_projects
    assert (file, spec, shown) == (str(tmp_path / "ants & bees.thaw"), window.store.state.spec, "")
    assert {DONE.path, INTERRUPTED.path} <= set(runs)
    qtbot.waitUntil(lambda: window.status._last.text().startswith("Saved ants & bees.thaw · "))
    assert settings.load(window.settings.file).recent_projects == [file]
    (recent,) = window.menus._projects.actions()
    assert recent.data() == file


def test_a_project_replaces_the_settings_which_can_be_restored(window, qtbot, fakes):
    before = window.store.state.spec
    fakes.project = ProjectOpened("", SPEC, (DONE.path,), ("/gone/run",), choices=3, merged=True)
    window.automation.open_project("/p/p.thaw")
    qtbot.waitUntil(lambda: window.store.state.spec == SPEC)
    idle(window, qtbot)
    note = window.findChild(QMessageBox, "project_note")
    assert "1 run is not on this computer, such as /gone/run." in note.informativeText()
    assert "3 entries" in note.informativeText()
    note.close()
    window.show_station("head")
    qtbot.waitUntil(lambda: [run.path for run in card(window).table.runs.runs] == [DONE.path])
    assert window.settings.recent[0] == "/other/photos"
    assert window.settings.recent_projects == ["/p/p.thaw"]
    assert window.strips.swap.isVisible()
    window.menus.settings_back.trigger()
    assert window.store.state.spec == before


@pytest.mark.slow
def test_a_missing_folder_is_asked_for(window, qtbot, fakes, tmp_path):
    before = window.store.state.spec
    fakes.project = ProjectOpened("", SPEC, missing_folder="/other/photos")
    event = dropped(tmp_path / "p.thaw")
    window.dropEvent(event)
    qtbot.waitUntil(lambda: window.findChild(QMessageBox, "ask_project_folder") is not None)
    box = window.findChild(QMessageBox, "ask_project_folder")
    assert "/other/photos" in box.text()
    assert window.store.state.spec == before
    choose = next(button for button in box.buttons() if "Choose" in button.text())
    choose.click()
    dialog = next(one for one in window.findChildren(QFileDialog) if one.isVisible())
    dialog.fileSelected.emit("/now/here")
    dialog.close()
    qtbot.waitUntil(lambda: window.store.state.spec.dataset.folder == "/now/here")
    idle(window, qtbot)
    assert fakes.projects == [(str(tmp_path / "p.thaw"), ""), (str(tmp_path / "p.thaw"), "/now/here")]


def test_no_two_commands_of_the_menus_have_the_same_keys(make_window):
    window = make_window(pages=())
    actions = [action for menu in window.menus.findChildren(QMenu) for action in menu.actions()]
    keys = [key.toString() for action in dict.fromkeys(actions) for key in action.shortcuts()]
    assert "Ctrl+S" in keys
    assert len(set(keys)) == len(keys), sorted(keys)


def dropped(file: Path) -> QDropEvent:
    file.write_text("{}")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    dropped.data = data  # Qt does not own it
    actions, buttons = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    return QDropEvent(QPoint(5, 5).toPointF(), actions, data, buttons, Qt.KeyboardModifier.NoModifier)


@pytest.mark.slow
def test_the_real_window_opens_a_real_project_and_refuses_a_damaged_one(make_window, qtbot, photos, tmp_path):
    window = make_window(_commands())
    window.open_folder(str(photos))
    qtbot.waitUntil(lambda: window.store.state.dataset is not None, timeout=20_000)
    window.store.choose(replace(window.store.state.spec, train=TrainSpec(epochs=2, device="cpu")))
    window.automation._save(str(tmp_path / "p.thaw"))
    qtbot.waitUntil(lambda: window.store.state.saved is not None)
    spec = window.store.state.spec
    window.store.choose(RunSpec(DatasetSpec(str(photos)), train=TrainSpec(epochs=9)))
    window.automation.open_project(str(tmp_path / "p.thaw"))
    qtbot.waitUntil(lambda: window.store.state.spec == spec)
    (tmp_path / "p.thaw").write_text("{")
    window.automation.open_project(str(tmp_path / "p.thaw"))
    qtbot.waitUntil(lambda: "images" in window.store.state.faults)
    assert "not a project of Thaw Studio" in window.store.state.faults["images"].title
    assert window.store.state.spec == spec
    qtbot.waitUntil(lambda: not window.store.state.jobs, timeout=20_000)


def test_the_terminal_opens_the_window_with_a_project(monkeypatch, tmp_path):
    opened = []
    monkeypatch.setattr("studio.app.run", lambda *args, **options: opened.append((args, options)) or 0)
    file = tmp_path / "my project.thaw"
    file.write_text(json.dumps({}))
    assert main.main([str(file)]) == 0
    assert opened == [((None,), {"then_exit": True, "project": str(file)})]
    assert main.main([str(tmp_path / "none.thaw")]) == 2


def test_only_missing_files_are_named():
    assert projects.left_out_words(ProjectOpened("/p", SPEC))[1] == ""
    words = projects.left_out_words(ProjectOpened("/p", SPEC, missing_files=("/w/a\nb.pt",)))[1]
    assert words == r"Not on this computer: /w/a\nb.pt."


def test_the_start_page_opens_recent_projects_that_are_there(make_window, qtbot, fakes, tmp_path):
    fakes.project = ProjectOpened("", SPEC)
    file = tmp_path / "ants & bees.thaw"
    file.write_text("{}")
    remembered = Settings(recent=[str(tmp_path)], recent_projects=[str(tmp_path / "gone.thaw"), str(file)])
    window = make_window(settings=remembered, pages=())
    names = [button.accessibleName() for button in window.start.recent]
    assert names == [f"Open {tmp_path}", f"Open {file}"]
    window.start.recent[1].click()
    qtbot.waitUntil(lambda: window.store.state.spec == SPEC)
    assert fakes.projects == [(str(file), "")]
    idle(window, qtbot)


def test_a_dragged_project_is_accepted_everywhere(make_window, tmp_path):
    window = make_window(pages=())
    with warnings.catch_warnings():  # Qt 6.8 deprecates this constructor but has no replacement
        warnings.simplefilter("ignore")
        dropped(tmp_path / "p.thaw")
        buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, dropped.data, buttons, keys)
        window.dragEnterEvent(enter)
        assert enter.isAccepted()
        dropped(tmp_path / "p.txt")
        enter = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, dropped.data, buttons, keys)
        enter.ignore()
        window.dragEnterEvent(enter)
        assert not enter.isAccepted()
