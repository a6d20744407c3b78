from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from studio.data.checks.empty_pictures import are_graphics
from studio.data.images import facts
from studio.data.images.facts import Opened, PhotoFacts
from studio.data.images.facts_table import FactsTable


@pytest.mark.parametrize(("side", "reduced"), [(320, 40), (312, 78)])
def test_a_jpeg_is_reduced_to_an_eighth_from_320_pixels_on(side, reduced):
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), "teal").save(buffer, "JPEG")
    image = Image.open(buffer)
    image.draft("RGB", facts.Opened().needed(image))
    assert image.size == (reduced, reduced)
    assert reduced > facts.SIDE


def washed_out(rng: np.random.Generator) -> Image.Image:
    """A photo whose levels differ by 34 of 255, on a plain background that takes most of it."""
    colors = np.full((96, 96, 3), 225, np.uint8)
    patches = rng.integers(196, 230, (12, 12, 3)).astype(np.uint8)
    colors[24:72, 24:72] = patches.repeat(4, axis=0).repeat(4, axis=1)
    return Image.fromarray(colors)


def drawn(mode: str = "RGB", paper: object = "#eee") -> Image.Image:
    image = Image.new(mode, (96, 96), paper)
    ImageDraw.Draw(image).rectangle((30, 40, 60, 70), outline="#c0c0c0", width=5)
    return image


def test_washed_out_and_cut_out_photos_are_no_graphics() -> None:
    photo = washed_out(np.random.default_rng(0))
    cut = photo.convert("RGBA")
    cut.putalpha(Image.fromarray(np.pad(np.full((48, 48), 255, np.uint8), 24)))
    pictures = {"washed out": photo, "cut out": cut, "thin": Image.blend(cut, Image.new("RGBA", (96, 96)), 0.3)}
    pictures |= {
        "drawn": drawn(),
        "drawn on nothing": drawn("RGBA", (0, 0, 0, 0)),
        "nothing": Image.new("LA", (96, 96)),
    }
    table = FactsTable.of({name: facts_of(image) for name, image in pictures.items()})
    found = dict(zip(table.paths, are_graphics(table).tolist(), strict=True))
    assert found == {name: name.startswith("drawn") for name in pictures}


def facts_of(image: Image.Image) -> PhotoFacts:
    file = io.BytesIO()
    image.save(file, "PNG")
    opened = Opened()
    with Image.open(file) as again:
        opened.needed(again)
        again.load()
        return opened.facts(file.getvalue(), again)
