"""The state of the window, as frozen data: `studio.session.reducer` makes the next one from an event.

Choices of the user live in `spec`; everything else arrived as an event. What follows from the state (which results are
stale, what may be started) is computed in `studio.session.selectors`, so that no page has its own idea of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from studio.events import (
    AugmentedViews,
    CacheContents,
    Checkpoint,
    Dataset,
    Epoch,
    Event,
    Failed,
    FeaturesComputed,
    LayerOutput,
    LayersChanged,
    LayerTable,
    PredictedNumbers,
    PredictedProbabilities,
    Preview,
    Progress,
    Report,
    RunStarted,
    RunSummary,
    Saved,
    Skipped,
    Split,
    Stage,
    Step,
    TrainingFinished,
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
        run: Id of the run that its events belong to; None for a job on no run, and before the run has begun.
        shows_run: True where its run is shown as soon as it begins.
    """

    name: str
    stage: Stage | None = None
    progress: Progress | None = None
    stopping: bool = False
    waiting: Waiting | None = None
    run: str | None = None
    shows_run: bool = True


@dataclass(frozen=True)
class RunState:
    """A run and its results. All of it belongs to `started.spec`.

    Attributes:
        status: "running", "done", "cancelled", "failed", or "interrupted" where the program that trained it was killed.
        dataset: The data set as the run uses it.
        reports: The judgment on the predictions of each split that was judged: validation, and others where asked for.
        numbers: Predictions where a number is learned; `predicted` is None then.
        moved: How far each layer is from where it began, as last measured.
        checkpoint: The last one written.
        gone: Validation photos of a run from disk that are no longer where they were.
        coming: Predictions and judgment of an epoch that is not over: they count with its other numbers or not at all.
        warnings: In order.
    """

    started: RunStarted
    status: Liveness = "running"
    dataset: Dataset | None = None
    extracted: FeaturesComputed | None = None
    steps: tuple[Step, ...] = ()
    epochs: tuple[Epoch, ...] = ()
    predicted: PredictedProbabilities | None = None
    reports: Mapping[Split, Report] = field(default_factory=lambda: MappingProxyType({}))
    trained: TrainingFinished | None = None
    moved: LayersChanged | None = None
    checkpoint: Checkpoint | None = None
    numbers: PredictedNumbers | None = None
    gone: int = 0
    coming: tuple[Event, ...] = ()
    warnings: tuple[Warned, ...] = ()

    @property
    def id(self) -> str:
        """The run's name among others: its folder."""
        return self.started.run

    @property
    def report(self) -> Report | None:
        """The judgment on the validation photos."""
        return self.reports.get("val")


@dataclass(frozen=True)
class QueuedRun:
    """A training that waits for the one before it to end.

    Attributes:
        number: Names it among those that wait; never given twice.
        spec: Its settings, as they were when it was queued.
    """

    number: int
    spec: RunSpec


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
    """The source of a failure.

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
        runs: The runs known in this window, by id, the one that began last at the end.
        shown: Id of the run whose results are shown; None for none.
        compared: Id of the run that it is compared with; None for none.
        queue: Trainings that wait, the next one first.
        last_queued: Number of the training that was queued last.
        run_list: The runs on disk.
        jobs: What is under way, by job name.
        faults: Failures by page; each goes when what it is about changes, and at the next try.
        fault_sources: Which job each of them is of, and what it is about.
        early_warnings: Of jobs whose run has not begun, and of those on no run; in order.
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
    augmented: AugmentedViews | None = None
    output: LayerOutput | None = None
    cache: CacheContents | None = None
    runs: Mapping[str, RunState] = field(default_factory=lambda: MappingProxyType({}))
    shown: str | None = None
    compared: str | None = None
    queue: tuple[QueuedRun, ...] = ()
    last_queued: int = 0
    run_list: RunList = field(default_factory=RunList)
    jobs: Mapping[str, JobState] = field(default_factory=lambda: MappingProxyType({}))
    faults: Mapping[Station, Failed] = field(default_factory=lambda: MappingProxyType({}))
    fault_sources: Mapping[Station, FailureSource] = field(default_factory=lambda: MappingProxyType({}))
    early_warnings: tuple[Warned, ...] = ()
    saved: Saved | None = None
    news: FolderNews | None = None
    taken: Taken | None = None
    engine_ready: bool = False
    to_download: float | None = None

    @property
    def run(self) -> RunState | None:
        """The run shown."""
        return self.runs.get(self.shown) if self.shown is not None else None

    @property
    def warnings(self) -> tuple[Warned, ...]:
        """Warnings of the run shown, and of jobs that belong to no run."""
        return (*self.early_warnings, *(self.run.warnings if self.run is not None else ()))

    def with_run(self, run: RunState) -> AppState:
        """The state with the present state of a run; shown or not as before."""
        return replace(self, runs=MappingProxyType({**self.runs, run.id: run}))

    def showing(self, run: RunState | None) -> AppState:
        """The state with a run, shown from now on; None shows none."""
        if run is None:
            return replace(self, shown=None, compared=None)
        return replace(self.with_run(run), shown=run.id)


def refused(state: AppState) -> str:
    """The chosen folder, where nothing in it could be listed; "" where that went well, or goes on."""
    failed = state.dataset is None and "images" in state.faults and "scan" not in state.jobs
    return state.spec.dataset.folder if failed else ""
