"""The card of the split: groups with reasons, near duplicates, test set, and pairs that cross it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes import fake_dataset
from PySide6.QtCore import Qt

from studio.events import Finding
from studio.session.state import AppState
from studio.spec import DatasetSpec, RunSpec
from studio.spec.structs import replace
from studio.ui.stations.images.split_card import SplitCard

FOLDER = str(Path("/nowhere/photos").absolute())


def state(spec: DatasetSpec | None = None, **changes: Any) -> AppState:
    groups = (("folder", 0), ("date", 3), ("camera", 1))
    dataset = replace(fake_dataset(FOLDER), groupings=groups, **changes)
    return AppState(spec=RunSpec(spec or DatasetSpec(FOLDER)), dataset=dataset)


@pytest.fixture
def card(qtbot: Any) -> SplitCard:
    card = SplitCard()
    qtbot.addWidget(card)
    card.resize(330, 400)
    card.fold(False)
    card.show()
    return card


def pick(card: SplitCard, way: str) -> None:
    card.group.setCurrentIndex(card.group.findData(way))
    card.group.activated.emit(card.group.currentIndex())


def test_impossible_groups_give_the_reason(card):
    card.show_state(state())
    tips = {}
    for row in range(card.group.count()):
        item = card.group.model().item(row)
        tips[card.group.itemData(row)] = "" if item.isEnabled() else item.toolTip()
    off = {way for way, tip in tips.items() if tip}
    assert off == {"folder", "camera"}
    assert "No class folder has folders in it." in tips["folder"]
    assert "One camera took all photos." in tips["camera"]


def test_choices_request_another_split(card, qtbot):
    card.show_state(state())
    asked: list[DatasetSpec] = []
    card.split_chosen.connect(asked.append)
    pick(card, "date")
    card.near.click()
    card.test.setCurrentIndex(card.test.findData(0.2))
    card.test.activated.emit(card.test.currentIndex())
    pick(card, "name")
    assert card.pattern.isVisible()
    qtbot.keyClicks(card.pattern, "^(.)")
    qtbot.keyClick(card.pattern, Qt.Key.Key_Return)
    near = DatasetSpec(FOLDER).split_near
    assert [(one.split_by, one.split_near, one.test_fraction, one.split_pattern) for one in asked] == [
        ("date", near, 0.0, ""),
        (DatasetSpec(FOLDER).split_by, not near, 0.0, ""),
        (DatasetSpec(FOLDER).split_by, near, 0.2, ""),
        ("name", near, 0.0, "^(.)"),
    ]


def test_a_folded_card_says_how_photos_are_divided_and_stays_as_the_user_wants(card):
    card.fold(True)
    card.show_state(state(replace(DatasetSpec(FOLDER), split_by="date", test_fraction=0.2)))
    assert not card.group.isVisible()
    assert card.options.heading.accessibleName() == "Groups, test set: by day, 20\u202f% test"
    card.options.heading.click()
    assert card.group.isVisible()
    card.fold(True)
    assert card.group.isVisible()


def test_pairs_that_cross_a_split_of_the_folder_are_named(card, qtbot):
    paths = [photo.path for photo in fake_dataset(FOLDER).photos]
    pairs = ((paths[0], paths[1]), (paths[2], paths[3]))
    finding = Finding("across_split", "error", "2 pairs", 2, pairs, ("", ""), (), "why", "advice")
    card.show_state(state(split_found=True, findings=(finding,)))
    assert not card.group.isVisible()
    assert card.pairs.text() == "2 pairs of the same photo cross it"
    with qtbot.waitSignal(card.pairs_requested):
        card.pairs.click()


def test_a_provisional_split_has_no_numbers(card):
    card.show_state(state(split_pending=True))
    assert card._words.text() == "The photos are divided once all were opened."
