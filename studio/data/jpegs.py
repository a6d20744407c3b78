"""JPEGs that any decoder reads alike: whole, in plain colours, and with a word on how they are to be turned."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from PIL import JpegImagePlugin

from studio.data.formats import color_modes
from studio.data.images import decode

_BEGINS, _ENDS = b"\xff\xd8\xff", b"\xff\xd9"


@dataclass(frozen=True, slots=True)
class Jpeg:
    """A file that was not decoded yet.

    Attributes:
        data: What is in it.
        orientation: 1…8, as EXIF says.
    """

    data: bytes
    orientation: int


def plain(data: bytes) -> Jpeg | None:
    """The file where it is such a JPEG; None for all else, which only `decode` knows how to read or to refuse.

    A file that ends early is none: Pillow refuses it, other decoders fill the rest with grey.
    """
    if not data.startswith(_BEGINS) or not data.rstrip(b"\0").endswith(_ENDS):
        return None
    try:
        image = JpegImagePlugin.JpegImageFile(BytesIO(data))
    except Exception:  # whatever a damaged header may raise; `decode` says what is wrong with it
        return None
    width, height = image.size
    strange = image.mode not in ("RGB", "L") or image.info.get("adobe_transform", 1) != 1
    if strange or width * height > decode.MOST_PIXELS:
        return None
    return Jpeg(data, color_modes.orientation(image))
