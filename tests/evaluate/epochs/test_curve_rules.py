"""Limits of the rules on the losses of a run."""

from __future__ import annotations

from typing import Any

import pytest
from epochs import class_epoch

from studio.evaluate.epochs import curve_rules


def epoch(number: int, train: float, val: float, **more: Any) -> Any:
    return class_epoch(number, train, 0.9, val, 0.9, 1.0, **more)


def losses(*pairs: tuple[float, float], **more: Any) -> list[Any]:
    return [epoch(number, train, val, **more) for number, (train, val) in enumerate(pairs, 1)]


@pytest.mark.parametrize(
    ("first", "before", "now", "jump"),
    [
        (10.0, 10.0, 12.01, True),
        (10.0, 10.0, 12.0, False),
        (10.0, 10.0, 8.0, False),
        (20.0, 1.0, 2.01, True),
        (20.0, 1.0, 2.0, False),
        (20.0, 1.0, 1.5, False),
    ],
)
def test_a_jump_is_large_beside_the_loss_before_and_the_first(
    first: float, before: float, now: float, jump: bool
) -> None:
    assert curve_rules.is_jump(epoch(4, before, 1), epoch(5, now, 1), epoch(1, first, 1)) == jump


@pytest.mark.parametrize(
    ("number", "train", "val", "phase", "overfits"),
    [
        (5, 0.4, 1.051, "network", True),
        (6, 0.4, 1.051, "network", True),
        (4, 0.4, 1.051, "network", False),
        (5, 0.4, 1.05, "network", False),
        (5, 0.5, 1.051, "network", False),
        (5, 0.51, 1.051, "network", False),
        (5, 0.4, 1.051, "head", False),
    ],
)
def test_when_a_run_overfits(number: int, train: float, val: float, phase: str, overfits: bool) -> None:
    lowest, last = epoch(2, 0.5, 1.0, phase="network"), epoch(number, train, val, phase=phase)
    assert curve_rules.overfits_since(lowest, last) == overfits


def test_overfitting_in_numbers() -> None:
    run = losses((0.5, 0.9), (0.4, 0.5), (0.3, 0.6), (0.2, 0.7), (0.1, 0.8))
    assert curve_rules.overfitting_words(run) == (
        "from epoch 2 to 5 the validation loss rose from 0.5 to 0.8 while the training loss fell from 0.4 to 0.1"
    )
    assert curve_rules.overfitting_words(run[:4]) == ""


def test_the_rates_of_the_last_phase_in_words() -> None:
    head = losses((1, 1), (1, 1), phase="head", lr=0.5)
    network = [epoch(3, 1, 1, phase="network", lr=1e-4), epoch(4, 1, 1, phase="network", lr=1e-3)]
    layers = [epoch(5, 1, 1, phase="network", lr=1e-3, backbone_lr=1e-5), epoch(6, 1, 1, phase="network", lr=1e-4)]
    assert curve_rules.rate_words(losses((1, 1))) == ""
    assert curve_rules.rate_words(head) == ", with a learning rate of 0.5"
    assert curve_rules.rate_words([*head, *network]) == ", with a learning rate of 1e-3"
    assert curve_rules.rate_words([*head, *network, *layers]) == ", with a learning rate of 1e-3 (layers 1e-5)"


def test_a_new_phase_starts_over() -> None:
    high = losses((0.5, 9.0), (0.5, 9.0), (0.5, 9.0), phase="head")
    network = losses((0.5, 9.0), (0.4, 0.3), (0.4, 0.3), (0.4, 0.3), phase="network")
    assert curve_rules.overshoots(high, 0.5)
    assert not curve_rules.overshoots([*high, *network], 0.5), "one of four epochs"
    assert curve_rules.overshoots([*high, *network[:1], *network[:1], *network[1:3]], 0.5), "two of four"
    jumping = losses((1, 1), (0.4, 1), (0.8, 1), (0.4, 1), (0.8, 1), phase="head")
    assert curve_rules.rate_too_high(jumping)
    assert not curve_rules.rate_too_high([*jumping, *network])
    broken = losses((float("nan"), 1.0), phase="head")
    assert not curve_rules.Pace(epochs=broken * 3).can_be_judged
    assert curve_rules.Pace(epochs=[*broken, *network]).can_be_judged
    assert not curve_rules.Pace(epochs=[*broken, *network[:2]]).can_be_judged


def test_a_loss_at_a_limit() -> None:
    above = losses((0.5, 0.75), (0.5, 0.8), (0.5, 0.8), (0.5, 0.8))
    assert curve_rules.overshoots(above, 0.5) == "", "the first one is not above one and a half times guessing"
    beside = losses((0.5, 0.8), (0.5, 0.75), (0.5, 0.75), (0.5, 0.75))
    assert curve_rules.overshoots(beside, 0.5) == "", "only one of them is"
    falls = zip((0.7, *[0.6] * 4), (100, 95, 90, 87, 84), strict=True)
    assert curve_rules.creeps(losses(*falls)) == (100, 84), "the second half is 0.6 as fast"
    assert curve_rules.still_falls(losses((0.1, 0.5), (0.1, 0.0), (0.1, 0.0))) is None
    for val, train, hardly in ((97, 97, True), (96.9, 97, False), (97, 96.9, False)):
        flat = losses((100, 100), (100, 100), (100, 100), (100, 100), (train, val))
        assert (curve_rules.hardly_falls(flat) is not None) == hardly, (val, train)


def test_more_epochs_hurt_after_what_is_not_a_number() -> None:
    run = losses((0.5, 0.9), (0.4, 0.8))
    assert not curve_rules.more_epochs_hurt([])
    assert not curve_rules.more_epochs_hurt(run)
    assert curve_rules.more_epochs_hurt([*run, epoch(3, 0.3, float("nan"))])
    assert curve_rules.more_epochs_hurt([*run, epoch(3, float("inf"), 0.7)])
    assert curve_rules.guessing_loss(0) == 1.0
    assert curve_rules.guessing_loss(2) == pytest.approx(0.6931, abs=1e-4)


def test_a_run_that_has_hardly_begun_in_words() -> None:
    run = losses((0.70, 0.69515), (0.69, 0.69012), (0.68, 0.68504), (0.67, 0.68001), lr=1e-5)
    assert curve_rules.creeping_words(run) == (
        "The validation loss fell evenly, but only from 0.6952 to 0.68, with a learning rate of 1e-5"
    )
    assert curve_rules.creeping_words(run[:2]) == ""
