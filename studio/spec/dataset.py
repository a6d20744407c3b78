"""The photos, their split, and the target."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated, Literal

import msgspec
from msgspec.structs import replace

from studio.spec.settings import Setting, documented

SampleKind = Literal["integer", "float"]
"""Number format of a photo of more than 8 bits."""


class ValueRange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The values that become black and white in a photo of more than 8 bits.

    Attributes:
        low: Value of black; lower values are black, too.
        high: Value of white; higher values are white, too. Greater than `low`.
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
            help="Folder with one folder per class, or with `train/` and `val/` (and `test/`) that have those",
            option="FOLDER",
        ),
    ]
    val_fraction: Annotated[
        float,
        Setting(
            label="Validation share",
            help="Share of photos held out for validation if the folder has no split of its own",
            gt=0,
            lt=1,
            metavar="SHARE",
        ),
    ] = 0.2
    seed: Annotated[
        int, Setting(label="Seed of the split", help="The same files and the same seed always give the same split")
    ] = 7
    targets: Annotated[
        str,
        Setting(
            label="Targets",
            help="CSV file with a path and a number per line, to predict a number per photo (regression), not classes",
            metavar="FILE.csv",
        ),
    ] = ""
    value_range: Annotated[
        ValueRange | None,
        Setting(
            label="Value range",
            help="Values of black and white in photos of more than 8 bits",
            note="None: the range that each file states, or else one estimated from the data set.",
        ),
    ] = None

    def moved(self, folder: str) -> DatasetSpec:
        """Return the spec of the same photos in another folder; "" keeps the folder.

        A targets file inside the folder is expected at the same place in the other one.
        """
        if not folder:
            return self
        inside = self.targets and PurePath(self.targets).is_relative_to(self.folder)
        targets = str(folder / PurePath(self.targets).relative_to(self.folder)) if inside else self.targets
        return replace(self, folder=folder, targets=targets)
