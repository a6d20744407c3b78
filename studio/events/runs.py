"""Events about runs on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from studio.events.evaluation import Figure
from studio.events.photos.dataset import Skipped
from studio.spec import RunSpec

Liveness = Literal["running", "done", "cancelled", "failed", "interrupted"]
"""State of a run. `interrupted`: its record says that it is running, but no program holds its lock."""

STATE_WORDS: Mapping[Liveness, str] = MappingProxyType(
    {"running": "running", "done": "done", "cancelled": "stopped", "failed": "failed", "interrupted": "interrupted"}
)
"""Display name of each state, in the window, the terminal and a notebook."""

END_WORDS: Mapping[str, str] = MappingProxyType(
    {"cancelled": "was stopped", "failed": "failed", "interrupted": "was interrupted"}
)
"""How an incomplete run ended, to follow “the run”: “was stopped”."""

WeightsChoice = Literal["last", "best"]
"""Which of a run's weights: those of its last epoch, or of the best one by its criterion (`TrainSpec.result`)."""


@dataclass(frozen=True)
class RunDescription:
    """The description that a user gave a run.

    Attributes:
        title: Its title; "" for the name of its folder.
        note: A note of any length.
        starred: True for a favorite.
        tags: Tags, each once.
    """

    title: str = ""
    note: str = ""
    starred: bool = False
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class TestJudgment:
    """The judgments of a run's test photos with the weights of one epoch.

    Attributes:
        time: Time of the first one, ISO 8601 in UTC.
        epoch: Epoch of the weights.
        photos: Number of photos.
        value: The main metric: accuracy, or mean absolute error.
        times: Number of judgments; in files of earlier versions, which did not count them, 1.
        last: Time of the last one, if there was more than one; "" otherwise.
    """

    __test__ = False  # not a test, in spite of its name

    time: str
    epoch: int
    photos: int
    value: float
    times: int = 1
    last: str = ""

    @property
    def latest(self) -> str:
        """Time of the last judgment, ISO 8601 in UTC."""
        return self.last or self.time


@dataclass(frozen=True)
class RunSummary:
    """A row of the list of runs.

    Attributes:
        path: Absolute path of its folder.
        state: Its state.
        spec: Its settings.
        photos: Number of photos; 0 where it ended before they were listed.
        classes: Number of classes; 0 in regression, and where it ended before they were known.
        epochs: Number of finished epochs.
        figure: Main metric on the validation photos after the result epoch; None before the first epoch.
        best_epoch: The best epoch by the criterion of the run; 0 before the first.
        result_epoch: The epoch whose figures, weights and predictions are those of the run; 0 before the first.
        stopped_early: True where early stopping ended it.
        seconds: Training time without pauses; None where it is unknown.
        started: Start time, ISO 8601 in UTC.
        checkpoint: Time of the last checkpoint, ISO 8601 in UTC; "" where there is none.
        size: Size of its folder in bytes.
        failure: Why it failed, one sentence; "" otherwise.
        holder: The program that writes to it, or one on another computer that has not released it: “process 4711 on
            lab-3”; "" where there is none or it is unknown.
        activity: What that program is doing, in words; "" where it does not say.
        seen: Time of that program's last sign of life, ISO 8601 in UTC; "" where it is unknown.
        description: The user's description.
        unknown: Its settings that this version does not know, in words; `spec` has the defaults in their place.
        test_judgments: The judgments of its test photos so far.
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
    activity: str = ""
    seen: str = ""
    description: RunDescription = RunDescription()
    unknown: tuple[str, ...] = ()
    test_judgments: tuple[TestJudgment, ...] = ()

    def value(self, key: str) -> float | None:
        """The value of the figure if its metric is `key`, else None."""
        return self.figure.value if self.figure is not None and self.figure.key == key else None

    @property
    def resumable(self) -> bool:
        """True where the run ended before its last epoch and can be resumed, from its checkpoint or from the start."""
        ended_early = self.state in ("interrupted", "cancelled", "failed") and not self.holder
        return ended_early and not self.unknown and bool(self.checkpoint or not self.epochs)

    @property
    def extendable(self) -> bool:
        """True where the run is complete and more epochs can be added."""
        return not self.unknown and self.state == "done" and bool(self.checkpoint)


@dataclass(frozen=True)
class RunsListed:
    """The runs of a folder.

    Attributes:
        folder: Absolute path.
        runs: Newest first.
        unreadable: Folders without a readable run, each with the reason.
    """

    folder: str
    runs: tuple[RunSummary, ...]
    unreadable: tuple[Skipped, ...] = ()


@dataclass(frozen=True)
class RunOpened:
    """A run was read from disk; sent after the events of the run itself.

    Attributes:
        summary: The run as the list shows it.
        missing: Number of validation photos that are no longer in the folder.
    """

    summary: RunSummary
    missing: int = 0


@dataclass(frozen=True)
class RunFollowed:
    """A run that another program writes was read again.

    Attributes:
        summary: The run as the list shows it.
        events: The events of the run so far, like those that are sent before `RunOpened`.
    """

    summary: RunSummary
    events: tuple[object, ...] = ()


@dataclass(frozen=True)
class TrashedRun:
    """A run in the trash.

    Attributes:
        path: Absolute path of its folder in the trash.
        origin: Its former absolute path, to which it can be restored.
        trashed: Time of its removal, ISO 8601 in UTC.
        size: Size of its folder in bytes.
        title: The user's title; "" where there is none.
        words: Its backbone and what trained, in words; "" where its record cannot be read.
        started: Start time, ISO 8601 in UTC; "" where its record cannot be read.
    """

    path: str
    origin: str
    trashed: str
    size: int = 0
    title: str = ""
    words: str = ""
    started: str = ""


@dataclass(frozen=True)
class RunTrashed:
    """A run was moved to the trash."""

    run: TrashedRun


@dataclass(frozen=True)
class RunRestored:
    """A run was restored from the trash.

    Attributes:
        run: The run as it was in the trash.
    """

    run: TrashedRun


@dataclass(frozen=True)
class TrashListed:
    """The runs in the trash of a folder of runs.

    Attributes:
        folder: Absolute path of the folder of runs.
        runs: The last removed one first.
    """

    folder: str
    runs: tuple[TrashedRun, ...]
