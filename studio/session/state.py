"""What the window knows, as a fold over events: `fold(state, job, event)` gives the next state and touches nothing.

Choices of the user live in `spec`; everything else arrived as an event. What can be derived (which results are stale,
what may be started) is derived here, so that no page keeps its own idea of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from types import MappingProxyType
from typing import Literal

from studio.catalogue import catalogue
from studio.evaluate import best_epoch as epochs
from studio.events import (
    LATE,
    Augmented,
    CacheFound,
    Cancelled,
    Checkpoint,
    Dataset,
    DatasetFound,
    Done,
    Epoch,
    Event,
    Extracted,
    Failed,
    Judged,
    JudgedNumbers,
    LayerOutput,
    LayersMoved,
    LayerTable,
    NumberReport,
    Predicted,
    PredictedNumbers,
    Preview,
    Progress,
    RangesFound,
    Report,
    RunOpened,
    RunsFound,
    RunStarted,
    RunSummary,
    Saved,
    Skipped,
    Stage,
    Step,
    Trained,
    ValueRanges,
    Waiting,
    Warned,
)
from studio.events.runs import Liveness
from studio.planning import presets
from studio.session import failures as faults
from studio.session import folder_changes, run_list
from studio.spec import BackboneSpec, DatasetSpec, FreezePlan, RunSpec, TrainSpec

Station = Literal["images", "preprocess", "features", "head", "evaluate"]
STATIONS: tuple[Station, ...] = ("images", "preprocess", "features", "head", "evaluate")

PAGE_OF_JOB: Mapping[str, Station] = MappingProxyType(
    {
        "scan": "images",
        "watch": "images",
        "sample": "images",
        "preview": "preprocess",
        "augmented": "preprocess",
        "warm_up": "features",
        "inspect": "features",
        "outputs": "features",
        "cache": "features",
        "train": "head",
        "runs": "head",
        "open_run": "head",
        "discard": "head",
        "export": "evaluate",
    }
)
"""Where the failure of a job is shown."""

MOST_STEPS = 2000
"""Points of the live loss kept; past that every other one is dropped, so that days of training cost no memory."""


@dataclass(frozen=True)
class JobState:
    """A job that is under way.

    Attributes:
        name: Key of `PAGE_OF_JOB`.
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
        status: "running", "done", "cancelled", "failed", or "died" where an earlier program was killed in it.
        dataset: The data set as the run uses it.
        report: The judgement on `predicted`.
        numbers: Predictions where a number is learned; `predicted` is None then.
        number_report: The judgement on `numbers`.
        moved: How far each layer is from where it began, as last measured.
        checkpoint: The last one written.
        counterpart: Best validation accuracy of the run shown before, where one of the two is the baseline from
            scratch of the other; None otherwise.
        gone: Validation photos of a run from disk that are no longer where they were.
        coming: Predictions and judgement of an epoch that is not over: they count with its other numbers or not at all.
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
class Source:
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
    fault_sources: Mapping[Station, Source] = field(default_factory=lambda: MappingProxyType({}))
    warnings: tuple[Warned, ...] = ()
    saved: Saved | None = None
    news: FolderNews | None = None
    taken: Taken | None = None
    engine_ready: bool = False
    to_download: float | None = None


# ------------------------------------------------------------------------------------------------- what is derived


def layers_now(state: AppState) -> LayerTable | None:
    """The layer table, if it is the one of the backbone chosen now."""
    return state.layers if state.layers_for == state.spec.backbone else None


def ranges_now(state: AppState) -> ValueRanges:
    """Which values of photos of more than 8 bits are black and white with the settings chosen now."""
    deep = state.dataset.deep if state.dataset is not None else None
    return ValueRanges(state.spec.dataset.value_range, deep.estimated if deep is not None else ())


def ranges_of_run(state: AppState) -> ValueRanges:
    """As the run shown reads its photos."""
    return state.run.started.ranges if state.run is not None else ValueRanges()


def augmented_now(state: AppState) -> Augmented | None:
    """The changed photo, if it is the one shown now; of the changes chosen now, or of those just before."""
    made, shown = state.augmented, state.preview
    return made if made and shown and made.path == shown.path and state.spec.augment.steps else None


