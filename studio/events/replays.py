"""Events about the replay of a run: whether training again from its record gives the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ReplayResult = Literal["same", "differs", "cannot"]
"""`same`: every recorded number and weight is equal, bit for bit. `cannot`: the run could not be trained again."""


@dataclass(frozen=True)
class ReplayedValue:
    """A number or a tensor that the replay gave another value.

    Attributes:
        what: Its name in words: “validation loss”, “weights of the last epoch, head.weight”.
        epoch: Number of its epoch; 0 where it belongs to none.
        difference: Largest absolute difference; infinite where one of both is missing, not a number or of another
            shape.
    """

    what: str
    epoch: int
    difference: float


@dataclass(frozen=True)
class ChangedPhotos:
    """Photos of a run's folder that are no longer those of the run, by their paths in the folder.

    Attributes:
        changed: Files with another content.
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
        why: Sentences: what prevents the replay, or what else than then could be the cause of a difference.
        unchecked: Sentences on what the record of the run is too old to say.
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
