"""The tables of `defaults.py`: differences between candidates and a logistic regression, with a verdict on each."""

from __future__ import annotations

from typing import Any

import numpy as np
from epochs import class_epoch
from numpy.typing import NDArray

from studio.evaluate.epochs.best_epoch import result_epoch
from studio.spec import Result

RULES: tuple[Result, ...] = ("loss", "metric", "last")
NOISE = 2.0
"""A candidate that is this many standard errors behind the regression counts as worse."""

LEAST_ERROR = 0.25
"""Smallest standard error in percent; few seeds may agree by chance, and no set resolves smaller differences."""


def picked(epochs: list[list[float]], rule: Result) -> int:
    """Index of the epoch that a rule of the program selects."""
    known = [class_epoch(number, 0.0, 0.0, loss, right, 0.0) for number, (loss, right, *_) in enumerate(epochs, 1)]
    result = result_epoch(known, rule)
    assert result is not None
    return result.epoch - 1


def report(known: list[dict[str, Any]]) -> None:
    """Print the tables."""
    lines = {(one["part"], one["seed"]): one for one in known if one["name"] == "regression"}
    names = list(dict.fromkeys(one["name"] for one in known if one["name"] != "regression"))
    parts = list(dict.fromkeys(one["part"] for one in known))
    for against in ("fixed", "chosen"):
        words = "C 1e-3" if against == "fixed" else "C chosen by validation"
        print(f"\nAccuracy on the test part minus that of the logistic regression ({words}), percent")
        print(f"{'candidate':32}{'rule':8}{'mean':>7}{'SE':>6}  {'verdict':11}{'worst':>6} in SE, and where")
        rows = []
        for name in names:
            for rule in RULES:
                gaps = {part: _gaps(known, lines, name, part, rule, against) for part in parts}
                gaps = {part: gap for part, gap in gaps.items() if len(gap)}
                if not gaps:
                    continue
                means = np.array([gap.mean() for gap in gaps.values()])
                scores = {part: gap.mean() / max(_error(gap), LEAST_ERROR) for part, gap in gaps.items()}
                worst = min(scores, key=scores.__getitem__)
                verdict = "WORSE" if scores[worst] < -NOISE else "never worse"
                where = f"{verdict:11}{scores[worst]:6.1f} {worst}: {gaps[worst].mean():+.2f}"
                rows.append((means.mean(), f"{name:32}{rule:8}{means.mean():+7.2f}{_error(means):6.2f}  {where}"))
        for _, line in sorted(rows, key=lambda row: -row[0]):
            print(line)
    if len(names) <= 4:
        _by_part(known, lines, names, parts)


def _by_part(
    known: list[dict[str, Any]], lines: dict[tuple[str, int], dict[str, Any]], names: list[str], parts: list[str]
) -> None:
    """Print a row per set: accuracies, differences, verdict."""
    for name in names:
        for rule in RULES[:1] if name == "default" else RULES:
            print(f"\n{name}, {rule}: accuracy on the test part, percent; difference ± standard error, paired")
            print(f"{'set':48}{'C 1e-3':>8}{'chosen':>8}{'ours':>8}{'less C 1e-3':>15}{'less chosen':>15}  verdict")
            for part in parts:
                both = [_gaps(known, lines, name, part, rule, against) for against in ("fixed", "chosen")]
                if not len(both[0]):
                    continue
                fixed, chosen = (
                    100 * np.mean([one[key] for (where, _), one in lines.items() if where == part])
                    for key in ("fixed", "chosen")
                )
                cells = "".join(f"{gap.mean():+8.2f} ± {_error(gap):4.2f}" for gap in both)
                worse = any(gap.mean() < -NOISE * max(_error(gap), LEAST_ERROR) for gap in both)
                verdict = "WORSE" if worse else "not worse"
                print(f"{part:48}{fixed:8.1f}{chosen:8.1f}{fixed + both[0].mean():8.1f}{cells}  {verdict}")


def _gaps(
    known: list[dict[str, Any]],
    lines: dict[tuple[str, int], dict[str, Any]],
    name: str,
    part: str,
    rule: Result,
    against: str,
) -> NDArray[np.float64]:
    """Differences in percent, one per seed."""
    differences = [
        100 * (one["epochs"][picked(one["epochs"], rule)][2] - lines[part, one["seed"]][against])
        for one in known
        if one["name"] == name and one["part"] == part and (part, one["seed"]) in lines
    ]
    return np.array(differences)


def _error(values: NDArray[np.float64]) -> float:
    """Standard error of the mean; 0 for a single value."""
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
