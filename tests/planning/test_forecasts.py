"""Arithmetic of forecasts."""

from __future__ import annotations

import pytest

from studio.planning import forecasts


def test_a_line_through_two_measurements_gives_the_time_of_any_number_of_photos():
    seconds = forecasts.line((8, 1.0), (16, 1.8))
    assert seconds(8) == pytest.approx(1.0)
    assert seconds(16) == pytest.approx(1.8)
    assert seconds(32) == pytest.approx(3.4)
    assert seconds(0) == pytest.approx(0.2)


def test_a_second_measurement_that_is_no_slower_gives_a_constant():
    seconds = forecasts.line((8, 1.0), (16, 0.9))
    assert seconds(8) == seconds(1000) == pytest.approx(0.9)


def test_one_number_measured_twice_gives_a_constant():
    assert forecasts.line((3, 1.0), (3, 1.2))(90) == pytest.approx(1.2)


def test_no_photos_never_take_negative_time():
    seconds = forecasts.line((8, 0.5), (16, 2.0))
    assert seconds(0) == 0.0
    assert seconds(32) == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("photos", "batch", "batches"),
    [
        (100, 32, [32, 32, 32, 4]),
        (96, 32, [32] * 3),
        (97, 32, [32, 32, 33]),
        (5, 32, [5]),
        (3, 0, [1] * 3),
        (1, 32, [1]),
    ],
)
def test_the_batches_of_an_epoch(photos, batch, batches):
    assert forecasts.batches_of_epoch(photos, batch) == batches


@pytest.mark.parametrize(
    ("room", "most", "photos"),
    [
        (1000, 500, 90),  # 100 without photos, 10 each
        (1000, 60, 60),  # an epoch has no more
        (109, 500, 0),  # not even one fits
        (110, 500, 1),
    ],
)
def test_the_largest_batch_fits_into_the_memory(room, most, photos):
    assert forecasts.most_photos(total=200, batch=10, per_photo=10.0, room=room, most=most) == photos


@pytest.mark.parametrize(("room", "photos"), [(200, 50), (199, 0)])
def test_photos_that_add_nothing_all_fit_or_none(room, photos):
    assert forecasts.most_photos(total=200, batch=10, per_photo=0.0, room=room, most=50) == photos


@pytest.mark.parametrize("room", [1000, 1001, 1300, 5000, 100_000])
def test_the_largest_batch_is_found_where_few_photos_need_no_more_memory(room: int) -> None:
    calls: list[int] = []

    def total(photos: int) -> int:
        calls.append(photos)
        return max(1000, 400 + 50 * photos)

    largest = forecasts.largest_that_fits(total, 1, 500, room)
    assert total(largest) <= room
    assert largest == 500 or total(largest + 1) > room or total(largest) > 0.98 * room
    assert len(calls) < 20


def test_a_jump_of_the_memory_limits_the_batch():
    def total(photos: int) -> int:  # another kernel, which needs more, from 21 photos on
        return 100 + 10 * photos + (5000 if photos > 20 else 0)

    largest = forecasts.largest_that_fits(total, 1, 500, 5200)
    assert total(largest) <= 5200
    assert largest <= 20


def test_the_search_ends_after_some_counts_with_a_batch_that_fits():
    calls: list[int] = []

    def total(photos: int) -> int:
        calls.append(photos)
        return photos**6

    largest = forecasts.largest_that_fits(total, 1, 10_000, 50_000**4)
    assert largest**6 <= 50_000**4
    assert len(calls) == 2 + forecasts.MOST_COUNTS


@pytest.mark.parametrize(("high", "room"), [(3, 250), (3, 350), (10, 960), (40, 3_999), (40, 4_060), (500, 30_000)])
def test_the_search_stays_between_fitting_and_too_large_batches(high: int, room: int) -> None:
    asked: list[int] = []

    def total(photos: int) -> int:  # as far as half of the way, photos need nothing
        asked.append(photos)
        return max(100 * photos, 50 * high)

    found = forecasts.largest_that_fits(total, 1, high, room)
    best = max((photos for photos in range(1, high + 1) if max(100 * photos, 50 * high) <= room), default=1)
    assert found <= best
    assert max(100 * found, 50 * high) >= 0.99 * room or found == best
    assert all(1 <= photos <= high for photos in asked)
    assert len(asked) == len(set(asked)), "none is measured twice"


def test_the_search_ends_within_a_percent_of_the_memory() -> None:
    for low_bytes, calls in ((989, 3), (990, 2), (1000, 2)):
        asked: list[int] = []

        def total(photos: int, asked: list[int] = asked, low_bytes: int = low_bytes) -> int:
            asked.append(photos)
            return low_bytes if photos < 3 else 2000

        forecasts.largest_that_fits(total, 1, 3, 1000)
        assert len(asked) == calls


def test_a_line_through_the_origin_stays_one() -> None:
    seconds = forecasts.line((8, 1.0), (16, 2.0))
    assert (seconds(0), seconds(4)) == (0.0, 0.5)
