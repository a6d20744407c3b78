from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from tiffs import png16, tiff

from studio.data.checks.empty_pictures import are_graphics
from studio.data.images import decode, facts
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


def test_washed_out_and_cut_out_photos_are_not_graphics() -> None:
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


def grain(*dark: int, base: int = 100) -> Image.Image:
    """A gray picture of 48 × 48 pixels with numbers of black and of white ones."""
    levels = np.full(48 * 48, base, np.uint8)
    levels[: dark[0]] = 0
    levels[len(levels) - dark[1] :] = 255
    return Image.fromarray(levels.reshape(48, 48)).convert("RGB")


@pytest.mark.parametrize(
    ("black", "white", "spread"), [(0, 0, 0), (23, 23, 0), (24, 23, 100), (23, 24, 155), (24, 24, 255)]
)
def test_the_spread_leaves_out_one_percent_on_either_side(black: int, white: int, spread: int) -> None:
    assert facts._spread(grain(black, white)) == spread


def test_the_spread_is_that_of_the_color_in_which_it_is_largest() -> None:
    colored = np.zeros((48, 48, 3), np.uint8)
    colored[:24, :, 1] = 77
    assert facts._spread(Image.fromarray(colored)) == 77


def test_colors_are_counted_in_16_levels() -> None:
    picture = np.zeros((48, 48, 3), np.uint8)
    picture[12:24], picture[24:36], picture[36:] = [16, 0, 0], [0, 16, 0], [0, 0, 16]
    picture[:6] = 15  # as black as black
    assert facts._colors(Image.fromarray(picture), None) == (0.25, 4)


def checked(image: Image.Image, kind: str, file: Path, **options: object) -> facts.PhotoFacts:
    image.save(file, kind, **options)
    return decode.check(file).facts


def test_the_facts_name_format_mode_and_size_as_shown(tmp_path: Path) -> None:
    file, turned = tmp_path / "a", Image.Exif()
    for orientation, size in ((1, (6, 4)), (4, (6, 4)), (5, (4, 6)), (8, (4, 6))):
        turned[0x0112] = orientation
        for kind in ("JPEG", "TIFF"):
            found = checked(Image.new("RGB", (6, 4)), kind, file, exif=turned)
            assert (found.format, found.width, found.height, found.orientation) == (kind, *size, orientation)
            assert (found.cmyk, found.palette, found.alpha, found.deep, found.damaged) == (False,) * 5
            assert (found.images, found.unit, found.file_size) == (1, "", file.stat().st_size)
    assert checked(Image.new("CMYK", (6, 4)), "JPEG", file).cmyk
    assert checked(Image.new("P", (6, 4)), "PNG", file).palette
    assert checked(Image.new("RGBA", (6, 4), (0, 0, 0, 9)), "PNG", file).alpha
    assert checked(Image.new("RGB", (6, 3)), "WEBP", file).format == "WebP"
    assert found.aspect == 1.5


def test_impossible_bytes_in_the_middle_of_a_jpeg_are_a_fact(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    assert not checked(Image.fromarray(noise), "JPEG", file).damaged
    data = file.read_bytes()
    file.write_bytes(data[:-300] + b"\xff\xd3" + data[-300:])
    assert decode.check(file).facts.damaged


@pytest.mark.parametrize(
    ("bands", "photometric", "extra", "expected"),
    [
        (1, 1, (), (True, False, False, False)),
        (3, 2, (), (True, False, False, False)),
        (4, 5, (), (True, True, False, False)),
        (4, 2, [(338, 3, [2])], (True, False, False, True)),
    ],
)
def test_the_facts_of_a_tiff_of_16_bits(
    bands: int, photometric: int, extra: list[tuple[int, int, list[int]]], expected: tuple[bool, ...], tmp_path: Path
) -> None:
    values = np.zeros((4, 6, bands), "u2")
    values[:, 3:] = 65535
    for turn, size in ((1, (6, 4)), (4, (6, 4)), (5, (4, 6)), (8, (4, 6))):
        (tmp_path / "a.tif").write_bytes(tiff(values, photometric, extra=[*extra, (274, 3, [turn])]))
        found = decode.check(tmp_path / "a.tif").facts
        assert (found.deep, found.cmyk, found.palette, found.alpha) == expected
        assert (found.format, found.width, found.height, found.orientation) == ("TIFF", *size, turn)
        assert (found.images, found.unit, found.damaged) == (1, "", False)
        assert found.spread == (0 if found.alpha else 255), "the left half is black, or transparent, which is white"


def test_a_palette_of_8_bits_per_entry_is_one(tmp_path: Path) -> None:
    colors = [level for _ in range(3) for level in range(256)]
    (tmp_path / "a.tif").write_bytes(tiff(np.full((4, 6), 200, "u1"), 3, extra=[(320, 3, colors)]))
    found = decode.check(tmp_path / "a.tif").facts
    assert (found.deep, found.cmyk, found.palette, found.alpha) == (False, False, True, False)


def test_facts_of_a_png_of_16_bits(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png16(np.zeros((4, 6, 4), "u2")))
    found = decode.check(tmp_path / "a.png").facts
    assert (found.format, found.width, found.height, found.orientation) == ("PNG", 6, 4, 1)
    assert (found.deep, found.cmyk, found.palette, found.alpha) == (True, False, False, True)


@pytest.mark.parametrize("channel", range(3))
def test_on_a_plain_background_the_levels_of_each_color_are_counted(channel: int) -> None:
    picture = np.full((48, 48, 3), 100, np.uint8)
    for row, level in enumerate((116, 132, 148, 84)):
        picture[2 * row : 2 * row + 2, :, channel] = level
    share, colors = facts._colors(Image.fromarray(picture), None)
    assert (share, colors) == (pytest.approx(40 / 48), 5)


def test_only_opaque_pixels_of_a_cut_out_photo_are_counted() -> None:
    picture = np.full((48, 48, 3), 100, np.uint8)
    picture[:12, :24], picture[:12, 24:] = [200, 0, 0], [0, 200, 0]
    opaque = np.zeros((48, 48), np.uint8)
    opaque[:12] = 255
    mask = Image.fromarray(opaque).convert("1")
    assert facts._colors(Image.fromarray(picture), mask) == (0.75, 2)
    assert facts._colors(Image.fromarray(picture), None) == (0.75, 3)
    assert facts._colors(Image.fromarray(picture), Image.new("1", (48, 48))) == (0.75, 3), "nothing is opaque"


@pytest.mark.parametrize(
    ("others", "colors", "flat"),
    [
        ([(1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 3, 0), (0, 0, 3), (0, 0, 11), (2, 0, 0)], 8, 93),
        ([(64, 0, 0), (64, 0, 0), (64, 0, 0), (1, 0, 0), (0, 1, 0)], 2, 97),  # a level is 4 steps
        ([(64, 0, 0), (64, 0, 0), (64, 0, 0), (2, 0, 0), (1, 0, 0)], 3, 96),
        ([], 1, 100),
    ],
)
def test_colors_of_a_plain_picture_are_counted_by_levels_of_its_own_contrast(
    others: list[tuple[int, int, int]], colors: int, flat: int
) -> None:
    pixels = np.full((100, 3), 100, np.uint8)
    pixels[: len(others)] += np.array(others, np.uint8).reshape(-1, 3)
    assert facts._colors(Image.fromarray(pixels.reshape(10, 10, 3)), None) == (flat / 100, colors)
