"""JPEGs that may be decoded elsewhere are told from those that only Pillow knows how to read, or to refuse."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from studio.data.images import decode
from studio.data.jpegs import plain


def jpeg(mode: str = "RGB", **options: object) -> bytes:
    out = BytesIO()
    Image.new(mode, (20, 10)).save(out, "JPEG", **options)
    return out.getvalue()


def turned(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return jpeg(exif=exif)


@pytest.mark.parametrize("data", [jpeg(), jpeg("L"), jpeg(progressive=True), jpeg() + b"\0\0"])
def test_a_whole_jpeg_in_plain_colours(data):
    found = plain(data)
    assert found is not None
    assert (found.data, found.orientation) == (data, 1)


def test_how_it_is_to_be_turned():
    assert [getattr(plain(turned(number)), "orientation", None) for number in range(1, 9)] == list(range(1, 9))


@pytest.mark.parametrize(
    "data",
    [jpeg()[:-20], jpeg("CMYK"), jpeg()[:40] + b"\xff\xd9", b"\xff\xd8\xff\xd9", b"", b"GIF89a", jpeg()[2:]],
    ids=["cut off", "CMYK", "damaged header", "nothing in it", "empty", "a GIF", "no beginning"],
)
def test_all_else_is_left_to_pillow(data):
    assert plain(data) is None


def test_a_picture_too_large_to_open(monkeypatch):
    monkeypatch.setattr(decode, "MOST_PIXELS", 199)
    assert plain(jpeg()) is None
