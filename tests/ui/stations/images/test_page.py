"""The Images page: the data set it shows and the signals it emits."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import fake_dataset
from PySide6.QtCore import Qt

from studio.events import Failed, PhotoNote, Problem, Skipped
from studio.session.state import AppState
from studio.spec import DatasetSpec, RunSpec
from studio.spec.structs import replace
from studio.ui.stations.images.page import ImagesPage

FOLDER = str(Path("/nowhere/photos").absolute())


@pytest.fixture
def page(show_page):
    return show_page(ImagesPage(), 1200)


def state(**changes) -> AppState:
    spec = RunSpec(DatasetSpec(FOLDER, val_fraction=0.25))
    return replace(AppState(spec=spec, dataset=fake_dataset(FOLDER)), **changes)


def test_classes_and_photos_are_listed(page):
    page.show_state(state())
    model = page._table.model()
    assert [model.index(row, 0).data() for row in range(model.rowCount())] == ["ants", "bees"]
    assert [model.headerData(column, Qt.Orientation.Horizontal) for column in range(4)] == [
        "Class",
        "Train",
        "Val.",
        "Photos",
    ]
    assert model.index(0, 3).data() == "20"
    assert len(page.photos.grid.photos()) == 40
    assert page.photos.grid.photos()[0].note == "ants · validation"


def test_the_filter_says_all_classes_before_there_are_any(page):
    assert page.photos.class_filter.currentText() == "All classes"
    page.show_state(AppState())
    assert page.photos.class_filter.currentText() == "All classes"


def test_filters_narrow_the_grid(page):
    page.show_state(state())
    page.photos.class_filter.setCurrentText("bees")
    assert {item.note.split(" ")[0] for item in page.photos.grid.photos()} == {"bees"}
    page.photos.split_filter.setCurrentText("Validation")
    assert {item.note for item in page.photos.grid.photos()} == {"bees · validation"}
    assert page.photos._title.text() == "Photos · 5 of 40"


def test_moving_the_slider_requests_another_split_once(page, qtbot):
    page.show_state(state())
    emitted = []
    page.spec_changed.connect(emitted.append)
    for value in range(26, 41):
        page._split._slider.setValue(value)
    assert "16 validation" in page._split._words.text()
    qtbot.waitUntil(lambda: bool(emitted))
    assert [spec.dataset.val_fraction for spec in emitted] == [0.4]


def test_the_share_of_a_split_read_from_the_folder_cannot_be_changed(page):
    page.show_state(state(dataset=replace(fake_dataset(FOLDER), split_found=True)))
    assert not page._split._slider.isVisible()
    assert page._split._words.text().startswith("Split found in the folder")


def test_problems_and_skipped_files_are_shown_on_the_images_page(page):
    data = replace(
        fake_dataset(FOLDER),
        problems=(Problem("The class “bees” has one photo.", "Add one more."),),
        skipped=(Skipped("ants/a.jpg", "empty file"), Skipped("notes.txt", "not a photo")),
    )
    page.show_state(state(dataset=data))
    assert page._notice.isVisible()
    assert "Add one more." in page._notice.accessibleName()
    assert page._skipped._toggle.text() == "2 files left out"
    assert not page._skipped._table.isVisible()
    page._skipped._toggle.click()
    assert page._skipped._table.isVisible()
    page.show_state(state())
    assert not page._notice.isVisible()
    assert not page._skipped.isVisible()


def test_skipped_files_are_counted_and_notes_on_photos_are_listed(page):
    data = replace(
        fake_dataset(FOLDER),
        skipped=(Skipped("ants/a\nb.jpg", "empty file"), Skipped("ants/1.txt", "not a photo (and 9 more)", 10)),
        notes=(PhotoNote("ants/\u202ec.tif", "first of 5 pages used"),),
    )
    page.show_state(state(dataset=data))
    assert page._skipped._toggle.text() == "11 files left out"
    assert page._skipped._model.index(0, 0).data() == r"ants/a\nb.jpg"
    assert page._skipped._model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole) == r"ants/a\nb.jpg: empty file"
    assert page._notes._toggle.text() == "1 note"
    page._notes._toggle.click()
    shown = [page._notes._model.index(0, column).data() for column in (0, 1)]
    assert shown == [r"ants/\u202ec.tif", "first of 5 pages used"]
    page.show_state(state())
    assert not page._notes.isVisible()


def test_an_error_message_is_shown_and_disappears_after_the_next_success(page):
    page.show_state(state(dataset=None, faults={"images": Failed("There is no folder.", "Choose another.", "Trace")}))
    assert page._notice.isVisible()
    assert len(page.photos.grid.photos()) == 0
    page._notice._details.click()
    assert page._notice._trace.isVisible()
    page._notice._copy.click()
    page.show_state(state())
    assert not page._notice.isVisible()


def test_the_photo_selected_by_keyboard_is_emitted(page, qtbot):
    page.show_state(state())
    seen = []
    page.photo_chosen.connect(seen.append)
    page.photos.grid.setFocus()
    page.photos.grid.setCurrentIndex(page.photos.grid.model().index(0, 0))
    qtbot.keyClick(page.photos.grid, Qt.Key.Key_Right)
    assert [Path(path).name for path in seen] == ["0000.jpg", "0002.jpg"]


def test_rendering_the_same_state_again_does_nothing(page):
    now = state()
    page.show_state(now)
    items = page.photos.grid.photos()
    page.show_state(now)
    assert page.photos.grid.photos() is items


def test_a_recent_folder_is_requested(page):
    page.show_recent(["/a/b & c", "/d"])
    emitted = []
    page.folder_requested.connect(emitted.append)
    page._recent_menu.actions()[0].trigger()
    assert emitted == ["/a/b & c"]


def test_a_click_on_a_class_shows_its_photos_and_another_one_all(page, qtbot):

    page.show_state(state())
    everything = len(page.photos.grid.photos())
    table = page._table
    place = table.visualRect(table.model().index(1, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert page.photos.class_filter.currentText() == "bees"
    assert 0 < len(page.photos.grid.photos()) < everything
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert len(page.photos.grid.photos()) == everything
