"""How photos of more than 8 bits become 8 bits: which values are black and white, and what a photo is then known by.

Ordinary photos are not touched by any of this, nor are the digests they are known by.
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
"""Raised when the same file and range would give other pixels than before."""

_NONE: Mapping[SampleKind, ValueRange] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Fitted:
    """A photo of more than 8 bits as it is read, and what is to be said of its range.

    Attributes:
        image: Upright RGB of 8 bits.
        guess: Its range where only the photo itself tells it; None where the file or the rule knows it.
        cut_off: What the estimated range cuts off of it, in words; "" where that is not worth a word.
    """

    image: Image.Image
    guess: ValueRange | None
    cut_off: str


class Reading:
    """The rule for the photos of one data set or one run.

    Args:
        chosen: The range that the user chose, for every photo of more than 8 bits.
        known: The range for photos whose file states none, by the kind of their numbers.
        by_photo: Each photo by its own extremes and by Pillow, as runs of version 0.1 were trained.

    Attributes:
        looked: Photos that were looked at so far to find out what the rule needs to know.
    """

    def __init__(
        self,
        chosen: ValueRange | None = None,
        known: Mapping[SampleKind, ValueRange] = _NONE,
        by_photo: bool = False,
    ) -> None:
        self.chosen, self.by_photo, self.looked = chosen, by_photo, 0
        self._known = known

    def header(self, data: bytes) -> Header | None:
        """The header of a file that is read by this rule; None for ordinary photos."""
        return None if self.by_photo else deep.header(data)

    def range_of(self, found: Header) -> ValueRange | None:
        """Black and white of a photo; None where its file states them, or where only the photo itself can tell."""
        if not found.deep:
            return None
        if self.chosen is not None:
            return self.chosen
        return None if found.states else self.measured(found.kind)

    def measured(self, kind: SampleKind) -> ValueRange | None:
        """The range for photos whose file states none; None where nothing is known."""
        return self._known.get(kind)

    def words(self, data: bytes) -> str:
        """Black and white of a photo of more than 8 bits, and where they come from; "" for every other photo.

        Raises:
            Unreadable: The photo cannot be decoded.
        """
        found = self.header(data)
        if found is None or not found.deep:
            return ""
        known = self.range_of(found)
        with pixel_budget.SHARED.use():
            used = known or deep.read(data, found).own_range()
        return range_words.of_photo(used, self.chosen is not None, found.states, known is not None)

    def image(self, data: bytes, found: Header) -> Image.Image:
        """Decode such a photo to upright RGB.

        Raises:
            Unreadable: It cannot be.
        """
        known = self.range_of(found)  # before this photo takes memory: other photos may have to be read for it
        photo = deep.read(data, found)
        return photo.image(known or photo.own_range())

    def fitted(self, data: bytes, found: Header) -> Fitted:
        """As `image`, with what is to be said of how the range fits the photo.

        Raises:
            Unreadable: It cannot be decoded.
        """
        known = self.range_of(found)
        photo = deep.read(data, found)
        used = known or photo.own_range()
        guess, cut_off = None, ""
        if found.deep and not found.states and self.chosen is None:
            if known is None:
                guess = used
            elif (bulk := photo.statement().bulk) is not None:
                cut_off = value_range.beyond(bulk, known)
        return Fitted(photo.image(used), guess, cut_off)

    def digest(self, data: bytes) -> bytes:
        """What a photo's rows are kept under: its content and, for more than 8 bits, the range it is read with."""
        hashed = hashlib.blake2b(data, digest_size=DIGEST_BYTES)
        found = self.header(data)
        if found is not None:
            used = self.range_of(found)
            hashed.update(repr((VERSION, None if used is None else (float(used.low), float(used.high)))).encode())
        return hashed.digest()


ALONE = Reading()
"""For a photo of which no data set is known: what its file states, or a guess from the photo itself."""

BY_PHOTO = Reading(by_photo=True)
"""As runs of version 0.1 were trained."""