def training(state: AppState) -> JobState | None:
    """The training under way."""
    return state.jobs.get("train")


def refused(state: AppState) -> str:
    """The chosen folder, where nothing in it could be listed; "" where that went well, or goes on."""
    failed = state.dataset is None and "images" in state.faults and "scan" not in state.jobs
    return state.spec.dataset.folder if failed else ""


def obstacle(state: AppState) -> str:
    """Why Train cannot be pressed now, in words; "" where it can."""
    if "train" in state.jobs:
        return "A training is running."
    if state.dataset is None and refused(state):
        return state.faults["images"].title
    if state.dataset is None and "scan" in state.jobs:
        return "The folder is being listed."
    if state.dataset is None:
        return "Open an image folder first."
    if state.dataset.problems:
        return state.dataset.problems[0].title
    return ""


def stale(state: AppState) -> dict[Station, str]:
    """Stations whose results belong to other settings than those chosen now, with the reason in words."""
    words, run = difference(state), state.run
    if run is None or not words:
        return {}
    judged = run.report is not None or run.number_report is not None
    shown: dict[Station, bool] = {"head": bool(run.epochs) or run.status == "running", "evaluate": judged}
    return {station: words for station, results in shown.items() if results}


def difference(state: AppState) -> str:
    """What the run shown was made with other than what is chosen now, in words; "" where it is the same."""
    if state.run is None:
        return ""
    then, now = state.run.started.spec, state.spec
    if is_baseline(state):
        return "Trained from scratch, as the baseline of the settings chosen now: random weights, nothing frozen."
    other = then.dataset.folder != now.dataset.folder
    folder = PurePath(then.dataset.folder).name or then.dataset.folder
    reasons = {
        f"the photos of another folder ({folder})": other,
        "other photos": _without_range(then.dataset) != _without_range(now.dataset) and not other,
        "another range of values": then.dataset.value_range != now.dataset.value_range,
        "other changes to the photos": then.augment != now.augment,
        "another backbone": then.backbone.name != now.backbone.name,
        "other weights": then.backbone.weights != now.backbone.weights,
        "another image size": then.backbone.image_size != now.backbone.image_size,
        "other frozen layers": then.freeze != now.freeze,
        "other head settings": (then.head, _without_checkpoints(then)) != (now.head, _without_checkpoints(now)),
    }
    changed = [reason for reason, differs in reasons.items() if differs]
    if not changed:
        return ""
    *others, last = changed
    several = f"{', '.join(others)} and {last}" if others else last
    if state.run.status == "running":
        return f"The run under way has {several} than chosen now; what you choose counts for the next one."
    return f"Made with {several}. Train again to renew."


def is_baseline(state: AppState) -> bool:
    """True where the run shown is the baseline from scratch of the settings chosen now, and not these themselves."""
    if state.run is None or state.run.started.spec == state.spec:
        return False
    return state.run.started.spec == presets.from_scratch(state.spec)


def cannot_export(state: AppState) -> str:
    """Why no head can be exported now, in words; "" where one can."""
    if "train" in state.jobs or (state.run is not None and state.run.status == "running"):
        return "A training is running."
    if "export" in state.jobs:
        return "A head is being written."
    return "" if state.run is not None and state.run.epochs else "No run with a finished epoch is shown."


def best_accuracy(run: RunState) -> float | None:
    """Validation accuracy of the epoch that is the result so far; None before the first, and for numbers."""
    result = result_epoch(run)
    return result.val_accuracy if result is not None and result.val_mae is None else None


def best_epoch(run: RunState) -> Epoch | None:
    """The best epoch so far by the criterion of the run; None before the first."""
    return epochs.best_epoch(run.epochs, run.started.spec.train.result)


def result_epoch(run: RunState) -> Epoch | None:
    """The epoch that is the result of the run so far; None before the first."""
    return epochs.result_epoch(run.epochs, run.started.spec.train.result)


def result_words(run: RunState) -> str:
    """Which epoch the results are of: “epoch 5 of 10, lowest validation loss”; "" before the first."""
    result, spec = result_epoch(run), run.started.spec
    if result is None:
        return ""
    return epochs.result_words(result.epoch, len(run.epochs), spec.train.result, result.val_mae is not None)


