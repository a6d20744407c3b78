"""The left column of the Images page holds its cards: it folds the split before it scrolls."""

from __future__ import annotations

import pytest
from fakes import fake_dataset

from studio.events import Finding
from studio.session.state import AppState
from studio.spec import DatasetSpec, RunSpec
from studio.spec.structs import replace
from studio.ui.stations.images.page import ImagesPage

FOLDER = "/nowhere/photos"


@pytest.mark.parametrize(("height", "folded"), [(600, True), pytest.param(1000, False, marks=pytest.mark.slow)])
def test_all_cards_are_visible_at_1280_by_800_and_the_split_opens_where_there_is_room(qtbot, height, folded):
    page = ImagesPage()
    qtbot.addWidget(page)
    page.resize(1248, height)
    page.show()
    kinds = ("corrupt", "near_duplicate", "two_labels", "too_small", "blank")
    findings = tuple(Finding(kind, "warning", f"Title {kind}", 1, (), (), (), "why", "advice") for kind in kinds)
    dataset = replace(fake_dataset(FOLDER), findings=findings, checked=True)
    page.show_state(AppState(spec=RunSpec(DatasetSpec(FOLDER)), dataset=dataset))
    qtbot.waitUntil(lambda: page._split.isVisible())
    assert page._split.group.isVisible() != folded
    qtbot.waitUntil(lambda: not page._left.verticalScrollBar().isVisible())
    assert page.findings.list.height() >= page.findings.list.minimumSizeHint().height()
    page.shut_down()
