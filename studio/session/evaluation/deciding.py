"""The decision rule by which the Evaluate page shows results: the stored one, or one that the user tries out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from studio.evaluate.classification import cross_entropy
from studio.evaluate.documents.values import interval
from studio.evaluate.intervals import Interval, of_count, of_mean
from studio.evaluate.probabilities import calibration, decisions, scores
from studio.evaluate.probabilities.decisions import UnmetRuleError
from studio.evaluate.probabilities.scores import ClassScores
from studio.events import DecisionStored
from studio.formatting.language import counted, tr
from studio.session import part_results
from studio.session.part_results import PartResults
from studio.session.part_words import BEFORE_PHOTOS
from studio.session.state import AppState, RunState
from studio.spec import structs
from studio.spec.decision import PLAIN, ClassThreshold, DecisionRule

MOST_NUMBERS = 60_000
"""Largest number of probabilities to which the temperature is fitted here: the window waits for it."""

LATER = tr("interval follows")

WITHOUT = tr(
    "Verdict, slices, the ribbon and the list of runs are those of the most probable class, without thresholds."
)
"""Tooltip of the line that names a rule."""


def rule_of(run: RunState | None) -> DecisionRule:
    """The rule by which the results of a run are shown."""
    if run is None:
        return PLAIN
    return run.trial or run.decision or PLAIN


def tried(state: AppState, rule: DecisionRule | None) -> AppState:
    """The state in which the user tries out a rule; None shows the stored one again."""
    run = state.run
    if run is None:
        return state
    same = rule is None or rule == (run.decision or PLAIN)
    return state.with_run(replace(run, trial=None if same else rule))


def stored(state: AppState, event: DecisionStored) -> AppState:
    """The state after a rule was stored or read; it replaces the one that is tried out."""
    run = state.runs.get(event.run)
    if run is None:
        return state
    return state.with_run(replace(run, decision=event.rule, trial=None))


def decided(results: PartResults, rule: DecisionRule) -> PartResults:
    """Results with the answers by a rule."""
    return results if results.target or rule == results.rule else replace(results, rule=rule)


def with_threshold(rule: DecisionRule, name: str, value: float, criterion: str = "") -> DecisionRule:
    """A rule with another threshold of a class."""
    own = ClassThreshold(name, min(max(value, 0.0), 1.0), criterion)
    if rule.threshold_of(name) is None:
        return structs.replace(rule, thresholds=(*rule.thresholds, own))
    return structs.replace(rule, thresholds=tuple(own if one.name == name else one for one in rule.thresholds))


def without_threshold(rule: DecisionRule, name: str) -> DecisionRule:
    """A rule without the threshold of a class."""
    return structs.replace(rule, thresholds=tuple(one for one in rule.thresholds if one.name != name))


def without_thresholds(run: RunState) -> DecisionRule:
    """A rule by which the most probable class is the answer; the limit from which photos count as unlike stays."""
    return structs.replace(PLAIN, known_kept=rule_of(run).known_kept)


def is_worth_storing(rule: DecisionRule) -> bool:
    """False for a rule that changes no answer."""
    return not rule.is_plain or rule.known_kept != PLAIN.known_kept


def chosen(rule: DecisionRule, results: PartResults) -> tuple[DecisionRule, str]:
    """The rule with its criteria met on the photos shown, and ""; or the rule unchanged, and why they cannot be met."""
    truth, shares = results.judged.truth, part_results.finite(results.judged.predicted)
    scaled = rule
    if rule.temperature_fitted:
        step = math.ceil(shares.size / MOST_NUMBERS)
        value = calibration.temperature(truth[::step], shares[::step])
        scaled = structs.replace(rule, temperature=value, temperature_fitted=False)
    try:
        fitted = decisions.fitted(scaled, truth, shares, results.classes)
    except UnmetRuleError as error:
        return rule, str(error)
    split, epoch = results.judged.split, results.judged.epoch
    return structs.replace(fitted, temperature_fitted=rule.temperature_fitted, chosen_on=split, epoch=epoch), ""


def cannot_choose(results: PartResults) -> str:
    """The reason why no thresholds are chosen on the part shown; "" where they are."""
    if results.judged.split == "val":
        return ""
    return tr(
        "Thresholds are chosen on the validation photos, not on the {part_words} photos. Switch to "
        "Validation to change them."
    ).format(part_words=BEFORE_PHOTOS[results.judged.split])


@dataclass(frozen=True, eq=False)
class RuleScores:
    """Scores of the answers by a rule, with their intervals.

    Attributes:
        metrics: Averages over the classes and, with a temperature, loss and calibration error, by their keys.
        classes: The scores of each class.
    """

    metrics: Mapping[str, Interval]
    classes: tuple[ClassScores, ...]


def scores_of(results: PartResults) -> RuleScores:
    """The scores by the rule; with the bootstrap of an evaluation, which takes seconds for 1,000 classes."""
    truth, answers = results.judged.truth, results.answers
    matrix = scores.answered(truth, answers.labels, answers.sure, len(results.classes))
    metrics = scores.averages(matrix)
    if results.rule.temperature != 1:
        metrics["loss"] = of_mean(scores.losses(truth, answers.probabilities))
        metrics["calibration_error"] = scores.calibration_error(truth, answers.probabilities)
    return RuleScores(metrics, scores.per_class(matrix, results.classes))


def metrics(results: PartResults, by_rule: RuleScores | None = None) -> dict[str, Any]:
    """Metrics of the answers by the rule, as in the document of an evaluation.

    Args:
        results: The answers.
        by_rule: Their scores; None until these are computed: then a note takes the place of the intervals.
    """
    truth, counts = results.judged.truth, results.counts
    true, called = np.bincount(truth, minlength=len(results.classes)), counts.sum(axis=0)
    right, sure = counts.diagonal(), int(results.sure.sum())
    recall = right / np.maximum(1, true)
    f1 = 2 * right / np.maximum(1, true + called)
    values = {"balanced_accuracy": float(recall[true > 0].mean()) if len(truth) else 0.0, "macro_f1": float(f1.mean())}
    rows = dict(results.document.get("metrics", {})) if results.rule.temperature == 1 else {}
    if results.rule.temperature != 1:
        shares = results.answers.probabilities
        error = calibration.error_of(calibration.reliability(truth, shares))
        values |= {"loss": cross_entropy(truth, shares), "calibration_error": error}
    rows |= {key: _row(Interval(value, math.nan, math.nan, len(truth), ""), LATER) for key, value in values.items()}
    if by_rule is not None:
        rows |= {key: _row(by_rule.metrics[key]) for key in values}
    rows["accuracy"] = _row(of_count(int(right.sum()), sure))
    return rows


def _row(one: Interval, words: str = "") -> dict[str, Any]:
    return {**interval(one), "words": words}


def words(rule: DecisionRule) -> str:
    """A rule in words: “bees from 0.79, not sure below 0.60, temperature 1.32”; "" for none."""
    limits = [tr("{name} from {one:.2f}").format(name=one.name, one=one.value) for one in rule.thresholds[:2]]
    if len(rule.thresholds) > 2:
        limits.append(counted(len(rule.thresholds) - 2, "more threshold"))
    if rule.least_confidence:
        limits.append(tr("not sure below {least_confidence:.2f}").format(least_confidence=rule.least_confidence))
    if rule.temperature != 1:
        limits.append(tr("temperature {temperature:.2f}").format(temperature=rule.temperature))
    return ", ".join(limits)


def line(run: RunState | None, results: PartResults | None) -> str:
    """The rule by which all numbers of the page were computed; "" where the most probable class is the answer."""
    rule = rule_of(run)
    if run is None or results is None or results.target:
        return ""
    if rule.is_plain:
        stored = run.decision is not None and not run.decision.is_plain
        return tr("Without thresholds · not saved") if run.trial is not None and stored else ""
    unanswered = int((~results.sure).sum())
    doubt = tr(" · {unanswered:,} not sure").format(unanswered=unanswered) if unanswered else ""
    return tr("With {words}{doubt}{trial}").format(
        words=words(rule), doubt=doubt, trial=tr(" · not saved") if run.trial is not None else ""
    )
