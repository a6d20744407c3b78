"""What the window knows, as a fold over events: `reduce(state, job, event)` gives the next state and touches nothing.

Choices of the user live in `spec`; everything else arrived as an event. What can be derived (which results are stale,
what may be started) is derived here, so that no page keeps its own idea of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from studio.events import (
    Augmented,
    CacheFound,
    Checkpoint,
    Dataset,
    Epoch,
    Event,
    Extracted,
    Failed,
    LayerOutput,
    LayersMoved,
    LayerTable,
    NumberReport,
    Predicted,
    PredictedNumbers,
    Preview,
    Progress,
    Report,
    RunStarted,
    RunSummary,
    Saved,
    Skipped,
    Stage,
    Step,
    Trained,
    Waiting,
    Warned,
)
from studio.events.runs import Liveness
from studio.spec import BackboneSpec, DatasetSpec, RunSpec

Station = Literal["images", "preprocess", "features", "head", "evaluate"]
STATIONS: tuple[Station, ...] = ("images", "preprocess", "features", "head", "evaluate")


@dataclass(frozen=True)
class JobState:
    """A job that is under way.

    Attributes:
        name: Of its kind in `studio.session.job_kinds`.
        stage: The stage it is in; None before the first.
        progress: How far the stage is; None where it does not say.
        waiting: The file that nothing came from for long; None while all goes well.
        stopping: True once the user asked it to stop.
    """

    name: str
    stage: Stage | None = None
    progress: Progress | None = None
    stopping: bool = False
    waiting: Waiting | None = None


@dataclass(frozen=True)
class RunState:
    """The run whose results are shown. All of it belongs to `started.spec`.

    Attributes:
        status: "running", "done", "cancelled", "failed", or "interrupted" where the program that trained it was killed.
        dataset: The data set as the run uses it.
        report: The judgment on `predicted`.
        numbers: Predictions where a number is learned; `predicted` is None then.
        number_report: The judgment on `numbers`.
        moved: How far each layer is from where it began, as last measured.
        checkpoint: The last one written.
        counterpart: Best validation accuracy of the run shown before, where one of the two is the baseline from
            scratch of the other; None otherwise.
        gone: Validation photos of a run from disk that are no longer where they were.
        coming: Predictions and judgment of an epoch that is not over: they count with its other numbers or not at all.
    """

    started: RunStarted
    status: Liveness = "running"
    dataset: Dataset | None = None
    extracted: Extracted | None = None
    steps: tuple[Step, ...] = ()
    epochs: tuple[Epoch, ...] = ()
    predicted: Predicted | None = None
    report: Report | None = None
    trained: Trained | None = None
    moved: LayersMoved | None = None
    checkpoint: Checkpoint | None = None
    counterpart: float | None = None
    numbers: PredictedNumbers | None = None
    number_report: NumberReport | None = None
    gone: int = 0
    coming: tuple[Event, ...] = ()


@dataclass(frozen=True)
class Taken:
    """The settings of a run took the place of those that were chosen.

    Attributes:
        before: Those that were chosen.
        run: Folder of the run.
    """

    before: RunSpec
    run: str


@dataclass(frozen=True)
class FailureSource:
    """Where a failure comes from.

    Attributes:
        job: Name of the job that failed.
        about: What the job was about when it failed; the failure goes when this is another.
    """

    job: str
    about: object = None


@dataclass(frozen=True)
class FolderNews:
    """A difference between the photos that were listed and those that are there.

    Attributes:
        added: Photos that are new.
        gone: Photos that are no longer there.
        photos: How many there are now.
        changed: Photos with another number to be learned.
        used: True where a training found it: then these photos are shown and used.
    """

    added: int
    gone: int
    photos: int
    changed: int = 0
    used: bool = False


@dataclass(frozen=True)
class RunList:
    """Runs on disk.

    Attributes:
        listed: Newest first, as they were found last.
        unreadable: Folders that hold no run, or one that cannot be read.
        chosen: Path of the one that is chosen; "" for none.
        known: True once they were looked for.
        everywhere: True where runs of other folders of photos are shown as well.
    """

    listed: tuple[RunSummary, ...] = ()
    unreadable: tuple[Skipped, ...] = ()
    chosen: str = ""
    known: bool = False
    everywhere: bool = False


@dataclass(frozen=True)
class AppState:
    """Everything the window draws.

    Attributes:
        spec: The choices as they stand now; `spec.dataset.folder` is "" until a folder is chosen.
        dataset: The open folder.
        layers: The loaded network; may be of an earlier choice (see `layers_now`).
        preview: Of the Preprocess page.
        augmented: Likewise; may be of another photo or other changes (see `augmented_now`).
        output: Of the Features page.
        cache: What the cache of computed features holds, as last looked at.
        run: The run shown.
        runs: Those on disk.
        jobs: What is under way, by job name.
        faults: Failures by page; each goes when what it is about changes, and at the next try.
        fault_sources: Which job each of them is of, and what it is about.
        warnings: Of the current run, in order.
        saved: The last thing saved.
        news: What changed in the folder since it was listed.
        taken: Whose settings were taken, and those before.
        engine_ready: True once torch and its friends are imported.
        to_download: Megabytes of the chosen backbone's weights, where they are not on this computer, 0 where their
            size is not known; None where nothing is missing.
    """

    spec: RunSpec = field(default_factory=lambda: RunSpec(DatasetSpec("")))
    dataset: Dataset | None = None
    layers: LayerTable | None = None
    layers_for: BackboneSpec | None = None
    preview: Preview | None = None
    augmented: Augmented | None = None
    output: LayerOutput | None = None
    cache: CacheFound | None = None
    run: RunState | None = None
    runs: RunList = field(default_factory=RunList)
    jobs: Mapping[str, JobState] = field(default_factory=lambda: MappingProxyType({}))
    faults: Mapping[Station, Failed] = field(default_factory=lambda: MappingProxyType({}))
    fault_sources: Mapping[Station, FailureSource] = field(default_factory=lambda: MappingProxyType({}))
    warnings: tuple[Warned, ...] = ()
    saved: Saved | None = None
    news: FolderNews | None = None
    taken: Taken | None = None
    engine_ready: bool = False
    to_download: float | None = None


def refused(state: AppState) -> str:
    """The chosen folder, where nothing in it could be listed; "" where that went well, or goes on."""
    failed = state.dataset is None and "images" in state.faults and "scan" not in state.jobs
    return state.spec.dataset.folder if failed else ""
