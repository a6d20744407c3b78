"""Limits of the document of a comparison."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from studio.evaluate.documents import comparison
from studio.evaluate.documents.comparison import ComparedRun
from studio.events import JudgedPart


def run(guesses: list[int], truth: list[int], classes: int) -> ComparedRun:
    shares = np.eye(classes, dtype=np.float32)[guesses]
    paths = tuple(f"{place}.jpg" for place in range(len(truth)))
    part = JudgedPart("val", 1, "", paths, ("",) * len(truth), np.array(truth), shares)
    return ComparedRun("run", tuple(f"class {label}" for label in range(classes)), part, {})


def document(monkeypatch: pytest.MonkeyPatch, **limits: int) -> dict[str, Any]:
    """Four photos, of which B fixes two, breaks one, and gets one wrong like A."""
    monkeypatch.setattr(comparison.paired_metrics, "RESAMPLES", 20)
    for name, limit in limits.items():
        monkeypatch.setattr(comparison, name, limit)
    return comparison.document(run([1, 2, 2, 0], [0, 1, 2, 1], 3), run([0, 1, 0, 0], [0, 1, 2, 1], 3))


@pytest.mark.parametrize(("most", "matrices"), [(2, False), (3, True), (4, True)])
def test_both_confusion_matrices_up_to_a_number_of_classes(
    monkeypatch: pytest.MonkeyPatch, most: int, matrices: bool
) -> None:
    found = document(monkeypatch, MOST_CLASSES=most)["confusion"]
    assert (found is not None) == matrices
    if found is not None:
        assert found["a"] == [[0, 1, 0], [1, 0, 1], [0, 0, 1]]
        assert found["b"] == [[1, 0, 0], [1, 1, 0], [1, 0, 0]]


def test_the_largest_changes_and_the_first_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    found = document(monkeypatch)
    changes = [(row["true"][-1], row["predicted"][-1], row["a"], row["b"]) for row in found["changes"]]
    assert changes == [
        ("0", "0", 0, 1), ("0", "1", 1, 0), ("1", "1", 0, 1), ("1", "2", 1, 0), ("2", "0", 0, 1), ("2", "2", 1, 0)
    ]  # fmt: skip
    assert {name: len(rows) for name, rows in found["examples"].items()} == {"fixed": 2, "broken": 1, "both_wrong": 1}
    for most in (1, 2):
        monkeypatch.setattr(comparison, "MOST_CHANGES", most)
        assert len(comparison.largest_changes(np.eye(3, dtype=int), np.ones((3, 3), int), "abc", most)) == most
        examples = document(monkeypatch, MOST_EXAMPLES=most)["examples"]
        assert [len(rows) for rows in examples.values()] == [most, 1, 1]
    assert found["examples"]["broken"] == [
        {
            "path": "2.jpg",
            "true": "class 2",
            "a": {"predicted": "class 2", "probability": 1.0},
            "b": {"predicted": "class 0", "probability": 1.0},
        }
    ]


def test_the_counts_accuracies_and_lists_of_photos_belong_together(monkeypatch: pytest.MonkeyPatch) -> None:
    found = document(monkeypatch)
    assert found["photos"] == {
        "fixed": ["0.jpg", "1.jpg"],
        "broken": ["2.jpg"],
        "both_wrong": ["3.jpg"],
        "both_right": [],
    }
    assert [found[name] for name in comparison.GROUPS] == [2, 1, 1, 0]
    assert (found["accuracy_a"]["value"], found["accuracy_b"]["value"]) == (0.25, 0.5)
    assert (found["difference"]["value"], found["p_value"]) == (0.25, 1.0)
    assert (found["common"], found["photos_a"], found["photos_b"], found["relabeled"]) == (4, 4, 4, 0)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_probability_that_is_not_a_number_counts_as_0(monkeypatch: pytest.MonkeyPatch, wrong: float) -> None:
    monkeypatch.setattr(comparison.paired_metrics, "RESAMPLES", 20)
    part = JudgedPart("val", 1, "", ("1",), ("",), np.array([1]), np.array([[wrong, 0.004, 0.0]], np.float32))
    found = comparison.document(ComparedRun("run", ("a", "b", "c"), part, {}), run([2], [1], 3))
    assert found["common"] == 0
    part = JudgedPart("val", 1, "", ("0.jpg",), ("",), np.array([1]), part.predicted)
    broken = ComparedRun("run", ("class 0", "class 1", "class 2"), part, {})
    found = comparison.document(broken, run([2], [1], 3))
    assert (found["accuracy_a"]["value"], found["broken"]) == (1.0, 1)
