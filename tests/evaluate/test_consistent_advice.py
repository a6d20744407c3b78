"""The reasons of a verdict do not contradict each other: whatever the curves, the classes and the quick probe say."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from epochs import class_epoch, number_epoch
from run_facts import facts

from studio.evaluate import classification, regression, verdict_rules
from studio.evaluate.documents import regression as documents
from studio.evaluate.epochs import curve_rules, epoch_observations
from studio.evaluate.rules import baselines, curves
from studio.evaluate.verdicts import LOW_ACCURACY, OVERFITTING

CONTRADICTIONS = (
    ("train longer", "for fewer epochs"),
    ("train longer", "later epochs overfit"),
    ("train longer", "lower the learning rate"),
    ("thaw more layers", "freeze more layers"),
    ("thaw the last block", "freeze more layers"),
    ("thaw other layers", "freeze more layers"),
    ("higher learning rate", "lower the learning rate"),
    ("raise the learning rate", "lower the learning rate"),
    ("raise the learning rate", "lower the rate"),
    ("with a higher rate", "lower the rate"),
    ("with a higher rate", "lower the learning rate"),
)


def contradictions(texts: list[str]) -> list[tuple[str, str]]:
    words = " ".join(texts).casefold()
    return [pair for pair in CONTRADICTIONS if all(one in words for one in pair)]


def drawn_curve(random: np.random.Generator, number: Any) -> tuple[list[Any], list[Any]]:
    """Epochs that fall, rise, jump or creep, and those after the judged one."""
    count = int(random.integers(1, 14))
    train = 0.7 * np.exp(-random.choice([0.0, 0.01, 0.1, 0.3]) * np.arange(count))
    val = 0.7 * np.exp(-random.choice([0.0, 0.01, 0.1, 0.2]) * np.arange(count))
    turn, slope = random.integers(0, count + 1), random.choice([0.0, 0.1, 0.5])
    val = val * (1 + slope * np.maximum(0, np.arange(count) - turn))
    if random.random() < 0.3:
        train = train * np.where(random.random(count) < 0.4, 2.0, 1.0)
    rows = [number(place + 1, float(train[place]), float(val[place])) for place in range(count)]
    judged = int(random.integers(1, count + 1)) if random.random() < 0.5 else count
    return rows[:judged], rows[judged:]


def test_no_reason_contradicts_another_one() -> None:
    random, rules = np.random.default_rng(0), set[str]()
    for _ in range(200):
        epochs, later = drawn_curve(random, lambda n, train, val: class_epoch(n, train, 0.9, val, 0.9, 1.0, lr=1e-3))
        right, wrong = (int(one) for one in random.integers(5, 60, 2))
        matrix = [[right, wrong], [int(random.integers(0, 30)), right]]
        found = facts(
            matrix,
            float(random.choice([0.2, 0.8])),
            train_accuracy=float(random.choice([0.5, 0.8, 0.99])),
            epochs=epochs,
            later=later,
            all_frozen=bool(random.random() < 0.5),
        )
        share = random.choice([0.5, 0.8, 1.0])
        probe = np.where(random.random(len(found.labels)) < share, found.labels, 1 - found.labels)
        for one in (found, facts_with(found, probe)):
            reasons = verdict_rules.verdict(one)[1]
            rules |= {reason.rule for reason in reasons}
            assert not contradictions([reason.text for reason in reasons]), reasons
            proposed = any(reason.proposal for reason in reasons)
            assert not (proposed and any("reeze more" in reason.text for reason in reasons))
    expected = {LOW_ACCURACY, OVERFITTING, baselines.BELOW_PROBE, curves.LATER_OVERFITTING, curves.RATE_TOO_LOW}
    assert expected | {curves.RATE_TOO_HIGH, curves.UNDERFITTING, curves.NOT_IMPROVING} <= rules, "all were reached"


def facts_with(found: Any, probe: Any) -> Any:
    from dataclasses import replace

    return replace(found, probe=("kNN", probe))


def test_no_reason_of_predicted_numbers_contradicts_another_one() -> None:
    random, rules = np.random.default_rng(1), set[str]()
    for _ in range(200):
        epochs, later = drawn_curve(random, lambda n, train, val: number_epoch(n, train, val, 1.0, 0.1, 0.3))
        truth = random.normal(size=40)
        noise = random.choice([0.1, 0.7, 1.5]) * random.normal(size=40)
        guess = truth + noise + random.choice([0.0, 0.5])
        train_mae = None if random.random() < 0.5 else float(np.abs(noise).mean() * random.choice([0.3, 1.0]))
        report = regression.report(truth, guess, truth, train_mae, (*epochs, *later))
        reasons = documents._reasons(report, "val", curves.of_curves(epochs, later))
        rules |= {one.rule for one in reasons}
        assert not contradictions([one.text for one in reasons]), reasons
    assert {"Biased", "Low R²", curves.LATER_OVERFITTING, OVERFITTING, curves.RATE_TOO_LOW} <= rules


def test_the_advice_of_a_report_contradicts_no_warning_about_the_run() -> None:
    random, advised = np.random.default_rng(2), set[str]()
    for _ in range(300):
        epochs, later = drawn_curve(random, lambda n, train, val: class_epoch(n, train, 0.9, val, 0.9, 1.0, lr=1e-3))
        truth = np.repeat([0, 1], [int(one) for one in random.integers(5, 60, 2)])
        right = random.random(len(truth)) < random.choice([0.4, 0.6, 0.9])
        chosen = np.where(right, truth, 1 - truth)
        probabilities = np.where(chosen[:, None] == [[0, 1]], 0.8, 0.2)
        trained = float(random.choice([0.5, 0.8, 0.99]))
        run = (*epochs, *later)
        report = classification.report(truth, probabilities, ("ants", "bees"), trained, run)
        warnings = epoch_observations.warnings(run, "loss", len(truth), curve_rules.guessing_loss(2))
        advised |= {words for words in ("train longer", "fewer epochs") if words in report.advice.casefold()}
        assert not contradictions([report.advice, *(text for pair in warnings for text in pair)]), (report, warnings)
    assert advised == {"train longer", "fewer epochs"}


@pytest.mark.parametrize(("one", "other"), list(combinations(range(3), 2)))
def test_the_contradictions_are_found(one: int, other: int) -> None:
    first, second = CONTRADICTIONS[one], CONTRADICTIONS[other]
    assert contradictions([" ".join(first), " ".join(second)])
