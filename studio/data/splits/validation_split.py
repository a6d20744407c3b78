"""Selection of the photos held out for validation.

It depends only on the photos' paths and the seed, not on a random number generator that a library update could change,
and adding a photo moves hardly any other. Each class has the same share. Unreadable photos are included until they are
dropped, so that listing and checking a folder give the same split.
"""

from __future__ import annotations

import hashlib
import math
import unicodedata
from collections.abc import Sequence

from studio.spec import DatasetSpec, UserError
from studio.spec.settings import row_of
from studio.system.sorting import sorted_in_parts


def held_out(paths: Sequence[str], fraction: float, seed: int, salt: str = "") -> frozenset[str]:
    """The validation photos among the photos of one class.

    The photos are sorted by a hash of seed and path, and the first ones are taken: `fraction` of them, rounded, but at
    least one, and never the last one for training. A single photo stays in training.

    Args:
        paths: Relative paths with forward slashes, in any order.
        fraction: Share to hold out, between 0 and 1, both excluded.
        seed: Seed of the selection.
        salt: Another text gives an independent selection.

    Raises:
        UserError: The fraction is outside its bounds or not a number.
    """
    require_fraction(fraction)
    share = math.floor(len(paths) * fraction + 0.5)
    count = min(max(share, 1), len(paths) - 1)
    ranked = sorted_in_parts((_rank(path, seed, salt), path) for path in paths)
    return frozenset(path for _, path in ranked[: max(count, 0)])


def require_fraction(fraction: float) -> None:
    """Check that a validation share leaves photos on both sides.

    Raises:
        UserError: The fraction is outside 0…1, one of the ends, or not a number.
    """
    share = row_of(DatasetSpec, "val_fraction")
    if mistake := share.mistake(fraction):
        raise UserError(mistake, share.hint())


def _rank(path: str, seed: int, salt: str) -> bytes:
    """Sort key of a path. macOS may return decomposed accents, so they are composed first."""
    name = path if path.isascii() else unicodedata.normalize("NFC", path)
    return hashlib.blake2b(f"{seed}\0{salt}{name}".encode(), digest_size=16).digest()
