"""Words about epochs come from their numbers alone."""

from __future__ import annotations

from studio.evaluate.observations import observe
from studio.events import Epoch


def epochs(*losses: tuple[float, float]) -> list[Epoch]:
    return [Epoch(place, train, 0.9, val, 0.9, 0.02) for place, (train, val) in enumerate(losses, 1)]


def words(*losses: tuple[float, float]) -> list[str]:
    return [found.words for found in observe(epochs(*losses))]


def test_nothing_is_said_about_no_epochs() -> None:
    assert observe([]) == ()


def test_only_the_best_of_all_is_best_so_far() -> None:
    assert words((0.9, 0.8), (0.7, 0.6), (0.5, 0.5)) == ["improving", "improving", "best so far"]


def test_epochs_without_gain_are_counted_from_the_best() -> None:
    said = words((0.9, 0.5), (0.9, 0.6), (0.9, 0.6), (0.9, 0.6))
    assert said == ["best so far", "no better", "no better for 2 epochs", "no better for 3 epochs"]


def test_an_equal_loss_is_no_better() -> None:
    assert words((0.9, 0.5), (0.8, 0.5)) == ["best so far", "no better"]


def test_overfitting_needs_three_rising_epochs_while_training_falls() -> None:
    said = words((0.9, 0.5), (0.8, 0.51), (0.7, 0.52), (0.6, 0.53))
    assert said[2] == "no better for 2 epochs"
    assert said[3] == "validation loss rising while training loss falls: overfitting"
    assert observe(epochs((0.9, 0.5), (0.8, 0.51), (0.7, 0.52), (0.6, 0.53)))[3].tone == "caution"


def test_rising_on_both_sides_is_not_overfitting() -> None:
    assert words((0.6, 0.5), (0.7, 0.51), (0.8, 0.52), (0.9, 0.53))[3] == "no better for 3 epochs"


def test_a_loss_that_is_not_a_number_is_named() -> None:
    found = observe(epochs((0.9, 0.5), (float("nan"), float("nan")), (0.8, 0.4)))
    assert [one.words for one in found] == [
        "improving",
        "loss is not a number: lower the learning rate",
        "best so far",
    ]
