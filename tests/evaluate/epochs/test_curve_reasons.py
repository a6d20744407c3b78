"""Reasons of the verdict that the curves of a run give."""

from __future__ import annotations

from typing import Any

import pytest
from epochs import class_epoch
from run_facts import curve, facts, reason_of, words

from studio.evaluate import verdict_rules as rules
from studio.evaluate import verdicts
from studio.evaluate.epochs import epoch_observations
from studio.evaluate.rules import curves


def test_a_run_that_overfits_after_the_judged_epoch_is_good_and_says_so_in_the_words_of_its_warning() -> None:
    run = curve(0.5, 0.1, 0.3, 0.5, 0.7)
    found = facts([[95, 5], [6, 94]], epochs=run[:2], later=run[2:])
    word, reasons = rules.verdict(found)
    assert (word, reasons[-1].rule, reasons[-1].severity) == (verdicts.GOOD, curves.LATER_OVERFITTING, "good")
    warning, _ = epoch_observations.warnings(run, "loss", 200)[0]
    assert reasons[-1].text.startswith(warning)
    assert warning.startswith("The later epochs overfit: from epoch 2 to 5")
    assert words(facts([[95, 5], [6, 94]], epochs=run))[0] == verdicts.OVERFITTING
    assert epoch_observations.warnings(run, "last", 200)[0][0].startswith("The run overfits: ")
    assert curves.of_curves(run[:2], run[2:])[0].rule == curves.LATER_OVERFITTING


def test_a_loss_that_rose_after_the_judged_epoch_was_not_still_falling() -> None:
    run = curve(0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.6, 0.7, 0.8)
    assert curves.RATE_TOO_LOW in words(facts([[90, 10], [10, 90]], epochs=run[:6]))
    assert curves.RATE_TOO_LOW not in words(facts([[90, 10], [10, 90]], epochs=run[:6], later=run[6:]))


def test_reasons_for_learning_rates_that_are_too_high_or_too_low() -> None:
    assert rules.verdict(facts([[90, 10], [10, 90]], float("nan")))[0] == verdicts.DIVERGED
    assert curves.RATE_TOO_LOW in words(facts([[90, 10], [10, 90]], epochs=curve(0.9, 0.8, 0.7, 0.6, 0.5, 0.4)))
    assert curves.RATE_TOO_LOW not in words(facts([[90, 10], [10, 90]], epochs=curve(0.9, 0.5, 0.41, 0.405, 0.4, 0.4)))


def losses(*pairs: tuple[float, float]) -> list[Any]:
    return [class_epoch(number, train, 0.9, val, 0.9, 1.0) for number, (train, val) in enumerate(pairs, 1)]


def test_a_rate_too_high_shows_in_the_training_loss() -> None:
    jumping = losses((0.7, 0.7), (0.4, 0.5), (0.7, 0.8), (0.3, 0.4), (0.6, 0.7), (0.3, 0.4))
    reason = reason_of(curves.RATE_TOO_HIGH, facts([[90, 10], [10, 90]], epochs=jumping))
    assert "jumped up in 2 of 6 epochs" in reason.text
    assert reason.evidence == "curves"
    rising = losses((0.7, 0.7), (0.8, 0.9), (0.9, 1.1))
    assert "rose from 0.7 to 0.9" in reason_of(curves.RATE_TOO_HIGH, facts([[9, 1], [1, 9]], epochs=rising)).text
    falling = losses((0.7, 0.7), (0.4, 0.5), (0.41, 0.5), (0.3, 0.4), (0.001, 0.4), (0.002, 0.4))
    assert curves.RATE_TOO_HIGH not in words(facts([[90, 10], [10, 90]], epochs=falling))


def creeping(fall: float, epochs: int = 8, rate: float = 1e-5) -> list[Any]:
    """Epochs whose losses fall by the same amount each, as the measured ones of a frozen run at this rate do."""
    return [
        class_epoch(number, 0.693 - fall * number, 0.7, 0.693 - fall * number, 0.7, 1.0, lr=rate)
        for number in range(1, epochs + 1)
    ]


