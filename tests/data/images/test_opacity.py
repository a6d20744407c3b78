"""Opacity of photos with a palette, and of those that cannot be examined."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from PIL import Image

from studio.data.images import decode


def test_a_transparent_color_of_a_palette_has_no_alpha() -> None:
    image: Any = Image.new("P", (2, 1))
    image.info["transparency"] = 0
    assert decode._most_alpha(image) == 0
    image.putpixel((1, 0), 1)
    assert decode._most_alpha(image) == 1


def test_an_image_that_cannot_be_examined_counts_as_opaque() -> None:
    assert decode._most_alpha(SimpleNamespace()) == 1  # type: ignore[arg-type]
