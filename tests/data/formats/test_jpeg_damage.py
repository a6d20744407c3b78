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


def test_a_restart_marker_needs_an_interval() -> None:
    data = jpeg()
    assert jpeg_damage.is_damaged(data[:-300] + b"\xff\xd3" + data[-300:])


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"\xff\xd8\xff\xda", b"\xff\xd8\xff\xe0\0\x02" * 3, bytes(100)])
def test_files_of_other_formats_are_not_called_damaged(data: bytes) -> None:
    assert not jpeg_damage.is_damaged(data)
