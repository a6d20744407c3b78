"""The left column of the Images page collapses the split card before it scrolls."""

from __future__ import annotations

from types import MappingProxyType

import pytest
from fakes import fake_dataset
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint

from studio.events import Failed, Finding
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


class Resizes(QObject):
    """Counts how often a widget is resized."""

    number = 0

    def eventFilter(self, _widget: QObject, event: QEvent) -> bool:
        self.number += event.type() == QEvent.Type.Resize
        return False


@pytest.mark.slow
def test_the_scroll_bar_does_not_flicker(qtbot):
    """Heights between the least height of the cards and that of their wrapped texts are among these."""
    page = ImagesPage()
    qtbot.addWidget(page)
    page.show()
    dataset = replace(fake_dataset(FOLDER), checked=True)
    page.show_state(AppState(spec=RunSpec(DatasetSpec(FOLDER)), dataset=dataset))
    for height in range(440, 700, 6):
        page.resize(1246, height)
        for _ in range(5):
            QCoreApplication.processEvents()
        resizes = Resizes()
        page._left.viewport().installEventFilter(resizes)
        for _ in range(20):
            QCoreApplication.processEvents()
        assert resizes.number <= 1, height


def test_where_the_cards_do_not_fit_each_page_ends_with_a_whole_one(qtbot):
    page = ImagesPage()
    qtbot.addWidget(page)
    page.resize(1088, 440)
    page.show()
    folders = (FOLDER, "/nowhere/more", "/nowhere/others")
    found = Finding("corrupt", "warning", "Title", 1, (), (), (), "why", "advice")
    dataset = replace(fake_dataset(FOLDER), findings=(found,) * 3, checked=True)
    page.show_state(AppState(spec=RunSpec(DatasetSpec("/nowhere", folders=folders)), dataset=dataset))
    column, bar = page._left, page._left.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)

    def cut() -> list[str]:
        """The cards that are only partly visible."""
        tops = [card.mapTo(column.viewport(), QPoint(0, 0)).y() for card in column._cards]
        rows = [
            (card.accessibleName(), top, top + card.height()) for card, top in zip(column._cards, tops, strict=True)
        ]
        room = column.viewport().height()
        return [name for name, top, end in rows if top < room and end > 0 and (top < 0 or end > room)]

    qtbot.waitUntil(lambda: not cut())
    bar.triggerAction(bar.SliderAction.SliderSingleStepAdd)
    assert bar.value() == bar.maximum()
    assert cut() == []
    page.resize(1248, 900)
    qtbot.waitUntil(lambda: bar.maximum() == 0)
    page.shut_down()


def test_after_a_failure_the_cards_are_as_short_as_before(qtbot):
    page = ImagesPage()
    qtbot.addWidget(page)
    page.resize(1248, 574)
    page.show()
    found = Finding("corrupt", "warning", "Title", 1, (), (), (), "why", "advice")
    dataset = replace(fake_dataset(FOLDER), findings=(found,), checked=True)
    folders = (FOLDER, "/nowhere/more")
    state = AppState(spec=RunSpec(DatasetSpec("/nowhere", folders=folders)), dataset=dataset)
    failure = Failed("“choices.csv”, line 5: there is no action “explode”.", "The actions are exclude and relabel.")
    faults = {"faults": MappingProxyType({"images": failure})}
    column, bar = page._left, page._left.verticalScrollBar()
    page.show_state(state)
    column._be_compact(True)
    page._split.fold(True)
    page.resize(1248, column._needed() + 2)  # so that it fits, but only with a short list of folders
    for changes, fits in (({}, True), (faults, False), ({}, True)):
        page.show_state(replace(state, **changes))
        qtbot.waitUntil(lambda fits=fits: (bar.maximum() == 0) == fits, timeout=1000)
    page.shut_down()


def test_a_folder_opened_before_the_last_large_one_was_drawn_is_drawn_and_fitted(qtbot, monkeypatch):
    page = ImagesPage()
    qtbot.addWidget(page)
    page.resize(1248, 600)
    page.show()
    large, small = (replace(fake_dataset(FOLDER), checked=True, classes=names) for names in (("a", "b"), ("c", "d")))
    for dataset, many in ((large, 1), (small, 10_000)):
        monkeypatch.setattr("studio.ui.stations.images.page.MANY_PHOTOS", many)
        page.show_state(AppState(spec=RunSpec(DatasetSpec(FOLDER)), dataset=dataset))
    assert page._table._model.classes == ("c", "d")
    page.resize(1248, 1000)
    qtbot.waitUntil(lambda: page._split.group.isVisible(), timeout=1000)
    page.shut_down()
