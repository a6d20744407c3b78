from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from studio.planning import rate_choice
from studio.planning.rate_choice import choose, is_over, rates_to_test, smoothed

RATES = rates_to_test(71, 1e-6, 10.0)  # ten steps for each factor of ten


def curve(falls_at: float, diverges_at: float) -> list[float]:
    """Losses that fall from 2 to 1 around one rate and explode beyond another."""
    decades = np.log10(RATES)
    fall = 1 / (1 + np.exp(-4 * (decades - math.log10(falls_at))))
    return list(2.0 - fall + np.maximum(0.0, np.asarray(RATES) / diverges_at - 1) * 10)


def test_rates_grow_by_equal_factors_from_the_lowest_to_the_highest():
    assert RATES[0] == pytest.approx(1e-6)
    assert RATES[-1] == pytest.approx(10.0)
    assert RATES[11] / RATES[10] == pytest.approx(10**0.1)


def test_smoothed_losses_are_not_biased_toward_zero():
    assert smoothed([3.0, 3.0, 3.0]) == pytest.approx([3.0, 3.0, 3.0])
    assert smoothed([1.0, 0.0])[1] == pytest.approx(0.15 * 0.85 / (1 - 0.85**2))


@pytest.mark.parametrize("falls_at", [1e-4, 1e-3])
def test_the_rate_of_the_steepest_fall_is_suggested(falls_at):
    choice = choose(RATES, curve(falls_at, 1.0))
    assert choice.rate is not None
    assert falls_at <= choice.rate <= 10 * falls_at, "smoothing looks back, so the fall is seen later"
    assert choice.lowest > choice.rate
    assert "fastest" in choice.why


def test_a_rate_close_to_divergence_is_not_suggested():
    choice = choose(RATES, curve(0.1, 0.2))
    assert choice.rate is not None
    assert choice.rate == pytest.approx(choice.lowest / 10, rel=0.5)
    assert "tenth" in choice.why


@pytest.mark.parametrize("losses", [[1.0] * 30, list(np.linspace(1, 3, 30)), [0.0] * 30])
def test_no_learning_rate_is_suggested_if_the_loss_never_falls(losses):
    choice = choose(RATES, losses)
    assert choice.rate is None
    assert choice.why == "The loss did not fall at any rate."


def test_a_fall_within_the_noise_is_ignored():
    assert choose(RATES, list(np.linspace(1.0, 1.0 - rate_choice.LEAST_FALL / 2, 40))).rate is None
    assert choose(RATES, list(np.linspace(1.0, 1.0 - rate_choice.LEAST_FALL * 3, 40))).rate is not None


def test_a_rate_test_that_diverges_at_once_is_reported():
    choice = choose(RATES, [1.0, 1.0, math.inf])
    assert (choice.rate, choice.why) == (None, "The loss was not a number within three steps.")


def test_a_test_ends_where_the_loss_explodes_or_is_not_finite():
    assert not is_over([1.0, 0.5, 0.6])
    assert is_over([1.0, math.nan])
    assert is_over([1.0, math.inf])
    assert not is_over([*[1.0] * 20, 10.0]), "one bad batch is not enough"
    assert is_over([*[1.0] * 20, *[10.0] * 3])


def test_three_steps_are_enough_and_two_are_not():
    assert choose(RATES[:3], [1.0, 1.0, math.nan]).why == "The loss was not a number within three steps."
    assert choose(RATES[:3], [1.0, 1.0, math.nan]).lowest == RATES[0]
    three = choose(RATES[:3], [1.0, 0.1, 0.1])
    assert three.rate is not None
    assert three.lowest == RATES[2]
    assert choose(RATES[:3], [1.0, 0.1, 9.0]).rate is None, "lowest at the second step: one step down is no fall"


def test_the_fall_is_measured_from_the_first_loss():
    losses = [1.0, *np.linspace(1.0, 0.9, 20)]
    fall = 1 - smoothed(losses)[-1]
    assert fall > rate_choice.LEAST_FALL
    assert choose(RATES, losses).rate is not None
    scaled = [100 * loss for loss in losses]
    assert choose(RATES, scaled) == choose(RATES, losses), "in any unit"
    assert choose(RATES, [0.5, *losses]).rate is None, "it is lower than where it began at no rate"


