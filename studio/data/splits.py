"""Which photos are held out for validation.

The choice depends on nothing but the photos' names and the seed: no random number generator, so no update of a
library can change it, and no dependence on how many others there are, so adding a photo moves hardly any other.
Each class gives the same share. It is made over every listed photo before unreadable ones are dropped, so that a
folder that was only listed and one that was checked agree.
"""

from __future__ import annotations

import hashlib
import math
import unicodedata
from collections.abc import Sequence

from studio.spec import DatasetSpec, UserError
from studio.spec.settings import row_of


def held_out(paths: Sequence[str], fraction: float, seed: int) -> frozenset[str]:
    """The validation photos among the photos of one class.

    The photos are put in the order of a hash of seed and path, and the first ones are taken: `fraction` of them,
    rounded, but at least one, and never the last one left for training. One photo alone stays in training.

    Args:
        paths: Relative paths with forward slashes, in any order.
        fraction: Share to take, 0 < share < 1.
        seed: Another seed, another choice.

    Raises:
        UserError: The fraction is outside its bounds or not a number.
    """
    require_fraction(fraction)
    wanted = math.floor(len(paths) * fraction + 0.5)
    count = min(max(wanted, 1), len(paths) - 1)
    return frozenset(sorted(paths, key=lambda path: (_rank(path, seed), path))[: max(count, 0)])


def require_fraction(fraction: float) -> None:
    """Refuse a share that leaves nothing on one side.

    Raises:
        UserError: The fraction is outside 0…1, one of the ends, or not a number.
    """
    share = row_of(DatasetSpec, "val_fraction")
    if mistake := share.mistake(fraction):
        raise UserError(mistake, share.hint())


def _rank(path: str, seed: int) -> bytes:
    """Place of a path. macOS may hand out names with accents taken apart, so they are put together first."""
    name = path if path.isascii() else unicodedata.normalize("NFC", path)
    return hashlib.blake2b(f"{seed}\0{name}".encode(), digest_size=16).digest()
