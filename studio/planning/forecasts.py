"""Arithmetic of forecasts: times from two measurements, the largest batch that fits, the steps of an epoch."""

from __future__ import annotations

from collections.abc import Callable

LARGEST_SHARE = 0.7
"""Share of the available memory that the tensors of a batch may fill: in measurements, the working memory of libraries
and the gaps between allocations took up to 29 % more than the tensors."""


MOST_COUNTS = 8
"""Most batches whose memory is counted to find the largest one that fits; each takes about a second."""


def line(first: tuple[int, float], second: tuple[int, float]) -> Callable[[int], float]:
    """A function from a number of photos to seconds: the line through two measurements (photos, seconds).

    It is constant where the second measurement is not slower than the first, as with batches so small that each takes
    the same time. The time for no photos is never negative.
    """
    (few, short), (many, long) = first, second
    slope = max(0.0, (long - short) / (many - few)) if many != few else 0.0
    fixed = long - slope * many
    if fixed < 0:
        slope, fixed = long / many, 0.0
    return lambda photos: fixed + slope * photos


def batches_of_epoch(photos: int, batch: int) -> list[int]:
    """Number of photos in each batch of an epoch: as in training, a single one left over joins the last batch."""
    batch = max(1, batch)
    whole, rest = divmod(photos, batch)
    if rest == 1 and whole and batch > 1:
        return [batch] * (whole - 1) + [batch + 1]
    return [batch] * whole + [rest] * bool(rest)


def most_photos(total: int, batch: int, per_photo: float, room: float, most: int) -> int:
    """Most photos in a step whose memory fits into `room`.

    Args:
        total: Bytes of a step with `batch` photos.
        batch: Its photos.
        per_photo: Bytes that each further photo adds.
        room: Bytes that may be filled.
        most: Upper bound, the photos of an epoch.

    Returns:
        0 where not even one photo fits.
    """
    fixed = total - per_photo * batch
    if per_photo <= 0:
        return most if total <= room else 0
    return int(max(0, min(most, (room - fixed) // per_photo)))


def largest_that_fits(total: Callable[[int], int], low: int, high: int, room: float) -> int:
    """The largest number of photos from `low`, which fits, to `high` whose memory, in bytes, fits into `room`.

    The search ends within a percent of `room`, or after `MOST_COUNTS` steps. `total` grows slowly at first, then
    evenly, so a line between two numbers of photos is never below it.
    """
    low_bytes, high_bytes = total(low), total(high)
    if high_bytes <= room:
        return high
    for _ in range(MOST_COUNTS):
        if high - low <= 1 or low_bytes >= 0.99 * room:
            break
        middle = low + int((room - low_bytes) / (high_bytes - low_bytes) * (high - low))
        middle = min(max(middle, low + 1), high - 1)
        middle_bytes = total(middle)
        if middle_bytes <= room:
            low, low_bytes = middle, middle_bytes
        else:
            high, high_bytes = middle, middle_bytes
    return low
