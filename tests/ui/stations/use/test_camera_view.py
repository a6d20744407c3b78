"""The camera on the Use page: live answers, a picture taken, no camera, and its release."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes import Fakes
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from studio.system import paths
from studio.ui.stations.use.evidence.photo_view import CAMERA, NOTHING, PHOTO
from studio.ui.stations.use.page import UsePage
from studio.ui.window import MainWindow


def test_a_camera_is_watched_by_keyboard_and_freed(
    trained: MainWindow, use: UsePage, fakes: Fakes, qtbot: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(paths, "pasted_folder", lambda: tmp_path / "pasted")
    trained.activateWindow()
    use.drop.camera.setFocus()
    QTest.keyClick(use.drop.camera, Qt.Key.Key_Space)
    assert use.stack.currentIndex() == CAMERA
    assert not use.camera.take.isEnabled()
    qtbot.waitUntil(lambda: use.camera.take.isEnabled())
    assert use.camera.answer.answer.text() == "bees"
    assert not use.camera.again.isVisible()
    use.camera.take.click()
    qtbot.waitUntil(lambda: len(trained.store.state.given.rows) == 1)
    assert trained.store.jobs.is_live("watch_camera")
    (taken,) = (tmp_path / "pasted").iterdir()
    assert taken.name.startswith("camera ")
    use.weights_requested.emit("last")
    trained.show_station("use")
    qtbot.waitUntil(lambda: fakes.watched == [("/nowhere/runs/1", 0, "best"), ("/nowhere/runs/1", 0, "last")])
    QTest.keyClick(use.camera.stop, Qt.Key.Key_Space)
    assert use.stack.currentIndex() == PHOTO
    assert not trained.store.jobs.is_live("watch_camera")

    use.camera.cameras.setCurrentIndex(5)
    use.open_camera()
    qtbot.waitUntil(lambda: use.camera.again.isVisible())
    assert use.camera.words.text().startswith("There is no camera 5, or another program uses it.")
    use.camera.cameras.setCurrentIndex(1)
    use.camera.again.click()
    qtbot.waitUntil(lambda: use.camera.take.isEnabled())
    assert not use.camera.words.isVisible()
    trained.show_station("preprocess")
    assert not trained.store.jobs.is_live("watch_camera"), "a camera is on only while it is seen"
    trained.show_station("use")
    assert use.stack.currentIndex() != NOTHING
