"""Reasons of the verdict that the curves of a run give."""

from __future__ import annotations

from typing import Any

import pytest
from epochs import class_epoch
from run_facts import curve, facts, reason_of, words

from studio.evaluate import verdict_rules as rules
from studio.evaluate import verdicts
from studio.evaluate.epochs import curve_rules, epoch_observations
from studio.evaluate.rules import curves


def test_overfitting_after_the_judged_epoch_is_a_note_and_not_a_fault() -> None:
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


def test_progress_under_a_falling_schedule_is_measured_per_rate() -> None:
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


def test_when_a_training_loss_has_risen() -> None:
    for last, risen in ((1.1, False), (1.12, True), (0.9, False)):
        run = losses((1.0, 0.9), (1.0, 0.9), (last, 0.9))
        assert curve_rules.overshoots(run).startswith("The training loss rose") == risen
    assert curve_rules.overshoots(losses((1.0, 0.9), (2.0, 0.9))) == "", "two epochs are too few"


def test_half_of_the_epochs_above_guessing_indicate_a_high_rate() -> None:
    def above(*validation: float) -> bool:
        return "that of guessing is 0.5" in curve_rules.overshoots(losses(*((0.5, loss) for loss in validation)), 0.5)

    assert above(0.8, 0.8, 0.5, 0.5)
    assert not above(0.8, 0.5, 0.5, 0.5)
    assert not above(0.5, 0.8, 0.8, 0.8), "the first one was not"
    assert not above(0.75, 0.75, 0.75), "one and a half times that of guessing is not above it"
    assert not curve_rules.overshoots(losses((0.5, 9.0), (0.5, 9.0), (0.5, 9.0))), "unknown"


def test_jumps_are_counted_from_two_and_a_fifth_of_the_epochs_on() -> None:
    def jumping(*training: float) -> str:
        return curve_rules.rate_too_high(losses(*((loss, 0.3) for loss in training)))

    two = [1.0, 0.5, 0.7, 0.5, 0.7, 0.5, 0.4, 0.3, 0.2, 0.1]
    assert jumping(*two).startswith("The training loss jumped up in 2 of 10 epochs, to 0.7")
    assert jumping(*two, 0.1) == "", "two of eleven"
    assert jumping(1.0, 0.5, 0.7, 0.5) == "", "one"
    assert jumping(1.0, 0.5, 0.59, 0.5, 0.59, 0.5) == "", "rises by less than a fifth"
    assert jumping(1.0, 0.1, 0.14, 0.1, 0.14, 0.1) == "", "small beside the first loss"


def creep(*validation: float, training: tuple[float, float] = (0.7, 0.6)) -> tuple[float, float] | None:
    ends = [training[0], *[training[1]] * (len(validation) - 1)]
    return curve_rules.creeps(losses(*zip(ends, validation, strict=True)))


def test_when_a_run_has_hardly_begun() -> None:
    even = (0.70, 0.69, 0.68, 0.67, 0.66)
    assert creep(*even) == (0.70, 0.66)
    assert creep(*even, training=(0.7, 0.7)) is None, "the training loss does not fall"
    assert creep(*even, training=(0.7, 0.71)) is None
    assert creep(0.70, 0.69) is None, "two epochs are too few"
    assert creep(0.55, 0.54, 0.53, 0.52, 0.5) is not None, "still far from its end"
    assert creep(0.55, 0.54, 0.53, 0.52, 0.499) is None
    assert creep(1.0, 0.95, 0.9, 0.85, 0.81) is not None
    assert creep(1.0, 0.95, 0.9, 0.85, 0.79) is None, "it fell by more than a fifth"
    assert creep(0.70, 0.70, 0.70) is None
    assert creep(0.70, 0.68, 0.6805, 0.67, 0.66) is not None, "a small rise may be rounding"
    assert creep(0.70, 0.68, 0.685, 0.67, 0.66) is None
    assert creep(0.70, 0.68, 0.66, 0.648, 0.635) is not None, "the second half is 0.625 as fast"
    assert creep(0.70, 0.68, 0.66, 0.65, 0.64) is None, "half as fast"


def test_when_a_loss_is_still_falling() -> None:
    def falls(*validation: float) -> tuple[float, float] | None:
        return curve_rules.still_falls(losses(*((0.1, loss) for loss in validation)))

    assert falls(0.9, 0.8, 0.7) == (0.8, 0.7)
    assert falls(0.9, 0.7) is None
    assert falls(0.9, 1.0, 0.89) == (1.0, 0.89)
    assert falls(0.9, 1.0, 0.91) is None, "not its minimum"
    assert falls(9, 8, 7, 6, 5, 4) == (6, 4), "the last third"
    assert falls(2, 1.5, 1.0, 0.95) is None
    assert falls(2, 1.5, 1.0, 0.89) == (1.0, 0.89)


def test_losses_that_hardly_fell_in_five_epochs() -> None:
    def still(epochs: int, validation: float, training: float) -> tuple[float, float] | None:
        return curve_rules.hardly_falls(losses(*[(1.0, 1.0)] * (epochs - 1), (training, validation)))

    assert still(5, 0.98, 0.98) == (1.0, 0.98)
    assert still(4, 0.98, 0.98) is None
    assert still(5, 0.96, 0.98) is None
    assert still(5, 0.98, 0.96) is None
    assert still(5, 1.2, 1.2) is None, "a rate that is too high"


def test_a_low_loss_that_still_falls_is_no_low_rate() -> None:
    for last, low in ((0.1, True), (0.11, True), (0.09, False)):
        found = facts([[90, 10], [10, 90]], epochs=curve(0.9, 0.4, 0.3, 0.2, last))
        assert (curves.RATE_TOO_LOW in words(found)) == low, last


def test_losses_that_hardly_fell_are_named_from_the_first_to_the_lowest() -> None:
    run = losses((1.0, 1.0), (0.99, 0.99), (0.99, 0.98), (0.98, 0.985), (0.98, 0.99))
    found = curves.not_improving(facts([[70, 30], [30, 70]], epochs=run))
    assert found is not None
    assert "hardly fell in 5 epochs (validation: 1 to 0.98)" in found.text
    assert curves.not_improving(facts([[90, 10], [10, 90]], epochs=run)) is None, "a good run"


@pytest.mark.parametrize(("right", "named"), [(84, True), (85, True), (86, False)])
def test_losses_that_hardly_fell_are_named_up_to_a_good_accuracy(right: int, named: bool) -> None:
    flat = losses(*((0.69 - 0.001 * number, 0.69) for number in range(6)))
    found = facts([[right, 100 - right], [100 - right, right]], epochs=flat)
    assert (curves.not_improving(found) is not None) == named


def test_a_loss_that_still_falls_is_named_with_both_ends() -> None:
    (reason,) = curves.of_curves(losses((0.5, 0.9), (0.4, 0.8), (0.3, 0.6)))
    assert (reason.rule, reason.severity) == (curves.RATE_TOO_LOW, "caution")
    assert "at the end, from 0.8 to 0.6: train longer" in reason.text
