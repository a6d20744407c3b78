"""Image files of all supported formats, and random damage to them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import numpy as np
from PIL import ExifTags, Image

SIZE = (43, 29)


def picture(seed: int = 0) -> Image.Image:
    """Noise over a gradient, without repetition, so that damage is visible."""
    width, height = SIZE
    slope = np.linspace(0, 200, width)[None, :, None] * np.array([1.0, 0.6, 0.3])
    noise = np.random.default_rng(seed).integers(0, 56, (height, width, 3))
    return Image.fromarray((slope + noise).astype(np.uint8))


def encoded(kind: str, image: Image.Image | None = None, **options: object) -> bytes:
    """A picture as a file."""
    stream = io.BytesIO()
    (image or picture()).save(stream, kind, **options)
    return stream.getvalue()


def _turned() -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    return exif


def _frames() -> dict[str, object]:
    return {"save_all": True, "append_images": [picture(1), picture(2)], "duration": 50}


def _deep() -> Image.Image:
    return Image.fromarray(np.asarray(picture().convert("L")).astype(np.uint16) * 200)


FILES: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: encoded("JPEG", exif=_turned()),
    "jpeg progressive": lambda: encoded("JPEG", progressive=True, quality=90),
    "jpeg gray with restarts": lambda: encoded("JPEG", picture().convert("L"), restart_marker_blocks=2),
    "jpeg cmyk": lambda: encoded("JPEG", picture().convert("CMYK")),
    "mpo": lambda: encoded("MPO", save_all=True, append_images=[picture(1)]),
    "png": lambda: encoded("PNG"),
    "png palette": lambda: encoded("PNG", picture().quantize(20), transparency=3),
    "png alpha": lambda: encoded("PNG", picture().convert("RGBA").rotate(10)),
    "png 1 bit": lambda: encoded("PNG", picture().convert("1")),
    "png 16 bits": lambda: encoded("PNG", _deep()),
    "apng": lambda: encoded("PNG", **_frames()),
    "gif": lambda: encoded("GIF", picture().quantize(60)),
    "gif animated": lambda: encoded("GIF", **_frames()),
    "bmp": lambda: encoded("BMP"),
    "bmp palette": lambda: encoded("BMP", picture().quantize(200)),
    "webp": lambda: encoded("WEBP"),
    "webp lossless": lambda: encoded("WEBP", lossless=True, exif=_turned()),
    "webp animated": lambda: encoded("WEBP", **_frames()),
    "tiff": lambda: encoded("TIFF"),
    "tiff lzw": lambda: encoded("TIFF", compression="tiff_lzw"),
    "tiff deflate": lambda: encoded("TIFF", compression="tiff_adobe_deflate"),
    "tiff packbits": lambda: encoded("TIFF", compression="packbits"),
    "tiff jpeg": lambda: encoded("TIFF", compression="jpeg"),
    "tiff fax": lambda: encoded("TIFF", picture().convert("1"), compression="group4"),
    "tiff 16 bits": lambda: encoded("TIFF", _deep()),
    "tiff pages": lambda: encoded("TIFF", save_all=True, append_images=[picture(1)]),
}


def mutants(data: bytes, number: int, seed: int) -> Iterator[bytes]:
    """`number` damaged versions, reproducible by `seed`."""
    chance = np.random.default_rng(seed)
    for _ in range(number):
        yield _DAMAGES[chance.integers(len(_DAMAGES))](data, chance)


def cuts(data: bytes, number: int, seed: int) -> Iterator[bytes]:
    """Truncated versions, some of them by a few bytes."""
    chance = np.random.default_rng(seed)
    for turn in range(number):
        most = min(len(data), 40) if turn % 4 == 0 else len(data)
        yield data[: len(data) - int(chance.integers(1, most))]


def _bits(data: bytes, chance: np.random.Generator) -> bytes:
    damaged = bytearray(data)
    for place in chance.integers(0, len(data), int(chance.integers(1, 5))):
        damaged[place] ^= 1 << int(chance.integers(8))
    return bytes(damaged)


def _bytes(data: bytes, chance: np.random.Generator) -> bytes:
    damaged = bytearray(data)
    for place in chance.integers(0, len(data), int(chance.integers(1, 12))):
        damaged[place] = int(chance.integers(256))
    return bytes(damaged)


def _head(data: bytes, chance: np.random.Generator) -> bytes:
    """Set values in the header to extremes."""
    damaged = bytearray(data)
    for place in chance.integers(0, min(len(data), 160), int(chance.integers(1, 4))):
        width = int(chance.choice([1, 2, 4]))
        value = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\1", b"\1\0\0\0")[chance.integers(5)]
        damaged[place : place + width] = value[:width]
    return bytes(damaged[: len(data)])


def _hole(data: bytes, chance: np.random.Generator) -> bytes:
    """Replace a block by zeros, as a lost disk block does."""
    start, length = int(chance.integers(len(data))), int(chance.integers(1, 600))
    return data[:start] + b"\0" * len(data[start : start + length]) + data[start + length :]


def _cut(data: bytes, chance: np.random.Generator) -> bytes:
    return data[: int(chance.integers(1, len(data)))]


def _moved(data: bytes, chance: np.random.Generator) -> bytes:
    """Remove, duplicate or move a piece."""
    start, length = int(chance.integers(len(data))), int(chance.integers(1, 200))
    piece, rest = data[start : start + length], data[:start] + data[start + length :]
    at = int(chance.integers(len(rest) + 1))
    return (rest, data[:start] + piece + data[start:], rest[:at] + piece + rest[at:])[chance.integers(3)]


_DAMAGES = (_bits, _bytes, _head, _hole, _cut, _moved)
