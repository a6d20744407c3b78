"""The value range of photos of more than 8 bits: shown and changed on Preprocess, and applied to every picture."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor
from tiffs import tiff

from studio.events import DeepPhotos, EstimatedRange, StatedRange, ValueRanges
from studio.session import selectors
from studio.spec import ValueRange
from studio.spec.structs import replace
from studio.ui.photos.photo_grid import PhotoGrid
from studio.ui.photos.photo_items import PhotoItem
from studio.ui.stations.preprocess.range_card import RangeCard, proposed

ESTIMATED = (EstimatedRange("integer", 0, 4095, 64),)
DEEP = DeepPhotos(278, (StatedRange(0, 16383, 38),), ESTIMATED)


@pytest.fixture
def card(show):
    return show(RangeCard(), 320, 300)


def type_into(field, text: str) -> None:
    field.line.setText(text)
    field.line.setModified(True)
    field.line.editingFinished.emit()


def test_the_card_shows_each_range_and_its_source(card):
    card.show_range(DEEP, None)
    assert card._sources.text().splitlines() == [
        "14 bits, stated by the file (38 photos)",
        "0–4095, estimated from 64 photos of the data set (240 photos)",
    ]
    assert (card.black.line.text(), card.white.line.text()) == ("0", "4095")
    assert card.automatic.isHidden()
    card.show_range(None, None)
    assert card.isHidden()


def test_a_typed_range_is_requested_and_can_be_removed(card):
    card.show_range(DEEP, None)
    emitted = []
    card.range_requested.connect(emitted.append)
    type_into(card.white, "2000")
    assert emitted == [ValueRange(0, 2000)]
    card.show_range(DEEP, emitted[-1])
    assert card._sources.text() == "0–2000, chosen for all photos of more than 8 bits (278)"
    type_into(card.black, "-12.5")
    assert emitted[-1] == ValueRange(-12.5, 2000)
    assert not card.automatic.isHidden()
    type_into(card.black, "3000")
    card.automatic.click()
    assert emitted[-1] is None
    card.show_range(DEEP, None)
    assert card.black.message.isHidden()
    assert card.black.line.text() == "0"


@pytest.mark.parametrize("text", ["4095", "9000", "nan", "inf", "1e99", "black", ""])
def test_an_invalid_range_is_refused_with_a_message(card, text):
    card.show_range(DEEP, None)
    emitted = []
    card.range_requested.connect(emitted.append)
    type_into(card.black, text)
    assert not emitted
    assert card.black.message.text()


def test_the_fields_begin_with_the_range_of_most_photos():
    assert proposed(DEEP) == ValueRange(0, 4095)
    assert proposed(replace(DEEP, stated=(StatedRange(0, 16383, 200),))) == ValueRange(0, 16383)
    assert proposed(DeepPhotos(1)) == ValueRange(0, 1)


@pytest.mark.slow
def test_photos_are_shown_with_the_chosen_range_without_another_scan(make_window, fakes, qtbot):
    fakes.deep = DEEP
    window = make_window()
    store = window.store
    store.open_folder("/nowhere/photos")
    qtbot.waitUntil(lambda: store.state.dataset is not None and store.state.dataset.checked)
    window.show_station("preprocess")
    qtbot.waitUntil(lambda: store.state.preview is not None)
    assert fakes.ranges == ValueRanges(estimated=ESTIMATED)
    page = window.pages["preprocess"]
    type_into(page._range.white, "2000")
    qtbot.waitUntil(lambda: fakes.ranges.chosen == ValueRange(0, 2000))
    assert store.state.spec.dataset.value_range == ValueRange(0, 2000)
    assert fakes.calls.count("scan") == 1
    qtbot.waitUntil(lambda: page._range.automatic.isVisible())
    page._range.automatic.click()
    qtbot.waitUntil(lambda: fakes.ranges.chosen is None)
    store.choose(replace(store.state.spec, dataset=replace(store.state.spec.dataset, value_range=ValueRange(0, 9))))
    store.open_folder("/nowhere/others")
    assert store.state.spec.dataset.value_range is None


@pytest.mark.slow
def test_a_range_chosen_after_a_run_makes_its_results_stale(make_window, fakes, qtbot):
    window = make_window()
    store = window.store
    store.open_folder("/nowhere/photos")
    qtbot.waitUntil(lambda: store.state.dataset is not None and store.state.dataset.checked)
    store.train()
    qtbot.waitUntil(lambda: store.state.run is not None and store.state.run.status == "done")
    store.choose(replace(store.state.spec, dataset=replace(store.state.spec.dataset, value_range=ValueRange(0, 9))))
    (words,) = set(selectors.stale(store.state).values())
    assert "another value range" in words
    assert "other photos" not in words


def test_thumbnails_follow_the_range(qtbot, tmp_path):
    (tmp_path / "0.tif").write_bytes(tiff(np.full((40, 40), 1000, "u2")))
    grid = PhotoGrid()
    qtbot.addWidget(grid)
    grid.resize(400, 300)
    grid.show()
    path = str(tmp_path / "0.tif")

    def shown() -> int | None:
        pixmap = grid._thumbnails.get(path, 40)
        return None if pixmap is None else QColor(pixmap.toImage().pixel(20, 20)).red()

    grid.show_photos(str(tmp_path), [PhotoItem("0.tif", "0.tif")])
    qtbot.waitUntil(lambda: shown() is not None)
    assert shown() == round(1000 / 1023 * 255)  # estimated from the photo alone
    grid.set_ranges(ValueRanges(estimated=ESTIMATED))
    qtbot.waitUntil(lambda: shown() is not None)
    assert shown() == round(1000 / 4095 * 255)
    grid.set_ranges(ValueRanges(by_photo=True))
    qtbot.waitUntil(lambda: shown() is not None)
    assert shown() == round(1000 / 65535 * 255)
    grid.shut_down()
