from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from epochs import class_epoch

from studio.evaluate import verdict_rules as rules
from studio.evaluate import verdicts
from studio.evaluate.epochs import epoch_observations
from studio.evaluate.probabilities.scores import confusion, per_class
from studio.evaluate.verdict_facts import Facts, Reason, ScratchRun

NAMES = ("ants", "bees", "wasps", "flies", *(f"class {number}" for number in range(4, 40)))


def facts(matrix: list[list[int]], loss: float = 0.2, **more: Any) -> Facts:
    """Facts of photos with this confusion matrix."""
    cells = [(true, guess) for true, row in enumerate(matrix) for guess, n in enumerate(row) for _ in range(n)]
    labels, predicted = np.array(cells, int).reshape(-1, 2).T
    counts = confusion(labels, predicted, len(matrix))
    return Facts(labels, predicted, per_class(counts, NAMES[: len(matrix)]), loss, **more)


def words(found: Facts) -> list[str]:
    return [reason.rule for reason in rules.verdict(found)[1]]


def curve(*losses: float, train: float = 0.1) -> list[Any]:
    return [class_epoch(number, train / number, 0.9, loss, 0.9, 1.0) for number, loss in enumerate(losses, 1)]


def test_a_good_model() -> None:
    word, reasons = rules.verdict(facts([[95, 5], [6, 94]]))
    assert (word, [reason.severity for reason in reasons]) == (verdicts.GOOD, ["good"])
    assert "94.5" in reasons[0].text


@pytest.mark.parametrize(
    ("matrix", "loss", "reason"),
    [
        ([[95, 5], [6, 94]], 0.6, "loss is 0.60"),
        ([[90, 10, 0], [0, 100, 0], [0, 20, 80]], 0.3, "precision of “bees” is 76.9"),
        ([[84, 16], [15, 85]], 0.3, "84.5"),
    ],
)
def test_a_model_that_is_not_good_says_why(matrix: list[list[int]], loss: float, reason: str) -> None:
    word, reasons = rules.verdict(facts(matrix, loss))
    assert word in (verdicts.FAIR, verdicts.WEAK_CLASS)
    assert reason in reasons[-1].text


def test_a_good_model_stays_good_where_the_loss_still_falls() -> None:
    good = facts([[95, 5], [6, 94]], epochs=curve(0.9, 0.7, 0.5, 0.3))
    assert words(good) == [verdicts.GOOD, rules.RATE_TOO_LOW]


def test_training_photos_are_no_proof() -> None:
    word, reasons = rules.verdict(facts([[95, 5], [6, 94]], photos=rules.TRAINING_PHOTOS))
    assert (word, reasons[1].rule) == (rules.TRAINED_ON, verdicts.GOOD)


def test_the_accuracy_paradox_is_the_first_and_most_severe_reason() -> None:
    # 98 % accuracy, with 12 % recall of the class that matters.
    word, reasons = rules.verdict(facts([[974, 1], [22, 3]]))
    assert (word, reasons[0].severity, reasons[0].classes) == (rules.PARADOX, "bad", (1,))
    assert "only 3 of 25 of “bees”" in reasons[0].text
    assert "Always predicting “ants” would reach 97.5" in reasons[0].text
    assert len(reasons[0].photos) == 22


def test_low_recall_of_a_common_class_is_a_poor_class_and_no_paradox() -> None:
    assert words(facts([[50, 0, 0], [0, 50, 0], [10, 20, 20]]))[0] == rules.POOR_CLASS


