"""The state of the window, as frozen data: `studio.session.reducer` computes the next one from an event.

The user's choices are in `spec`; everything else arrived as an event. Values derived from the state (which results are
stale, what may be started) are computed in `studio.session.selectors`, so that all pages agree on them.
The file has over 300 lines, most of them descriptions of fields, so that all that the window draws is in one place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from studio.events import (
    AugmentedViews,
    BackboneAdvice,
    CacheContents,
    CameraSeen,
    CertificatesFound,
    Checkpoint,
    ClassHeatmap,
    CutAdvice,
    Dataset,
    Epoch,
    Event,
    Failed,
    FeaturesComputed,
    Forecast,
    JournalRead,
    LayerOutput,
    LayersChanged,
    LayerTable,
    LayerTimes,
    NetworkShapes,
    OutputDrift,
    PhotosMapped,
    PhotosToLabel,
    PhotoTraced,
    PredictedNumbers,
    PredictedProbabilities,
    Preview,
    Progress,
    ProjectOpened,
    RatesSuggested,
    Report,
    RunReplayed,
    RunStarted,
    RunSummary,
    Saved,
    Skipped,
    SortingUndone,
    Split,
    Stage,
    Step,
    TrainingFinished,
    TrashedRun,
    TrashListed,
    Waiting,
    Warned,
)
from studio.events.runs import Liveness, WeightsChoice
from studio.runs.batches.queue_lines import QueueView
from studio.session.given_photos import GivenPhotos
from studio.session.judged_choices import JudgedChoice, RunPair
from studio.session.model_exports import ModelExports
from studio.spec import BackboneSpec, DatasetSpec, RunSpec
from studio.spec.decision import DecisionRule

if TYPE_CHECKING:
    from studio.session.part_results import PartResults

Station = Literal["images", "preprocess", "features", "head", "evaluate", "use"]
STATIONS: tuple[Station, ...] = ("images", "preprocess", "features", "head", "evaluate", "use")


@dataclass(frozen=True)
class JobState:
    """A running job.

    Attributes:
        name: Name of its kind in `studio.session.jobs.job_kinds`.
        stage: The current stage; None before the first.
        progress: Progress of the stage; None where it reports none.
        waiting: The file that has not been read for a long time; None while reading works.
        stopping: True once the user asked it to stop.
        run: Id of the run that its events belong to; None for a job without a run, and before the run has begun.
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
    """A run and its results, all for the settings in `started.spec`.

    Attributes:
        started: The run's settings and facts from its start.
        status: "running", "done", "cancelled", "failed", or "interrupted" where the program that trained it was killed.
        dataset: The data set as the run uses it.
        extraction: Numbers and time of the computed features.
        steps: Points of the live loss, thinned out in a long run.
        epochs: Its finished epochs.
        predictions: Predictions of a classification run.
        reports: Report on the predictions of each evaluated split: validation, and others on request.
        outcome: Result of the finished training.
        layer_changes: Change of each layer since the start of the run, as last measured.
        checkpoint: The last one written.
        numbers: Predictions of a regression run; `predictions` is None then.
        missing: Number of validation photos of a run from disk that no longer exist.
        pending: Predictions and report of the unfinished epoch; they take effect together with its metrics.
        warnings: Warnings in order of arrival.
        evaluations: Evaluations on request, by part and weights.
        decision: The stored decision rule; None where the most probable class is the answer.
        trial: The decision rule that the user tries out; None for the stored one.
    """

    started: RunStarted
    status: Liveness = "running"
    dataset: Dataset | None = None
    extraction: FeaturesComputed | None = None
    steps: tuple[Step, ...] = ()
    epochs: tuple[Epoch, ...] = ()
    predictions: PredictedProbabilities | None = None
    reports: Mapping[Split, Report] = field(default_factory=lambda: MappingProxyType({}))
    outcome: TrainingFinished | None = None
    layer_changes: LayersChanged | None = None
    checkpoint: Checkpoint | None = None
    numbers: PredictedNumbers | None = None
    missing: int = 0
    pending: tuple[Event, ...] = ()
    warnings: tuple[Warned, ...] = ()
    evaluations: Mapping[tuple[Split, WeightsChoice], PartResults] = field(default_factory=lambda: MappingProxyType({}))
    decision: DecisionRule | None = None
    trial: DecisionRule | None = None

    @property
    def id(self) -> str:
        """The run's identifier: the path of its folder."""
        return self.started.run

    @property
    def report(self) -> Report | None:
        """The report on the validation photos."""
        return self.reports.get("val")