def _without_range(spec: DatasetSpec) -> DatasetSpec:
    """Which photos; how their values are read is another setting."""
    return replace(spec, value_range=None)


def _without_checkpoints(spec: RunSpec) -> TrainSpec:
    """What changes a result; how often it is saved does not."""
    return replace(spec.train, checkpoint_minutes=1.0)


# ---------------------------------------------------------------------------------------------------- the fold


def begun(state: AppState, job: str) -> AppState:
    """A job was handed to the worker: its page's old failure goes."""
    state = faults.begun(state, PAGE_OF_JOB[job], job)
    jobs = {**state.jobs, job: JobState(job)}
    warnings = () if job in ("train", "open_run") else state.warnings
    return replace(state, jobs=MappingProxyType(jobs), warnings=warnings)


def stopping(state: AppState, job: str) -> AppState:
    """The user asked a job to stop."""
    if job not in state.jobs:
        return state
    return _with_job(state, replace(state.jobs[job], stopping=True))


def chosen(state: AppState, spec: RunSpec) -> AppState:
    """The user changed a setting. Another backbone drops a freeze plan and rates that named the old one's layers."""
    if spec.backbone.name != state.spec.backbone.name:
        if spec.freeze == state.spec.freeze:
            spec = replace(spec, freeze=FreezePlan(batch_norm=spec.freeze.batch_norm))
        if spec.train.layer_rates == state.spec.train.layer_rates:
            spec = replace(spec, train=replace(spec.train, layer_rates=()))
    if spec.dataset.folder != state.spec.dataset.folder:
        state = replace(state, dataset=None, preview=None, output=None, news=None)
        if state.run is not None and state.run.started.spec.dataset.folder != spec.dataset.folder:
            state = _without_run(state)
        state = run_list.only_shown(replace(state, spec=spec))
    if spec.dataset.targets != state.spec.dataset.targets:
        state = replace(state, dataset=None, news=None)
    if spec.backbone != state.spec.backbone:
        state = replace(state, output=None, preview=None)
    state = _looked_at_anew(state, replace(state, spec=spec, taken=None))
    return faults.current(state)


def settings_taken(state: AppState, before: RunSpec) -> AppState:
    """The settings of a run took the place of those before; these can be had back until another one is chosen."""
    run = state.runs.chosen
    known = before.dataset.folder and before != state.spec
    return replace(state, taken=Taken(before, run) if known else None)


def _looked_at_anew(before: AppState, state: AppState) -> AppState:
    """Forget the photo looked at where its black and white are others now."""
    return state if ranges_now(state) == ranges_now(before) else replace(state, preview=None, output=None)


def _without_run(state: AppState) -> AppState:
    """The results of another folder are shown no more; the run is in the list. One under way stays until its end."""
    if "train" in state.jobs and state.run is not None and state.run.status == "running":
        return state
    return replace(state, run=None, warnings=())


def run_chosen(state: AppState, path: str) -> AppState:
    """The user chose a run of the list; "" for none."""
    if path == state.runs.chosen:
        return state
    return faults.current(replace(state, runs=replace(state.runs, chosen=path)))


def runs_everywhere(state: AppState, everywhere: bool) -> AppState:
    """The user wants to see the runs of all folders, or those of the open one."""
    return run_list.only_shown(replace(state, runs=replace(state.runs, everywhere=everywhere)))


def photo_chosen(state: AppState) -> AppState:
    """The user looks at another photo: the preview and what went wrong with it belong to the one before."""
    return faults.without(replace(state, preview=None), "preprocess")


