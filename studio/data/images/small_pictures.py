"""The small gray pictures of all photos of a folder, in one block of memory until they are compared.

As separate objects between others that stay, they would fragment the memory: the process would keep 100 MB of 60,000
photos.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.data.images.facts import SIDE


class SmallPictures:
    """Pictures of `SIDE` × `SIDE` gray levels, in the order in which they were added.

    Args:
        number: Largest number of photos.
    """

    def __init__(self, number: int) -> None:
        self._pictures = np.empty((number, SIDE, SIDE), np.uint8)
        self._number = 0

    def add(self, picture: bytes) -> None:
        """Add the picture of a photo."""
        self._pictures[self._number] = np.frombuffer(picture, np.uint8).reshape(SIDE, SIDE)
        self._number += 1

    def of(self, rows: NDArray[np.intp]) -> NDArray[np.uint8]:
        """(N, SIDE, SIDE) pictures by their indices in the order in which they were added."""
        return self._pictures[rows]
