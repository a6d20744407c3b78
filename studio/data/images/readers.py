"""Pillow's readers of image files, and reasons for their errors.

The first bytes determine the kind of file, and Pillow's reader for it is called directly. `Image.open` would do the
same, but warns about large images through `warnings`, and the readers do so about damaged metadata. Such a warning is
useless here (the size is checked elsewhere, the metadata are not needed), and `warnings.catch_warnings` changes state
of the whole process, so it must not be used in worker threads. The readers get a silent replacement of that
module instead.
"""

from __future__ import annotations

import logging
import types
import warnings
from collections.abc import Callable
from io import BytesIO

from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from studio.data.formats import iso_media, jpeg_ends, libtiff, tiff_ends

Reader = Callable[[BytesIO], ImageFile.ImageFile]

_mute = types.SimpleNamespace(**{**vars(warnings), "warn": lambda *_args, **_kwargs: None})
for _plugin in (Image, ImageFile, JpegImagePlugin, PngImagePlugin, TiffImagePlugin):
    setattr(_plugin, "warnings", _mute)  # noqa: B010  (mypy: the attribute is a module)
# Pillow also logs errors of damaged files; without a handler Python would print them to the terminal.
logging.getLogger("PIL").addHandler(logging.NullHandler())
libtiff.silence()

_READERS: tuple[tuple[bytes, Reader], ...] = (
    (b"\xff\xd8\xff", JpegImagePlugin.JpegImageFile),
    (b"\x89PNG\r\n\x1a\n", PngImagePlugin.PngImageFile),
    (b"GIF87a", GifImagePlugin.GifImageFile),
    (b"GIF89a", GifImagePlugin.GifImageFile),
    (b"BM", BmpImagePlugin.BmpImageFile),
    (b"II*\0", TiffImagePlugin.TiffImageFile),
    (b"MM\0*", TiffImagePlugin.TiffImageFile),
    (b"II+\0", TiffImagePlugin.TiffImageFile),
    (b"RIFF", WebPImagePlugin.WebPImageFile),
)


def reader_of(data: bytes) -> Reader | None:
    """The reader of a file; None for kinds that cannot be read here."""
    kind = iso_media.kind(data)
    if kind == "AVIF":
        from PIL import AvifImagePlugin

        return AvifImagePlugin.AvifImageFile if AvifImagePlugin.SUPPORTED else None
    if kind == "HEIC":
        try:
            from pillow_heif import HeifImageFile  # imported late: few folders need it, and its library is large
        except ImportError:  # its library does not exist for every system
            return None
        reader: Reader = HeifImageFile
        return reader
    if data[:4] == b"RIFF" and data[8:12] != b"WEBP":
        return None
    return next((reader for magic, reader in _READERS if data.startswith(magic)), None)


def reason_of(error: Exception, data: bytes) -> str:
    """Reason for the user, from Pillow's error. It has no types to distinguish errors, only texts."""
    text = str(error).lower()
    if data.startswith(_READERS[0][0]) and (kind := jpeg_ends.variant(data)):
        return f"{kind}, which cannot be read here: save it as an ordinary JPEG"
    if isinstance(error, MemoryError):
        return "too large: not enough memory to open it"
    if isinstance(error, EOFError) or "truncated" in text or "not enough" in text or "unexpected end" in text:
        return "cut off: the file ends early"
    if "unknown pixel mode" in text or "unsupported" in text or "not supported" in text:
        return "a variant that cannot be read here: save it as JPEG or PNG"
    if tiff_ends.is_cut(data) or iso_media.is_cut(data):
        return "cut off: the file ends early"
    return "damaged or cut off: it cannot be decoded"
