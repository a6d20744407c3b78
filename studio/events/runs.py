"""Events about runs on disk: what a list of them shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from studio.events.dataset import Skipped
from studio.events.evaluation import Figure
from studio.spec import RunSpec

Liveness = Literal["running", "done", "cancelled", "failed", "interrupted"]
"""State of a run. `interrupted`: its record says that it runs, but no program holds its lock."""

STATE_WORDS: Mapping[Liveness, str] = MappingProxyType(
    {"running": "running", "done": "done", "cancelled": "stopped", "failed": "failed", "interrupted": "interrupted"}
)
"""The word for each state, the same in the window, in a terminal and in a notebook."""

END_WORDS: Mapping[str, str] = MappingProxyType(
    {"cancelled": "was stopped", "failed": "failed", "interrupted": "was interrupted"}
)
"""Predicate of a sentence about a run that did not reach its end: “was stopped”."""

Which = Literal["last", "best"]
"""A choice of weights of a run: those of its last epoch, or of the best one by its criterion (`TrainSpec.result`)."""


@dataclass(frozen=True)
class RunSummary:
    """One run as a list shows it.

    Attributes:
        path: Absolute path of its folder.
        state: Its state.
        spec: Its settings.
        photos: Number of photos; 0 where it ended before they were listed.
        classes: Number of classes; 0 where a number is learned, and where it ended before they were known.
        epochs: Number of finished epochs.
        figure: Main metric on the validation photos after the epoch that is the result; None before the first.
        best_epoch: The best by the criterion of the run; 0 before the first.
        result_epoch: The epoch whose figures, weights and predictions are those of the run; 0 before the first.
        stopped_early: True where it ended because no epoch was better any more.
        seconds: Time that it took or has taken, without pauses; None where not known.
        started: ISO 8601, in UTC.
        checkpoint: Time of the last checkpoint, ISO 8601 in UTC; "" where there is none.
        size: Size of its folder in bytes.
        failure: Why it failed, in one sentence; "" where it did not.
        holder: The program that writes to it, in words; "" where there is none or it is not known.
    """

    path: str
    state: Liveness
    spec: RunSpec
    photos: int = 0
    classes: int = 0
    epochs: int = 0
    figure: Figure | None = None
    best_epoch: int = 0
    result_epoch: int = 0
    stopped_early: bool = False
    seconds: float | None = None
    started: str = ""
    checkpoint: str = ""
    size: int = 0
    failure: str = ""
    holder: str = ""

    def value(self, key: str) -> float | None:
        """The figure, where it is that of the metric `key`."""
        return self.figure.value if self.figure is not None and self.figure.key == key else None

    @property
    def resumable(self) -> bool:
        """True where it ended before its last epoch and can be resumed: from its checkpoint, or from the start."""
        return self.state in ("interrupted", "cancelled", "failed") and bool(self.checkpoint or not self.epochs)

    @property
    def extendable(self) -> bool:
        """True where it reached its last epoch and can be extended by more."""
        return self.state == "done" and bool(self.checkpoint)


@dataclass(frozen=True)
class RunsListed:
    """The runs of a folder.

    Attributes:
        folder: Absolute path.
        runs: Newest first.
        unreadable: Folders without a run, or with one that cannot be read, with the reason.
    """

    folder: str
    runs: tuple[RunSummary, ...]
    unreadable: tuple[Skipped, ...] = ()


@dataclass(frozen=True)
class RunOpened:
    """A run was read from disk; its own events came before this one.

    Attributes:
        summary: The run in few figures.
        missing: Number of validation photos that no longer exist at their path.
    """

    summary: RunSummary
    missing: int = 0
