from __future__ import annotations

from studio.evaluate.probe import PROBES
from studio.reports.values import interval, metric_name


def test_a_probe_has_the_name_of_its_row() -> None:
    assert {metric_name(key) for key in PROBES} == {"kNN", "nearest class mean", "logistic regression"}


def test_other_metrics_are_named_by_their_keys() -> None:
    assert (metric_name("macro_f1"), metric_name("r2")) == ("macro F1", "R²")


def test_an_interval_with_signs_is_no_row_of_minus_signs() -> None:
    assert interval({"low": -2.01, "high": 5.82}, "loss", True) == "−2.01 to 5.82"
    assert interval({"low": 0.1, "high": 0.2}, "loss") == "0.100 – 0.200"
