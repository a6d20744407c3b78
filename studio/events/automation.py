"""Events about the replay of a run (whether training again from its record gives the same), and about projects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from studio.spec import RunSpec

ReplayResult = Literal["same", "differs", "cannot"]
"""`same`: every recorded number and weight is equal, bit for bit. `cannot`: the run could not be trained again."""


@dataclass(frozen=True)
class ReplayedValue:
    """A number or a tensor that has another value in the replay.

    Attributes:
        what: Its name in words: “validation loss”, “weights of the last epoch, head.weight”.
        epoch: Number of its epoch; 0 where it belongs to none.
        difference: Largest absolute difference; infinite where a value is missing or not a number, or shapes differ.
    """

    what: str
    epoch: int
    difference: float


@dataclass(frozen=True)
class ChangedPhotos:
    """Photos in a run's folder that are no longer those of the run, by their paths in the folder.

    Attributes:
        changed: Files with other content.
        missing: Files that are gone or cannot be read.
        added: Files that the run did not have.
        moved: Files with another class, number or split.
    """

    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changed or self.missing or self.added or self.moved)


@dataclass(frozen=True)
class RunReplayed:
    """A run was trained again from its record, or could not be.

    Attributes:
        run: Absolute path of the run.
        result: Whether the results are the same.
        largest_difference: Largest absolute difference of all losses, metrics and weights; None without a comparison,
            and where a value has no counterpart.
        why: Sentences: what prevents the replay, or what has changed since the run and could cause a difference.
        unchecked: Sentences on what could not be compared, because the record of the run is too old to have it.
        differences: Values that differ, those of the first differing epoch first.
        photos: Photos that are no longer those of the run.
        epochs: Number of epochs that were compared.
        seconds: Time of the replay.
        folder: Absolute path of the new run; "" where it was not asked for.
    """

    run: str
    result: ReplayResult
    largest_difference: float | None = None
    why: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    differences: tuple[ReplayedValue, ...] = ()
    photos: ChangedPhotos = ChangedPhotos()
    epochs: int = 0
    seconds: float = 0.0
    folder: str = ""


@dataclass(frozen=True)
class ProjectOpened:
    """A project file was read.

    Attributes:
        file: Absolute path of the file.
        spec: Its settings, with paths of this computer.
        runs: Absolute paths of its runs that are on this computer.
        missing_runs: Paths of the others, as on the computer where it was saved.
        shown: Absolute path of the run that was shown; "" for none, or where it is missing.
        missing_folder: Folder of the photos if it is not on this computer, in which case nothing was changed; else "".
        missing_files: Other files of the settings that are not on this computer: tables, weights.
        choices: Number of entries of the project's journal that were added to that of the folder.
        merged: True where the folder had other entries, so that those of the project were added together as one.
    """

    file: str
    spec: RunSpec
    runs: tuple[str, ...] = ()
    missing_runs: tuple[str, ...] = ()
    shown: str = ""
    missing_folder: str = ""
    missing_files: tuple[str, ...] = ()
    choices: int = 0
    merged: bool = False
