from __future__ import annotations

import io

import pytest
from PIL import Image

from studio.data.images import facts


@pytest.mark.parametrize(("side", "reduced"), [(320, 40), (312, 78)])
def test_a_jpeg_is_reduced_to_an_eighth_from_320_pixels_on(side, reduced):
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), "teal").save(buffer, "JPEG")
    image = Image.open(buffer)
    image.draft("RGB", facts.Opened().needed(image))
    assert image.size == (reduced, reduced)
    assert reduced > facts.SIDE
