"""Sets in which many photos are alike, so that only copies that hardly differ can be found."""

from __future__ import annotations

import numpy as np
import pytest

from studio.data.checks import near_duplicates


def groups_of(size: int, number: int, of: int = 1, agreement: float = 1.0) -> np.ndarray:
    """Descriptors of `number` pictures: `of` groups of `size` that agree, and others that agree with none."""
    own = np.eye(number, dtype=np.float32)
    place = np.arange(number)
    inside = place < size * of
    shared = np.zeros((number, number), np.float32)
    shared[place[inside], place[inside] // size] = 1
    return np.where(
        inside[:, None], np.hstack([shared * agreement**0.5, own * (1 - agreement) ** 0.5]), np.hstack([0 * own, own])
    )


@pytest.mark.parametrize(
    ("base", "uniform"),
    [
        (groups_of(13, 40), True), (groups_of(12, 40), False),  # more than three of ten
        (groups_of(11, 30), True), (groups_of(10, 30), False),  # each agrees with ten others
        (groups_of(13, 600, 46), True), (groups_of(12, 600, 50), False),  # or with 2 %
        (groups_of(40, 40, 1, 0.751), True), (groups_of(40, 40, 1, 0.749), False),
        (groups_of(0, 0), False),
    ],
    ids=["31 %", "30 %", "10 others", "9 others", "2 %", "less than 2 %", "agreement", "less agreement", "none"],
)  # fmt: skip
def test_a_set_is_uniform_where_many_pictures_agree_with_many(base: np.ndarray, uniform: bool) -> None:
    assert near_duplicates._is_uniform(base) is uniform
