"""Errors of a regression run by the size of the true number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from studio.events import JudgedPart
from studio.session.evaluation import residual_rows
from studio.session.part_results import PartResults


def results(*residuals: tuple[float, float | None, float | None]) -> PartResults:
    rows: list[dict[str, Any]] = [
        {
            "size": size,
            "from": place,
            "to": place + 1,
            "residual": {"value": value, "low": low, "high": high, "n": 5, "method": "bootstrap"},
            "mae": {"value": 0.5},
        }
        for place, (size, (value, low, high)) in enumerate(zip(("low", "middle", "high"), residuals, strict=False))
    ]
    judged = JudgedPart("val", 1, "", ("a.jpg",), ("",), np.zeros(1), np.zeros(1))
    return PartResults("run", ("age",), "age", judged, {"residuals": rows})


@pytest.mark.parametrize(
    ("residuals", "words"),
    [
        ([(0.1, -0.2, 0.4)], "Every interval contains 0: no size is predicted too high or too low."),
        ([(0.3, 0.1, 0.5), (0.0, -1.0, 1.0)], "Low numbers are predicted too high, more than chance explains."),
        ([(-0.3, -0.5, -0.1)], "Low numbers are predicted too low, more than chance explains."),
        ([(0.3, None, None)], "Every interval contains 0: no size is predicted too high or too low."),
        ([], "The errors by size follow after the training."),
    ],
)
def test_systematic_errors_in_a_sentence(residuals: list[Any], words: str) -> None:
    assert residual_rows.words(results(*residuals)) == words


def test_the_axis_includes_the_farthest_end() -> None:
    rows = residual_rows.rows(results((0.3, 0.1, 0.5), (-1.0, -2.0, 0.0)))
    assert rows[0].axis == pytest.approx((-2.1, 2.1))
    assert (rows[0].title, rows[0].low, rows[0].high) == ("Low, 0 to 1.00", 0.1, 0.5)
    assert (rows[0].reference, rows[0].reference_words) == (0.0, "0 means no systematic error")


def test_an_interval_that_ends_at_zero_is_no_systematic_error() -> None:
    assert "no size is predicted" in residual_rows.words(results((0.5, 0.0, 1.0), (-0.5, -1.0, 0.0), (0.0, -1.0, 1.0)))
    text = residual_rows.words(results((0.5, 0.1, 1.0), (-0.5, -1.0, -0.1), (0.0, None, None)))
    assert (
        text
        == "Low numbers are predicted too high and middle numbers are predicted too low, more than chance explains."
    )
