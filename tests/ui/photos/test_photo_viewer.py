"""The photo viewer: its keys work as soon as it is open, with any widget focused, and so do its buttons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import states
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from studio.events import Dataset
from studio.session.state import AppState
from studio.ui.photos.photo_viewer import PhotoViewer, ViewedPhoto
from studio.ui.stations.images.page import ImagesPage


@pytest.fixture
def folder(tmp_path: Path) -> Dataset:
    return states.on_disk(states.dataset(str(tmp_path), each=3))


def viewed(folder: Dataset, number: int) -> ViewedPhoto:
    return ViewedPhoto(folder.file(number), "ants", tuple((f"class {place}", 0.01) for place in range(60)))


@pytest.fixture
def viewer(folder: Dataset, qtbot: Any) -> PhotoViewer:
    dialog = PhotoViewer(6, lambda number: viewed(folder, number), 2)
    qtbot.addWidget(dialog)
    dialog.open()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    return dialog


def press(qtbot: Any, key: Qt.Key) -> None:
    qtbot.keyClick(QApplication.focusWidget(), key)


def test_keys_step_at_once_and_wherever_the_focus_is(viewer: PhotoViewer, qtbot: Any) -> None:
    assert viewer.place.text() == "3 of 6"
    for _ in range(8):  # as often as Tab moves to another widget
        for key, place in (
            (Qt.Key.Key_Home, "1 of 6"),
            (Qt.Key.Key_Right, "2 of 6"),
            (Qt.Key.Key_Left, "1 of 6"),
            (Qt.Key.Key_Left, "6 of 6"),
            (Qt.Key.Key_Right, "1 of 6"),
            (Qt.Key.Key_End, "6 of 6"),
        ):
            press(qtbot, key)
            assert viewer.place.text() == place, (key, QApplication.focusWidget())
        press(qtbot, Qt.Key.Key_Tab)
    press(qtbot, Qt.Key.Key_Escape)
    assert not viewer.isVisible()


def test_buttons_step_and_say_what_they_do(viewer: PhotoViewer, qtbot: Any) -> None:
    for button, text, place in ((viewer.previous, "Previous", "2 of 6"), (viewer.next, "Next", "3 of 6")):
        assert button.text() == text
        assert button.toolTip().startswith(f"{text} photo (")
        assert button.accessibleName() == f"{text} photo"
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert viewer.place.text() == place


def test_a_file_of_several_pictures_says_so(viewer: PhotoViewer, folder: Dataset) -> None:
    assert viewer.note.isHidden()
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "green", "blue")]
    frames[0].save(folder.file(3), "TIFF", save_all=True, append_images=frames[1:])
    viewer.step(1)
    assert viewer.note.isVisible()
    assert viewer.note.text() == "First of 3 pages used"
    viewer.step(1)
    assert not viewer.note.isVisible()


def test_the_only_photo_has_no_other_one(folder: Dataset, qtbot: Any) -> None:
    dialog = PhotoViewer(1, lambda number: viewed(folder, number), 0)
    qtbot.addWidget(dialog)
    assert not dialog.next.isEnabled()
    assert "only photo" in dialog.next.toolTip()


@pytest.mark.parametrize("way", ["Enter", "double click"])
def test_a_photo_opens_from_the_images_page_and_the_grid_follows(
    show_page: Any, folder: Dataset, qtbot: Any, way: str
) -> None:
    page = show_page(ImagesPage())
    page.show_state(AppState(states.spec(folder.folder), folder))
    page.photos.class_filter.setCurrentText("bees")
    grid = page.photos.grid
    grid.choose(folder.file(4))
    if way == "Enter":
        qtbot.keyClick(grid, Qt.Key.Key_Return)
    else:
        middle = grid.visualRect(grid.currentIndex()).center()
        qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=middle)
        qtbot.mouseDClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    viewer = page.findChild(PhotoViewer)
    assert viewer.windowTitle() == "0001.jpg"
    assert viewer.place.text() == "2 of 3"
    assert viewer.verdict.text() == "bees · validation"
    with qtbot.waitSignal(page.photo_chosen) as chosen:
        viewer.step(1)
    assert chosen.args == [folder.file(5)] == [grid.chosen()]
    viewer.close()
