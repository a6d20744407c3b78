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
def test_a_tiff_without_its_end_is_truncated(compression: str | None, part: float) -> None:
    data = tiff(compression=compression)
    assert not tiff_ends.is_cut(data)
    assert not tiff_ends.is_cut(data + b"more")
    assert tiff_ends.is_cut(data[: int(len(data) * part)])


def test_a_tiff_with_only_a_header_is_truncated() -> None:
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
def test_a_tiff_without_the_last_byte_of_its_pixels_is_truncated(order: str) -> None:
    behind = plain(order, 38, 8)
    assert not tiff_ends.is_cut(behind + bytes(8))
    assert tiff_ends.is_cut(behind + bytes(7))


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_directory_may_be_the_last_of_a_file(order: str) -> None:
    assert not tiff_ends.is_cut(plain(order, 8, 16))
    assert tiff_ends.is_cut(plain(order, 8, 16)[:-13])


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("tags", [(273, 279), (324, 325)], ids=["strips", "tiles"])
@pytest.mark.parametrize(("kind", "code"), [(3, "H"), (4, "I"), (16, "Q")])
@pytest.mark.parametrize("parts", [1, 3])
def test_offsets_of_every_type_are_followed(order, tags, kind, code, parts) -> None:
    size = struct.calcsize(f"<{code}") * parts
    ends, start = 8 + 2 + 24 + 4, 200
    lists = [
        struct.pack(f"{order}{parts}{code}", *numbers) for numbers in ([start] * (parts - 1) + [start + 8], [8] * parts)
    ]
    entries = b""
    for place, (tag, values) in enumerate(zip(tags, lists, strict=True)):
        where = values.ljust(4, b"\0") if size <= 4 else struct.pack(f"{order}I", ends + place * size)
        entries += struct.pack(f"{order}HHI", tag, kind, parts) + where
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}IH", 8, 2)
    data = (head + entries + bytes(4) + b"".join(lists)).ljust(start + 16, b"x")
    assert not tiff_ends.is_cut(data)
    assert tiff_ends.is_cut(data[:-1])


@pytest.mark.parametrize(("number", "is_cut"), [(0, False), (100_000, True), (100_001, False)])
def test_lists_of_more_than_100_000_parts_are_not_followed(number: int, is_cut: bool) -> None:
    head = b"II*\0" + struct.pack("<IH", 8, 1) + struct.pack("<HHII", 273, 4, number, 26)
    assert tiff_ends.is_cut(head + bytes(4)) is is_cut