@dataclass(frozen=True)
class QueuedRun:
    """A run that waits for the one before it to end.

    Attributes:
        number: Its identifier in the queue; never reused.
        spec: Its settings, as they were when it was queued.
    """

    number: int
    spec: RunSpec


@dataclass(frozen=True)
class SettingsSwap:
    """A replacement of the user's settings by those of a run or a project, or by a proposal of a verdict.

    Attributes:
        before: The user's settings.
        run: Folder of the run.
        proposal: Name of the proposal that changed them, or `project`; "" where they are exactly those of the run.
    """

    before: RunSpec
    run: str
    proposal: str = ""


@dataclass(frozen=True)
class FailureSource:
    """The source of a failure.

    Attributes:
        job: Name of the job that failed.
        about: Subject of the job when it failed; the failure is removed when the subject changes.
    """

    job: str
    about: object = None


@dataclass(frozen=True)
class FolderChanges:
    """The difference between the photos of the last scan and those in the folder now.

    Attributes:
        added, removed: Number of new photos, and of those that were removed.
        photos, changed: Number of photos now, and of those with another target value.
        moved: Number of photos that are in another part of the split because of the others.
        used: True where the present photos are shown: a run detected the change, or a rescan moved photos.
        access: `lost` while the folder cannot be listed, `back` once it can again.
    """

    added: int
    removed: int
    photos: int
    changed: int = 0
    moved: int = 0
    used: bool = False
    access: Literal["", "lost", "back"] = ""


@dataclass(frozen=True)
class RunList:
    """Runs on disk.

    Attributes:
        listed: All runs of the last listing, newest first.
        unreadable: Folders without a run, or with one that cannot be read.
        chosen: Path of the run that is selected in the list; "" for none.
        is_listed: True once the runs have been listed.
        everywhere: True where runs of all folders of photos are shown, and not only those of the open one.
        discarded: Runs moved to the trash since the window opened, the last one last; each can be restored at once.
        trash: Content of the trash, as last read.
    """

    listed: tuple[RunSummary, ...] = ()
    unreadable: tuple[Skipped, ...] = ()
    chosen: str = ""
    is_listed: bool = False
    everywhere: bool = False
    discarded: tuple[TrashedRun, ...] = ()
    trash: TrashListed | None = None


