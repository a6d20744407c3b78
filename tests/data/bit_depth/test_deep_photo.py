"""A decoded photo of more than 8 bits: its range and its picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tiffs import tiff

from studio.data.bit_depth import deep
from studio.data.bit_depth.deep import DeepPhoto, Header
from studio.data.formats.unreadable import Unreadable
from studio.spec import ValueRange


def photo(*values: float, bands: int = 1, kind: Any = np.uint16, **more: Any) -> DeepPhoto:
    return DeepPhoto(np.array(values, kind).reshape(1, -1, bands), **{"stated": None, **more})


def levels(one: DeepPhoto, low: float = 0, high: float = 255) -> list[int]:
    return [int(level) for level in np.asarray(one.image(ValueRange(low, high)))[0, :, 0]]


def test_the_range_is_stated_or_estimated_from_what_is_seen() -> None:
    stated = ValueRange(0, 4095)
    assert photo(0, 200, 9, stated=stated).own_range() == stated
    assert photo(0, 200).own_range() == ValueRange(0, 255)
    assert photo(0, 200, 9000, alpha=np.array([[1, 0.1, 0]], np.float32)).own_range() == ValueRange(0, 255)
    assert photo(0, 200, 9000, empty=np.array([[False, False, True]])).own_range() == ValueRange(0, 255)
    both = {"alpha": np.array([[0, 1, 1]], np.float32), "empty": np.array([[False, True, False]])}
    found = photo(1, 2, 3, **both).extremes()
    assert found is not None
    assert (found.low, found.high) == (3, 3)
    assert photo(1, 2, empty=np.array([[True, True]])).own_range() == ValueRange(0, 1)


@pytest.mark.parametrize(("kind", "word"), [(np.uint16, "integer"), (np.float32, "float")])
def test_the_bulk_of_the_values_is_measured_only_where_no_range_is_stated(kind: Any, word: str) -> None:
    info = photo(*range(400), kind=kind).range_info()
    assert (info.kind, info.stated) == (word, None)
    assert info.bulk is not None
    assert (info.bulk.low, info.bulk.high) == (4, 395)
    assert photo(1, 2, kind=kind, stated=ValueRange(0, 9)).range_info().bulk is None


def test_inverted_empty_and_transparent_pixels_are_shown_correctly() -> None:
    assert levels(photo(0, 55, 255)) == [0, 55, 255]
    assert levels(photo(0, 55, 255, inverted=True)) == [255, 200, 0]
    assert levels(photo(9, 9, empty=np.array([[True, False]]))) == [0, 9]
    assert levels(photo(9, 9, inverted=True, empty=np.array([[True, False]]))) == [0, 246]
    half = np.array([[0, 0.5, 1]], np.float32)
    assert levels(photo(100, 100, 100, alpha=half)) == [255, 178, 100]
    assert levels(photo(0, 100, 100, alpha=half, premultiplied=True)) == [255, 228, 100]
    assert levels(photo(200, 200, 200, alpha=half, premultiplied=True)) == [255, 255, 200]


def test_one_three_and_four_bands_are_gray_rgb_and_cmyk() -> None:
    def pixel(*values: int) -> tuple[int, ...]:
        shown = photo(*values, bands=len(values)).image(ValueRange(0, 255))
        return tuple(int(level) for level in np.asarray(shown)[0, 0])

    assert pixel(7) == (7, 7, 7)
    assert pixel(1, 2, 3) == (1, 2, 3)
    assert pixel(0, 0, 0, 0) == (255, 255, 255)
    assert pixel(255, 0, 0, 0)[0] < 100
    assert photo(1, 2, 3, orientation=6).image(ValueRange(0, 255)).size == (1, 3)


@pytest.mark.parametrize(
    ("kind", "is_deep", "word"),
    [("u2", True, "integer"), ("i1", True, "integer"), ("f4", True, "float"), ("u1", False, "integer")],
)
def test_the_header_says_whether_a_photo_has_more_than_8_bits(kind: str, is_deep: bool, word: str) -> None:
    found = deep.header(tiff(np.zeros((2, 3, 3), kind), 2, planar=True))
    assert found is not None
    assert (found.size, found.deep, found.kind) == ((3, 2), is_deep, word)


@pytest.mark.parametrize("size", [(0, 4), (4, 0), (-1, -1)])
def test_a_photo_without_pixels_is_damaged(size: tuple[int, int]) -> None:
    with pytest.raises(Unreadable, match="it has no pixels"):
        deep.read(b"", Header(size, True, "integer", False, None))


def test_a_photo_may_have_as_many_pixels_as_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    data = tiff(np.zeros((1, 1), np.uint16))
    header = deep.header(data)
    assert header is not None
    monkeypatch.setattr(deep, "MAX_PIXELS", 1)
    assert deep.read(data, header).values.shape == (1, 1, 1)
    monkeypatch.setattr(deep, "MAX_PIXELS", 0)
    with pytest.raises(Unreadable, match="too large: 1 × 1 pixels"):
        deep.read(data, header)
