"""The small gray pictures of all photos of a folder, in one block of memory until they are compared.

As one object for each photo among those that stay, they would leave gaps that the program keeps: 60,000 photos, 100 MB.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.data.images.facts import SIDE


class SmallPictures:
    """Pictures of `SIDE` × `SIDE` gray levels, in the order in which they were added.

    Args:
        number: Number of photos at most.
    """

    def __init__(self, number: int) -> None:
        self._pictures = np.empty((number, SIDE, SIDE), np.uint8)
        self._number = 0

    def add(self, picture: bytes) -> None:
        """Add the picture of a photo."""
        self._pictures[self._number] = np.frombuffer(picture, np.uint8).reshape(SIDE, SIDE)
        self._number += 1

    def of(self, rows: NDArray[np.intp]) -> NDArray[np.uint8]:
        """(N, SIDE, SIDE) pictures of the photos that were added in these places."""
        return self._pictures[rows]
