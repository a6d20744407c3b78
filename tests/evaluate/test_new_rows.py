"""A rule of the verdict and a quick probe that are not in the program work by their rows alone."""

from __future__ import annotations

import numpy as np

from studio.evaluate import probe, verdict_rules
from studio.evaluate.probabilities.scores import confusion, per_class
from studio.evaluate.verdict_facts import Facts, Reason
from studio.reports import values
from studio.session.evaluation import probe_rows
from studio.spec.structs import replace

LABELS = np.repeat([0, 1], 50)


def test_a_rule_is_a_function_and_a_position(monkeypatch):
    def even(facts: Facts) -> Reason | None:
        return Reason("Even number", "bad", "The photos are even in number.") if len(facts.labels) % 2 == 0 else None

    facts = Facts(LABELS, LABELS, per_class(confusion(LABELS, LABELS, 2), ("ants", "bees")), 0.1)
    before = verdict_rules.verdict(facts)
    monkeypatch.setattr(verdict_rules, "RULES", (even, *verdict_rules.RULES))
    word, reasons = verdict_rules.verdict(facts)
    assert (word, reasons[1:]) == ("Even number", before[1])
    odd = replace(facts, labels=LABELS[:-1], predicted=LABELS[:-1])
    assert verdict_rules.verdict(odd)[0] == before[0]


def test_a_probe_is_a_function_and_a_row(monkeypatch):
    def first(train, labels, photos, classes):
        return np.eye(classes)[np.zeros(len(photos), int)]

    row = replace(probe.PROBES["knn"], classify=first, name="first class", title="First class")
    for module in (probe, values, probe_rows):
        monkeypatch.setattr(module, "PROBES", {"first": row})
    features = np.random.default_rng(0).normal(size=(100, 4)).astype(np.float32)
    (result,) = probe.run(features, LABELS, features[:7], 2)
    assert result[0] == "first"
    assert result[1][:, 0].tolist() == [1] * 7
    assert values.metric_name("first") == "first class"
