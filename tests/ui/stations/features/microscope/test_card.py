"""The activation microscope: channels, crosshair, overlay, pins, tokens, attention, filters, change, heatmap."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import states
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.events import Attention, ClassHeatmap, LayerOutput, OutputFacts
from studio.session.state import AppState
from studio.spec import FreezePlan
from studio.spec.structs import replace
from studio.ui.stations.features.microscope.card import Microscope
from studio.ui.theme import theme

PHOTO = "/photos/ants/0000.jpg"
PIXELS = np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3)


def output(maps: Any = None, **more: Any) -> LayerOutput:
    """Three channels of 4 × 4: weak, strong with its highest value at row 2 and column 1, and dead."""
    if maps is None:
        maps = np.zeros((3, 4, 4), np.float32)
        maps[0] = 0.5
        maps[0, 0, 0] = 0
        maps[1] = 2
        maps[1, 2, 1] = 8
    facts = OutputFacts(0.0, 8.0, 1.0, 0.25, 1, len(maps))
    known: dict[str, Any] = {"photo": PIXELS, "facts": facts, "grid": True}
    return LayerOutput("stem", PHOTO, tuple(maps.shape), maps, tuple(range(len(maps))), 0.02, **(known | more))


def show(card: Microscope, shown: LayerOutput | None, **state: Any) -> AppState:
    state = replace(states.state(), output=shown, **state)
    card.show_state(state, "stem", False)
    return state


def test_channels_are_sorted_by_response_and_one_is_large_beside_the_photo(card: Microscope) -> None:
    show(card, output())
    assert card.tiles.tiles.places == [1, 0, 2]
    assert (card.name.text(), card.rank.text()) == ("Channel 1", "1st of 3 by response")
    assert card.tile_controls.title.text() == "3 channels"
    assert card.statistics.text() == "0 to 8.00 · mean 1.00 · 25.0\u202f% zeros · 1 of 3 channels dead"
    tip = card.tiles.tiles.index(2).data(Qt.ItemDataRole.ToolTipRole)
    assert tip.endswith("dead: one value everywhere")
    preview = QImage.fromData(base64.b64decode(tip.partition("base64,")[2].partition('"')[0]))
    assert (preview.width(), preview.height()) == (120, 120)
    card.tile_controls.order.setCurrentIndex(2)
    card.tile_controls.order.activated.emit(2)
    assert card.tiles.tiles.places == [0, 1, 2]
    assert card.name.text() == "Channel 1", "the chosen channel stays"
    QTest.keyClicks(card.pair, ".")
    assert card.name.text() == "Channel 2"
    show(card, replace(output(), seconds=0.5))
    assert card.name.text() == "Channel 2", "and for another look at the layer, too"


def test_the_crosshair_reads_values_of_photo_and_channel_by_pointer_and_keys(card: Microscope) -> None:
    show(card, output())
    photo, channel = card.pair.boxes()
    for box in (photo, channel):
        card.pair.set_cell(0, 0)
        spot = QPoint(box.left() + int(1.5 * box.width() / 4), box.top() + int(2.5 * box.height() / 4))
        QTest.mouseMove(card.pair, spot)
        QApplication.processEvents()
        assert card.pair.cell == (2, 1)
        assert card.values.text() == "x 3 y 5 px · cell 1, 2 · value 8.00 · RGB 129 130 131"
    QTest.mouseClick(card.pair, Qt.MouseButton.LeftButton, pos=spot)
    QTest.mouseMove(card.pair, QPoint(photo.left() + 2, photo.top() + 2))
    assert card.pair.cell == (2, 1), "held by the click"
    QTest.keyClick(card.pair, Qt.Key.Key_Right)
    QTest.keyClick(card.pair, Qt.Key.Key_Up)
    assert "cell 2, 1 · value 2.00" in card.values.text()
    for _ in range(9):
        QTest.keyClick(card.pair, Qt.Key.Key_Left)
    assert card.pair.cell == (1, 0)
    assert card.pair.accessibleDescription() == card.values.text()
    show(card, output(np.ones((2, 2, 2), np.float32)))
    assert card.pair.cell == (0, 0), "the same place of the photo in a coarser layer"
    show(card, output())
    card.pair.set_cell(3, 3)
    show(card, None)
    show(card, output(np.ones((2, 2, 2), np.float32)))
    card.grab()
    assert card.pair.cell == (1, 1), "also with nothing between the two"
    assert "cell 1, 1 · value 1.00" in card.values.text()


def test_the_overlay_colors_the_photo(card: Microscope) -> None:
    show(card, output())
    before = card.pair.grab().toImage()
    QTest.keyClicks(card.pair, "o")
    assert card.overlay.switch.isChecked()
    assert card.pair.grab().toImage() != before
    show(card, output(np.ones((1, 3, 5), np.float32), grid=False))
    assert not card.overlay.switch.isEnabled()


def test_a_vector_is_drawn_as_bars_and_read_number_by_number(card: Microscope, tmp_path: Path) -> None:
    values = np.array([[[0.5, -1.0, 3.0]]], np.float32)
    show(card, LayerOutput("stem", PHOTO, (3,), values, (0,), 0.1, photo=PIXELS))
    assert not card.tiles.isVisible()
    assert card.sentence.text().endswith("each bar is one number for the whole photo.")
    QTest.keyClick(card.pair, Qt.Key.Key_Right)
    assert card.values.text() == "number 1 of 3 · value −1.00"
    assert card.table() == "feature,value\n0,0.5\n1,-1\n2,3\n"
    show(card, LayerOutput("stem", PHOTO, (1, 1, 3), values, (0,), 0.1, photo=PIXELS, parameter=True))
    assert card.sentence.text().endswith("the same for every photo: each bar is one of its numbers.")
    card.grab()


def test_pictures_and_numbers_are_saved(card: Microscope, tmp_path: Path) -> None:
    maps = np.arange(12, dtype=np.float32).reshape(2, 2, 3)
    show(card, replace(output(maps), channels=(5, 1)))
    for kind in ("png", "svg", "csv"):
        card.files.save(str(tmp_path / f"maps.{kind}"))
    rows = (tmp_path / "maps.csv").read_text(encoding="utf-8").splitlines()
    assert rows == ["channel,row,0,1,2", "5,0,0,1,2", "5,1,3,4,5", "1,0,6,7,8", "1,1,9,10,11"]
    picture = QImage(str(tmp_path / "maps.png"))
    assert len({picture.pixel(x, picture.height() // 3) for x in range(picture.width())}) > 5
    assert QSvgRenderer(str(tmp_path / "maps.svg")).isValid()
    show(card, output(np.full((2, 2, 3), np.nan, np.float32)))
    assert "value not a number" in card.values.text()
    card.grab()


def test_of_two_thousand_channels_only_visible_ones_are_drawn(card: Microscope) -> None:
    show(card, output(np.random.default_rng(1).normal(size=(2048, 2, 2)).astype(np.float32)))
    card.grab()
    assert card.tiles.tiles.rowCount() == 2048
    assert 0 < len(card.tiles.tiles._pictures) < 100
    card.tile_controls.tile_size.setCurrentIndex(3)
    card.tile_controls.tile_size.activated.emit(3)
    assert card.tiles.side == 96


def test_tokens_and_attention_follow_the_crosshair_or_the_class_token(card: Microscope) -> None:
    rng = np.random.default_rng(2)
    maps = rng.normal(size=(6, 2, 2)).astype(np.float32)
    queries, keys = rng.normal(size=(2, 2, 5, 3)).astype(np.float32)
    attention = Attention("stem", queries, keys, (2, 2), 1)
    tokens = rng.normal(size=(1, 6)).astype(np.float32)
    shown = replace(output(maps, attention=attention, tokens=tokens), shape=(5, 6), channels=(3, 0, 1, 2, 4, 5))
    show(card, shown)
    assert [card.controls.view.itemText(row) for row in range(card.controls.view.count())] == [
        "Channels", "Tokens", "Attention",
    ]  # fmt: skip
    card.controls.choose("tokens", "run", "")
    show(card, shown)
    photo = card.pair.boxes()[0]
    QTest.mouseClick(card.pair, Qt.MouseButton.LeftButton, pos=QPoint(photo.left() + 9, photo.bottom() - 9))
    card.grab()
    bars = card._exhibit
    assert bars is not None
    np.testing.assert_array_equal(bars.pictures[0, 0][[3, 0, 1, 2, 4, 5]], maps[:, 1, 0])
    card.controls.token.setCurrentIndex(1)
    card.controls.token.activated.emit(1)
    assert card._exhibit is not None
    np.testing.assert_array_equal(card._exhibit.pictures[0, 0], tokens[0])
    card.controls.choose("attention", "run", "")
    show(card, shown)
    card.grab()
    expected = np.exp(np.einsum("hd,htd->ht", queries[:, 0], keys))
    expected /= expected.sum(1, keepdims=True)
    assert card._exhibit is not None
    np.testing.assert_allclose(card._exhibit.pictures[1:].reshape(2, 4), expected[:, 1:], rtol=1e-5)
    assert card.name.text() == "Mean of all heads"
    assert card.tile_controls.title.text() == "2 heads"


def test_filters_of_the_first_layer_have_colors_of_their_own(card: Microscope) -> None:
    filters = np.zeros((2, 3, 2, 2), np.float32)
    filters[0, 0] = [[1, 0], [0, -1]]
    show(card, output(filters=filters))
    card.controls.choose("filters", "run", "")
    show(card, output(filters=filters))
    picture = card.tiles.tiles.picture(0)
    colors = [picture.pixelColor(column, 0).getRgb()[:3] for column in (0, 1)]
    assert colors == [(255, 128, 128), (128, 128, 128)], "no weight is gray, the highest weight of red is red"
    assert card.values.text() == "cell 0, 0 · weights RGB 1.00 0 0"


def test_the_change_by_a_run_is_signed_and_its_absence_has_a_reason(card: Microscope) -> None:
    before = output()
    maps = before.maps.copy()
    maps[0, 3, 3] = -1.5
    state = states.state(FreezePlan("none"))
    run = states.run(state.spec, states.dataset())
    state = state.showing(run)
    card.show_state(replace(state, output=replace(before, run=run.id)), "stem", False)
    assert card.controls.weights.isEnabled()
    assert card.controls.chosen_weights() == "run"
    card.controls.choose("channels", "both", "")
    card.show_state(replace(state, output=replace(before, run=run.id)), "stem", False)
    assert card.caption.text() == "Computing…", "the difference is not there yet"
    assert not card.pin.isEnabled()
    card.pin_shown()
    assert not card.pins.pins
    changed = replace(output(maps), run=run.id, start=before)
    card.show_state(replace(state, output=changed), "stem", False)
    assert card.name.text() == "Channel 0"
    assert card._exhibit is not None
    assert card._exhibit.span_of(0) == (-2, 2)
    assert card.sentence.text().startswith("Orange: larger after training")
    card.show_state(replace(state, output=replace(before, run=run.id, start=before)), "stem", False)
    assert card.sentence.text().endswith("so the difference is 0.")
    card.show_state(replace(states.state(), output=before), "stem", False)
    assert not card.controls.weights.isEnabled()
    assert "No run is shown" in card.controls.weights.toolTip()


def test_a_pinned_picture_is_shown_again_and_removed(card: Microscope, qtbot: Any) -> None:
    show(card, output())
    QTest.keyClicks(card.pair, "p")
    card.choose(0)
    card.pin.click()
    assert [pin.title for pin in card.pins.pins] == ["stem · Channel 1", "stem · Channel 0"]
    assert card.pins.isVisible()
    with qtbot.waitSignal(card.layer_requested) as signal:
        card.pins.buttons[0].click()
    assert signal.args == ["stem"]
    show(card, output())
    assert card.name.text() == "Channel 1"
    QTest.keyClick(card.pins.buttons[0], Qt.Key.Key_Delete)
    assert len(card.pins.pins) == 1
    for _ in range(6):
        card.pin_shown()
    assert len(card.pins.pins) == 4
    show(card, None)
    assert card.pair.isVisible(), "until the next picture of the same photos is computed"
    show(card, None, spec=states.spec("/other"))
    assert not card.pins.pins, "the pins of another folder are gone"
    assert not card.pair.isVisible(), "and so is its picture"


def test_the_heatmap_is_of_the_chosen_class(card: Microscope) -> None:
    state = states.state()
    run = states.run(state.spec, states.dataset())
    state = state.showing(run)
    card.show_state(replace(state, output=output()), "stem", False)
    card.controls.choose("heatmap", "run", "bees")
    assert card.choice().class_name == "bees"
    heat = np.array([[0, 1], [2, 3]], np.float32)
    heatmap = ClassHeatmap(PHOTO, "stem", "bees", 1.0, 0.25, heat, PIXELS, 0.02, 2, run.id, ("bees", "stem"))
    card.show_state(replace(state, heatmap=replace(heatmap, name="ants", request=("", "stem"))), "stem", False)
    assert card.caption.text() == "Computing…"
    card.show_state(replace(state, heatmap=heatmap), "stem", False)
    assert card.sentence.text() == "Bright regions raise the score of “bees” (25.0\u202f%) at stem."
    assert card.caption.text().endswith("weights after epoch 2")
    assert card.pair.isVisible()


@pytest.mark.slow
@pytest.mark.parametrize("size", [(256, 384), (416, 546), (700, 900)])
def test_nothing_is_cut_off_in_light_and_dark(card: Microscope, qapp: QApplication, size: tuple[int, int]) -> None:
    panel = card.parentWidget().parentWidget()  # type: ignore[union-attr]
    show(card, output())
    card.pin_shown()
    panel.resize(max(size[0], panel.minimumSizeHint().width()), size[1])  # the window's splitter makes it no narrower
    for scheme in ("dark", "light"):
        theme.apply(qapp, scheme)
        qapp.processEvents()  # the controls change at this width, and the layout follows in the next turn
        panel.grab()
        assert card.width() <= panel.viewport().width()
        assert card.tiles.height() >= card.tiles.cell().height()
    theme.apply(qapp, "system")
