"""What the activation microscope shows of a look, without Qt."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import states

from studio.events import Attention, ClassHeatmap, LayerOutput
from studio.session.inspection import exhibit, looking, pins, readout
from studio.session.inspection.exhibit import Exhibit
from studio.session.inspection.looking import LookChoice
from studio.session.inspection.selection import Selection
from studio.session.inspection.table import as_csv
from studio.session.reducer import reduce
from studio.session.user_choices import spec_changed
from studio.spec import FreezePlan
from studio.spec.structs import replace

PHOTO = "/photos/ants/0000.jpg"


def output(maps: Any, **more: Any) -> LayerOutput:
    known: dict[str, Any] = {"grid": True} | more
    return LayerOutput("stem", PHOTO, maps.shape, maps, tuple(range(len(maps))), 0.01, **known)


def test_orders_follow_response_spread_or_number() -> None:
    maps = np.zeros((3, 2, 2), np.float32)
    maps[0], maps[1, 0, 0], maps[2] = 1, 3, -2
    shown = Exhibit("channel", maps, (7, 3, 5))
    assert shown.ordered("response") == [2, 0, 1], "by the mean of absolute values"
    assert shown.ordered("spread") == [1, 0, 2]
    assert shown.ordered("index") == [1, 2, 0]
    assert readout.rank(shown, 1) == "3rd of 3 by response"
    assert [shown.dead(place) for place in range(3)] == [True, False, True]
    assert readout.name(shown, 0) == "Channel 7"


def test_values_that_are_not_finite_change_neither_order_nor_scale() -> None:
    maps = np.array([[[np.nan, 1]], [[3, -3]], [[np.inf, 0]]], np.float32)
    shown = Exhibit("channel", maps, (0, 1, 2))
    assert shown.ordered("response")[0] == 1
    assert shown.span_of(0) == (1, 1)
    assert shown.span_of(1, common=True) == (-3, 3)
    assert exhibit.span(np.full((2, 2), np.nan, np.float32)) == (0, 0)
    assert str(exhibit.span(np.zeros((2, 2), np.float32), signed=True)) == "(0.0, 0.0)", "no minus before zero"
    assert "value not a number" in readout.at(shown, 0, (0, 0), None)


def test_one_number_for_each_channel_is_a_vector_in_the_order_of_the_channels() -> None:
    pooled = replace(output(np.array([[[3]], [[1]]], np.float32), grid=False), channels=(1, 0))
    shown = exhibit.of_output(pooled, "run")
    assert shown.bars
    assert shown.pictures.tolist() == [[[1, 3]]]
    assert readout.at(shown, 0, (0, 1), None) == "number 1 of 2 · value 3.00"


def test_a_change_is_between_equal_channels_whatever_their_order() -> None:
    before = output(np.arange(8, dtype=np.float32).reshape(2, 2, 2))
    after = replace(before, maps=before.maps[::-1] + 1, channels=(1, 0), start=before)
    shown = exhibit.of_output(after, "both")
    assert shown.signed
    assert not shown.dead(0), "a change is the same everywhere, which is nothing dead"
    assert np.array_equal(shown.pictures, np.ones((2, 2, 2)))
    cut = replace(after, start=replace(before, maps=before.maps[:1], channels=(0,)))
    assert np.isnan(exhibit.of_output(cut, "both").pictures[0]).all(), "a channel that was left out of one of both"


def test_the_scale_of_a_change_goes_as_far_below_zero_as_above() -> None:
    assert exhibit.span(np.array([-1.0, 3.0], np.float32), signed=True) == (-3, 3)
    assert exhibit.span(np.array([-4.0, 3.0], np.float32), signed=True) == (-4, 4)
    assert exhibit.span(np.array([-1.0, 3.0], np.float32)) == (-1, 3)


def test_a_token_is_a_patch_at_a_cell_or_one_before_the_patches() -> None:
    maps = np.arange(8, dtype=np.float32).reshape(2, 2, 2)
    extra = np.array([[10.0, 20.0], [30.0, 50.0]], np.float32)
    now = replace(output(maps, tokens=extra), channels=(1, 0))
    shown = exhibit.of_tokens(now, "run", (0, 1), None)
    assert (shown.pictures.ravel().tolist(), shown.side, shown.patch) == ([5, 1], (2, 2), (0, 1)), "by channel"
    shown = exhibit.of_tokens(now, "run", (0, 1), 1)
    assert (shown.pictures.ravel().tolist(), shown.patch, shown.signed) == ([30, 50], (), False)
    trained = replace(now, start=replace(now, maps=maps - 2, tokens=extra + 1))
    for extra_token, change in ((None, [2, 2]), (0, [-1, -1])):
        shown = exhibit.of_tokens(trained, "both", (1, 1), extra_token)
        assert (shown.pictures.ravel().tolist(), shown.signed) == (change, True)
    assert not exhibit.of_tokens(trained, "run", (1, 1), None).signed
    assert not exhibit.of_tokens(now, "both", (1, 1), None).signed, "there is nothing to compare with"
    first = Selection("tokens", "run", 0, (1, 1)).exhibit(now)
    assert first is not None
    assert first.pictures.ravel().tolist() == [10, 20]
    corner = Selection("tokens", "run", None, (5, 0)).exhibit(now)
    assert corner is not None
    assert corner.patch == (1, 0), "the nearest patch in the grid"


def test_the_change_of_attention_and_filters_is_that_by_training() -> None:
    def of(query: float, filters: float | None) -> LayerOutput:
        queries, keys = np.full((1, 4, 1), query, np.float32), np.arange(4, dtype=np.float32).reshape(1, 4, 1)
        weights = None if filters is None else np.full((2, 3, 1, 1), filters, np.float32)
        return output(
            np.zeros((1, 2, 2), np.float32), attention=Attention("attn", queries, keys, (2, 2), 0), filters=weights
        )

    start, end = of(0.0, 1.0), of(2.0, 1.5)
    both = replace(end, start=start)
    alone, before = (exhibit.of_attention(one, "run", 0) for one in (end, start))
    change = exhibit.of_attention(both, "both", 0)
    assert alone is not None
    assert before is not None
    assert change is not None
    assert np.allclose(change.pictures, alone.pictures - before.pictures)
    assert not np.allclose(alone.pictures, before.pictures)
    assert (change.signed, alone.signed, change.numbers) == (True, False, (exhibit.MEAN_HEAD, 0))
    unsigned = exhibit.of_attention(end, "both", 0)
    assert unsigned is not None
    assert not unsigned.signed
    for weights, value in (("run", 1.5), ("both", 0.5)):
        shown = exhibit.of_filters(both, weights)
        assert shown is not None
        assert (shown.pictures == value).all()
        assert shown.pictures.shape == (2, 1, 1, 3)
    shown = exhibit.of_filters(end, "both")
    assert shown is not None
    assert (shown.pictures == 1.5).all()
    assert exhibit.of_filters(of(1.0, None), "both") is None


@pytest.mark.parametrize(
    ("number", "words"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (112, "112th"), (22, "22nd")]
)
def test_ranks_are_english_ordinals(number: int, words: str) -> None:
    assert readout._ordinal(number) == words


def test_views_are_offered_where_there_is_something_to_see() -> None:
    maps = np.zeros((4, 2, 2), np.float32)
    assert exhibit.views(output(maps), False) == ["channels"]
    attention = Attention("attn", np.zeros((1, 4, 2), np.float32), np.zeros((1, 4, 2), np.float32), (2, 2), 0)
    tokens = replace(output(maps, attention=attention), shape=(4, 4))
    assert exhibit.views(tokens, True) == ["channels", "tokens", "attention", "heatmap"]
    assert exhibit.views(output(maps, filters=np.zeros((4, 3, 3, 3), np.float32)), False) == ["channels", "filters"]


def test_a_look_uses_the_run_that_changes_the_backbone_and_its_newest_weights() -> None:
    state = states.state()
    plain = looking.look(state, "stem", PHOTO, LookChoice(weights="both"))
    assert plain is not None
    assert (plain.run, plain.weights) == ("", "run"), "there is no run to compare with"
    assert looking.look(state, "stem", PHOTO, LookChoice("heatmap")) is None
    thawed = states.state(FreezePlan("none"))
    run = states.run(thawed.spec, thawed.dataset)
    thawed = thawed.showing(run)
    asked = looking.look(thawed, "stem", PHOTO, LookChoice(weights="both"))
    assert asked is not None
    assert (asked.run, asked.weights, asked.newest) == (run.id, "both", (False, 0.0))
    shown = output(np.zeros((1, 2, 2), np.float32))
    assert not looking.is_shown(replace(thawed, output=replace(shown, run=run.id)), asked)
    assert looking.is_shown(replace(thawed, output=replace(shown, run=run.id, start=shown)), asked)
    start = replace(asked, weights="start")
    assert looking.is_shown(replace(thawed, output=shown), start)
    assert not looking.is_shown(replace(thawed, output=replace(shown, run=run.id)), start)
    running = thawed.with_run(replace(run, status="running"))
    newer = looking.look(running, "stem", PHOTO, LookChoice(weights="both"))
    assert newer is not None
    assert looking.differs_in_newest(newer, asked)
    assert not looking.differs_in_newest(asked, asked)
    heat = looking.look(running, "pool", PHOTO, LookChoice("heatmap", class_name="bees"))
    assert heat is not None
    assert (heat.layer, heat.class_name, heat.newest) == ("", "bees", (True, 3.0)), "a vector has no positions"


def test_results_of_another_folder_or_backbone_are_dropped() -> None:
    heat = ClassHeatmap(PHOTO, "stem", "ants", 1, 0.5, np.ones((2, 2), np.float32), np.zeros((4, 4, 3), np.uint8), 0.1)
    state = reduce(states.state(), "heatmap", heat)
    assert state.heatmap is heat
    other = replace(state.spec.backbone, name="resnet50")
    assert spec_changed(state, replace(state.spec, backbone=other)).heatmap is None
    assert spec_changed(state, states.spec("/elsewhere")).heatmap is None


def test_pins_keep_one_picture_each() -> None:
    maps = np.arange(8, dtype=np.float32).reshape(2, 2, 2)
    one = pins.alone(Exhibit("channel", maps, (4, 9)), 1)
    assert one.pictures.base is None, "the other maps are not held in memory"
    pin = pins.Pin("stem", PHOTO, "run", "channels", 9, "", "after epoch 3", one)
    assert pin.lines == ("stem · Channel 9", "0000.jpg", "This run after epoch 3", "mean 5.50 · 4.00 to 7.00")
    assert len(pins.pinned((pin,) * 4, pin)) == 4


def test_filters_and_bars_are_tables() -> None:
    colors = Exhibit("filter", np.zeros((1, 1, 2, 3), np.float32), (0,), False)
    assert as_csv(colors) == "filter,row,0r,0g,0b,1r,1g,1b\n0,0,0,0,0,0,0,0\n"
    assert as_csv(None) == ""


def test_values_that_are_not_finite_are_ignored() -> None:
    shown = Exhibit("channel", np.array([[[np.inf, 4.0]], [[np.nan, -2.0]], [[-np.inf, 0.0]]], np.float32), (0, 1, 2))
    assert shown.responses.tolist() == [2.0, 1.0, 0.0]
    assert shown.spreads.tolist() == [2.0, 1.0, 0.0]
    whole = Exhibit("channel", np.array([[[1.0, -3.0]], [[2.0, 2.0]]], np.float32), (0, 1))
    assert (whole.responses.tolist(), whole.spreads.tolist()) == ([2, 2], [2, 0])


def test_a_picture_of_one_number_or_of_bars_is_not_dead() -> None:
    assert not Exhibit("channel", np.ones((1, 1, 1), np.float32), (0,)).dead(0)
    assert Exhibit("channel", np.ones((1, 1, 2), np.float32), (0,)).dead(0)
    assert not Exhibit("channel", np.ones((1, 1, 2), np.float32), (0,), bars=True).dead(0)


def test_a_vector_and_rows_of_numbers_without_positions_are_bars() -> None:
    rows = exhibit.of_output(output(np.zeros((2, 1, 3), np.float32), grid=False), "run")
    assert (rows.bars, len(rows)) == (True, 2)
    assert not exhibit.of_output(output(np.zeros((2, 1, 3), np.float32)), "run").bars, "cells in the photo"
    assert not exhibit.of_output(output(np.zeros((2, 2, 3), np.float32), grid=False), "run").bars
    single = exhibit.of_output(output(np.zeros((1, 1, 1), np.float32), grid=False), "run")
    assert (single.bars, single.numbers) == (True, (0,))
    pooled = exhibit.of_output(output(np.zeros((5, 1, 1), np.float32), grid=False), "run")
    assert pooled.pictures.shape == (1, 1, 5)


def test_a_pin_contains_one_picture() -> None:
    alone = pins.alone(Exhibit("channel", np.arange(12, dtype=np.float32).reshape(3, 2, 2), (4, 5, 6)), 1)
    assert (alone.pictures.tolist(), alone.numbers) == ([[[4, 5], [6, 7]]], (5,))