def test_the_steepest_fall_is_not_looked_for_beyond_the_lowest_loss():
    # The last, infinite loss is left out; after the lowest one the loss rises and falls again, more steeply.
    rise = [*np.linspace(2, 1, 40), *np.linspace(1, 6, 8), *np.linspace(6, 1.5, 4)]
    choice = choose(RATES, rise)
    lowest = int(smoothed(rise).argmin())
    assert choice.lowest == RATES[lowest]
    assert choice.rate is not None
    assert choice.rate <= RATES[lowest]


def test_the_test_is_over_once_the_loss_has_grown_too_much():
    assert is_over([1.0, math.inf])
    assert not is_over([1.0, 1.0])
    assert not is_over([0.0, 0.0]), "equal to its lowest value, whatever that is"
    growth = [1.0] * 30
    last = 1 + (rate_choice.DIVERGED - 1) / (1 - rate_choice.MEMORY)
    assert not is_over([*growth, last * 0.9])
    assert is_over([*growth, last * 1.1])


def losses_of(values: list[float]) -> list[float]:
    """The losses whose moving average has these values."""
    averages = [0.0, *(value * (1 - rate_choice.MEMORY**count) for count, value in enumerate(values, 1))]
    return [(b - rate_choice.MEMORY * a) / (1 - rate_choice.MEMORY) for a, b in itertools.pairwise(averages)]


@pytest.mark.parametrize(
    ("values", "rate", "lowest", "why"),
    [
        ([3, 2.9, 1.9, 0.9, 1.5], 1e-2, 1e-1, "fastest at 0.01, well below 0.1,"),  # steepest at a tenth of the lowest
        ([3, 2.9, 2.8, 0.9, 0.8], 1e-2, 1.0, "fastest at 0.01, well below 1,"),
        ([3, 2.9, 2.8, 2.5, 0.8], 1e-1, 1.0, "A tenth of 1, where"),  # steepest at the lowest
        ([3, 2, 1, 0.9, 6, 1], 1e-4, 1e-1, "fastest at"),  # steeper beyond the lowest
        ([3, 2, 1, 0.9, 6, 0.95, 0.92], 1e-4, 1e-1, "fastest at"),
        ([-1, -2.5, -3], 1e-4, 1e-2, "fastest at"),  # the loss of an own task may be negative
    ],
)
def test_the_steepest_fall_or_a_tenth_of_the_lowest_is_suggested(values, rate, lowest, why):
    rates = [1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0]
    losses = losses_of(values)
    assert smoothed(losses) == pytest.approx(values)
    choice = choose(rates[: len(values)], losses)
    assert (choice.rate, choice.lowest) == (pytest.approx(rate), lowest)
    assert why in choice.why


@pytest.mark.parametrize(
    ("values", "falls"),
    [([100, 99, 98.1], False), ([100, 99, 97.9], True), ([100, 200, 97.9], True), ([-100, -101, -101.9], False),
     ([-100, -101, -102.1], True),
     ([0, -1, -2], False)],
)  # fmt: skip
def test_a_fall_of_a_fiftieth_of_the_first_loss_is_enough(values, falls):
    assert (choose([1e-3, 1e-2, 1e-1], losses_of(values)).rate is not None) == falls


@pytest.mark.parametrize(("last", "over"), [(3.99, False), (4.01, True)])
def test_a_test_is_over_at_four_times_the_lowest_loss(last, over):
    assert is_over(losses_of([2.0, 1.0, last])) == over


def test_a_fall_from_the_first_step_on_is_said():
    falling = [0.5 ** (0.2 * step) for step in range(len(RATES))]
    choice = choose(RATES, falling)
    assert choice.rate == RATES[0]
    assert choice.why.endswith("That is the lowest rate tested, so the loss may fall for another reason.")
