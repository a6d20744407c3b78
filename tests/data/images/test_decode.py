"""Photos of every format, damaged and strange ones included; one file, as one function reads them all."""

from __future__ import annotations

import io
import struct
import types
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, JpegImagePlugin
from tiffs import png16

from studio.data.images import decode
from studio.data.images.decode import Unreadable

RED, BLUE, WHITE = (220, 30, 40), (20, 40, 200), (255, 255, 255)


def halves(size: tuple[int, int] = (32, 16)) -> Image.Image:
    """Left half red, right half blue."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (size[0] // 2, 0, *size))
    return image


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def close(image: Image.Image, at: tuple[int, int], color: tuple[int, int, int], by: int = 12) -> bool:
    pixel = image.getpixel(at)
    assert isinstance(pixel, tuple)
    return all(abs(a - b) <= by for a, b in zip(pixel, color, strict=True))


def reason(data: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        decode.from_bytes(data)
    return caught.value.reason


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "GIF", "TIFF", "WEBP"])
def test_every_format_gives_its_colors(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"photo.{kind.lower()}"
    path.write_bytes(encoded(halves(), kind))
    image = decode.read(path)
    assert (image.mode, image.size) == ("RGB", (32, 16))
    assert close(image, (4, 8), RED)
    assert close(image, (28, 8), BLUE)
    decode.check(path)
    assert decode.thumbnail(path, 16).shape == (8, 16, 3)


def test_a_png_named_jpg_is_read_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(encoded(halves(), "PNG"))
    assert decode.read(path).getpixel((0, 0)) == RED


# For each orientation, the place in the file of the pixel that is displayed at the top left, for 3 × 2 pixels.
SEEN = {1: (0, 0), 2: (2, 0), 3: (2, 1), 4: (0, 1), 5: (0, 0), 6: (0, 1), 7: (2, 1), 8: (2, 0)}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_exif_orientation_is_applied(kind: str, orientation: int) -> None:
    side = 16
    image = Image.new("RGB", (3 * side, 2 * side), "white")
    x, y = SEEN[orientation]
    image.paste((0, 0, 0), (x * side, y * side, (x + 1) * side, (y + 1) * side))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    upright = decode.from_bytes(encoded(image, kind, exif=exif))
    assert upright.size == ((48, 32) if orientation < 5 else (32, 48))
    assert close(upright, (4, 4), (0, 0, 0), 30)
    dark = np.asarray(upright.convert("L")) < 128
    assert dark.sum() == pytest.approx(side * side, abs=2 * side)


def test_orientations_5_to_8_agree_with_the_standard_for_a_second_corner() -> None:
    # Orientation 6: the file's top right corner is displayed at the bottom right.
    image = Image.new("RGB", (48, 32), "white")
    image.paste((0, 0, 0), (32, 0, 48, 16))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    upright = decode.from_bytes(encoded(image, "PNG", exif=exif))
    assert upright.getpixel((31, 47)) == (0, 0, 0)


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_ignored(value: int) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = value
    assert decode.from_bytes(encoded(halves(), "JPEG", exif=exif)).size == (32, 16)


def test_damaged_metadata_prevent_no_photo_and_cause_no_warning() -> None:
    exif = b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x12\x01\x03\0\xff\xff\xff\x7f\xff\xff\xff\xff" * 3
    for kind in ("JPEG", "WEBP", "PNG"):
        image = decode.from_bytes(encoded(halves(), kind, exif=exif))
        assert close(image, (4, 8), RED)


def test_pillow_itself_would_have_warned_about_that_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    # Pillow itself does warn about the same directory, so the test above is effective.
    from PIL import TiffImagePlugin

    messages: list[str] = []
    loud = types.SimpleNamespace(warn=lambda text, *_: messages.append(str(text)))
    monkeypatch.setattr(TiffImagePlugin, "warnings", loud)
    test_damaged_metadata_prevent_no_photo_and_cause_no_warning()
    assert messages


def test_only_warnings_of_pillow_are_silenced() -> None:
    with pytest.raises(UserWarning):
        warnings.warn("still loud", stacklevel=1)


def test_gray_one_bit_and_cmyk() -> None:
    assert decode.from_bytes(encoded(Image.new("L", (4, 4), 100), "PNG")).getpixel((1, 1)) == (100, 100, 100)
    assert decode.from_bytes(encoded(Image.new("1", (4, 4), 1), "PNG")).getpixel((1, 1)) == WHITE
    cmyk = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    for kind in ("JPEG", "TIFF"):
        assert close(decode.from_bytes(encoded(cmyk, kind)), (8, 8), (255, 0, 0), 6)


def test_transparent_pixels_are_drawn_on_white() -> None:
    clear = Image.new("RGBA", (8, 8), (*RED, 0))
    clear.paste((*BLUE, 255), (4, 0, 8, 8))
    clear.putpixel((0, 7), (0, 0, 0, 128))
    for kind in ("PNG", "TIFF", "WEBP"):
        image = decode.from_bytes(encoded(clear, kind, **({"lossless": True} if kind == "WEBP" else {})))
        assert image.getpixel((1, 1)) == WHITE
        assert image.getpixel((6, 1)) == BLUE
        assert close(image, (0, 7), (127, 127, 127), 2)
    assert decode.from_bytes(encoded(Image.new("LA", (4, 4), (0, 0)), "PNG")).getpixel((1, 1)) == WHITE


def test_palettes_with_and_without_transparency() -> None:
    paletted = halves().quantize(2)
    assert close(decode.from_bytes(encoded(paletted, "PNG")), (1, 1), RED, 2)
    index = paletted.getpixel((1, 1))
    for kind in ("PNG", "GIF"):
        image = decode.from_bytes(encoded(paletted, kind, transparency=index))
        assert image.getpixel((1, 1)) == WHITE
        assert close(image, (30, 1), BLUE, 2)
    # Pillow warns about a palette with several transparent entries.
    image = decode.from_bytes(encoded(paletted, "PNG", transparency=bytes([0, 255])))
    assert {image.getpixel((1, 1)) == WHITE, image.getpixel((30, 1)) == WHITE} == {True, False}


def test_a_transparent_color_of_an_rgb_png_is_white() -> None:
    image = decode.from_bytes(encoded(halves(), "PNG", transparency=RED))
    assert image.getpixel((1, 1)) == WHITE
    assert image.getpixel((30, 1)) == BLUE


def test_the_first_frame_of_an_animation() -> None:
    frames = [Image.new("RGB", (8, 8), color) for color in (RED, BLUE)]
    for kind in ("GIF", "WEBP", "PNG"):
        data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=50)
        assert close(decode.from_bytes(data), (4, 4), RED, 16)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "WEBP", "GIF"])
def test_a_truncated_file_is_named_as_truncated(kind: str, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data = encoded(Image.fromarray(noise), kind)
    path = tmp_path / "cut"
    for share in (0.4, 0.8):
        path.write_bytes(data[: int(len(data) * share)])
        for attempt in (decode.read, decode.check):
            with pytest.raises(Unreadable, match="cut off: the file ends early"):
                attempt(path)
        with pytest.raises(Unreadable):
            decode.thumbnail(path, 16)


def test_files_that_are_not_photos_are_named_by_their_kind() -> None:
    assert reason(b"") == "empty file"
    assert reason(b"\n<!DOCTYPE html><html><body>404</body></html>") == "a web page, not an image"
    assert reason(b"<?xml version='1.0'?>\n<html xmlns='x'>") == "a web page, not an image"
    assert reason(b"<svg xmlns='http://www.w3.org/2000/svg'/>") == "an SVG drawing, not a photo"
    assert reason(b"RIFF\x10\0\0\0WAVEfmt ") == "a sound, not a photo"
    assert reason(b"\0\0\0\x18ftypjp2 \0\0\0\0") == "a JPEG 2000 photo, which cannot be read here: save it as JPEG"


def test_a_decompression_bomb_is_refused_by_its_header() -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 50000, 8, 2, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
    assert reason(bomb) == "too large: 60000 × 50000 pixels"


@pytest.mark.slow
def test_a_picture_pillow_would_warn_about_is_read() -> None:
    # 95 million pixels: above Pillow's warning, below its refusal.
    assert decode.from_bytes(encoded(Image.new("1", (95000, 1000)), "PNG")).size == (95000, 1000)


def test_files_that_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unreadable, match="file not found"):
        decode.read(tmp_path / "gone.jpg")
    with pytest.raises(Unreadable, match="cannot be opened"):
        decode.read(tmp_path)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(decode, "open", refuse, raising=False)
    with pytest.raises(Unreadable, match="cannot be opened: permission denied"):
        decode.read(tmp_path / "locked.jpg")


def test_random_damage_raises_only_unreadable() -> None:
    """Random damage gives a photo or `Unreadable`, never another error or a warning."""
    chance = np.random.default_rng(3)
    sources = [encoded(halves(), kind) for kind in ("JPEG", "PNG", "BMP", "GIF", "TIFF", "WEBP")]
    sources.append(encoded(halves(), "TIFF", compression="tiff_lzw"))
    outcomes = {"read": 0, "refused": 0}
    for data in sources:
        for _ in range(60):
            harmed = bytearray(data)
            for place in chance.integers(0, len(data), 4):
                harmed[place] = chance.integers(0, 256)
            end = chance.integers(1, len(data)) if chance.random() < 0.3 else len(data)
            try:
                decode.from_bytes(bytes(harmed[:end]))
                outcomes["read"] += 1
            except Unreadable as error:
                outcomes["refused"] += bool(error.reason)
    assert sum(outcomes.values()) == 60 * len(sources)
    assert min(outcomes.values()) > 10


def test_thumbnails_are_upright_and_never_larger(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    path = tmp_path / "a.jpg"
    path.write_bytes(encoded(halves((640, 320)), "JPEG", exif=exif))
    small = decode.thumbnail(path, 64)
    assert small.shape == (64, 32, 3)
    assert small.dtype == np.uint8
    assert abs(small[8, 16].astype(int) - RED).max() < 12
    assert abs(small[56, 16].astype(int) - BLUE).max() < 12
    path.write_bytes(encoded(halves((20, 10)), "PNG"))
    assert decode.thumbnail(path, 64).shape == (10, 20, 3)


@pytest.mark.parametrize(
    ("size", "side", "needed"),
    [((800, 8), 20, (40, 1)), ((8, 800), 20, (1, 40)), ((160, 120), 20, (40, 30)), ((16, 12), 20, (32, 24))],
)
def test_a_jpeg_is_decoded_at_twice_the_size_of_its_thumbnail(
    size: tuple[int, int], side: int, needed: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts = []

    def draft(image: JpegImagePlugin.JpegImageFile, mode: str, size: tuple[int, int]) -> None:
        drafts.append(size)

    monkeypatch.setattr(JpegImagePlugin.JpegImageFile, "draft", draft)
    (tmp_path / "a.jpg").write_bytes(encoded(halves(size), "JPEG"))
    (tmp_path / "a.png").write_bytes(encoded(halves(size), "PNG"))
    assert {max(decode.thumbnail(file, side).shape) for file in sorted(tmp_path.iterdir())} == {min(side, max(size))}
    assert drafts == [needed]


def test_threads_may_read_at_once() -> None:
    data = [encoded(halves((200, 100)), kind) for kind in ("JPEG", "PNG", "TIFF", "WEBP")] * 10
    with ThreadPoolExecutor(8) as pool:
        images = list(pool.map(decode.from_bytes, data))
    assert all(close(image, (10, 10), RED) for image in images)


def test_a_photo_without_visible_pixels_has_a_note(tmp_path):
    colors = np.random.default_rng(0).integers(0, 256, (8, 8, 4), dtype=np.uint8)
    for name, alpha, has_note in (("none", 0, True), ("hardly", 9, True), ("little", 40, False), ("all", 255, False)):
        colors[..., 3] = 0
        colors[3, 3, 3] = alpha
        for file in (tmp_path / f"{name}.png", tmp_path / f"{name}.webp", tmp_path / f"{name}.tif"):
            Image.fromarray(colors).save(file, **({"lossless": True} if file.suffix == ".webp" else {}))
            assert ("fully transparent" in decode.check(file).note) == has_note, file.name
    palette = Image.fromarray(colors[..., :3]).quantize(4)
    palette.save(tmp_path / "palette.png", transparency=bytes(4))
    assert "fully transparent" in decode.check(tmp_path / "palette.png").note
    deep = png16(np.dstack([colors[..., :3].astype("u2") * 257, np.full((8, 8), 4095, "u2")]))
    (tmp_path / "deep.png").write_bytes(deep)
    assert "fully transparent" in decode.check(tmp_path / "deep.png").note


def test_files_and_pictures_may_be_as_large_as_the_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.png"
    Image.new("RGB", (6, 4)).save(file)
    monkeypatch.setattr(decode, "MAX_BYTES", file.stat().st_size)
    monkeypatch.setattr(decode, "MAX_PIXELS", 24)
    assert decode.read(file).size == (6, 4)
    monkeypatch.setattr(decode, "MAX_PIXELS", 23)
    with pytest.raises(Unreadable, match="too large: 6 × 4 pixels"):
        decode.read(file)
    monkeypatch.setattr(decode, "MAX_BYTES", file.stat().st_size - 1)
    with pytest.raises(Unreadable, match="too large: a file of more than 1 GB"):
        decode.read(file)


@pytest.mark.parametrize(
    ("mode", "pixel", "alpha"),
    [("RGB", (1, 2, 3), 1), ("RGBA", (1, 2, 3, 51), 0.2), ("LA", (1, 51), 0.2), ("RGBA", (9, 9, 9, 0), 0), ("L", 0, 1)],
)
def test_the_most_opaque_pixel_counts(mode: str, pixel: object, alpha: float) -> None:
    image = Image.new(mode, (2, 1), pixel)
    assert decode._most_alpha(image) == pytest.approx(alpha)
    if mode == "RGBA":
        assert decode._most_alpha(image.convert("RGBa")) == pytest.approx(alpha)


def test_the_opacity_of_palettes_is_looked_up() -> None:
    image = Image.new("P", (2, 1), 0)
    image.info["transparency"] = bytes([102, 255])
    assert decode._most_alpha(image) == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("data", "reason"), [(b"", "empty file"), (b"abc", ""), (b"abcd", "too large: a file of more than 1 GB")]
)
def test_a_file_of_a_server_is_neither_empty_nor_too_large(
    data: bytes, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decode, "MAX_BYTES", 3)
    monkeypatch.setattr(decode.remote, "read", lambda url, limit: data[: limit + 1])
    if not reason:
        assert decode.contents("s3://a/b.png") == data
        return
    with pytest.raises(decode.Unreadable) as caught:
        decode.contents("s3://a/b.png")
    assert str(caught.value) == reason