def test_one_photo_of_one_of_many_classes_is_no_paradox() -> None:
    matrix = np.diag([3] * 40)
    matrix[7] = 0
    matrix[7, 8] = 1
    assert rules.PARADOX not in words(facts(matrix.tolist()))
    rare = np.diag([100, 100, 100, 0])
    rare[3, 0] = 8
    reason = rules.verdict(facts(rare.tolist()))[1][0]
    assert reason.rule == rules.PARADOX
    assert "Always" not in reason.text, "a third is no high accuracy"


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        ([[26, 24], [25, 25]], True),
        ([[98, 2], [10, 0]], True),
        ([[45, 5], [5, 45]], False),
        ([[135, 2], [3, 12]], False),
        ([[3, 0], [0, 3]], False),
    ],
)
def test_near_chance(matrix: list[list[int]], expected: bool) -> None:
    assert (verdicts.NEAR_CHANCE in words(facts(matrix))) is expected


def test_a_poor_class() -> None:
    found = facts([[50, 0, 0], [0, 50, 0], [15, 20, 15]])
    reason = next(one for one in rules.verdict(found)[1] if one.rule == rules.POOR_CLASS)
    assert reason.classes == (2,)
    assert len(reason.photos) == 35
    assert "recall of 30" in reason.text


def test_few_photos_are_named() -> None:
    assert verdicts.TOO_FEW in words(facts([[3, 0], [0, 3]]))
    reason = next(one for one in rules.verdict(facts([[300, 0], [0, 3]]))[1] if one.rule == verdicts.TOO_FEW)
    assert "“bees” is judged by only 3 photos" in reason.text
    assert reason.classes == (1,)


def test_overfitting_by_accuracy_or_by_loss() -> None:
    matrix = [[85, 15], [10, 90]]
    assert verdicts.OVERFITTING in words(facts(matrix, train_accuracy=1.0))
    assert verdicts.OVERFITTING not in words(facts(matrix, train_accuracy=0.9))
    assert verdicts.OVERFITTING in words(facts(matrix, epochs=curve(0.5, 0.4, 0.5, 0.6, 0.7)))
    assert verdicts.OVERFITTING not in words(facts(matrix, epochs=curve(0.5, 0.4, 0.3)))


def test_a_run_that_overfits_after_the_judged_epoch_is_good_and_says_so_in_the_words_of_its_warning() -> None:
    run = curve(0.5, 0.1, 0.3, 0.5, 0.7)
    found = facts([[95, 5], [6, 94]], epochs=run[:2], later=run[2:])
    word, reasons = rules.verdict(found)
    assert (word, reasons[-1].rule, reasons[-1].severity) == (verdicts.GOOD, rules.LATER_OVERFITTING, "good")
    warning, _ = epoch_observations.warnings(run, "loss", 200)[0]
    assert reasons[-1].text.startswith(warning)
    assert warning.startswith("The later epochs overfit: from epoch 2 to 5")
    assert words(facts([[95, 5], [6, 94]], epochs=run))[0] == verdicts.OVERFITTING
    assert epoch_observations.warnings(run, "last", 200)[0][0].startswith("The run overfits: ")
    assert rules.of_curves(run[:2], run[2:])[0].rule == rules.LATER_OVERFITTING


def test_a_loss_that_rose_after_the_judged_epoch_was_not_still_falling() -> None:
    run = curve(0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.6, 0.7, 0.8)
    assert rules.RATE_TOO_LOW in words(facts([[90, 10], [10, 90]], epochs=run[:6]))
    assert rules.RATE_TOO_LOW not in words(facts([[90, 10], [10, 90]], epochs=run[:6], later=run[6:]))


@pytest.mark.parametrize("matrix", [[[50, 0], [50, 0]], [[5, 45], [40, 10]], [[99, 1], [4, 96]]])
def test_the_report_of_an_epoch_and_the_evaluation_have_the_same_word(matrix: list[list[int]]) -> None:
    found = facts(matrix)
    rows = [one.in_report for one in found.classes]
    accuracy = found.accuracy
    word, _ = verdicts.judge(accuracy.value, (accuracy.low, accuracy.high), rows)
    assert word == rules.verdict(found)[0]
    assert word == verdicts.FAIR or verdicts.FAIR not in words(found)


