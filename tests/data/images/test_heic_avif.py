from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from studio.data.formats import iso_media
from studio.data.images import decode


def photo(size: tuple[int, int] = (96, 64)) -> Image.Image:
    coarse = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


def heic(image: Image.Image, *others: Image.Image, **options: object) -> bytes:
    file = pillow_heif.from_pillow(image)
    for other in others:
        file.add_from_pillow(other)
    stream = BytesIO()
    file.save(stream, quality=95, **options)
    return stream.getvalue()


def avif(image: Image.Image, *others: Image.Image, **options: object) -> bytes:
    stream = BytesIO()
    more = {"save_all": True, "append_images": others} if others else {}
    image.save(stream, "AVIF", quality=95, speed=10, **more, **options)
    return stream.getvalue()


KINDS = pytest.mark.parametrize(("kind", "encoded"), [("HEIC", heic), ("AVIF", avif)])
Encoded = Callable[..., bytes]


@KINDS
def test_photos_are_read(kind: str, encoded: Encoded, tmp_path: Path) -> None:
    file = tmp_path / "photo"
    file.write_bytes(encoded(photo()))
    image = decode.read(file)
    assert (image.mode, image.size) == ("RGB", (96, 64))
    difference = np.abs(np.asarray(image).astype(int) - np.asarray(photo()))
    assert difference.mean() < 4
    assert decode.thumbnail(file, 48).shape == (32, 48, 3)
    facts = decode.check(file).facts
    assert (facts.format, facts.width, facts.height, facts.orientation) == (kind, 96, 64, 1)
    assert not facts.deep
    assert not facts.alpha


@KINDS
def test_the_orientation_is_applied_once(kind: str, encoded: Encoded, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    file = tmp_path / "photo"
    file.write_bytes(encoded(photo(), exif=exif.tobytes()))
    upright = photo().transpose(Image.Transpose.ROTATE_270)
    image = decode.read(file)
    assert image.size == upright.size
    assert np.abs(np.asarray(image).astype(int) - np.asarray(upright)).mean() < 4
    facts = decode.check(file).facts
    assert (facts.width, facts.height) == upright.size


@KINDS
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_file_is_named_as_truncated(kind: str, encoded: Encoded, part: float, tmp_path: Path) -> None:
    file = tmp_path / "photo"
    data = encoded(photo())
    file.write_bytes(data[: int(len(data) * part)])
    for attempt in (decode.read, decode.check):
        with pytest.raises(decode.Unreadable, match="cut off"):
            attempt(file)


@KINDS
def test_transparency_becomes_white(kind: str, encoded: Encoded, tmp_path: Path) -> None:
    layer = photo()
    layer.putalpha(0)
    file = tmp_path / "photo"
    file.write_bytes(encoded(layer))
    assert np.asarray(decode.read(file)).min() > 250
    assert decode.check(file).facts.alpha
    assert "fully transparent" in decode.check(file).note


@KINDS
def test_of_several_images_the_first_is_used_with_a_note(kind: str, encoded: Encoded, tmp_path: Path) -> None:
    file = tmp_path / "photo"
    file.write_bytes(encoded(photo(), Image.new("RGB", (96, 64), "red")))
    assert np.abs(np.asarray(decode.read(file)).astype(int) - np.asarray(photo())).mean() < 4
    assert decode.check(file).note == f"first of 2 {'pictures' if kind == 'HEIC' else 'frames'} used"


def test_ten_bits_are_scaled_to_eight(tmp_path: Path) -> None:
    values = np.asarray(photo()).astype(np.uint16) * 257
    stream = BytesIO()
    pillow_heif.from_bytes(mode="RGB;16", size=(96, 64), data=values.tobytes()).save(stream, quality=95)
    file = tmp_path / "photo.heic"
    file.write_bytes(stream.getvalue())
    assert decode.check(file).facts.deep
    assert np.abs(np.asarray(decode.read(file)).astype(int) - np.asarray(photo())).mean() < 4


def test_videos_and_raw_photos_are_refused() -> None:
    assert iso_media.kind(b"\0\0\0\x18ftypisom\0\0\0\0mp42") == ""
    assert iso_media.kind(b"\0\0\0\x18ftypcrx \0\0\0\1crx heic") == ""
    assert iso_media.kind(b"\0\0\0\x18ftypmif1\0\0\0\0avif") == "AVIF"
