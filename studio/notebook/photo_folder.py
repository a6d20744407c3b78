"""A folder of photos as an object of the library."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from studio.commands import dataset as commands
from studio.data.checked_folder import without
from studio.data.folder import folder_list
from studio.data.journal.apply import EXCLUDED
from studio.data.journal.words import summary
from studio.events import Dataset, DatasetScanned, Finding, Photo, PhotoNote, Problem, Skipped
from studio.notebook.choices import Choices
from studio.notebook.job_runner import ProgressChoice, run_job
from studio.notebook.tables import Described, Description
from studio.spec import DatasetSpec, ValueRange
from studio.spec.dataset import SplitBy
from studio.spec.structs import replace
from studio.spec.validation import check_value_range
from studio.system import paths

PathLike = str | os.PathLike[str]


class PhotoFolder(Choices, Described):
    """A scanned folder of photos: its classes, how many photos each has, the split, and the files left out.

    Choices about photos (`exclude`, `relabel`, `move`, `undo`, …) are stored at once and apply in runs, too.

    Attributes:
        spec: Folder, split and seed; a part of the settings of every run trained on it.
        dataset: The data set as the rest of the program uses it.
    """

    def __init__(self, spec: DatasetSpec, dataset: Dataset) -> None:
        self.spec = spec
        self.dataset = dataset
        self._is_checked = True

    @property
    def path(self) -> Path:
        """The folder, absolute."""
        return Path(self.dataset.folder)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in the order of the labels; for regression only the name of the target."""
        return self.dataset.classes

    @property
    def photos(self) -> tuple[Photo, ...]:
        """The usable photos, sorted by path: `path` (relative), `label`, `split`, `target`."""
        return self.dataset.photos

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Photos of each class in each split: `{"train": {"ants": 98, "bees": 99}, "val": {…}}`."""
        return {split: dict(zip(self.classes, row, strict=True)) for split, row in self.dataset.counts().items()}

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Files and folders that are left out: `path`, `reason`, `count`."""
        return self.dataset.skipped

    @property
    def notes(self) -> tuple[PhotoNote, ...]:
        """Notes on photos that are used: `path`, `text`."""
        return self.dataset.notes

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Reasons why the folder cannot be trained on: `title`, `hint`; usually empty."""
        return self.dataset.problems

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Findings of the data check, the most harmful first: `kind`, `title`, `photos`, `why`, `advice`, ….

        After a choice, reading this checks all photos again.
        """
        if not self._is_checked:
            self.dataset = scan_of(self.spec, True)
            self._is_checked = True
        return self.dataset.findings

    def __len__(self) -> int:
        return len(self.photos)

    def _refresh(self) -> None:
        before = self.dataset
        now = next(
            event.dataset
            for event in run_job(commands.relist(self.spec, True), False)
            if isinstance(event, DatasetScanned)
        )
        unreadable = [one for one in before.skipped if one.path in now.files]
        paths = {note.path for note in now.notes}
        notes = (one for one in before.notes if one.path in now.files and one.path not in paths)
        now = replace(now, deep=before.deep, notes=(*now.notes, *notes), checked=before.checked)
        # Photos that were excluded when all were opened may be unreadable; a run leaves such photos out, too.
        self.dataset = without(now, [one for one in unreadable if one.reason != EXCLUDED])
        self._is_checked = False

    def _describe(self) -> Description:
        counts = self.counts
        rows = [["number" if self.dataset.target else "class", *counts]]
        rows += [[name, *(f"{row[name]:,}" for row in counts.values())] for name in self.classes]
        split = "split found in the folder" if self.dataset.split_found else "split made here"
        classes = f"{self.dataset.target!r} of each" if self.dataset.target else f"{len(self.classes):,} classes"
        notes = [f"{problem.title} {problem.hint}" for problem in self.problems]
        if self.skipped:
            total = sum(skipped.count for skipped in self.skipped)
            notes.append(f"Left out: {total:,}, the first {self.skipped[0].path}: {self.skipped[0].reason} (.skipped)")
        if self.notes:
            notes.append(f"Notes: {len(self.notes):,}, the first {self.notes[0].path}: {self.notes[0].text} (.notes)")
        if words := summary(self.dataset.choices.photos):
            notes.append(f"{words} (.choices)")
        if words := self.dataset.choices.taken_over:
            notes.append(f"{words} (.undo() takes this back)")
        if self._is_checked and self.findings:
            notes.append(f"Findings: {len(self.findings):,}, the first: {self.findings[0].title} (.findings)")
        heading = f"{self.path}: {len(self):,} photos, {classes}, {split}"
        return Description((heading,), rows, frozenset(range(1, len(counts) + 1)), tuple(notes))