def test_a_run_below_the_probe() -> None:
    found = facts([[80, 20], [20, 80]])
    better = found.labels.copy()
    better[:5] = 1
    worse_run = facts([[80, 20], [20, 80]], probe=("kNN", better))
    reason = next(one for one in rules.verdict(worse_run)[1] if one.rule == rules.BELOW_PROBE)
    assert "kNN on the pretrained features" in reason.text
    assert not found.right[list(reason.photos)].any()
    assert rules.BELOW_PROBE not in words(facts([[80, 20], [20, 80]], probe=("kNN", found.predicted)))


def test_underfitting_with_all_layers_frozen() -> None:
    matrix = [[65, 35], [35, 65]]
    assert rules.UNDERFITTING in words(facts(matrix, train_accuracy=0.68, all_frozen=True))
    assert rules.UNDERFITTING not in words(facts(matrix, train_accuracy=0.68))
    assert rules.UNDERFITTING not in words(facts(matrix, train_accuracy=0.99, all_frozen=True))


def test_reasons_for_learning_rates_that_are_too_high_or_too_low() -> None:
    assert rules.verdict(facts([[90, 10], [10, 90]], float("nan")))[0] == verdicts.DIVERGED
    assert rules.RATE_TOO_LOW in words(facts([[90, 10], [10, 90]], epochs=curve(0.9, 0.8, 0.7, 0.6, 0.5, 0.4)))
    assert rules.RATE_TOO_LOW not in words(facts([[90, 10], [10, 90]], epochs=curve(0.9, 0.5, 0.41, 0.405, 0.4, 0.4)))


def reason_of(rule: str, found: Facts) -> Reason:
    return next(one for one in rules.verdict(found)[1] if one.rule == rule)


def test_copies_of_training_photos_are_leakage() -> None:
    few = facts([[95, 5], [6, 94]], leaked=(3, 3, 7))
    assert rules.verdict(few)[0] == verdicts.GOOD, "two of 200 change nothing"
    reason = reason_of(rules.LEAKAGE, few)
    assert (reason.photos, reason.evidence, reason.severity) == ((3, 7), "pairs", "caution")
    assert "2 validation photos show the same as a training photo" in reason.text
    assert "Without them, 94.4" in reason.text
    word, reasons = rules.verdict(facts([[95, 5], [6, 94]], leaked=tuple(range(20))))
    assert (word, reasons[0].severity) == (rules.LEAKAGE, "bad")
    assert rules.LEAKAGE not in words(facts([[95, 5], [6, 94]]))
    assert (
        "1 test photo shows" in reason_of(rules.LEAKAGE, facts([[1, 0], [0, 1]], leaked=[0], photos="test photos")).text
    )


def test_nothing_is_right_without_the_copies_where_all_photos_are_copies() -> None:
    text = reason_of(rules.LEAKAGE, facts([[1, 0], [0, 1]], leaked=(0, 1))).text
    assert text.startswith("2 ")
    assert "Without" not in text


@pytest.mark.parametrize(
    ("better", "worse", "rule"),
    [(30, 5, ""), (5, 30, rules.BELOW_SCRATCH), (8, 7, rules.AS_SCRATCH), (0, 0, rules.AS_SCRATCH)],
)
def test_a_run_from_scratch_is_the_baseline(better: int, worse: int, rule: str) -> None:
    other = ScratchRun("/runs/2", "2", better, worse, 150, 200)
    found = facts([[95, 5], [6, 94]], scratch=other)
    assert [one for one in words(found) if one in (rules.BELOW_SCRATCH, rules.AS_SCRATCH)] == ([rule] if rule else [])
    if rule:
        assert (reason_of(rule, found).run, reason_of(rule, found).evidence) == ("/runs/2", "run")
        assert "75" in reason_of(rule, found).text
    assert (rules.verdict(found)[0] == verdicts.GOOD) is (rule != rules.BELOW_SCRATCH)


