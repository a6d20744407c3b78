"""The photos, their split, and the target."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated, Literal

import msgspec
from msgspec.structs import replace

from studio.spec.settings import Setting, documented

SampleKind = Literal["integer", "float"]
"""Kind of the numbers a photo of more than 8 bits is stored in."""


class ValueRange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The values that become black and white in a photo of more than 8 bits.

    Attributes:
        low: Black, and all below it.
        high: White, and all above it; greater than `low`.
    """

    low: float
    high: float


@documented
class DatasetSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The photos and their split."""

    folder: Annotated[
        str,
        Setting(
            label="Folder",
            help="Holds one folder a class, or `train/` and `val/` (and `test/`) that do",
            option="FOLDER",
        ),
    ]
    val_fraction: Annotated[
        float,
        Setting(
            label="Validation share",
            help="Share of photos held out for validation where the folder brings no split",
            gt=0,
            lt=1,
            metavar="SHARE",
        ),
    ] = 0.2
    seed: Annotated[
        int, Setting(label="Seed of the split", help="The same files and seed give the same split for ever")
    ] = 7
    targets: Annotated[
        str,
        Setting(
            label="Targets",
            help="A CSV file with a path and a number a line, to learn a number a photo (regression), no classes",
            metavar="FILE.csv",
        ),
    ] = ""
    value_range: Annotated[
        ValueRange | None,
        Setting(
            label="Value range",
            help="Black and white of photos of more than 8 bits",
            note="None: what each file states, or else what is estimated from the data set.",
        ),
    ] = None

    def moved(self, folder: str) -> DatasetSpec:
        """The same photos in another folder; "" for where they were. A file of numbers inside of it moves along."""
        if not folder:
            return self
        inside = self.targets and PurePath(self.targets).is_relative_to(self.folder)
        targets = str(folder / PurePath(self.targets).relative_to(self.folder)) if inside else self.targets
        return replace(self, folder=folder, targets=targets)
