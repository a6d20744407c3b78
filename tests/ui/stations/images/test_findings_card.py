"""The findings of the data check: listed, explained, and shown in the grid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import states
from fakes import fake_dataset
from PySide6.QtCore import Qt

from studio.events import AcceptedFinding, AppliedChoices, Finding
from studio.session.state import AppState
from studio.spec.structs import replace
from studio.ui.stations.images.page import ImagesPage

FOLDER = str(Path("/nowhere/photos").absolute())
PHOTOS = [photo.path for photo in fake_dataset(FOLDER).photos]
PAIR = Finding(
    "exact_duplicate",
    "warning",
    "1 photo is there twice",
    1,
    ((PHOTOS[0], PHOTOS[3]),),
    ("",),
    (),
    "Counted twice.",
    "Keep one.",
)
DARK = Finding(
    "blank", "info", "6 photos are blank", 6, tuple(PHOTOS[4:10]), ("all white",) * 6, (), "Teaches nothing.", "Look."
)
CUT = Finding(
    "truncated", "error", "1 photo is cut off", 1, ("ants/cut.jpg",), ("",), (), "Not used.", "Copy it again."
)


@pytest.fixture
def page(show_page: Any) -> ImagesPage:
    return show_page(ImagesPage(), 1200)


def show(page: ImagesPage, *findings: Finding, checked: bool = True, **changes: Any) -> None:
    dataset = replace(fake_dataset(FOLDER), findings=findings, checked=checked, **changes)
    page.show_state(AppState(dataset=dataset))


def shown(page: ImagesPage) -> set[str]:
    return {item.path for item in page.photos.grid.photos()}


def click(qtbot: Any, page: ImagesPage, row: int) -> None:
    listed = page.findings.list
    place = listed.visualItemRect(listed.item(row)).center()
    qtbot.mouseClick(listed.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_the_title_shows_the_state_of_the_check(page):
    assert page.findings._title.text() == "Data check"
    show(page, checked=False)
    assert page.findings._title.text() == "Data check · not finished, rescan the folder"
    page.show_state(states.with_job(AppState(dataset=replace(fake_dataset(FOLDER), checked=False)), "scan"))
    assert page.findings._title.text() == "Data check · running"
    show(page)
    assert page.findings._title.text() == "Data check · nothing found"
    show(page, PAIR)
    assert page.findings._title.text() == "Data check · 1 finding"


def test_a_click_shows_the_photos_and_why_they_matter_and_another_one_all(page, qtbot):
    show(page, PAIR, DARK)
    click(qtbot, page, 0)
    assert shown(page) == {PHOTOS[0], PHOTOS[3]}
    assert "Counted twice. Keep one." in page.findings.why.text().replace("\u200b", "")
    click(qtbot, page, 1)
    assert shown(page) == set(PHOTOS[4:10])
    assert "and 2 more" in page.findings.why.text()
    click(qtbot, page, 1)
    assert len(shown(page)) == len(PHOTOS)
    assert not page.findings.why.isVisible()


def test_escape_and_clear_show_all_photos_again(page, qtbot):
    show(page, PAIR, CUT)
    click(qtbot, page, 0)
    qtbot.keyClick(page.findings.list, Qt.Key.Key_Escape)
    assert len(shown(page)) == len(PHOTOS)
    click(qtbot, page, 1)
    assert shown(page) == set()
    assert "left out of the data set" in page.photos._none._words.text()
    qtbot.mouseClick(page.photos._none.buttons["Clear"], Qt.MouseButton.LeftButton)
    assert len(shown(page)) == len(PHOTOS)
    assert page.findings.finding() is None


def test_accepted_findings_come_last_and_are_marked_as_accepted(page):
    choices = AppliedChoices(accepted=(AcceptedFinding("exact_duplicate", tuple(sorted(PAIR.photos[0]))),))
    show(page, PAIR, DARK, choices=choices)
    texts = [page.findings.list.item(row).text() for row in range(2)]
    assert texts == ["6 photos are blank", "1 photo is there twice · accepted"]


def test_the_chosen_finding_stays_chosen_after_a_rescan_until_its_photos_are_gone(page, qtbot):
    show(page, PAIR, DARK)
    click(qtbot, page, 1)
    show(page, DARK)
    assert page.findings.finding() == DARK
    assert shown(page) == set(PHOTOS[4:10])
    show(page, PAIR)
    assert page.findings.finding() is None
    assert len(shown(page)) == len(PHOTOS)


def test_a_finding_about_shapes_leads_to_the_crop_policy(page, qtbot):
    long = Finding(
        "extreme_aspect", "warning", "1 photo is long", 1, (PHOTOS[5],), ("cut",), (), "Cut away.", "Choose a policy."
    )
    show(page, CUT, long)
    steps: list[str] = []
    page.photo_chosen.connect(steps.append)
    page.station_requested.connect(steps.append)
    click(qtbot, page, 0)
    assert not page.findings.crop.isVisible()
    click(qtbot, page, 1)
    page.findings.crop.click()
    assert steps == [str(Path(FOLDER, PHOTOS[5])), "preprocess"]


def test_pairs_are_shown_side_by_side_and_settled_one_by_one(page, qtbot):
    pairs = ((PHOTOS[0], PHOTOS[3]), (PHOTOS[1], PHOTOS[2]))
    show(page, replace(PAIR, count=2, photos=pairs, details=("", "mirrored")))
    panel = page.findings.pairs
    assert not panel.isVisible()
    click(qtbot, page, 0)
    assert panel.isVisible()
    assert panel.words.text() == "Pair 1 of 2 · the same file"
    assert (panel.back.isEnabled(), panel.forward.isEnabled()) == (False, True)
    page.photos.maps.buttons["Map"].click()
    assert not panel.isVisible(), "the map needs the room"
    page.photos.maps.buttons["Grid"].click()
    assert panel.isVisible()
    left = panel.pictures[0]
    left.setFocus()
    qtbot.keyClick(left, Qt.Key.Key_Right)
    assert panel.words.text() == "Pair 2 of 2 · mirrored"
    assert Path(PHOTOS[1]).name in left.accessibleName()
    with qtbot.waitSignal(page.job_requested) as asked:
        qtbot.keyClick(left, Qt.Key.Key_Delete)
    assert asked.args[1][0].actions[0].photos == (PHOTOS[1],)
    accept = next(button for button in panel.buttons if button.text() == "Accept")
    with qtbot.waitSignal(page.job_requested) as asked:
        accept.click()
    assert asked.args[1][0].actions[0].photos == tuple(sorted(pairs[1]))
    show(page, replace(PAIR, count=1, photos=pairs[:1], details=("",)))
    assert panel.words.text() == "Pair 1 of 1 · the same file"
