"""Small pictures of all photos in one block of memory."""

from __future__ import annotations

import numpy as np

from studio.data.images.facts import SIDE
from studio.data.images.small_pictures import SmallPictures
from studio.system.process import memory


def test_pictures_come_back_in_the_order_asked_for() -> None:
    pictures = np.random.default_rng(0).integers(0, 255, (3, SIDE, SIDE)).astype(np.uint8)
    small = SmallPictures(5)
    for picture in pictures:
        small.add(picture.tobytes())
    assert np.array_equal(small.of(np.array([2, 0])), pictures[[2, 0]])
    assert small.of(np.zeros(0, np.intp)).shape == (0, SIDE, SIDE)
    memory.release_unused()
    assert np.array_equal(small.of(np.array([1]))[0], pictures[1])
