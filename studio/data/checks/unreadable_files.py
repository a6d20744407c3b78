"""Checks of files that cannot be read as a photo, distinguished by the reason that the decoder gives."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from studio.data.checks.evidence import Evidence, Hit
from studio.events import FindingKind

PILLOW_BOUND = 89_478_485
"""Pixels above which Pillow, and so most other programs, warn of a decompression bomb."""

_OTHER_PICTURE = re.compile(
    r"an? (?!lossless|JPEG of|variant)[^,:]*(photo|picture|drawing|texture|\(PSD\)|\(XCF\)|\(ICO\))"
)


def corrupt(evidence: Evidence) -> Iterator[Hit]:
    """Damaged files, files of another kind, and unsupported kinds of photos."""
    yield from _because(evidence, "corrupt")
    for path, _ in evidence.facts.where(evidence.facts.column("damaged")):
        yield Hit(path, "damaged in the middle: a part may show stripes or gray; it is used")


def truncated(evidence: Evidence) -> Iterator[Hit]:
    """Files whose end is missing."""
    return _because(evidence, "truncated")


def empty_file(evidence: Evidence) -> Iterator[Hit]:
    """Files of zero bytes."""
    return _because(evidence, "empty_file")


def bomb(evidence: Evidence) -> Iterator[Hit]:
    """Files with so many pixels that opening them may exhaust the memory: refused here, or above Pillow's bound."""
    yield from _because(evidence, "bomb")
    pixels = evidence.facts.column("width").astype(np.int64) * evidence.facts.column("height")
    for path, facts in evidence.facts.where(pixels > PILLOW_BOUND):
        yield Hit(path, f"{facts.width:,} × {facts.height:,} pixels; used, but slow to read")


def kind_of(reason: str) -> FindingKind:
    """The finding for a reason for which a file cannot be read."""
    if reason == "empty file":
        return "empty_file"
    if reason.startswith("cut off"):
        return "truncated"
    if reason.startswith("too large"):
        return "bomb"
    return "wrong_extension" if _OTHER_PICTURE.match(reason) else "corrupt"


def _because(evidence: Evidence, kind: FindingKind) -> Iterator[Hit]:
    for path, reason in evidence.unreadable.items():
        if kind_of(reason) == kind:
            yield Hit(path, reason)
