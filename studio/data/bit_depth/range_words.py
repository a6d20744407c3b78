"""Descriptions of the value ranges of photos of more than 8 bits."""

from __future__ import annotations

from studio.data.bit_depth.value_range import between, words
from studio.events import DeepPhotos, StatedRange, ValueRanges
from studio.spec import ValueRange

_KINDS = {"integer": "integers", "float": "floats"}


def describe(deep: DeepPhotos, chosen: ValueRange | None) -> tuple[str, ...]:
    """One line per range: its values, their origin, and the number of photos.

    Args:
        deep: The data set's photos of more than 8 bits.
        chosen: The user's range; None for automatic.
    """
    if chosen is not None:
        whose = "all photos" if deep.photos != 1 else "the photo"
        return (f"{between(chosen)}, chosen for {whose} of more than 8 bits ({deep.photos:,})",)
    lines = [f"{_stated(one)}, stated by the file ({_photos(one.photos)})" for one in deep.stated]
    rest = deep.photos - sum(one.photos for one in deep.stated)
    for one in deep.estimated:
        kind = f" stored as {_KINDS[one.kind]}" if len(deep.estimated) > 1 else ""
        whose = f" ({_photos(rest)})" if len(deep.estimated) == 1 and deep.stated else ""
        range_text = between(ValueRange(one.low, one.high))
        lines.append(f"{range_text}, estimated from {_photos(one.photos)}{kind or ' of the data set'}{whose}")
    return tuple(lines)


def short(deep: DeepPhotos, chosen: ValueRange | None) -> str:
    """The ranges without their origin: “12 bits, 0–1”."""
    if chosen is not None:
        return between(chosen)
    estimated = (between(ValueRange(one.low, one.high)) for one in deep.estimated)
    return ", ".join((*map(_stated, deep.stated), *estimated))


def of_run(ranges: ValueRanges) -> tuple[str, ...]:
    """One line per chosen or estimated range of a run; none for 8-bit photos."""
    if ranges.chosen is not None:
        return (f"{between(ranges.chosen)}, chosen",)
    return tuple(
        f"{between(ValueRange(one.low, one.high))}, estimated from {_photos(one.photos)}" for one in ranges.estimated
    )


def of_photo(used: ValueRange, chosen: bool, stated: bool, of_dataset: bool) -> str:
    """Range of one photo and its origin.

    Args:
        used: The range.
        chosen: True where it is the user's.
        stated: True where the file states it.
        of_dataset: True where it is that of the data set.
    """
    if chosen:
        return f"{between(used)}, chosen"
    if stated:
        return f"{words(used)}, stated by the file"
    return f"{between(used)}, estimated from {'the data set' if of_dataset else 'this photo alone'}"


def _stated(one: StatedRange) -> str:
    return words(ValueRange(one.low, one.high))


def _photos(count: int) -> str:
    return f"{count:,} photo{'' if count == 1 else 's'}"