def fold(state: AppState, job: str, event: Event) -> AppState:
    """The state after an event of the job called `job`."""
    match event:
        case Stage():
            return _with_job(state, replace(_job(state, job), stage=event, progress=None, waiting=None))
        case Progress():
            return _with_job(state, replace(_job(state, job), progress=event, waiting=None))
        case Waiting():
            return _with_job(state, replace(_job(state, job), waiting=event)) if _is_news(state, job, event) else state
        case Done() | Cancelled() | Failed():
            return _ended(state, job, event)
        case Warned():
            return replace(state, warnings=(*state.warnings, event))
        case Saved():
            return replace(state, saved=event)
        case DatasetFound() if job == "scan":
            return _looked_at_anew(state, replace(state, dataset=event.dataset, news=None))
        case DatasetFound() if job == "watch":
            return folder_changes.looked_again(state, event.dataset)
        case DatasetFound() if job == "train" and state.run is not None:
            state = replace(state, run=_run(state.run, event))
            return folder_changes.used(state, event.dataset)
        case Preview():
            return replace(state, preview=event)
        case Augmented():
            return replace(state, augmented=event)
        case LayerTable():
            return replace(state, layers=event, layers_for=state.spec.backbone)
        case LayerOutput():
            return replace(state, output=event)
        case CacheFound():
            return replace(state, cache=event)
        case RunsFound():
            return replace(state, runs=run_list.found(state.runs, event))
        case RunOpened() if state.run is not None:
            return replace(state, run=replace(state.run, status=event.summary.state, gone=event.gone))
        case RunStarted():
            told: Liveness = "done" if job == "open_run" else "running"  # until `RunOpened` says it
            run = RunState(event, told, counterpart=_counterpart(state.run, event.spec))
            return faults.current(replace(state, run=run))
        case _:
            return replace(state, run=_run(state.run, event)) if state.run is not None else state


def _run(run: RunState, event: Event) -> RunState:
    if isinstance(event, Predicted | PredictedNumbers | Judged | JudgedNumbers) and event.epoch > len(run.epochs):
        return replace(run, coming=(*run.coming, event))
    match event:
        case DatasetFound():
            return replace(run, dataset=event.dataset)
        case RangesFound():
            return replace(run, started=replace(run.started, ranges=event.ranges))
        case Extracted():
            return replace(run, extracted=event)
        case Step():
            steps = run.steps if len(run.steps) < MOST_STEPS else run.steps[::2]
            return replace(run, steps=(*steps, event))
        case Epoch():
            waiting, run = run.coming, replace(run, epochs=(*run.epochs, event), coming=())
            for one in waiting:
                run = _run(run, one)
            return run
        case Predicted():
            return replace(run, predicted=event)
        case Judged():
            return replace(run, report=event.report)
        case PredictedNumbers():
            return replace(run, numbers=event)
        case JudgedNumbers():
            return replace(run, number_report=event.report)
        case LayersMoved():
            return replace(run, moved=event)
        case Checkpoint():
            return replace(run, checkpoint=event)
        case Trained():
            return replace(run, trained=event)
        case _:
            return run


def _counterpart(before: RunState | None, spec: RunSpec) -> float | None:
    """What the run before reached, where it is the plan of this baseline, or the baseline of this plan."""
    if before is None or before.started.spec == spec:
        return None
    then = before.started.spec
    related = spec == presets.from_scratch(then) or then == presets.from_scratch(spec)
    return best_accuracy(before) if related else None


def _ended(state: AppState, job: str, end: Done | Cancelled | Failed) -> AppState:
    jobs = {name: other for name, other in state.jobs.items() if name != job}
    state = replace(state, jobs=MappingProxyType(jobs))
    if job == "warm_up" and isinstance(end, Done):
        state = replace(state, engine_ready=True)
    if job == "train" and state.run is not None and state.run.status == "running":
        status: Liveness = "done" if isinstance(end, Done) else "cancelled" if isinstance(end, Cancelled) else "failed"
        state = replace(state, run=replace(state.run, status=status))
    if isinstance(end, Failed):
        return faults.added(state, PAGE_OF_JOB[job], job, end)
    return faults.succeeded(state, PAGE_OF_JOB[job], job) if isinstance(end, Done) else state


def _job(state: AppState, job: str) -> JobState:
    return state.jobs.get(job, JobState(job))


def _is_news(state: AppState, job: str, event: Waiting) -> bool:
    """True once a wait is worth telling, and then every second."""
    told = _job(state, job).waiting
    return event.seconds >= LATE and (told is None or told.path != event.path or event.seconds >= told.seconds + 1)


def _with_job(state: AppState, job: JobState) -> AppState:
    return replace(state, jobs=MappingProxyType({**state.jobs, job.name: job}))


def backbone_info(state: AppState) -> catalogue.BackboneInfo:
    """The catalogue's entry of the chosen backbone."""
    return catalogue.find(state.spec.backbone.name)
