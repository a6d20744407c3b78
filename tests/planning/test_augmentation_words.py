"""Descriptions, parsing and costs of augmentation steps."""

from __future__ import annotations

from typing import get_args

import pytest

from studio.planning import augmentation
from studio.planning.augmentation import KINDS, cost, default_step, is_certain, parse
from studio.spec import AugmentKind, AugmentSpec, AugmentStep, UserError

FLIP, TURN = AugmentStep("flip", probability=1.0), AugmentStep("rotation", 0.2, 1.0)


def test_every_kind_has_a_name_and_words():
    assert set(KINDS) == set(get_args(AugmentKind))
    for kind, change in KINDS.items():
        assert augmentation.words(default_step(kind)).startswith(change.title)
        assert bool(augmentation.extent(default_step(kind))) == change.has_amount


def test_steps_in_words_have_amount_and_probability():
    descriptions = [
        augmentation.words(parse(text)).replace("\u202f", " ") for text in ("rotation:0.2", "crop:0.3:0.5", "flip")
    ]
    assert descriptions == ["Rotation up to 18°, every photo", "Crop at least 70 % of the area, 50 % of photos",
                    "Flip, 50 % of photos"]  # fmt: skip
    assert augmentation.words(AugmentStep("flip", probability=0.0)) == "Flip, no photo"


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("flip", AugmentStep("flip", 0.3, 0.5)),
        ("rotation:0.2", AugmentStep("rotation", 0.2, 1.0)),
        ("trivial:0.5:1.0", AugmentStep("trivial", 0.5, 1.0)),
        ("Color:0.1:0", AugmentStep("colour", 0.1, 0.0)),
        ("vertical-flip", AugmentStep("vertical_flip", 0.3, 0.5)),
    ],
)
def test_augmentation_steps_written_by_the_terminal_are_parsed(text, step):
    assert parse(text) == step


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rotate", "Did you mean rotation?"),
        ("colr", "Did you mean color?"),
        ("", "Available: flip, vertical_flip, crop, rotation, color, trivial, rand."),
        ("crop:lots", "not a number"),
        ("crop:1.5", "not between 0 and 1"),
        ("crop:nan", "not between 0 and 1"),
        ("crop:0.1:-1", "not between 0 and 1"),
        ("crop:0.1:0.5:3", "too many numbers"),
    ],
)
def test_a_step_that_cannot_be_parsed_is_refused_with_a_reason(text, said):
    with pytest.raises(UserError) as caught:
        parse(text)
    assert said in str(caught.value)


def test_augmentation_is_certain_if_each_probability_is_0_or_1():
    assert is_certain(AugmentSpec((FLIP,), 1))
    assert is_certain(AugmentSpec((AugmentStep("rotation", probability=0.0),), 2))
    assert not is_certain(AugmentSpec((AugmentStep("flip", probability=0.5),), 2))
    assert not is_certain(AugmentSpec((FLIP, TURN), 2))


def test_random_augmentation_costs_a_pass_per_epoch_and_each_fixed_view_one_pass():
    anew = cost(AugmentSpec((TURN,)), 245, 400_000_000, measured=0.01, change=0.002)
    assert (anew.once, anew.each_epoch, anew.rows) == (0, 245, 245)
    assert anew.seconds_each_epoch == pytest.approx(245 * 0.012)
    assert anew.measured
    views = cost(AugmentSpec((TURN,), 2), 245, 400_000_000)
    assert (views.once, views.each_epoch, views.rows) == (490, 0, 735)
    assert views.seconds_once == pytest.approx(4.9)
    assert not views.measured
    nothing = cost(AugmentSpec(), 245, 400_000_000)
    assert (nothing.once, nothing.each_epoch, nothing.seconds_each_epoch) == (0, 0, 0)


def test_the_defaults_of_each_kind():
    defaults = {kind: (default_step(kind).amount, default_step(kind).probability) for kind in KINDS}
    assert defaults == {
        "flip": (0.3, 0.5),
        "vertical_flip": (0.3, 0.5),
        "crop": (0.3, 1.0),
        "rotation": (0.15, 1.0),
        "colour": (0.2, 1.0),
        "trivial": (0.3, 1.0),
        "rand": (0.3, 1.0),
    }


def test_the_extent_of_each_kind_in_its_unit():
    for step, words in (
        (AugmentStep("rand", 0.3, 1.0), "strength 9 of 30"),
        (AugmentStep("rand", 1.0, 1.0), "strength 30 of 30"),
        (AugmentStep("rotation", 0.5, 1.0), f"up to {0.5 * augmentation.MAX_ROTATION:.3g}°"),
    ):
        assert augmentation.extent(step) == words
