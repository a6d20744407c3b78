"""The window detects changes in the open folder, and a run trains on the photos that the window shows."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from fakes import Fakes
from PySide6.QtCore import Qt

from studio.commands import dataset
from studio.data.scan import listing
from studio.events import DatasetScanned, Events, RunStarted
from studio.jobs.protocol import Stop
from studio.session.selectors import obstacle
from studio.spec import DatasetSpec, RunSpec
from studio.spec.structs import replace
from studio.ui.system.folder_watch import FolderWatch
from studio.ui.window import MainWindow


class RealFolder(Fakes):
    """Fake work that lists real folders; a run lists its photos as the engine does."""

    scan = staticmethod(dataset.scan)
    relist = staticmethod(dataset.relist)

    def _train(self, stop: Stop, spec: RunSpec) -> Events:
        yield RunStarted("/nowhere/runs/1", spec, "cpu", "features", (1280,), 2562, 3_400_000, ("stem",))
        yield DatasetScanned(listing(spec.dataset))


@pytest.fixture
def window(make_window: Any, photos: Path, qtbot: Any) -> MainWindow:
    window = make_window(commands=RealFolder().commands(), built=False)
    window.open_folder(str(photos))
    window._builder.stop()
    qtbot.waitUntil(lambda: window.store.state.dataset is not None and window.store.state.dataset.checked)
    qtbot.waitUntil(lambda: not window.store.state.jobs)
    return window


def count(window: MainWindow) -> int:
    return len(window.pages["images"].photos.grid.photos())  # type: ignore[attr-defined]


def add(photos: Path, number: int) -> None:
    for place in range(number):
        shutil.copy(photos / "cold" / "00.jpg", photos / "warm" / f"new {place}.jpg")


def notice_text(window: MainWindow, qtbot: Any) -> str:
    """Check the folder, as the timer would, until a notice appears; returns its text."""
    notice = window.strips.folder

    def looked() -> bool:
        window.store.watch.check()
        return notice.isVisible()

    qtbot.waitUntil(looked)
    return notice.words.text()


def test_added_and_removed_photos_are_reported_and_shown_after_a_rescan(
    window: MainWindow, photos: Path, qtbot: Any
) -> None:
    assert count(window) == 24
    add(photos, 3)
    (photos / "cold" / "05.jpg").unlink()
    assert notice_text(window, qtbot) == "3 photos have been added to the folder and 1 removed since the last scan."
    assert count(window) == 24
    assert "Ctrl+F5" in window.strips.folder.action.toolTip()
    qtbot.mouseClick(window.strips.folder.action, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: count(window) == 26 and not window.strips.folder.isVisible())
    qtbot.waitUntil(lambda: window.ribbon.button("images").summary().line == "26 photos · 2 classes")
    window.show_station("head")
    (photos / "third").mkdir()
    shutil.copy(photos / "cold" / "00.jpg", photos / "third")
    assert notice_text(window, qtbot) == "1 photo has been added to the folder since the last scan."
    qtbot.keyClick(window, Qt.Key.Key_F5, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.ribbon.button("images").summary().line == "27 photos · 3 classes")


@pytest.mark.slow
def test_a_run_uses_and_shows_the_current_photos_of_the_folder(window: MainWindow, photos: Path, qtbot: Any) -> None:
    add(photos, 9)
    window.store.train()
    qtbot.waitUntil(lambda: not window.store.state.jobs and window.store.state.run is not None)
    run = window.store.state.run
    assert run is not None
    assert run.dataset is not None
    window.show_station("images")
    assert len(run.dataset.photos) == count(window) == 33
    assert window.strips.folder.words.text().endswith("this run uses the 33 photos that are there now.")
    assert not window.strips.folder.action.isVisible()
    qtbot.mouseClick(window.strips.folder.close_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.strips.folder.isVisible())


@pytest.mark.slow
def test_a_folder_that_disappears_and_reappears_is_reported(window: MainWindow, photos: Path, qtbot: Any) -> None:
    away = photos.rename(photos.with_name("away"))

    def problem() -> bool:
        window.store.watch.check()
        return window.ribbon.button("images").summary().mark == "problem"

    qtbot.waitUntil(problem)
    assert "There is no folder" in window.ribbon.button("images").summary().reason
    away.rename(photos)
    back = "The folder can be read again, with the same photos."
    qtbot.waitUntil(lambda: not problem() and window.strips.folder.words.text() == back)
    assert count(window) == 24
    qtbot.mouseClick(window.strips.folder.action, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.strips.folder.isVisible())


def test_nothing_is_listed_while_nothing_changes(qtbot: Any, photos: Path) -> None:
    watch = FolderWatch()
    changes: list[int] = []
    watch.changed.connect(lambda: changes.append(1))
    shown = listing(DatasetSpec(str(photos)))
    for folder in (photos, photos / "cold", photos / "warm"):
        os.utime(folder, ns=(10**18, 10**18))
    watch.follow(shown, 10**18 + 10**10)

    def looked(number: int) -> None:
        for _ in range(number):
            watch.check()
            qtbot.waitUntil(lambda: watch._pending is not None and watch._pending[1].done())

    looked(3)
    assert not changes
    add(photos, 1)
    looked(3)
    assert len(changes) == 1
    watch.follow(replace(shown, checked=True), 10**18 + 10**10)
    looked(2)
    assert len(changes) == 2, "it changed after it was listed, before the first look"
    watch.shut_down()


@pytest.mark.slow
def test_an_opened_run_changes_no_settings_and_its_own_can_be_used_and_replaced_again(
    make_window: Any, fakes: Fakes, qtbot: Any
) -> None:
    from run_summaries import DONE, PHOTOS

    fakes.past = (replace(DONE, spec=replace(DONE.spec, train=replace(DONE.spec.train, epochs=77))),)
    window = make_window()
    window.open_folder(PHOTOS, "head")
    qtbot.waitUntil(lambda: bool(window.store.state.run_list.listed and window.store.state.dataset))
    mine = window.store.state.spec
    window.store.runs.choose(DONE.path)
    window.store.runs.open()
    qtbot.waitUntil(lambda: window.store.state.run is not None and not window.store.state.jobs)
    swap = window.strips.swap
    assert window.store.state.spec == mine
    assert not swap.isVisible()
    window.store.runs.use_settings()
    qtbot.waitUntil(lambda: swap.isVisible())
    assert swap.words.text().startswith("All settings are now those of the run “Lite0, frozen")
    assert window.store.state.spec.train.epochs == 77
    qtbot.mouseClick(swap.action, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not swap.isVisible())
    assert window.store.state.spec == mine
    assert not window.menus.settings_back.isEnabled()


@pytest.mark.slow
def test_the_error_about_an_empty_folder_disappears_when_it_has_photos(
    make_window: Any, photos: Path, tmp_path: Path, qtbot: Any
) -> None:
    folder = tmp_path / "later"
    window = make_window(commands=RealFolder().commands())
    store = window.store
    window.open_folder(str(folder))
    qtbot.waitUntil(lambda: "images" in store.state.faults and not store.state.jobs)
    assert "later" in obstacle(store.state)  # and not “open a folder”

    def looked(done: Any) -> Any:
        def look() -> bool:
            store.watch.check()
            return bool(done())

        return look

    missing = store.state.faults["images"].title
    folder.mkdir()
    qtbot.waitUntil(looked(lambda: "images" in store.state.faults and store.state.faults["images"].title != missing))
    for name in ("cold", "warm"):
        shutil.copytree(photos / name, folder / name)
    qtbot.waitUntil(looked(lambda: store.state.dataset is not None))
    assert "images" not in store.state.faults
    assert obstacle(store.state) == ""


def test_a_missing_folder_is_not_listed_repeatedly(qtbot: Any, tmp_path: Path) -> None:
    watch = FolderWatch()
    emitted: list[bool] = []
    watch.changed.connect(lambda: emitted.append(True))
    watch.follow(None, time.time_ns(), unreadable=str(tmp_path / "none"))
    for _ in range(3):
        watch.check()
        assert watch._pending is not None
        qtbot.waitUntil(watch._pending[1].done)
    watch.check()
    assert emitted == []
    watch.shut_down()
