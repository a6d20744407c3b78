"""The verdict on a run: the rules in the order of their severity.

Each rule is a function from the facts to a reason with its evidence, in a module of `rules`. The first that applies
determines the word of the verdict, and all that apply are its reasons. The findings of `verdicts.judge`, which every
epoch gets, are among them.
"""

from __future__ import annotations

from collections.abc import Callable

from studio.evaluate import verdicts
from studio.evaluate.rules import baselines, classes, curves, splits
from studio.evaluate.verdict_facts import Facts, Reason
from studio.evaluate.verdicts import FAIR

# The rules after `fair_or_good` do not change the word of a good model.
RULES: tuple[Callable[[Facts], Reason | None], ...] = (
    splits.trained_on,
    curves.diverged,
    splits.leakage,
    classes.paradox,
    curves.wrong_rate,
    classes.near_chance,
    curves.not_improving,
    classes.poor_class,
    baselines.below_scratch,
    classes.weak_class,
    curves.overfitting,
    baselines.below_probe,
    classes.too_few,
    curves.underfitting,
    classes.low_accuracy,
    classes.fair_or_good,
    curves.questionable_rate,
    splits.some_leakage,
    baselines.as_scratch,
    baselines.as_probe,
    splits.tested_before,
    curves.later_overfitting,
)


def verdict(facts: Facts) -> tuple[str, tuple[Reason, ...]]:
    """The word of the verdict, and its reasons, the most serious first."""
    if not len(facts.labels):
        return verdicts.NOT_YET, (Reason(verdicts.NOT_YET, "bad", "There are no photos to judge by."),)
    reasons = tuple(reason for rule in RULES if (reason := rule(facts)) is not None)
    word = reasons[0].rule
    return word, tuple(one for one in reasons if one.rule != FAIR or word == FAIR)  # not “Fair” after a worse word
