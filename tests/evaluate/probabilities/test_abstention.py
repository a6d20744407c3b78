from __future__ import annotations

import numpy as np
import pytest

from studio.evaluate.probabilities import abstention


def two(confidences: list[float], right: list[bool]) -> tuple[np.ndarray, np.ndarray]:
    shares = np.array(confidences)
    return np.where(right, 0, 1), np.stack([shares, 1 - shares], axis=1)


def test_the_most_doubtful_photos_are_left_unanswered_first() -> None:
    labels, probabilities = two(
        [0.9, 0.8, 0.7, 0.6, 0.95, 0.85, 0.75, 0.65, 0.99, 0.55], [True] * 3 + [False] + [True] * 5 + [False]
    )
    rows = {round(row.coverage, 2): row for row in abstention.table(labels, probabilities)}
    assert rows[1.0].accuracy.value == 0.8
    assert (rows[0.9].confidence, rows[0.9].accuracy.value) == (0.6, pytest.approx(8 / 9))
    assert rows[0.8].accuracy.value == rows[0.5].accuracy.value == 1.0
    assert (rows[0.5].confidence, rows[0.5].accuracy.n) == (0.8, 5)


def test_the_area_is_the_mean_risk() -> None:
    labels, probabilities = two([0.9, 0.8, 0.7, 0.6], [True, False, True, False])
    assert abstention.risk_area(labels, probabilities) == pytest.approx((0 + 1 / 2 + 1 / 3 + 2 / 4) / 4)


def test_equally_confident_photos_are_answered_together() -> None:
    labels, probabilities = two([0.7] * 4, [True, False, True, True])
    assert {row.coverage for row in abstention.table(labels, probabilities)} == {1.0}
    assert abstention.risk_area(labels, probabilities) == pytest.approx((1 + 1 / 2 + 1 / 3 + 1 / 4) / 4)


def test_degenerate_parts() -> None:
    nothing = np.zeros(0, int), np.zeros((0, 2))
    assert (abstention.table(*nothing), abstention.risk_area(*nothing)) == ((), 0.0)
    (row, *_) = abstention.table(*two([0.9], [False]))
    assert (row.coverage, row.accuracy.value, row.accuracy.n) == (1.0, 0.0, 1)
