from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from studio.data.formats import jpeg_damage

PIXELS = np.random.default_rng(0).integers(0, 256, (96, 128, 3), dtype=np.uint8)
OPTIONS = [
    {},
    {"progressive": True},
    {"optimize": True},
    {"restart_marker_blocks": 2},
    {"progressive": True, "restart_marker_rows": 1},
]


def jpeg(**options: object) -> bytes:
    stream = BytesIO()
    Image.fromarray(PIXELS).save(stream, "JPEG", **options)
    return stream.getvalue()


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_an_intact_file_is_not_damaged(options: dict[str, object]) -> None:
    data = jpeg(**options)
    assert not jpeg_damage.is_damaged(data)
    assert not jpeg_damage.is_damaged(data + data)  # a second picture, or anything else, after the end
    assert not jpeg_damage.is_damaged(data + b"\xff\x01")


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_most_files_with_random_bytes_in_the_middle_are_damaged(options: dict[str, object]) -> None:
    data = jpeg(**options)
    found = 0
    for seed in range(40):
        random = np.random.default_rng(seed)
        place = int(random.integers(len(data) // 2, len(data) - 500))
        found += jpeg_damage.is_damaged(data[:place] + random.bytes(400) + data[place + 400 :])
    assert found >= 24


def test_a_restart_marker_without_an_interval_is_damage() -> None:
    data = jpeg()
    assert jpeg_damage.is_damaged(data[:-300] + b"\xff\xd3" + data[-300:])


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"\xff\xd8\xff\xda", b"\xff\xd8\xff\xe0\0\x02" * 3, bytes(100)])
def test_files_of_other_formats_are_not_called_damaged(data: bytes) -> None:
    assert not jpeg_damage.is_damaged(data)


def built(*segments: bytes, pixels: bytes = b"pixels", end: bytes = b"\xff\xd9", interval: bool = False) -> bytes:
    """A JPEG with segments before its pixels, and perhaps restart intervals."""
    head = b"".join((b"\xff\xdd\0\4\0\2" if interval else b"", *segments))
    return b"\xff\xd8" + head + b"\xff\xda\0\x05abc" + pixels + end


def test_only_markers_allowed_between_scans_are_accepted() -> None:
    """Tables, further scans, comments and application data may stand there; zero and 255 are no markers."""
    right = {0, 0xC4, 0xD9, 0xDA, 0xDB, 0xDC, 0xDD, *range(0xE0, 0xF0), 0xFE, 0xFF}
    for interval, restarts in ((False, set()), (True, set(range(0xD0, 0xD8)))):
        files = (built(pixels=bytes([9, 0xFF, marker, 0, 9]), interval=interval) for marker in range(256))
        assert {marker for marker, file in enumerate(files) if not jpeg_damage.is_damaged(file)} == right | restarts


def test_only_pixels_are_searched_and_an_interval_only_before_the_end() -> None:
    wrong = b"\xff\x02"
    assert not jpeg_damage.is_damaged(built(b"\xff\xe0\0\x06\xff\x02\xff\x02"))
    assert not jpeg_damage.is_damaged(b"\xff\xd8\xff\xda\0\x05" + wrong + b"c" + b"pixels\xff\xd9")
    assert jpeg_damage.is_damaged(built(pixels=wrong + b"pixels"))
    assert jpeg_damage.is_damaged(built(pixels=b"pixels" + wrong))
    assert not jpeg_damage.is_damaged(built() + wrong)
    assert not jpeg_damage.is_damaged(built(pixels=wrong, end=b"")), (
        "without an end it is cut off, which is said elsewhere"
    )
    restart = built(pixels=b"p\xff\xd3")
    assert jpeg_damage.is_damaged(restart + b"\xff\xdd\0\4\0\2")
    assert not jpeg_damage.is_damaged(built(b"\xff\xe0\0\2", pixels=b"p\xff\xd3", interval=True))


def test_malformed_segments_are_not_reported_as_damaged_pixels() -> None:
    assert not jpeg_damage.is_damaged(b"\xff\xd8" + b"x" + built(pixels=b"\xff\2")[2:])
    assert not jpeg_damage.is_damaged(b"\xff\xd8\xff\xda\0")
    assert jpeg_damage.is_damaged(b"\xff\xd8\xff\xda\0\2\xff\2\xff\xd9"), "the shortest file"