def test_thawed_layers_that_bring_nothing_over_the_probe() -> None:
    found = facts([[95, 5], [6, 94]])
    same = facts([[95, 5], [6, 94]], probe=("kNN", found.predicted))
    assert rules.AS_PROBE in words(same)
    assert rules.verdict(same)[0] == verdicts.GOOD
    frozen = facts([[95, 5], [6, 94]], probe=("kNN", found.predicted), all_frozen=True)
    assert rules.AS_PROBE not in words(frozen), "a head on frozen features is a probe itself"
    poor = np.zeros(200, int)
    assert rules.AS_PROBE not in words(facts([[95, 5], [6, 94]], probe=("kNN", poor)))


def losses(*pairs: tuple[float, float]) -> list[Any]:
    return [class_epoch(number, train, 0.9, val, 0.9, 1.0) for number, (train, val) in enumerate(pairs, 1)]


def test_a_rate_too_high_shows_in_the_training_loss() -> None:
    jumping = losses((0.7, 0.7), (0.4, 0.5), (0.7, 0.8), (0.3, 0.4), (0.6, 0.7), (0.3, 0.4))
    reason = reason_of(rules.RATE_TOO_HIGH, facts([[90, 10], [10, 90]], epochs=jumping))
    assert "jumped up in 2 of 6 epochs" in reason.text
    assert reason.evidence == "curves"
    rising = losses((0.7, 0.7), (0.8, 0.9), (0.9, 1.1))
    assert "rose from 0.7 to 0.9" in reason_of(rules.RATE_TOO_HIGH, facts([[9, 1], [1, 9]], epochs=rising)).text
    falling = losses((0.7, 0.7), (0.4, 0.5), (0.41, 0.5), (0.3, 0.4), (0.001, 0.4), (0.002, 0.4))
    assert rules.RATE_TOO_HIGH not in words(facts([[90, 10], [10, 90]], epochs=falling))


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
    assert (word, reasons[0].severity, reasons[0].evidence) == (rules.RATE_TOO_LOW, "bad", "curves")
    assert "with a learning rate of 1e-5. Training has hardly begun: raise" in reasons[0].text
    assert not {rules.UNDERFITTING, rules.NOT_IMPROVING} & set(words(found))
    assert rules.verdict(facts([[95, 5], [5, 95]], 0.66, epochs=run))[0] == rules.RATE_TOO_LOW, "doubtful, if right"
    assert rules.of_curves(run)[0].severity == "bad"


def test_a_loss_that_levels_off_or_is_low_is_no_sign_of_a_low_rate() -> None:
    level = losses(*((0.693 - fall, 0.693 - fall) for fall in (0.0, 0.03, 0.045, 0.052, 0.056, 0.058)))
    assert rules.RATE_TOO_LOW not in words(facts([[65, 35], [35, 65]], 0.63, epochs=level))
    low = [class_epoch(n, 0.3 - 0.001 * n, 0.7, 0.3 - 0.001 * n, 0.7, 1.0) for n in range(1, 9)]
    assert rules.verdict(facts([[95, 5], [5, 95]], 0.3, epochs=low))[0] == verdicts.GOOD


def test_the_pace_of_a_falling_schedule_is_that_per_rate() -> None:
    scale = [1.0, 0.9, 0.7, 0.4, 0.15, 0.02]
    run = [
        class_epoch(n, loss, 0.7, loss, 0.7, 1.0, lr=1e-5 * scale[n - 1])
        for n, loss in enumerate((0.69 - 0.003 * sum(scale[:n]) for n in range(1, 7)), 1)
    ]
    assert rules.verdict(facts([[65, 35], [35, 65]], 0.68, epochs=run))[0] == rules.RATE_TOO_LOW


