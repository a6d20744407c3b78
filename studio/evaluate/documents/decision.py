"""The answers that a decision rule gives, as JSON: how many photos are answered, and how well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.evaluate.documents.values import interval
from studio.evaluate.intervals import of_count
from studio.evaluate.probabilities import decisions, scores
from studio.events import JudgedPart
from studio.spec.decision import DecisionRule
from studio.spec.structs import asdict


def rule_row(rule: DecisionRule | None) -> dict[str, Any] | None:
    """A rule as JSON; None where there is none."""
    return asdict(rule) if rule is not None else None


def document(part: JudgedPart, rule: DecisionRule, classes: Sequence[str]) -> dict[str, Any]:
    """The rule, and its answers for the photos of a part.

    Photos of the part that the rule was chosen on are answered by rules that were chosen on the other folds.
    """
    shares = np.nan_to_num(part.predicted, nan=0.0, posinf=0.0, neginf=0.0)
    if part.split != rule.chosen_on:
        judged, result = "other photos", decisions.answers(shares, rule, classes)
    else:
        result, count = decisions.cross_fitted(rule, part.truth, shares, classes)
        # No folds: the user set all values by hand while looking at these photos, or a class has a single photo.
        judged = f"cross-fit, {count} folds" if count > 1 else "the photos that it was chosen on"
    return {"rule": rule_row(rule), "judged_by": judged, **numbers(part.truth, result, classes)}


def numbers(labels: NDArray[Any], result: decisions.Answers, classes: Sequence[str]) -> dict[str, Any]:
    """Coverage and accuracy of answers, averages and scores of the classes, and the confusion matrix of the answers.

    A photo that is not answered counts as missed in the recall of its class.
    """
    sure, right = result.sure, result.labels == labels
    matrix = scores.answered(labels, result.labels, sure, len(classes))
    rows = [
        {
            "name": one.name,
            "support": one.support,
            "unanswered": int(missing),
            "precision": interval(one.precision),
            "recall": interval(one.recall),
            "f1": interval(one.f1),
        }
        for one, missing in zip(scores.per_class(matrix, classes), matrix[:, -1], strict=True)
    ]
    return {
        "answered": interval(of_count(int(sure.sum()), len(sure))),
        "accuracy": interval(of_count(int((right & sure).sum()), int(sure.sum()))),
        "metrics": {key: interval(one) for key, one in scores.averages(matrix).items()},
        "per_class": rows,
        "confusion": {"classes": list(classes), "counts": matrix[:, :-1].tolist()},
    }
