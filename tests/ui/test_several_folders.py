"""A data set of several folders, a pattern or a table in the window: the list of folders, choices, copies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from photo_folder import write_photos
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from real_journal import RealJournal, excluded, settle

from studio.session.photos.photo_choices import relabel
from studio.spec.journal import JournalAction, JournalRequest
from studio.ui.dialogs.cleaned_copy import CopyDialog
from studio.ui.stations.images.folder_list import FolderList


@pytest.fixture
def window(make_window: Any, tmp_path: Path, qtbot: Any) -> Any:
    window = make_window(commands=RealJournal().commands(), built=False)
    for name in ("one", "two"):
        write_photos(tmp_path / name, each=4)
    (tmp_path / "two" / "warm").rename(tmp_path / "two" / "hot")
    window.open_folder(str(tmp_path / "one"))
    window._builder.stop()
    settle(window, qtbot)
    return window


def folder_list(window: Any) -> FolderList:
    return window.pages["images"].folders


def rows(window: Any) -> list[list[str]]:
    model = folder_list(window).table.model()
    return [[model.index(row, column).data() for column in range(3)] for row in range(model.rowCount())]


def add(window: Any, qtbot: Any, folder: Path) -> None:
    folder_list(window).add.click()
    dialog = window.findChild(QFileDialog)
    dialog.fileSelected.emit(str(folder))
    dialog.close()
    settle(window, qtbot)


@pytest.mark.slow
def test_adding_removing_and_choosing_a_folder_as_background_can_be_undone(window, qtbot, tmp_path):
    folders = folder_list(window)
    assert not folders.isVisible()
    add(window, qtbot, tmp_path / "two")
    assert rows(window) == [["one", "2 classes", "8"], ["two", "2 classes", "8"]]
    assert window.store.state.dataset.classes == ("cold", "hot", "warm")
    table = folders.table
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_Down)
    qtbot.keyClick(table, Qt.Key.Key_B)
    settle(window, qtbot)
    assert rows(window)[1] == ["two", "none of these", "8"]
    assert folders.role.text() == "Use as classes"
    qtbot.keyClick(table, Qt.Key.Key_Delete)
    settle(window, qtbot)
    assert window.store.state.spec.dataset.folder == str(tmp_path / "one")
    assert not table.isVisible()
    for expected in (("none of these", "cold", "warm"), ("cold", "hot", "warm"), ("cold", "warm")):
        folders.undo_button.click()
        settle(window, qtbot)
        assert set(window.store.state.dataset.classes) == set(expected)
    assert not folders.isVisible()
    folders.add_folder(str(tmp_path / "one" / "warm"))
    assert "in the list twice" in folders._notice._words.text()
    assert not folders._undo


@pytest.mark.slow
def test_choices_and_a_copy_of_several_folders(window, qtbot, tmp_path):
    write_photos(tmp_path / "elsewhere", each=1)
    add(window, qtbot, tmp_path / "two")
    grid = window.pages["images"].photos.grid
    grid.setFocus()
    grid.setCurrentIndex(grid.model().index(0, 0))
    window.pages["images"].photos.choices.toggle()  # as Del does
    qtbot.waitUntil(lambda: excluded(window) == ["one/cold/00.jpg"])
    window.store.journal.request(relabel(("two/cold/01.jpg",), "hot"))
    qtbot.waitUntil(lambda: len(window.store.state.dataset.choices.photos) == 2)
    settle(window, qtbot)
    window.menus.copy.trigger()
    copy = window.findChild(CopyDialog)
    assert copy.folder.text() == str(tmp_path / "one-cleaned")
    copy.write.click()
    qtbot.waitUntil(lambda: (tmp_path / "one-cleaned").exists() and not window.store.state.jobs)
    written = sorted(path.relative_to(tmp_path / "one-cleaned").as_posix() for path in copied(tmp_path / "one-cleaned"))
    assert len(written) == 15
    assert {path.partition("/")[0] for path in written} == {"cold", "hot", "warm"}
    assert len([path for path in written if path.startswith("hot/")]) == 5
    window.menus.undo.trigger()
    window.menus.undo.trigger()
    qtbot.waitUntil(lambda: not window.store.state.dataset.choices.photos)
    settle(window, qtbot)


@pytest.mark.slow
def test_choices_stay_when_a_folder_is_added_and_removed(window, qtbot, tmp_path):
    window.store.journal.request(exclude("cold/00.jpg", "cold/01.jpg"))
    qtbot.waitUntil(lambda: excluded(window) == ["cold/00.jpg", "cold/01.jpg"])
    settle(window, qtbot)
    add(window, qtbot, tmp_path / "two")
    assert excluded(window) == ["one/cold/00.jpg", "one/cold/01.jpg"]
    bar = window.pages["images"].photos.bar
    assert bar.words.text() == "Took over 2 choices from “one”: 2 photos excluded"
    assert window.menus.undo.text() == "Undo: take over 2 choices from “one”"
    bar.action.click()
    qtbot.waitUntil(lambda: not excluded(window))
    settle(window, qtbot)
    assert bar.words.text() == "Undone: take over 2 choices from “one”"
    window.menus.redo.trigger()
    qtbot.waitUntil(lambda: len(excluded(window)) == 2)
    settle(window, qtbot)
    window.store.journal.request(exclude("one/warm/00.jpg", "two/cold/00.jpg"))
    qtbot.waitUntil(lambda: len(excluded(window)) == 4)
    settle(window, qtbot)
    folders = folder_list(window)
    folders.table.setFocus()
    qtbot.keyClick(folders.table, Qt.Key.Key_Down)
    qtbot.keyClick(folders.table, Qt.Key.Key_Delete)
    settle(window, qtbot)
    assert excluded(window) == ["cold/00.jpg", "cold/01.jpg", "warm/00.jpg"]
    assert bar.words.text().startswith("Took over 1 choice from “")


def exclude(*photos: str) -> JournalRequest:
    return JournalRequest((JournalAction("exclude", photos),))


def copied(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.slow
@pytest.mark.parametrize("source", ["pattern", "table"])
def test_choices_and_a_copy_of_labeled_photos(window, qtbot, tmp_path, source):
    for name in ("cold", "warm"):
        for path in (tmp_path / "one" / name).iterdir():
            path.rename(path.with_name(f"{name}_{path.name}"))
    names = sorted(path.relative_to(tmp_path / "one").as_posix() for path in copied(tmp_path / "one"))
    if source == "table":
        lines = [f"{name},{('even', 'odd')[number % 2]}" for number, name in enumerate(names)]
        (tmp_path / "labels.csv").write_text("\n".join(["path,label", *lines]))
        window.store.choose_labels("", str(tmp_path / "labels.csv"))
    else:
        window.store.choose_labels("^([a-z]+)_")
    before = window.store.state.dataset
    qtbot.waitUntil(lambda: window.store.state.dataset not in (None, before))
    settle(window, qtbot)
    classes = window.store.state.dataset.classes
    assert classes == (("even", "odd") if source == "table" else ("cold", "warm"))
    window.store.journal.request(relabel((names[0],), classes[1]))
    qtbot.waitUntil(lambda: len(window.store.state.dataset.choices.photos) == 1)
    window.store.journal.export(str(tmp_path / "choices.csv"))
    qtbot.waitUntil(lambda: (tmp_path / "choices.csv").exists() and not window.store.state.jobs)
    window.menus.undo.trigger()
    qtbot.waitUntil(lambda: not window.store.state.dataset.choices.photos)
    window.store.journal.import_csv(str(tmp_path / "choices.csv"))
    qtbot.waitUntil(lambda: len(window.store.state.dataset.choices.photos) == 1)
    settle(window, qtbot)
    window.menus.copy.trigger()
    window.findChild(CopyDialog).write.click()
    qtbot.waitUntil(lambda: (tmp_path / "one-cleaned").exists() and not window.store.state.jobs)
    counts = {name: len(copied(tmp_path / "one-cleaned" / name)) for name in classes}
    assert counts == {classes[0]: 3, classes[1]: 5}
