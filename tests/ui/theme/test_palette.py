"""Contrast of texts, and colors that are distinguishable with every kind of color blindness."""

from __future__ import annotations

import itertools

import pytest
from color_vision import EYES, distance

from studio.ui.plots.metric_curves import TRAIN, VALIDATION
from studio.ui.theme import class_colors
from studio.ui.theme.color_scale import contrast
from studio.ui.theme.palette import DARK, LIGHT, Palette

PALETTES = pytest.mark.parametrize("shades", [LIGHT, DARK], ids=["light", "dark"])
TEXTS = ("text", "muted", "accent", "ice", "warm", "good", "bad", "caution")
SURFACES = ("card", "window", "raised", "accent_soft")
OWN = (("ice", "ice_soft"), ("good", "good_soft"), ("bad", "bad_soft"), ("caution", "caution_soft"))
PAIRS = (
    ("ice", "warm"),  # frozen and trained
    ("good", "bad"),
    ("good", "caution"),
    ("bad", "caution"),
    ("accent", "bad"),  # right and wrong in the matrix
    ("accent", "muted"),  # B and A of a comparison
)


@PALETTES
def test_texts_have_the_contrast_of_wcag(shades: Palette) -> None:
    pairs = [*itertools.product(TEXTS, SURFACES), *OWN, ("accent_text", "accent")]
    low = {pair: contrast(getattr(shades, pair[0]), getattr(shades, pair[1])) for pair in pairs}
    assert not {pair: round(value, 2) for pair, value in low.items() if value < 4.5}


@PALETTES
@pytest.mark.parametrize("eyes", EYES)
def test_colors_with_different_meanings_are_distinguishable(shades: Palette, eyes: str) -> None:
    near = {pair: distance(getattr(shades, pair[0]), getattr(shades, pair[1]), eyes) for pair in PAIRS}
    assert not {pair: round(value) for pair, value in near.items() if value < 15}


@pytest.mark.parametrize(("colors", "card"), [(class_colors.LIGHT, LIGHT.card), (class_colors.DARK, DARK.card)])
@pytest.mark.parametrize("eyes", EYES)
def test_colors_of_classes_are_distinguishable_and_visible(colors: tuple[str, ...], card: str, eyes: str) -> None:
    assert len(set(colors)) == 10
    assert min(contrast(color, card) for color in colors) >= 3
    assert min(distance(one, other, eyes) for one, other in itertools.combinations(colors, 2)) >= 20


def test_the_simulation_of_color_blindness_is_plausible() -> None:
    assert distance("#c43030", "#187a4b", "normal") > 90
    assert distance("#c43030", "#187a4b", "protanopia") < 15  # the former colors of wrong and right
    assert distance("#000000", "#ffffff", "deuteranopia") > 95


def test_curves_differ_in_their_line_style() -> None:
    assert TRAIN.color_role == VALIDATION.color_role
    assert TRAIN.style != VALIDATION.style
