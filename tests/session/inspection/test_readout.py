"""Positions, values and statistics of the activation microscope in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from studio.events import ClassHeatmap, LayerOutput, OutputFacts
from studio.formatting.numbers import plain
from studio.session.inspection import exhibit as exhibits
from studio.session.inspection import readout
from studio.session.inspection.exhibit import MEAN_HEAD, Exhibit
from studio.spec.structs import replace

FACTS = OutputFacts(-24.1, 31.0, 0.21, 0.125, 3, 1200)


def output(maps: Any, **more: Any) -> LayerOutput:
    shown = np.asarray(maps, np.float32)
    return LayerOutput("stem", "/p.jpg", shown.shape, shown, tuple(range(len(shown))), 0.01, grid=True, **more)


def exhibit(noun: str = "channel", pictures: int = 3, **more: Any) -> Exhibit:
    numbers = tuple(range(4, 4 + pictures))
    return Exhibit(noun, np.arange(pictures * 4, dtype=np.float32).reshape(pictures, 2, 2), numbers, **more)


@pytest.mark.parametrize(
    ("number", "text"),
    [(26.71, "26.7"), (-0.0421, "−0.0421"), (float("nan"), "not a number"), (float("inf"), "not a number")],
)
def test_values_have_three_digits(number, text):
    assert readout.value(number) == text


def test_pictures_are_named_and_counted():
    assert readout.name(exhibit(), 1) == "Channel 5"
    assert readout.name(exhibit("filter"), 0) == "Filter 4"
    assert readout.name(exhibit("token"), 0) == "Token"
    assert readout.name(exhibit("heatmap"), 0) == "Heatmap"
    heads = replace(exhibit("head"), numbers=(MEAN_HEAD, 0, 1))
    assert (readout.name(heads, 0), readout.name(heads, 2)) == ("Mean of all heads", "Head 1")
    assert plain(readout.number_of(heads)) == "2 heads"
    assert plain(readout.number_of(exhibit())) == "3 channels"


def test_the_rank_of_a_picture():
    assert [readout.rank(exhibit(), place) for place in range(3)] == [
        "3rd of 3 by response", "2nd of 3 by response", "1st of 3 by response",
    ]  # fmt: skip
    assert readout.rank(exhibit(pictures=1), 0) == ""
    assert readout.rank(exhibit("head"), 0) == readout.rank(exhibit("filter"), 0) == ""
    many = exhibit(pictures=1200)
    ranks = {place: readout.rank(many, 1200 - place).split(" ")[0] for place in (4, 11, 12, 13, 20, 21, 22, 111, 1101)}
    assert list(ranks.values()) == ["4th", "11th", "12th", "13th", "20th", "21st", "22nd", "111th", "1,101st"]


@pytest.mark.parametrize(
    ("x", "y", "cell"),
    [(0.0, 0.0, (0, 0)), (0.999, 0.49, (0, 3)), (0.25, 0.5, (1, 1)), (1.0, 1.0, (1, 3)), (-0.1, 2.0, (1, 0))],
)
def test_the_cell_at_a_position(x, y, cell):
    assert readout.cell_of(x, y, (2, 4)) == cell


@pytest.mark.parametrize(
    ("cell", "before", "after", "moved"),
    [((0, 0), (7, 7), (14, 14), (1, 1)), ((6, 3), (7, 7), (14, 14), (13, 7)), ((13, 0), (14, 14), (7, 7), (6, 0)),
     ((1, 1), (2, 4), (1, 1), (0, 0)), ((0, 0), (1, 1), (4, 4), (2, 2)), ((1, 0), (2, 1), (4, 4), (3, 2))],
)  # fmt: skip
def test_the_crosshair_keeps_its_position_in_another_grid(cell, before, after, moved):
    assert readout.moved(cell, before, after) == moved


def test_the_values_under_the_crosshair():
    photo = np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3)
    one = exhibit(grid=True)
    assert readout.at(one, 1, (1, 0), photo) == "x 2 y 6 px · cell 0, 1 · value 6.00 · RGB 150 151 152"
    assert (
        readout.at(one, 1, (1, 0), None)
        == readout.at(exhibit(grid=False), 1, (1, 0), photo)
        == "cell 0, 1 · value 6.00"
    )
    assert readout.at(one, 0, (9, 9), None) == "cell 1, 1 · value 3.00", "at most the last cell"
    bars = Exhibit("number", np.array([[[1.0, 2.0, 3.0]]], np.float32), (0,), bars=True)
    assert readout.at(bars, 0, (0, 2), photo) == "number 2 of 3 · value 3.00"
    colors = Exhibit("filter", np.zeros((1, 2, 2, 3), np.float32), (0,))
    assert readout.at(colors, 0, (0, 1), photo) == "cell 1, 0 · weights RGB 0 0 0"
    assert readout.middle((1, 1), (2, 2), photo) == (6, 6)


def test_the_statistics_of_an_output():
    assert readout.statistics(None) == ""
    assert plain(readout.statistics(FACTS)) == ("−24.1 to 31.0 · mean 0.210 · 12.5 % zeros · 3 of 1,200 channels dead")
    assert " · no zeros · " in readout.statistics(replace(FACTS, zeros=0.0))
    assert readout.statistics(replace(FACTS, mean=float("nan"))) == "no value is a number"


def test_how_far_a_run_moved_an_output():
    start = output([[[3.0, 4.0]]])
    assert readout.change(start) == ""
    assert readout.change(output([[[3.0, 4.5]]], start=start)) == "output moved by 1.0e-01 (relative L2)"
    assert readout.change(output([[[3.0, 4.0]]], start=start)) == "output equal"
    zero = output([[[0.0, 0.0]]])
    assert readout.change(output([[[1.0, 0.0]]], start=zero)) == "output 0 everywhere before training"
    assert readout.change(replace(zero, start=zero)) == "output equal"
    other = replace(output([[[3.0]], [[4.0]]], start=start), channels=(1, 2))
    assert readout.change(other) == "", "of other channels"


def test_the_view_in_a_sentence():
    one = output([[[3.0, 4.0]]])
    shown = exhibit(grid=True)
    assert readout.sentence(None, "channels", "run", shown, None) == ""
    assert readout.sentence(one, "channels", "run", None, None) == ""
    assert (
        readout.sentence(one, "channels", "run", shown, None)
        == "Bright cells: positions where the channel has high values."
    )
    assert "not positions in the photo" in readout.sentence(one, "channels", "run", exhibit(grid=False), None)
    assert "each bar is one number" in readout.sentence(one, "channels", "run", exhibit(bars=True), None)
    assert readout.sentence(one, "attention", "run", shown, None).startswith("Bright patches")
    assert readout.sentence(one, "filters", "run", shown, None).startswith("Each filter")
    assert readout.sentence(one, "tokens", "run", shown, None).startswith("The numbers that stand for the patch")


def test_a_difference_in_a_sentence():
    same = np.ones((1, 3, 2, 2), np.float32)
    start = output([[[3.0, 4.0]]], filters=same)
    one = output([[[3.0, 4.0]]], start=start, filters=same)
    assert readout.sentence(one, "filters", "both", exhibit("filter"), None).startswith("The run left these filters")
    changed = replace(one, filters=same * 2)
    colors = exhibits.of_filters(changed, "both")
    assert colors is not None
    assert colors.colors
    assert readout.sentence(changed, "filters", "both", colors, None).startswith("Change of each filter by training")
    none = Exhibit("channel", np.zeros((1, 2, 2), np.float32), (0,))
    assert readout.sentence(one, "channels", "both", none, None).startswith("The run left every layer up to here")
    assert readout.sentence(one, "channels", "both", exhibit(), None).startswith("Orange: larger")
    alone = replace(one, start=None)
    assert readout.sentence(alone, "channels", "both", exhibit(grid=True), None).startswith("Bright cells")


def test_a_heatmap_in_a_sentence():
    heat = ClassHeatmap("/p.jpg", "layer4", "bees", 1.0, 0.5, np.ones((2, 2)), np.zeros((2, 2, 3), np.uint8), 0.1)
    said = readout.sentence(None, "heatmap", "run", None, heat)
    assert plain(said) == "Bright regions raise the score of “bees” (50.0 %) at layer4."
    assert readout.sentence(None, "heatmap", "run", None, None) == ""
    cold = replace(heat, heat=np.zeros((2, 2)))
    assert readout.heat_sentence(cold) == "Nothing at this layer raises the score of “bees”."
    assert "not finite numbers" in readout.heat_sentence(replace(heat, probability=float("nan")))
    assert "not finite numbers" in readout.heat_sentence(replace(heat, heat=np.array([[np.nan, 1.0]])))


def test_positions_in_a_photo_that_is_not_square():
    photo = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
    shown = Exhibit("channel", np.arange(6, dtype=np.float32).reshape(1, 2, 3), (0,))
    assert readout.middle((1, 2), (2, 3), photo) == (5, 3)
    assert readout.middle((0, 0), (2, 3), photo) == (1, 1)
    for cell, words in (((0, 0), "x 1 y 1 px · cell 0, 0 · value 0"), ((1, 2), "x 5 y 3 px · cell 2, 1 · value 5")):
        assert readout.at(shown, 0, cell, photo).startswith(words)
    assert readout.at(shown, 0, (9, 9), photo) == readout.at(shown, 0, (1, 2), photo), "the nearest cell"
    assert readout.moved((1, 2), (2, 3), (4, 6)) == (3, 5)
    assert readout.moved((3, 5), (4, 6), (2, 3)) == (1, 2)
    assert readout.moved((5, 5), (4, 6), (2, 3)) == (1, 2), "a cell beyond the first grid is at its end"


def test_two_pictures_have_ranks():
    assert [readout.rank(exhibit(pictures=2), place) for place in (0, 1)] == [
        "2nd of 2 by response",
        "1st of 2 by response",
    ]
