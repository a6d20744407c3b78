from __future__ import annotations

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
