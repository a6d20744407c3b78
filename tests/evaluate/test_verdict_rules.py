from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from epochs import class_epoch

from studio.evaluate import verdict_rules as rules
from studio.evaluate import verdicts
from studio.evaluate.probabilities.scores import confusion, per_class
from studio.evaluate.verdict_rules import Facts

NAMES = ("ants", "bees", "wasps", "flies")


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
    assert (word, [reason.severity for reason in reasons]) == (rules.GOOD, ["good"])
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
    assert word in (rules.FAIR, verdicts.WEAK_CLASS)
    assert reason in reasons[-1].text


def test_a_good_model_stays_good_where_the_loss_still_falls() -> None:
    good = facts([[95, 5], [6, 94]], epochs=curve(0.9, 0.7, 0.5, 0.3))
    assert words(good) == [rules.GOOD, rules.RATE_TOO_LOW]


def test_training_photos_are_no_proof() -> None:
    word, reasons = rules.verdict(facts([[95, 5], [6, 94]], photos=rules.TRAINING_PHOTOS))
    assert (word, reasons[1].rule) == (rules.TRAINED_ON, rules.GOOD)


def test_the_accuracy_paradox_is_the_first_and_most_severe_reason() -> None:
    # 98 % accuracy, with 12 % recall of the class that matters.
    word, reasons = rules.verdict(facts([[974, 1], [22, 3]]))
    assert (word, reasons[0].severity, reasons[0].classes) == (rules.PARADOX, "bad", (1,))
    assert "only 3 of 25 of “bees”" in reasons[0].text
    assert "Always predicting “ants” would reach 97.5" in reasons[0].text
    assert len(reasons[0].photos) == 22


def test_low_recall_of_a_common_class_is_a_poor_class_and_no_paradox() -> None:
    assert words(facts([[50, 0, 0], [0, 50, 0], [10, 20, 20]]))[0] == rules.POOR_CLASS


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
    assert (rules.NEAR_CHANCE in words(facts(matrix))) is expected


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
    assert rules.verdict(facts([[90, 10], [10, 90]], float("nan")))[0] == rules.DIVERGED
    assert rules.RATE_TOO_LOW in words(facts([[90, 10], [10, 90]], epochs=curve(0.9, 0.8, 0.7, 0.6, 0.5, 0.4)))
    assert rules.RATE_TOO_LOW not in words(facts([[90, 10], [10, 90]], epochs=curve(0.9, 0.5, 0.41, 0.405, 0.4, 0.4)))


@pytest.mark.parametrize("matrix", [[[0, 0], [0, 0]], [[5, 0], [0, 0]], [[0, 5], [0, 0]], [[1, 0], [0, 0]]])
def test_degenerate_parts_have_a_verdict(matrix: list[list[int]]) -> None:
    word, reasons = rules.verdict(facts(matrix))
    assert word
    assert all(reason.text for reason in reasons)


def test_reasons_name_the_judged_part() -> None:
    for reason in rules.verdict(facts([[3, 1], [1, 2]], photos="test photos", train_accuracy=1.0))[1]:
        assert "validation" not in reason.text
