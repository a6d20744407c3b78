"""Facts of runs, for tests of the verdict."""

from __future__ import annotations

from typing import Any

import numpy as np
from epochs import class_epoch

from studio.evaluate import verdict_rules
from studio.evaluate.probabilities.scores import confusion, per_class
from studio.evaluate.verdict_facts import Facts, Reason

NAMES = ("ants", "bees", "wasps", "flies", *(f"class {number}" for number in range(4, 40)))


def facts(matrix: list[list[int]], loss: float = 0.2, **more: Any) -> Facts:
    """Facts of photos with this confusion matrix."""
    cells = [(true, guess) for true, row in enumerate(matrix) for guess, n in enumerate(row) for _ in range(n)]
    labels, predicted = np.array(cells, int).reshape(-1, 2).T
    counts = confusion(labels, predicted, len(matrix))
    return Facts(labels, predicted, per_class(counts, NAMES[: len(matrix)]), loss, **more)


def words(found: Facts) -> list[str]:
    return [reason.rule for reason in verdict_rules.verdict(found)[1]]


def curve(*losses: float, train: float = 0.1) -> list[Any]:
    return [class_epoch(number, train / number, 0.9, loss, 0.9, 1.0) for number, loss in enumerate(losses, 1)]


def reason_of(rule: str, found: Facts) -> Reason:
    return next(one for one in verdict_rules.verdict(found)[1] if one.rule == rule)
