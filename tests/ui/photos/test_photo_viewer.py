"""The photo viewer: its keys work as soon as it is open, with any widget focused, and so do its buttons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import states
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication

from studio.events import Dataset
from studio.session.state import AppState
from studio.ui.photos.photo_details import ViewedPhoto
from studio.ui.photos.photo_viewer import PhotoViewer
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


def test_the_viewer_says_that_a_file_has_several_pictures(viewer: PhotoViewer, folder: Dataset) -> None:
    assert viewer.details.note.isHidden()
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "green", "blue")]
    frames[0].save(folder.file(3), "TIFF", save_all=True, append_images=frames[1:])
    viewer.step(1)
    assert viewer.details.note.isVisible()
    assert viewer.details.note.text() == "First of 3 pages used"
    viewer.step(1)
    assert not viewer.details.note.isVisible()


def test_a_single_photo_disables_the_step_buttons(folder: Dataset, qtbot: Any) -> None:
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
    assert viewer.details.verdict.text() == "bees · validation"
    with qtbot.waitSignal(page.photo_chosen) as chosen:
        viewer.step(1)
    assert chosen.args == [folder.file(5)] == [grid.chosen()]
    viewer.close()


def large(folder: Dataset, number: int) -> None:
    Image.linear_gradient("L").resize((3000, 2000)).convert("RGB").save(folder.file(number), quality=90)


def test_keys_and_wheel_enlarge_and_full_size_has_all_pixels(viewer: PhotoViewer, folder: Dataset, qtbot: Any) -> None:
    large(folder, 3)
    press(qtbot, Qt.Key.Key_Right)
    picture = viewer.picture
    whole = picture.scale()
    assert whole < 1
    press(qtbot, Qt.Key.Key_Plus)
    assert picture.scale() > whole
    press(qtbot, Qt.Key.Key_Minus)
    assert picture.scale() == pytest.approx(whole)
    for _ in range(6):
        press(qtbot, Qt.Key.Key_Plus)
    qtbot.waitUntil(lambda: picture._image.width() == 3000)  # decoded at its full size once enlarged beyond the first
    press(qtbot, Qt.Key.Key_1)
    assert picture.scale() == pytest.approx(1)
    press(qtbot, Qt.Key.Key_0)
    assert picture._place().width() <= picture.width()
    press(qtbot, Qt.Key.Key_Plus)
    press(qtbot, Qt.Key.Key_Right)  # another photo is shown whole again
    assert picture._place().width() <= picture.width()


@pytest.mark.slow
def test_an_enlarged_photo_is_moved_with_the_pointer_but_not_out_of_sight(
    viewer: PhotoViewer, folder: Dataset, qtbot: Any
) -> None:
    large(folder, 3)
    viewer.step(1)
    picture = viewer.picture
    picture.enlarge(4)
    middle = picture.rect().center()
    before = picture._place().topLeft()
    qtbot.mousePress(picture, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseMove(picture, middle + QPoint(-20, -10))
    assert picture._place().topLeft() == before + QPoint(-20, -10)
    qtbot.mouseMove(picture, middle + QPoint(5000, 5000))
    qtbot.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=middle)
    assert picture._place().topLeft() == QPoint(0, 0)


def test_the_wheel_keeps_the_pixel_under_the_pointer(viewer: PhotoViewer, folder: Dataset) -> None:
    large(folder, 3)
    viewer.step(1)
    picture, at = viewer.picture, QPointF(300, 120)
    whole = picture._place()
    picture.enlarge(3, at)
    place = picture._place()
    share = (at.x() - whole.left()) / whole.width(), (at.y() - whole.top()) / whole.height()
    now = (at.x() - place.left()) / place.width(), (at.y() - place.top()) / place.height()
    assert now == pytest.approx(share, abs=1e-6)


def test_metadata_of_the_file_is_beside_the_photo(viewer: PhotoViewer, folder: Dataset) -> None:
    image = Image.new("CMYK", (60, 40))
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0132] = "Acme", "Acme X1", "2024:05:06 07:08:09"
    image.save(folder.file(3), exif=exif)
    viewer.step(1)
    shown = {name: viewer.details.facts.value(name) for name in ("Size", "Colors", "Taken", "Camera")}
    assert shown == {"Size": "60 × 40 px", "Colors": "CMYK", "Taken": "2024-05-06 07:08:09", "Camera": "Acme X1"}
    viewer.step(1)
    assert viewer.details.facts.value("Camera") == ""
