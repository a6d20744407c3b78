from __future__ import annotations

from studio.evaluate.probe import PROBES
from studio.reports.values import metric_name


def test_a_probe_has_the_name_of_its_row() -> None:
    assert {metric_name(key) for key in PROBES} == {"kNN", "nearest class mean", "logistic regression"}


def test_other_metrics_are_named_by_their_keys() -> None:
    assert (metric_name("macro_f1"), metric_name("r2")) == ("macro F1", "R²")