@dataclass(frozen=True)
class AppState:
    """Everything the window draws.

    Attributes:
        spec: The settings chosen now; `spec.dataset.folder` is "" until a folder is chosen.
        dataset: The data set of the open folder.
        layers: Layers of the loaded network; may be those of an earlier choice (see `layers_now`).
        layers_for: The backbone that `layers` belong to.
        shapes: Layers derived without weights, at the image size looked at; may be of an earlier backbone.
        layer_times: Measured times of the layers; may be of an earlier backbone or image size.
        cut_advice: Advice on the layers to freeze; may be of other photos or another backbone (see `advice_now`).
        backbone_advice: Advice on the backbone; may be of other photos (see `backbone_advice.advice_now`).
        rates_suggested: Learning rates from range tests; may be those of other settings (see `suggestion_now`).
        forecast: What a run will cost; may be that of other settings (see `forecast_now`).
        preview: Preprocessed photo of the Preprocess page.
        augmented: Augmented photo of that page; may be of another photo or augmentation (see `augmented_now`).
        output: Layer output of the Features page.
        heatmap: Heatmap of a class, of the Features page or of an enlarged photo.
        output_drift: How far a run moved the layers' outputs; may be of another run or photo.
        cache: Content of the feature cache, as last read.
        runs: The runs known in this window, by id, the most recently started last.
        shown: Id of the run whose results are shown; None for none.
        compared: Id of its baseline, or of the run that it is the baseline of; None for none.
        judged: What is judged of the run shown.
        pair: The runs that the user compares; None while none are compared.
        given: The photos that the user gave the run shown, with its answers.
        traced: Steps of one of them to its prediction; may be of another photo or run (see `words.trace_now`).
        seen: The last picture of the camera; may be of another run.
        to_label: Which of the given photos to label next, as last chosen.
        exports: Exported files with their certificates; may be of another run (see `exports_now`).
        certified: Exported files of a run that were found beside their certificates; may be of another run.
        queue: Queued runs, the next one first.
        left_queue: Runs that were waiting when the program was closed; they are offered.
        shared_queue: The terminal's queue, as last read.
        last_queued: Number of the training that was queued last.
        run_list: The runs on disk.
        jobs: Running jobs by name.
        faults: Failures by page; each is removed when its subject changes, and at the next attempt.
        fault_sources: Job and subject of each failure, by page.
        early_warnings: Warnings of jobs whose run has not begun, and of jobs without a run, in order.
        saved: The last file or folder that was saved.
        unsorted: The sorted files that were removed last.
        project: The project that was opened last.
        replayed: Result of the last replay; may be that of another run.
        folder_changes: Changes in the folder since the last scan.
        divided: The last list of photos whose split was final, with its settings.
        journal: The journal of the open folder, as last read; its `change` describes the last change.
        photo_map: The map of photos; may be of another folder or backbone (see `map_now`).
        swap: The settings that were replaced by those of a run; None where they are the user's own.
        engine_ready: True once torch and the engine are imported.
        to_download: Megabytes of the chosen backbone's weights to download, 0 where unknown; None for nothing.
    """

    spec: RunSpec = field(default_factory=lambda: RunSpec(DatasetSpec("")))
    dataset: Dataset | None = None
    layers: LayerTable | None = None
    layers_for: BackboneSpec | None = None
    shapes: NetworkShapes | None = None
    layer_times: LayerTimes | None = None
    cut_advice: CutAdvice | None = None
    backbone_advice: BackboneAdvice | None = None
    rates_suggested: RatesSuggested | None = None
    forecast: Forecast | None = None
    preview: Preview | None = None
    augmented: AugmentedViews | None = None
    output: LayerOutput | None = None
    heatmap: ClassHeatmap | None = None
    output_drift: OutputDrift | None = None
    cache: CacheContents | None = None
    runs: Mapping[str, RunState] = field(default_factory=lambda: MappingProxyType({}))
    shown: str | None = None
    compared: str | None = None
    judged: JudgedChoice = field(default_factory=JudgedChoice)
    pair: RunPair | None = None
    given: GivenPhotos = field(default_factory=GivenPhotos)
    traced: PhotoTraced | None = None
    seen: CameraSeen | None = None
    to_label: PhotosToLabel | None = None
    exports: ModelExports = field(default_factory=ModelExports)
    certified: CertificatesFound | None = None
    queue: tuple[QueuedRun, ...] = ()
    left_queue: tuple[RunSpec, ...] = ()
    shared_queue: QueueView = field(default_factory=QueueView)
    last_queued: int = 0
    run_list: RunList = field(default_factory=RunList)
    jobs: Mapping[str, JobState] = field(default_factory=lambda: MappingProxyType({}))
    faults: Mapping[Station, Failed] = field(default_factory=lambda: MappingProxyType({}))
    fault_sources: Mapping[Station, FailureSource] = field(default_factory=lambda: MappingProxyType({}))
    early_warnings: tuple[Warned, ...] = ()
    saved: Saved | None = None
    unsorted: SortingUndone | None = None
    project: ProjectOpened | None = None
    replayed: RunReplayed | None = None
    folder_changes: FolderChanges | None = None
    divided: tuple[DatasetSpec, Dataset] | None = None
    journal: JournalRead | None = None
    photo_map: PhotosMapped | None = None
    swap: SettingsSwap | None = None
    engine_ready: bool = False
    to_download: float | None = None

    @property
    def run(self) -> RunState | None:
        """The run shown."""
        return self.runs.get(self.shown) if self.shown is not None else None

    @property
    def warnings(self) -> tuple[Warned, ...]:
        """Warnings of jobs without a run, about the chosen weights, and of the run shown, in this order."""
        of_run = self.run.warnings if self.run is not None else ()
        chosen = self.layers_for is not None and self.layers_for.network == self.spec.backbone.network
        table = self.layers if chosen else None
        of_weights = (Warned(*words) for words in (table.warnings if table is not None else ()))
        return (*self.early_warnings, *(one for one in of_weights if one not in of_run), *of_run)

    def with_run(self, run: RunState) -> AppState:
        """The state with a run added or replaced; the run shown does not change."""
        return replace(self, runs=MappingProxyType({**self.runs, run.id: run}))

    def showing(self, run: RunState | None) -> AppState:
        """The state with a run added and shown; None shows no run."""
        return replace(self, shown=None, compared=None) if run is None else replace(self.with_run(run), shown=run.id)
