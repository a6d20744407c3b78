"""The small gray pictures of all photos of a folder, in one block of memory until they are compared.

As one object for each photo among those that stay, they would leave gaps that the program keeps: 60,000 photos, 100 MB.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from studio.data.images.facts import SIDE


class SmallPictures:
    """Pictures of `SIDE` × `SIDE` gray levels by the paths of their photos.

    Args:
        number: Number of photos at most.
    """

    def __init__(self, number: int) -> None:
        self._pictures = np.empty((number, SIDE, SIDE), np.uint8)
        self._rows: dict[str, int] = {}

    def add(self, path: str, picture: bytes) -> None:
        """Add the picture of a photo."""
        row = self._rows[path] = len(self._rows)
        self._pictures[row] = np.frombuffer(picture, np.uint8).reshape(SIDE, SIDE)

    def of(self, paths: Sequence[str]) -> NDArray[np.uint8]:
        """(N, SIDE, SIDE) pictures of these photos."""
        return self._pictures[[self._rows[path] for path in paths]]
