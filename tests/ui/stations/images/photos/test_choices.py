"""Choices about photos on the Images page: by key, menu and button; what is shown of them, and what stays in place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes import fake_dataset
from PySide6.QtCore import Qt

from studio.events import AcceptedFinding, AppliedChoices, Dataset, Finding, JournalRead, Photo, PhotoChoice
from studio.session.state import AppState
from studio.spec import DatasetSpec, RunSpec
from studio.spec.journal import JournalAction, JournalRequest
from studio.spec.structs import replace
from studio.ui.stations.images.page import ImagesPage
from studio.ui.stations.images.photos.class_popup import ClassPopup

FOLDER = str(Path("/nowhere/photos").absolute())
WHOLE = fake_dataset(FOLDER)
PHOTOS = [photo.path for photo in WHOLE.photos]
CTRL = Qt.KeyboardModifier.ControlModifier
TWICE = Finding(
    "exact_duplicate", "warning", "1 pair", 1, ((PHOTOS[0], PHOTOS[3]),), ("",), (), "Counted twice.", "Keep one."
)
DARK = Finding("blank", "info", "2 photos are blank", 2, (PHOTOS[4], PHOTOS[5]), ("", ""), (), "Nothing.", "Look.")


def without(*paths: str, data: Dataset = WHOLE, **changes: Any) -> Dataset:
    """The data set with photos excluded."""
    out = tuple(photo for photo in data.photos if photo.path in paths)
    choices = AppliedChoices(tuple(PhotoChoice(path, path, 1, excluded=True) for path in paths))
    used = tuple(photo for photo in data.photos if photo.path not in paths)
    return replace(data, photos=used, excluded=out, **{"choices": choices, **changes})


def state(dataset: Dataset = WHOLE, **changes: Any) -> AppState:
    return replace(AppState(spec=RunSpec(DatasetSpec(FOLDER)), dataset=dataset), **changes)


@pytest.fixture
def page(show_page: Any) -> ImagesPage:
    page = show_page(ImagesPage(), 1200)
    page.show_state(state())
    return page


@pytest.fixture
def asked(page: ImagesPage) -> list[JournalRequest]:
    requests: list[JournalRequest] = []
    page.job_requested.connect(lambda name, arguments: requests.extend(arguments) if name == "journal" else None)
    return requests


def click(qtbot: Any, page: ImagesPage, row: int, keys: Any = Qt.KeyboardModifier.NoModifier) -> None:
    grid = page.photos.grid
    place = grid.visualRect(grid.model().index(row, 0)).center()
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, keys, place)


def one(kind: Any, *photos: str, value: str = "") -> JournalRequest:
    return JournalRequest((JournalAction(kind, photos, value),))


def test_the_key_del_excludes_the_selected_photos_and_restores_excluded_ones(page, asked, qtbot):
    click(qtbot, page, 1)
    click(qtbot, page, 3, CTRL)
    qtbot.keyClick(page.photos.grid, Qt.Key.Key_Delete)
    assert asked == [one("exclude", PHOTOS[1], PHOTOS[3])]
    page.show_state(state(without(PHOTOS[1], PHOTOS[3])))
    grid = page.photos.grid
    assert grid.selected_rows() == [1, 3], "the selection stays"
    item = grid.photos()[1]
    assert (item.faded, item.badges, item.note) == (True, ("cancel",), "ants · excluded")
    assert "Excluded by your choice" in grid.model().index(1, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert page.photos._title.text() == "Photos · 38 + 2 excluded · 2 selected"
    assert page.photos.selection.exclude.text() == "Restore"
    qtbot.keyClick(grid, Qt.Key.Key_Delete)
    assert asked[1:] == [one("restore", PHOTOS[1], PHOTOS[3])]
    click(qtbot, page, 2, CTRL)  # some used, some excluded
    page.photos.selection.exclude.click()
    assert asked[2:] == [one("exclude", PHOTOS[2])]


def test_the_key_m_asks_for_a_class_by_a_part_of_its_name(page, asked, qtbot):
    many = tuple(f"class {number:03}" for number in range(300))
    page.show_state(state(replace(WHOLE, classes=("ants", "bees", *many))))
    click(qtbot, page, 0)
    qtbot.keyClick(page.photos.grid, Qt.Key.Key_M)
    popup = page.findChild(ClassPopup)
    assert popup.list.item(0).text() == "bees", "its own class is not offered"
    qtbot.keyClicks(popup.search, "211")
    qtbot.keyClick(popup.search, Qt.Key.Key_Return)
    assert asked == [one("relabel", PHOTOS[0], value="class 211")]


def test_the_relabeling_of_a_photo_can_be_removed(page, asked, qtbot):
    choice = PhotoChoice(PHOTOS[0], "a", 1, label="bees")
    photos = (Photo(PHOTOS[0], 1, "val"), *WHOLE.photos[1:])
    page.show_state(state(replace(WHOLE, photos=photos, choices=AppliedChoices((choice,)))))
    assert page.photos.grid.photos()[0].badges == ("tag-outline",)
    click(qtbot, page, 0)
    page.photos.selection.relabel.click()
    popup = page.findChild(ClassPopup)
    assert popup.list.item(0).text() == "Class of the folder"
    qtbot.mouseClick(
        popup.list.viewport(), Qt.MouseButton.LeftButton, pos=popup.list.visualItemRect(popup.list.item(0)).center()
    )
    assert asked == [one("relabel", PHOTOS[0], value="")]


def entries(page: ImagesPage) -> dict[str, Any]:
    menu = page.photos._menu.menu()
    return {action.text().split("\t")[0]: action for action in menu.actions()}


def test_the_menu_moves_to_a_split_and_accepts_findings(page, asked, qtbot):
    moved = AppliedChoices((PhotoChoice(PHOTOS[3], "a", 1, split="test"),))
    page.show_state(state(replace(WHOLE, findings=(TWICE, DARK), choices=moved)))
    click(qtbot, page, 3)
    found = entries(page)
    splits = {action.text(): action for action in found["Move to split"].menu().actions()}
    assert list(splits) == ["Training", "Validation", "Test", "", "Back to where it was"]
    splits["Test"].trigger()
    splits["Back to where it was"].trigger()
    found["Accept finding"].menu().actions()[0].trigger()
    assert asked == [
        one("split", PHOTOS[3], value="test"),
        one("split", PHOTOS[3], value=""),
        one("accept", PHOTOS[0], PHOTOS[3], value="exact_duplicate"),
    ]


def test_a_finding_is_settled_with_one_click_and_its_photos_stay_in_view(page, asked, qtbot):
    both = replace(WHOLE, findings=(TWICE, DARK))
    page.show_state(state(both))
    page.photos.sets.setCurrentIndex(page.photos.sets.findData("blank"))
    page.photos.sets.activated.emit(page.photos.sets.currentIndex())
    assert page.findings.finding() == DARK, "list and card choose the same"
    assert [button.text() for button in page.findings.fixes.buttons] == ["Exclude all", "Accept all"]
    for button in page.findings.fixes.buttons:
        button.click()
    accepts = tuple(JournalAction("accept", (path,), "blank") for path in (PHOTOS[4], PHOTOS[5]))
    assert asked == [one("exclude", PHOTOS[4], PHOTOS[5]), JournalRequest(accepts)]
    page.show_state(state(without(PHOTOS[4], PHOTOS[5], data=both, findings=(TWICE,))))
    assert [item.path for item in page.photos.grid.photos()] == [PHOTOS[4], PHOTOS[5]]
    assert page.photos.sets.currentText() == "Blank (0)"
    page.photos.clear()
    assert len(page.photos.grid.photos()) == len(PHOTOS)


def test_an_accepted_finding_can_be_reopened(page, asked, qtbot):
    accepted = tuple(AcceptedFinding("blank", (path,)) for path in (PHOTOS[4], PHOTOS[5]))
    page.show_state(state(replace(WHOLE, findings=(DARK,), choices=AppliedChoices(accepted=accepted))))
    page.findings.choose("blank")
    (button,) = page.findings.fixes.buttons
    assert button.text() == "No longer accept"
    button.click()
    actions = tuple(JournalAction("reopen", (path,), "blank") for path in (PHOTOS[4], PHOTOS[5]))
    assert asked == [JournalRequest(actions)]


def test_scroll_position_and_filters_stay_after_a_choice(page, qtbot):
    grid = page.photos.grid
    page.photos.zoom.setValue(5)
    page.photos.split_filter.setCurrentText("Training")
    click(qtbot, page, 0)
    grid.verticalScrollBar().setValue(700)
    held = WHOLE.photos[PHOTOS.index(grid.photos()[0].path)]
    shown = [item.path for item in grid.photos()]
    other = tuple(replace(photo, split="val") if photo == held else photo for photo in WHOLE.photos)
    choices = AppliedChoices((PhotoChoice(held.path, "a", 1, split="val"),))
    page.show_state(state(replace(WHOLE, photos=other, choices=choices)))
    assert [item.path for item in grid.photos()] == shown, "the photo that was moved stays until the filter changes"
    assert (grid.verticalScrollBar().value(), grid.chosen()) == (700, f"{FOLDER}/{held.path}")
    page.photos.split_filter.setCurrentText("Validation")
    page.photos.split_filter.setCurrentText("Training")
    assert held.path not in {item.path for item in grid.photos()}


def test_the_bar_names_the_last_change_and_undoes_it(page, qtbot):
    bar, calls = page.photos.bar, []
    page.undo_requested.connect(lambda: calls.append("undo"))
    page.redo_requested.connect(lambda: calls.append("redo"))
    page.change_dismissed.connect(lambda: calls.append("dismiss"))
    assert not bar.isVisible()
    read = JournalRead(FOLDER, "", undoable=1, change="Excluded 1 photo: a.jpg", undo="exclude 1 photo", reverse="undo")
    page.show_state(state(journal=read))
    assert (bar.isVisible(), bar.words.text(), bar.action.accessibleName()) == (True, read.change, "Undo")
    bar.action.click()
    page.show_state(state(journal=replace(read, change="Undone: exclude 1 photo", reverse="redo")))
    bar.action.click()
    page.show_state(state(journal=replace(read, change="3 choices written to a.csv", reverse="")))
    assert not bar.action.isVisible()
    bar.close_button.click()
    page.show_state(state(journal=replace(read, change="")))
    assert (calls, bar.isVisible()) == (["undo", "redo", "dismiss"], False)


def test_nothing_can_be_chosen_without_a_selection(page, asked, qtbot):
    page.photos.grid.setFocus()
    for key in (Qt.Key.Key_Delete, Qt.Key.Key_M, Qt.Key.Key_S):
        qtbot.keyClick(page.photos.grid, key)
    row = page.photos.selection
    assert not asked
    assert not row.exclude.isEnabled()
    assert "No photo is selected" in row.exclude.toolTip()
    photos = tuple(replace(photo, label=0) for photo in WHOLE.photos)
    page.show_state(state(replace(WHOLE, photos=photos, classes=("weight",), target="weight")))
    click(qtbot, page, 0)
    assert row.exclude.isEnabled()
    assert not row.relabel.isEnabled()
