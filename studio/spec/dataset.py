"""The photos, their split, and the target."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated, Literal

import msgspec
from msgspec.structs import replace

from studio.spec.settings import Setting, documented

SplitBy = Literal["photo", "content", "folder", "name", "table", "date", "camera"]
"""What photos have in common that stay together when photos are divided."""

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
        int,
        Setting(
            label="Seed of the split",
            help="The same files and the same seed always give the same split",
            option="--split-seed",
        ),
    ] = 7
    targets: Annotated[
        str,
        Setting(
            label="Targets",
            help="CSV or Parquet file with a path and a number per line, to predict a number per photo (regression), "
            "not classes",
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

    split_by: Annotated[
        SplitBy,
        Setting(
            label="Split by",
            help="What stays together when photos are divided, if the folder has no split of its own",
            note="Copies of a photo stay together, too, except with `photo`. In folders inside the class folders, the "
            "same name in two classes is one group. Photos without a date or a camera (EXIF) are divided by content. "
            "New photos move others to another part only if they join two groups, as copies or near duplicates of "
            "photos in both, if they are larger than their near duplicates, or if a class of few groups, or mostly of "
            "near duplicates, has a photo in each part only then; with `photo`, whenever the share of a class changes.",
            choices=(
                "Photo (the same share of each class, by the paths)",
                "Content (moved and renamed photos stay where they are)",
                "Folder inside the class folder",
                "Name (the part that a pattern finds)",
                "Table (a CSV file with the group of each photo)",
                "Date (the day on which it was taken)",
                "Camera",
            ),
        ),
    ] = "content"
    split_pattern: Annotated[
        str,
        Setting(
            label="Pattern of groups",
            help="Regular expression that finds the group in a photo's file name: its first parentheses, or all of it",
            metavar="REGEX",
        ),
    ] = ""
    split_table: Annotated[
        str,
        Setting(
            label="Table of groups",
            help="CSV file with the path and the group of a photo per line",
            metavar="FILE.csv",
        ),
    ] = ""
    split_column: Annotated[
        str,
        Setting(
            label="Column of groups",
            help="Name of the column with the group in the table of groups; without a name, the second column",
            metavar="NAME",
        ),
    ] = ""
    test_fraction: Annotated[
        float,
        Setting(
            label="Test share",
            help="Share of photos held out for a test, if the folder has no test photos of its own",
            zero="none",
            ge=0,
            lt=1,
            metavar="SHARE",
        ),
    ] = 0.0

    label_pattern: Annotated[
        str,
        Setting(
            label="Pattern of labels",
            help="Regular expression that finds the class in a photo's file name (its first parentheses, or all of "
            "it), where the folders do not say it",
            note="The suffix is part of the name. `^([^_]+)_` finds the part before the first underscore.",
            metavar="REGEX",
        ),
    ] = ""

    labels: Annotated[
        str,
        Setting(
            label="Table of labels",
            help="CSV or Parquet file with a path and a class per line (and, in a third column, the split), where the "
            "folders do not say the classes",
            metavar="FILE.csv",
        ),
    ] = ""

    folders: Annotated[
        tuple[str, ...],
        Setting(
            label="Folders",
            help="Folders that make one data set, each with a folder per class, or a class itself",
            note="Records have their paths relative to the folder that contains them all.",
            option="--also",
        ),
    ] = ()

    split_near: Annotated[
        bool,
        Setting(
            label="Keep near duplicates on one side",
            help="Keep near duplicates in the same part, whatever else stays together: resized, cropped, mirrored or "
            "recompressed copies, and shots of the same moment",
            note="Every photo has to be opened for that, once for each version of the folder.",
        ),
    ] = True

    background: Annotated[
        tuple[str, ...],
        Setting(
            label="Background folders",
            help="Folders of the data set whose photos show none of the classes",
            note="They are trained on as one more class, “none of these”, whatever the folders are called. Records "
            "have their paths relative to the folder that contains all.",
            option="--background",
        ),
    ] = ()

    @property
    def sources(self) -> tuple[str, str, str]:
        """The settings that define the target in place of the folders: targets file, table of labels, label pattern."""
        return self.targets, self.labels, self.label_pattern

    def by_folders(self) -> DatasetSpec:
        """Return the spec with the folders' classes as the target."""
        return replace(self, targets="", labels="", label_pattern="")

    def moved(self, folder: str) -> DatasetSpec:
        """Return the spec of the same photos in another folder; "" keeps the folder.

        A targets file or a table inside the folder is expected at the same place in the other one.
        """
        if not folder:
            return self
        files = (self.targets, self.split_table, self.labels)
        targets, table, labels = (self._moved_file(file, folder) for file in files)
        return replace(self, folder=folder, targets=targets, split_table=table, labels=labels)

    def _moved_file(self, file: str, folder: str) -> str:
        inside = file and PurePath(file).is_relative_to(self.folder)
        return str(folder / PurePath(file).relative_to(self.folder)) if inside else file