def test_a_loss_above_that_of_guessing_is_a_rate_too_high_and_no_overfitting() -> None:
    # Measured: ants and bees, frozen, a rate of 10.
    run = losses((0.462, 112), (0, 154), (0, 170), (0, 173), (0, 167))
    found = facts([[12, 0], [1, 11]], 3.64, epochs=run[:1], later=run[1:])
    word, reasons = rules.verdict(found)
    assert (word, reasons[0].severity) == (rules.RATE_TOO_HIGH, "bad")
    assert "112 after epoch 1, that of guessing is 0.693" in reasons[0].text
    assert rules.LATER_OVERFITTING not in words(found)
    assert rules.verdict(facts([[12, 0], [1, 11]], 0.1, epochs=run))[0] == verdicts.GOOD, "what is good stays so"
    assert [one.rule for one in rules.of_curves(run)] == [rules.RATE_TOO_HIGH]
    settling = losses((0.7, 5.0), (0.5, 0.6), (0.4, 0.5), (0.3, 0.4))
    assert rules.RATE_TOO_HIGH not in words(facts([[12, 0], [1, 11]], epochs=settling)), "BatchNorm settles"


def test_losses_that_hardly_fall_propose_to_thaw() -> None:
    flat = losses(*((0.69 - 0.001 * number, 0.69) for number in range(6)))
    reason = reason_of(rules.NOT_IMPROVING, facts([[65, 35], [35, 65]], epochs=flat, all_frozen=True))
    assert (reason.severity, reason.proposal) == ("bad", "thaw_last_block")
    assert reason_of(rules.NOT_IMPROVING, facts([[65, 35], [35, 65]], epochs=flat)).proposal == ""
    assert rules.NOT_IMPROVING not in words(facts([[65, 35], [35, 65]], epochs=flat[:4])), "too early"
    fell = losses((0.69, 0.69), *((0.5, 0.5) for _ in range(6)))
    assert rules.NOT_IMPROVING not in words(facts([[65, 35], [35, 65]], epochs=fell))


def test_underfitting_with_all_layers_frozen_proposes_to_thaw() -> None:
    found = facts([[65, 35], [35, 65]], train_accuracy=0.68, all_frozen=True)
    assert reason_of(rules.UNDERFITTING, found).proposal == "thaw_last_block"


def test_curves_of_regression_follow_the_same_rules() -> None:
    assert rules.of_curves([]) == ()
    assert [one.rule for one in rules.of_curves(curve(0.9, 0.7, 0.5, 0.3))] == [rules.RATE_TOO_LOW]
    assert [one.rule for one in rules.of_curves(curve(0.5, 0.4, 0.5, 0.6, 0.7))] == [verdicts.OVERFITTING]
    assert next(one.rule for one in rules.of_curves(curve(0.5, float("nan")))) == verdicts.DIVERGED


@pytest.mark.parametrize("matrix", [[[0, 0], [0, 0]], [[5, 0], [0, 0]], [[0, 5], [0, 0]], [[1, 0], [0, 0]]])
def test_degenerate_parts_have_a_verdict(matrix: list[list[int]]) -> None:
    word, reasons = rules.verdict(facts(matrix))
    assert word
    assert all(reason.text for reason in reasons)


def test_reasons_name_the_judged_part() -> None:
    for reason in rules.verdict(facts([[3, 1], [1, 2]], photos="test photos", train_accuracy=1.0))[1]:
        assert "validation" not in reason.text


@pytest.mark.parametrize(("number", "words"), [(0, ""), (1, "another run or epoch was"), (1200, "1,200 other runs")])
def test_test_photos_that_other_runs_were_judged_on(number: int, words: str) -> None:
    found = facts([[95, 5], [6, 94]], photos="test photos", test_judgments=number)
    texts = [reason.text for reason in rules.verdict(found)[1] if reason.rule == rules.TESTED_BEFORE]
    assert len(texts) == (number > 0)
    assert words in "".join(texts)


def test_a_few_photos_more_from_scratch_are_chance() -> None:
    other = ScratchRun("/runs/2", "2", 7, 9, 150, 200)
    assert rules.BELOW_SCRATCH not in words(facts([[95, 5], [6, 94]], scratch=other))
