"""Warnings about the value ranges of predicted photos of more than 8 bits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from studio.data.bit_depth import value_range
from studio.data.bit_depth.reading import ConvertedPhoto
from studio.events import Warned
from studio.spec import ValueRange


def of_photo(path: str, photo: ConvertedPhoto) -> Iterator[Warned]:
    """Warnings about the value range of one photo."""
    yield from of_guesses([(path, photo.guess)] if photo.guess is not None else [])
    yield from of_cut_off([(path, photo.cut_off)] if photo.cut_off else [])


def of_guesses(guesses: Sequence[tuple[str, ValueRange]]) -> Iterator[Warned]:
    """Warnings about photos without a known value range."""
    if guesses:
        path, guess = guesses[0]
        yield Warned(
            f"{path}{_more(guesses)}: neither the file nor the run states a value range; each photo's own range was "
            f"used ({value_range.between(guess)} for this one).",
            "Train on such photos, so that there is one range for all of them.",
        )


def of_cut_off(cut_off: Sequence[tuple[str, str]]) -> Iterator[Warned]:
    """Warnings about photos that exceed the value range of the run."""
    if cut_off:
        path, words = cut_off[0]
        yield Warned(
            f"{path}{_more(cut_off)}: {words}, of the photos that the run was trained on.",
            "Values outside the range are clipped. Train on such photos, too, or convert them to the same range.",
        )


def _more(photos: Sequence[object]) -> str:
    return f" and {len(photos) - 1:,} more" if len(photos) > 1 else ""