@pytest.mark.parametrize(("fall", "epochs"), [(0.0035, 8), (0.0035, 3), (0.00003, 8)])
def test_a_rate_far_too_low_is_the_verdict_and_no_underfitting(fall: float, epochs: int) -> None:
    run = creeping(fall, epochs)
    found = facts([[65, 35], [35, 65]], 0.66, epochs=run, train_accuracy=0.7, all_frozen=True)
    word, reasons = rules.verdict(found)
    assert (word, reasons[0].severity, reasons[0].evidence) == (curves.RATE_TOO_LOW, "bad", "curves")
    assert "with a learning rate of 1e-5. Training has hardly begun: raise" in reasons[0].text
    assert not {curves.UNDERFITTING, curves.NOT_IMPROVING} & set(words(found))
    assert rules.verdict(facts([[95, 5], [5, 95]], 0.66, epochs=run))[0] == curves.RATE_TOO_LOW, "doubtful, if right"
    assert curves.of_curves(run)[0].severity == "bad"


def test_a_loss_that_levels_off_or_is_low_is_no_sign_of_a_low_rate() -> None:
    level = losses(*((0.693 - fall, 0.693 - fall) for fall in (0.0, 0.03, 0.045, 0.052, 0.056, 0.058)))
    assert curves.RATE_TOO_LOW not in words(facts([[65, 35], [35, 65]], 0.63, epochs=level))
    low = [class_epoch(n, 0.3 - 0.001 * n, 0.7, 0.3 - 0.001 * n, 0.7, 1.0) for n in range(1, 9)]
    assert rules.verdict(facts([[95, 5], [5, 95]], 0.3, epochs=low))[0] == verdicts.GOOD


def test_the_pace_of_a_falling_schedule_is_that_per_rate() -> None:
    scale = [1.0, 0.9, 0.7, 0.4, 0.15, 0.02]
    run = [
        class_epoch(n, loss, 0.7, loss, 0.7, 1.0, lr=1e-5 * scale[n - 1])
        for n, loss in enumerate((0.69 - 0.003 * sum(scale[:n]) for n in range(1, 7)), 1)
    ]
    assert rules.verdict(facts([[65, 35], [35, 65]], 0.68, epochs=run))[0] == curves.RATE_TOO_LOW


def test_a_loss_above_that_of_guessing_is_a_rate_too_high_and_no_overfitting() -> None:
    # Measured: ants and bees, frozen, a rate of 10.
    run = losses((0.462, 112), (0, 154), (0, 170), (0, 173), (0, 167))
    found = facts([[12, 0], [1, 11]], 3.64, epochs=run[:1], later=run[1:])
    word, reasons = rules.verdict(found)
    assert (word, reasons[0].severity) == (curves.RATE_TOO_HIGH, "bad")
    assert "112 after epoch 1, that of guessing is 0.693" in reasons[0].text
    assert curves.LATER_OVERFITTING not in words(found)
    assert rules.verdict(facts([[12, 0], [1, 11]], 0.1, epochs=run))[0] == verdicts.GOOD, "what is good stays so"
    assert [one.rule for one in curves.of_curves(run)] == [curves.RATE_TOO_HIGH]
    settling = losses((0.7, 5.0), (0.5, 0.6), (0.4, 0.5), (0.3, 0.4))
    assert curves.RATE_TOO_HIGH not in words(facts([[12, 0], [1, 11]], epochs=settling)), "BatchNorm settles"


def test_losses_that_hardly_fall_propose_to_thaw() -> None:
    flat = losses(*((0.69 - 0.001 * number, 0.69) for number in range(6)))
    reason = reason_of(curves.NOT_IMPROVING, facts([[65, 35], [35, 65]], epochs=flat, all_frozen=True))
    assert (reason.severity, reason.proposal) == ("bad", "thaw_last_block")
    assert reason_of(curves.NOT_IMPROVING, facts([[65, 35], [35, 65]], epochs=flat)).proposal == ""
    assert curves.NOT_IMPROVING not in words(facts([[65, 35], [35, 65]], epochs=flat[:4])), "too early"
    fell = losses((0.69, 0.69), *((0.5, 0.5) for _ in range(6)))
    assert curves.NOT_IMPROVING not in words(facts([[65, 35], [35, 65]], epochs=fell))


def test_curves_of_regression_follow_the_same_rules() -> None:
    assert curves.of_curves([]) == ()
    assert [one.rule for one in curves.of_curves(curve(0.9, 0.7, 0.5, 0.3))] == [curves.RATE_TOO_LOW]
    assert [one.rule for one in curves.of_curves(curve(0.5, 0.4, 0.5, 0.6, 0.7))] == [verdicts.OVERFITTING]
    assert next(one.rule for one in curves.of_curves(curve(0.5, float("nan")))) == verdicts.DIVERGED
