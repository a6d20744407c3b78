"""Rule for the conversion of photos of more than 8 bits to 8 bits, and for the cache keys of photos.

8-bit photos and their keys are not affected.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from PIL import Image

from studio.data.bit_depth import deep, range_words, value_range
from studio.data.bit_depth.deep import Header
from studio.data.formats import pixel_budget
from studio.spec import SampleKind, ValueRange

DIGEST_BYTES = 16

VERSION = 2
"""Part of the key; raised when the same file and range would give other pixels than before."""

_NONE: Mapping[SampleKind, ValueRange] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ConvertedPhoto:
    """A photo converted from more than 8 bits, with notes on its range.

    Attributes:
        image: Upright 8-bit RGB.
        guess: Range estimated from this photo alone; None where the file or the rule states it.
        cut_off: Warning about values outside the estimated range; "" without one.
    """

    image: Image.Image
    guess: ValueRange | None
    cut_off: str


class Reading:
    """Rule for the photos of one data set or one run.

    Args:
        chosen: The user's range, for every photo of more than 8 bits.
        ranges: Ranges for photos whose file states none, by their number format.
        by_photo: Scale each photo by its own extremes with Pillow, as runs of version 0.1 did.

    Attributes:
        photos_read: Number of photos read so far to determine the ranges.
    """

    def __init__(
        self,
        chosen: ValueRange | None = None,
        ranges: Mapping[SampleKind, ValueRange] = _NONE,
        by_photo: bool = False,
    ) -> None:
        self.chosen, self.by_photo, self.photos_read = chosen, by_photo, 0
        self._ranges = ranges

    def header(self, data: bytes) -> Header | None:
        """The header of a file that this rule converts; None for 8-bit photos."""
        return None if self.by_photo else deep.header(data)

    def range_of(self, header: Header) -> ValueRange | None:
        """Range of a photo; None where its file states it, or where it must be estimated from the photo itself."""
        if not header.deep:
            return None
        if self.chosen is not None:
            return self.chosen
        return None if header.states else self.range_for(header.kind)

    def range_for(self, kind: SampleKind) -> ValueRange | None:
        """Range for photos of this kind whose file states none; None where it is unknown."""
        return self._ranges.get(kind)

    def words(self, data: bytes) -> str:
        """Description of a photo's range and its origin; "" for 8-bit photos.

        Raises:
            Unreadable: The photo cannot be decoded.
        """
        header = self.header(data)
        if header is None or not header.deep:
            return ""
        own = self.range_of(header)
        with pixel_budget.SHARED.use():
            used = own or deep.read(data, header).own_range()
        return range_words.of_photo(used, self.chosen is not None, header.states, own is not None)

    def image(self, data: bytes, header: Header) -> Image.Image:
        """Decode such a photo to upright RGB.

        Raises:
            Unreadable: The photo cannot be decoded.
        """
        own = self.range_of(header)  # before this photo takes memory: other photos may have to be read for its range
        photo = deep.read(data, header)
        return photo.image(own or photo.own_range())

    def convert(self, data: bytes, header: Header) -> ConvertedPhoto:
        """Like `image`, with notes on how the range fits the photo.

        Raises:
            Unreadable: The photo cannot be decoded.
        """
        own = self.range_of(header)
        photo = deep.read(data, header)
        used = own or photo.own_range()
        guess, cut_off = None, ""
        if header.deep and not header.states and self.chosen is None:
            if own is None:
                guess = used
            elif (bulk := photo.range_info().bulk) is not None:
                cut_off = value_range.beyond(bulk, own)
        return ConvertedPhoto(photo.image(used), guess, cut_off)

    def digest(self, data: bytes) -> bytes:
        """Key of a photo's cached rows: its content and, for photos that are converted, their value range."""
        hashed = hashlib.blake2b(data, digest_size=DIGEST_BYTES)
        header = self.header(data)
        if header is not None:
            used = self.range_of(header)
            hashed.update(repr((VERSION, None if used is None else (float(used.low), float(used.high)))).encode())
        return hashed.digest()


STANDALONE = Reading()
"""Rule without a data set: the range that a file states, or an estimate from the photo itself."""

BY_PHOTO = Reading(by_photo=True)
"""Rule of runs of version 0.1."""