def scan(
    folder: PathLike | Sequence[PathLike],
    *,
    targets: PathLike | None = None,
    val_fraction: float = 0.2,
    seed: int = 7,
    value_range: tuple[float, float] | None = None,
    split_by: SplitBy = "content",
    split_near: bool = True,
    split_pattern: str = "",
    split_table: PathLike | None = None,
    split_column: str = "",
    test_fraction: float = 0.0,
    label_pattern: str = "",
    labels: PathLike | None = None,
    background: Sequence[PathLike] = (),
    progress: ProgressChoice = True,
) -> PhotoFolder:
    """List a folder of photos and open every photo once, so that no training ends at a damaged one.

    Args:
        folder: Holds one folder per class, or `train/` and `val/` (and `test/`) with one folder per class each. Several
            folders make one data set; one without folders in it is a class itself.
        targets: A CSV file with a path and a number per line, for regression instead of classification.
        val_fraction: Share of photos held out for validation where the folder has no split, 0 < share < 1.
        seed: Seed of the split; the same files and seed always give the same split.
        value_range: Values of black and white in photos of more than 8 bits; None: as stated in files, else estimated.
        split_by: What stays together where the folder has no split: "content", "folder", "name", "table", "date",
            "camera" or "photo"; `help(studio.DatasetSpec)` says more.
        split_near: Keep near duplicates on one side, too.
        split_pattern: Regular expression that finds the group in a file name, for "name".
        split_table: CSV file with the path and the group of a photo per line, for "table".
        split_column: Name of the column with the group in that file; "" for the second one.
        test_fraction: Share of photos held out for a test; 0: none.
        labels: A CSV file with a path and a class per line, where the folders do not say the classes.
        label_pattern: Regular expression that finds the class in a file name, where the folders do not say it.
        background: Further folders, whose photos show none of the classes.
        progress: True for a progress bar, False for none, or a function that is called with each event.

    Raises:
        UserError: There is no such folder, or it cannot be read. Reasons why it cannot be trained on are not raised,
            but listed in `problems`.
        KeyboardInterrupt: It was stopped.
    """
    root: PathLike
    folders: tuple[str, ...] = ()
    named = [folder] if isinstance(folder, str | os.PathLike) else list(folder)
    if isinstance(folder, str | os.PathLike) and not background:
        root = folder
    else:
        root, folders = folder_list.common([_absolute(one) for one in (*named, *background)])
    spec = replace(
        dataset_spec(root, targets, val_fraction, seed, value_range),
        split_by=split_by,
        split_near=split_near,
        split_pattern=split_pattern,
        split_table="" if split_table is None else _absolute(split_table),
        split_column=split_column,
        test_fraction=float(test_fraction),
        label_pattern=label_pattern,
        labels="" if labels is None else _absolute(labels),
        folders=folders,
        background=folders[len(folders) - len(background) :],
    )
    return PhotoFolder(spec, scan_of(spec, progress))


def scan_of(spec: DatasetSpec, progress: ProgressChoice) -> Dataset:
    """The data set of a folder after every photo was opened."""
    events = run_job(commands.scan(spec), progress)
    return [event.dataset for event in events if isinstance(event, DatasetScanned)][-1]


def dataset_spec(
    folder: PathLike,
    targets: PathLike | None = None,
    val_fraction: float = 0.2,
    seed: int = 7,
    value_range: tuple[float, float] | None = None,
) -> DatasetSpec:
    """The settings of a data set, with an absolute path.

    Raises:
        UserError: The value range is empty.
    """
    chosen = ValueRange(*map(float, value_range)) if value_range is not None else None
    file = "" if targets is None else _absolute(targets)
    spec = DatasetSpec(_absolute(folder), float(val_fraction), int(seed), file, chosen)
    check_value_range(spec)
    return spec


def _absolute(path: PathLike) -> str:
    # Without “..”, but with links as the user wrote them.
    return paths.absolute(path)
