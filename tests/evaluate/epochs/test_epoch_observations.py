"""Tests of the comments on epochs."""

from __future__ import annotations

import math
from dataclasses import replace

from epochs import class_epoch

from studio.evaluate.epochs.epoch_observations import Observation, observe, warnings
from studio.events import Epoch

TOO_HIGH = "loss far too high: rate too high"
TOO_LOW = "hardly improving: rate too low"


def epochs(*losses: tuple[float, float]) -> list[Epoch]:
    return [class_epoch(place, train, 0.9, val, 0.9, 0.02) for place, (train, val) in enumerate(losses, 1)]


def words(*losses: tuple[float, float]) -> list[str]:
    return [observation.words for observation in observe(epochs(*losses))]


def test_there_are_no_observations_without_epochs() -> None:
    assert observe([]) == ()


def test_only_the_best_of_all_is_best_so_far() -> None:
    assert words((0.9, 0.8), (0.7, 0.6), (0.5, 0.5)) == ["improving", "improving", "best so far"]


def test_epochs_without_gain_are_counted_from_the_best() -> None:
    comments = words((0.9, 0.5), (0.9, 0.6), (0.9, 0.6), (0.9, 0.6))
    assert comments == ["best so far", "no better", "no better for 2 epochs", "no better for 3 epochs"]


def test_an_equal_loss_is_no_better() -> None:
    assert words((0.9, 0.5), (0.8, 0.5)) == ["best so far", "no better"]


def test_overfitting_needs_three_rising_epochs_while_training_falls() -> None:
    comments = words((0.9, 0.5), (0.8, 0.53), (0.7, 0.52), (0.6, 0.54))
    assert comments[2] == "no better for 2 epochs"
    assert comments[3] == "validation loss rising while training loss falls: overfitting"
    assert observe(epochs((0.9, 0.5), (0.8, 0.53), (0.7, 0.52), (0.6, 0.54)))[3].tone == "caution"
    assert words((0.9, 0.5), (0.8, 0.51), (0.7, 0.51), (0.6, 0.52))[3] == "no better for 3 epochs", "may be noise"


def test_the_best_epoch_is_that_of_the_runs_criterion() -> None:
    known = [class_epoch(1, 0.9, 0.5, 0.5, 0.6, 0.1), class_epoch(2, 0.8, 0.5, 0.6, 0.7, 0.1)]
    assert [one.words for one in observe(known, "metric")] == ["improving", "best so far"]
    assert [one.words for one in observe(known, "loss")] == ["best so far", "no better"]


def test_the_best_epoch_says_what_is_doubtful_about_it() -> None:
    # By accuracy the best epoch is the last one, after the validation loss has risen.
    losses = ((0.9, 0.5), (0.8, 0.53), (0.7, 0.52), (0.6, 0.54))
    rising = [class_epoch(place, train, 0.9, val, place / 10, 0.02) for place, (train, val) in enumerate(losses, 1)]
    assert observe(rising, "metric")[3] == Observation("best so far, but overfitting", "good")
    high = epochs((0.46, 112.0), (0.2, 154.0), (0.1, 100.0))
    assert observe(high, guessing=math.log(2))[2] == Observation("best so far, but rate too high", "good")


def test_a_run_that_overfits_says_from_where_to_where_and_what_counts() -> None:
    known = epochs((0.9, 0.5), (0.8, 0.53), (0.7, 0.52), (0.6, 0.64))
    ((title, hint),) = warnings(known, "loss", 100)
    assert "from epoch 1 to 4 the validation loss rose from 0.5 to 0.64" in title
    assert title.startswith("The later epochs overfit: ")
    assert hint.startswith("The result of the run, epoch 1, is from before that.")
    title, hint = warnings(known, "last", 100)[0]
    assert title.startswith("The run overfits: ")
    assert hint.startswith("Train for fewer epochs")
    assert warnings(known[:3], "loss", 100) == ()


def test_a_result_with_far_fewer_photos_right_than_another_epoch_is_named() -> None:
    figures = ((0.5, 0.8), (0.51, 0.85), (0.52, 0.84))
    known = [class_epoch(place, 0.9, 0.5, loss, accuracy, 0.1) for place, (loss, accuracy) in enumerate(figures, 1)]
    ((title, hint),) = warnings(known, "loss", 100)
    assert "Epoch 1 has the lowest validation loss" in title
    assert "epoch 2 classifies more validation photos correctly: 85.0\u202f% against 80.0\u202f%" in title
    assert "set Result to Accuracy" in hint
    assert warnings(known, "loss", 20) == (), "a single photo"
    assert warnings(known, "metric", 100) == ()
    assert warnings(known, "last", 100) == ()
    assert warnings([known[0], known[2]], "loss", 100) == (), "four points may be chance"


def test_jumps_of_the_training_loss_are_named() -> None:
    comments = words((0.7, 0.7), (0.4, 0.5), (0.7, 0.8), (0.3, 0.45), (0.6, 0.7), (0.3, 0.4))
    assert comments[2] == "training loss jumped up"
    assert comments[4] == "training loss jumped up again: the rate is too high"
    assert words((0.7, 0.7), (0.01, 0.5), (0.02, 0.6))[2] == "no better", "small losses vary"


def test_rising_on_both_sides_is_not_overfitting() -> None:
    assert words((0.6, 0.5), (0.62, 0.51), (0.64, 0.52), (0.65, 0.53))[3] == "no better for 3 epochs"
    assert words((0.6, 0.5), (0.7, 0.51), (0.8, 0.52), (0.9, 0.53))[3] == TOO_HIGH


def test_a_rate_that_is_far_too_high_or_low_is_named_as_in_the_verdict() -> None:
    high = epochs((0.46, 112.0), (0.0, 154.0), (0.0, 170.0), (0.0, 173.0))
    comments = [one.words for one in observe(high, guessing=math.log(2))]
    assert comments[2:] == [TOO_HIGH, TOO_HIGH]
    low = epochs(*((0.69 - 0.003 * number, 0.69 - 0.003 * number) for number in range(5)))
    assert [one.words for one in observe(low)][2:] == [
        TOO_LOW,
        TOO_LOW,
        "best so far, but rate too low",
    ]
    assert [title for title, _ in warnings(low, "loss", 100)] == ["The learning rate is too low."]
    titles = [title for title, _ in warnings(high, "loss", 100, math.log(2))]
    assert titles == ["The learning rate is too high."], "and nothing of overfitting"


def test_a_loss_that_is_not_a_number_is_named() -> None:
    observations = observe(epochs((0.9, 0.5), (float("nan"), float("nan")), (0.8, 0.4)))
    assert [one.words for one in observations] == [
        "improving",
        "loss is not a number: lower the learning rate",
        "best so far",
    ]


def test_the_loss_of_another_phase_is_no_jump() -> None:
    head = replace(class_epoch(1, 0.1, 0.9, 0.5, 0.9, 0.02), phase="head")
    network = replace(class_epoch(2, 0.9, 0.9, 0.6, 0.9, 0.02), phase="network")
    assert [one.words for one in observe([head, network])] == ["best so far", "no better"]
    assert observe([head, replace(network, phase=head.phase)])[1].words == "training loss jumped up"
