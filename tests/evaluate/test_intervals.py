from __future__ import annotations

import pytest

from studio.evaluate.intervals import wilson


@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    [
        # R. G. Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        # The formula by hand: with 0 of n the high end is z² / (n + z²).
        (0, 10, 0.0, 3.841459 / 13.841459),
        (10, 10, 10 / 13.841459, 1.0),
    ],
)
def test_known_values(right: int, total: int, low: float, high: float) -> None:
    assert wilson(right, total) == pytest.approx((low, high), abs=6e-5)


def test_it_stays_within_bounds_and_narrows_with_more_photos() -> None:
    widths = [high - low for low, high in (wilson(n * 9 // 10, n) for n in (10, 100, 1000))]
    assert widths[0] > 2 * widths[1] > 4 * widths[2]
    for total in range(1, 40):
        for right in range(total + 1):
            low, high = wilson(right, total)
            assert 0 <= low <= right / total <= high <= 1


def test_the_interval_without_photos_is_0_to_1() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("right", "total"), [(-1, 3), (4, 3)])
def test_counts_outside_the_bounds_are_refused(right: int, total: int) -> None:
    with pytest.raises(ValueError, match="not a proportion"):
        wilson(right, total)
