from __future__ import annotations

import pytest

from studio.spec.decision import PLAIN, ClassThreshold, DecisionRule


@pytest.mark.parametrize(
    "rule",
    [
        DecisionRule((ClassThreshold("bees", 0.7),)),
        DecisionRule(temperature=2.0),
        DecisionRule(least_confidence=0.6),
    ],
)
def test_each_part_of_a_rule_can_change_an_answer(rule: DecisionRule) -> None:
    assert not rule.is_plain


def test_a_rule_without_thresholds_chooses_the_most_probable_class() -> None:
    assert PLAIN.is_plain
    assert DecisionRule(known_kept=0.5, coverage=0.9, epoch=3).is_plain


def test_the_threshold_of_a_class() -> None:
    bees = ClassThreshold("bees", 0.7, "f1")
    assert DecisionRule((ClassThreshold("ants", 0.2), bees)).threshold_of("bees") is bees
    assert DecisionRule((bees,)).threshold_of("ants") is None
