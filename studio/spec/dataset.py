"""Which photos, how they are split, and what is learned about them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Literal

SampleKind = Literal["integer", "float"]
"""Kind of the numbers a photo of more than 8 bits is stored in."""


@dataclass(frozen=True)
class ValueRange:
    """Which values of a photo of more than 8 bits become black and white.

    Attributes:
        low: Black, and all below it.
        high: White, and all above it; greater than `low`.
    """

    low: float
    high: float


@dataclass(frozen=True)
class DatasetSpec:
    """Which photos, and how they are divided.

    Attributes:
        folder: Root folder. Holds one folder a class, or `train/` and `val/` (and `test/`) that do.
        val_fraction: Share of photos held out for validation where the folder brings no split, 0 < share < 1.
        seed: Seed of the split. The same files and seed give the same split for ever.
        targets: A CSV file with a path and a number a line, for learning a number a photo (regression) instead of
            classes; "" for classes.
        value_range: What is black and white in every photo of more than 8 bits; None for what each file states, or
            where it states nothing, for what is estimated from the data set.
    """

    folder: str
    val_fraction: float = 0.2
    seed: int = 7
    targets: str = ""
    value_range: ValueRange | None = None

    def moved(self, folder: str) -> DatasetSpec:
        """The same photos in another folder; "" for where they were. A file of numbers inside of it moves along."""
        if not folder:
            return self
        inside = self.targets and PurePath(self.targets).is_relative_to(self.folder)
        targets = str(folder / PurePath(self.targets).relative_to(self.folder)) if inside else self.targets
        return replace(self, folder=folder, targets=targets)
