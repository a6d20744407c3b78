from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.data.formats import jpeg_ends
from studio.data.images import decode
from studio.data.images.decode import Unreadable

KINDS: list[dict[str, object]] = [
    {},
    {"progressive": True},
    {"optimize": True, "subsampling": 0},
    {"restart_marker_blocks": 2},
]
PICTURE = np.random.default_rng(6).integers(0, 256, (48, 64, 3), dtype=np.uint8)


def encoded(**options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(PICTURE).save(stream, "JPEG", **options)
    return stream.getvalue()


@pytest.mark.parametrize("options", KINDS)
def test_a_missing_end_mark_costs_nothing(options: dict[str, object], tmp_path: Path) -> None:
    whole = encoded(**options)
    expected = np.asarray(decode.from_bytes(whole))
    file = tmp_path / "a.jpg"
    for short in (whole[:-1], whole[:-2]):
        assert np.array_equal(np.asarray(decode.from_bytes(short)), expected)
        file.write_bytes(short)
        decode.check(file)
        assert decode.thumbnail(file, 16).shape == (12, 16, 3)


@pytest.mark.parametrize("options", KINDS)
def test_every_real_cut_is_noticed(options: dict[str, object]) -> None:
    whole = encoded(**options)
    expected = np.asarray(decode.from_bytes(whole))
    for end in (*range(100, len(whole) - 60, 211), *range(len(whole) - 60, len(whole) - 2)):
        try:
            assert np.array_equal(np.asarray(decode.from_bytes(whole[:end])), expected), end
        except Unreadable as error:
            assert "cut off" in error.reason  # noqa: PT017


def test_a_progressive_file_without_its_last_scans_is_cut_off() -> None:
    whole = encoded(progressive=True)
    scans = [place for place in range(len(whole) - 1) if whole[place : place + 2] == b"\xff\xda"]
    assert len(scans) > 4
    for place in scans[2:]:
        begin = whole.rindex(b"\xff\xc4", 0, place) if whole.rfind(b"\xff\xc4", place - 60, place) > 0 else place
        assert jpeg_ends.completed(whole[:begin]) is None


def test_zeros_at_the_end_are_a_lost_block() -> None:
    whole = encoded()
    with pytest.raises(Unreadable, match="cut off"):
        decode.from_bytes(whole[: len(whole) // 2] + b"\0" * (len(whole) // 2))
    assert decode.from_bytes(whole + b"\0" * 4096).size == (64, 48)
    assert decode.from_bytes(whole + b"SEFT" * 50 + b"\0" * 4096).size == (64, 48)


def test_kinds_of_jpeg_that_are_not_read_are_named() -> None:
    frame = struct.pack(">HH", 9, 12) + b"\1\1\x11\0" + b"\xff\xd9"
    deep, filled = b"\xc1\0\x0b\x0c", b"\xff\xc1\0\x0b\x0c"  # any number of 0xFF may stand before a marker
    for start, words in ((deep, "12 bits a sample"), (filled, "12 bits a sample"), (b"\xc3\0\x0b\x08", "lossless")):
        with pytest.raises(Unreadable, match=words):
            decode.from_bytes(b"\xff\xd8\xff" + start + frame)
