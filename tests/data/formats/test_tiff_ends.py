from __future__ import annotations

import struct
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from studio.data.formats import tiff_ends


def tiff(**options: object) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    stream = BytesIO()
    Image.fromarray(pixels).save(stream, "TIFF", **options)
    return stream.getvalue()


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate"])
@pytest.mark.parametrize("part", [0.01, 0.3, 0.9])
def test_a_file_without_its_end_is_cut(compression: str | None, part: float) -> None:
    data = tiff(compression=compression)
    assert not tiff_ends.is_cut(data)
    assert not tiff_ends.is_cut(data + b"more")
    assert tiff_ends.is_cut(data[: int(len(data) * part)])


def test_the_header_alone_is_cut_and_other_files_are_not() -> None:
    assert tiff_ends.is_cut(b"II*\0")
    assert tiff_ends.is_cut(b"MM\0*\0\0\0\x08")
    assert not tiff_ends.is_cut(b"\xff\xd8\xff")
    assert not tiff_ends.is_cut(b"")


def plain(order: str, place: int, first: int) -> bytes:
    """Header and directory of a TIFF with its directory at `first` and one strip of eight bytes at `place`."""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", first)
    entries = struct.pack(f"{order}H", 2)
    entries += struct.pack(f"{order}HHII", 273, 4, 1, place)
    entries += struct.pack(f"{order}HHII", 279, 4, 1, 8)
    return head + bytes(first - 8) + entries + bytes(4)  # no next directory


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_last_byte_of_the_pixels_counts(order: str) -> None:
    behind = plain(order, 38, 8)
    assert not tiff_ends.is_cut(behind + bytes(8))
    assert tiff_ends.is_cut(behind + bytes(7))


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_directory_may_be_the_last_of_a_file(order: str) -> None:
    assert not tiff_ends.is_cut(plain(order, 8, 16))
    assert tiff_ends.is_cut(plain(order, 8, 16)[:-13])
