"""The quick probes beside the trained head: rows on one axis, and the comparison in words."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from studio.events import JudgedPart
from studio.formatting.numbers import NARROW
from studio.session.evaluation import probe_rows
from studio.session.part_results import PartResults


def figure(value: float | None, low: float | None = None, **more: Any) -> dict[str, Any]:
    high = 0.95 if low is not None else None
    return {"value": value, "low": low, "high": high, "method": "Wilson", **more}


def results(own: dict[str, Any], **probes: float | None) -> PartResults:
    judged = JudgedPart("val", 1, "/photos", (), (), np.zeros(0, np.int64), np.zeros((0, 2), np.float32))
    found = {
        key: figure(value, None if value is None else value - 0.1, train_photos=10 + len(key))
        for key, value in probes.items()
    }
    return PartResults(
        "run", ("ants", "bees"), "", judged, MappingProxyType({"metrics": {"accuracy": own}, "probe": found})
    )


def test_all_rows_share_an_axis_that_begins_just_below_the_lowest_end() -> None:
    rows = probe_rows.rows(results(figure(0.8, 0.7), logistic=0.5, knn=0.75))
    assert [row.key for row in rows] == ["run", "knn", "logistic"]
    assert [row.axis for row in rows] == [(pytest.approx(0.35), 1.0)] * 3
    assert probe_rows.rows(results(figure(0.8, 0.7), knn=0.12))[0].axis == (0.0, 1.0), "not below 0"
    assert probe_rows.rows(results(figure(0.3), knn=0.75))[0].axis == (pytest.approx(0.25), 1.0), "without an interval"


def test_each_probe_is_compared_with_the_run() -> None:
    run, probe = probe_rows.rows(results(figure(0.8), knn=0.75))
    assert (run.title, run.reference, run.reference_words, run.note) == ("This run", None, "", "")
    assert (probe.reference, probe.reference_words) == (0.8, "this run")
    assert probe.note == f"65.0 – 95.0{NARROW}%"
    assert probe.tip.endswith(f"interval: {probe.note} (Wilson)")


@pytest.mark.parametrize(
    ("own", "words"),
    [(0.8, "above"), (0.75, "equal to"), (0.7, "below")],
)
def test_the_run_is_compared_with_the_best_probe(own: float, words: str) -> None:
    found = probe_rows.words(results(figure(own, 0.5), knn=0.75, logistic=0.6))
    assert found.startswith(f"The run is {words} the best probe, kNN")
    assert f"75.0{NARROW}%" in found
    assert "13 training photos" in found
