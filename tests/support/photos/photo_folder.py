"""Writes a folder of synthetic photos, always the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


def write_photos(folder: Path, classes: tuple[str, ...] = ("cold", "warm"), each: int = 12) -> Path:
    """Write `each` photos per class; returns the folder."""
    random = np.random.default_rng(1)
    for number, name in enumerate(classes):
        (folder / name).mkdir(parents=True)
        for index in range(each):
            pixels = random.integers(0, 40, (40, 48, 3), dtype=np.uint8)
            pixels[:, :, (2 - number) % 3] += 180
            if number % 2:
                pixels[:, index % 8 :: 8] = 255
            Image.fromarray(pixels).save(folder / name / f"{index:02}.jpg", quality=95)
    return folder
