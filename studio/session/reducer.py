"""Functions that return the next state after an event or a choice of the user. All changes of the state are here.

So the file is longer than others.
"""

from __future__ import annotations

from types import MappingProxyType

from studio.events import (
    LATE,
    AugmentedViews,
    CacheContents,
    Cancelled,
    Checkpoint,
    ClassHeatmap,
    CutAdvice,
    DatasetScanned,
    DecisionStored,
    Done,
    Epoch,
    Evaluated,
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
    PartPredicted,
    PhotosMapped,
    PredictedNumbers,
    PredictedProbabilities,
    Preview,
    Progress,
    RangesEstimated,
    RatesSuggested,
    RunEvaluated,
    RunOpened,
    RunRestored,
    RunsCompared,
    RunsListed,
    RunStarted,
    RunTrashed,
    Saved,
    Stage,
    Step,
    TrainingFinished,
    TrashListed,
    Waiting,
    Warned,
)
from studio.events.runs import Liveness
from studio.session.evaluation import deciding, judging
from studio.session.jobs import failures as faults
from studio.session.jobs.job_kinds import kind_of
from studio.session.photos import folder_changes, journal
from studio.session.runs import changes, comparing, run_list
from studio.session.selectors import ranges_now, run_of_job, running_run
from studio.session.state import AppState, JobState, RunState, SettingsSwap
from studio.spec import FreezePlan, RunSpec
from studio.spec.structs import replace

MOST_RUNS = 12
"""Runs kept in memory: each has its list of photos and their predictions."""

FIELDS = {Saved: "saved", Preview: "preview", AugmentedViews: "augmented", LayerOutput: "output"}
FIELDS |= {CacheContents: "cache", PhotosMapped: "photo_map"}
FIELDS |= {ClassHeatmap: "heatmap", OutputDrift: "output_drift"}
"""Fields of the state that hold the last event of a kind."""

MOST_STEPS = 2000
"""Points of the live loss; beyond that every other point is dropped, so that days of training need no more memory."""


def job_started_from_queue(state: AppState, job: str, shows_run: bool) -> AppState:
    """The state after a queued job began: failures and warnings of the run before stay, for a user who is away."""
    jobs = {**state.jobs, job: JobState(job, shows_run=shows_run)}
    return replace(state, jobs=MappingProxyType(jobs))


def job_started(state: AppState, job: str) -> AppState:
    """The state after a job was submitted: the old failure on its page is removed."""
    state = faults.job_started(state, kind_of(job).page, job)
    jobs = {**state.jobs, job: JobState(job)}
    state = replace(state, jobs=MappingProxyType(jobs))
    return _without_warnings(state) if job in ("train", "open_run") else state


def job_stopping(state: AppState, job: str) -> AppState:
    """The state after the user asked a job to stop."""
    if job not in state.jobs:
        return state
    return _with_job(state, replace(state.jobs[job], stopping=True))


def spec_changed(state: AppState, spec: RunSpec) -> AppState:
    """The state after the user changed a setting; another backbone resets a freeze plan and rates of the old layers."""
    if spec.backbone.name != state.spec.backbone.name:
        if spec.freeze == state.spec.freeze:
            spec = replace(spec, freeze=FreezePlan(batch_norm=spec.freeze.batch_norm))
        if spec.train.layer_rates == state.spec.train.layer_rates:
            spec = replace(spec, train=replace(spec.train, layer_rates=()))
    if spec.dataset.folder != state.spec.dataset.folder:
        state = replace(state, dataset=None, preview=None, output=None, folder_changes=None, pair=None, journal=None)
        state = replace(state, heatmap=None, output_drift=None)
        if state.run is not None and state.run.started.spec.dataset.folder != spec.dataset.folder:
            state = _without_run(state)
        state = run_list.deselect_hidden(replace(state, spec=spec))
    if spec.dataset.sources != state.spec.dataset.sources:
        state = replace(state, dataset=None, folder_changes=None)
    if spec.backbone != state.spec.backbone:
        state = replace(state, output=None, heatmap=None, output_drift=None, preview=None)
    state = _without_old_ranges(state, replace(state, spec=spec, swap=None))
    return faults.without_outdated(state)


def settings_swapped(state: AppState, before: RunSpec, run: str = "", proposal: str = "") -> AppState:
    """The state after a run's settings replaced the user's, which can be restored until a setting is changed."""
    run = run or state.run_list.chosen
    replaced = before.dataset.folder and before != state.spec
    return replace(state, swap=SettingsSwap(before, run, proposal) if replaced else None)


def _with_photos(before: AppState, after: AppState) -> AppState:
    """The state without advice on other photos than those shown now."""
    after = _without_old_ranges(before, after)
    old, new = before.dataset, after.dataset
    if old is None or new is None:
        return after
    same = (old.folder, len(old.photos), old.choices.fingerprint) == (
        new.folder,
        len(new.photos),
        new.choices.fingerprint,
    )
    return after if same else replace(after, cut_advice=None, rates_suggested=None, forecast=None)


def _without_old_ranges(before: AppState, state: AppState) -> AppState:
    """The state without preview and layer output if they were computed with other value ranges."""
    return state if ranges_now(state) == ranges_now(before) else replace(state, preview=None, output=None, heatmap=None)


def _without_run(state: AppState) -> AppState:
    """The state that shows no run, because another folder was opened. A running one stays shown until its end."""
    if state.run is not None and state.run is running_run(state):
        return state
    return replace(state.showing(None), early_warnings=())


def run_chosen(state: AppState, path: str) -> AppState:
    """The state after the user selected a run of the list; "" for none."""
    if path == state.run_list.chosen:
        return state
    return faults.without_outdated(replace(state, run_list=replace(state.run_list, chosen=path)))


def run_shown(state: AppState, run: str) -> AppState:
    """The state that shows a run already known."""
    state = replace(state, shown=run, compared=None, pair=None) if run in state.runs else state
    return faults.without_outdated(state)


def runs_everywhere(state: AppState, everywhere: bool) -> AppState:
    """The state whose list shows the runs of all folders, or those of the open one."""
    return run_list.deselect_hidden(replace(state, run_list=replace(state.run_list, everywhere=everywhere)))


def photo_chosen(state: AppState) -> AppState:
    """The state after the user selected another photo: preview and failure of the previous one are removed."""
    return faults.without(replace(state, preview=None), "preprocess")


def reduce(state: AppState, job: str, event: Event) -> AppState:
    """The state after an event of the job named `job`."""
    match event:
        case Stage():
            return _with_job(state, replace(_job(state, job), stage=event, progress=None, waiting=None))
        case Progress():
            return _with_job(state, replace(_job(state, job), progress=event, waiting=None))
        case Waiting():
            return _with_job(state, replace(_job(state, job), waiting=event)) if _is_due(state, job, event) else state
        case Done() | Cancelled() | Failed():
            return _ended(state, job, event)
        case Warned():
            return _warned(state, job, event)
        case DatasetScanned() if job == "scan":
            return _with_photos(state, journal.scanned(state, event.dataset))
        case DatasetScanned() | JournalRead() if job in ("journal", "cleaned_copy"):
            return _with_photos(state, journal.after(state, event))
        case DatasetScanned() if job == "watch":
            return folder_changes.folder_relisted(state, event.dataset)
        case DatasetScanned() if job == "train":
            return _dataset_of_run(state, job, event)
        case Saved() | Preview() | AugmentedViews() | LayerOutput() | CacheContents() | PhotosMapped():
            return replace(state, **{FIELDS[type(event)]: event})  # type: ignore[arg-type]
        case ClassHeatmap() | OutputDrift():
            return replace(state, **{FIELDS[type(event)]: event})  # type: ignore[arg-type]
        case NetworkShapes():
            return replace(state, shapes=event)
        case LayerTimes():
            return replace(state, layer_times=event)
        case CutAdvice():
            return replace(state, cut_advice=event)
        case RatesSuggested():
            return replace(state, rates_suggested=event)
        case Forecast():
            return replace(state, forecast=event)
        case LayerTable():
            return replace(state, layers=event, layers_for=state.spec.backbone)
        case RunsCompared():
            return comparing.received(state, event)
        case RunsListed() | RunTrashed() | RunRestored() | TrashListed():
            return changes.on_disk(state, event)
        case PartPredicted() | RunEvaluated():
            return judging.with_results(state, event)
        case DecisionStored():
            return deciding.stored(state, event)
        case RunStarted():
            return _run_started(state, job, event)
        case _:
            run = run_of_job(state, job)
            return state.with_run(_run(run, event)) if run is not None else state


def _run_started(state: AppState, job: str, event: RunStarted) -> AppState:
    """The state after a run began, or one on disk was opened: later events of the job belong to it."""
    status: Liveness = "done" if job == "open_run" else "running"  # until `RunOpened` brings the recorded one
    before, run = state.run, RunState(event, status, warnings=state.early_warnings)
    state = _with_job(state, replace(_job(state, job), run=run.id))
    others = {name: other for name, other in state.runs.items() if name != run.id}
    state = replace(state, runs=MappingProxyType({**others, run.id: run}), early_warnings=())
    if _job(state, job).shows_run or state.shown in (None, run.id):
        compared = before.id if before is not None and comparing.are_related(before, run) else None
        state = replace(state, shown=run.id, compared=compared, pair=None)
    if job == "open_run" and "train" in state.jobs:  # the user is looking at the opened run: keep it shown
        state = _with_job(state, replace(state.jobs["train"], shows_run=False))
    return faults.without_outdated(_without_old_runs(state))


def _without_old_runs(state: AppState) -> AppState:
    """The state without the runs that began first, where there are too many; they can be reopened from disk."""
    needed = {state.shown, state.compared, *(job.run for job in state.jobs.values())}
    spare = [name for name in state.runs if name not in needed][: max(0, len(state.runs) - MOST_RUNS)]
    runs = {name: run for name, run in state.runs.items() if name not in spare}
    return replace(state, runs=MappingProxyType(runs)) if spare else state


def _dataset_of_run(state: AppState, job: str, event: DatasetScanned) -> AppState:
    run = run_of_job(state, job)
    if run is None:
        return state
    state = state.with_run(_run(run, event))
    return folder_changes.training_listed(state, run, event.dataset)


def _warned(state: AppState, job: str, event: Warned) -> AppState:
    run = run_of_job(state, job)
    if run is None:
        return replace(state, early_warnings=(*state.early_warnings, event))
    return state.with_run(replace(run, warnings=(*run.warnings, event)))


def _without_warnings(state: AppState) -> AppState:
    """The state without warnings: the user has read them before starting the next job."""
    run = state.run
    if run is not None and run.warnings:
        state = state.with_run(replace(run, warnings=()))
    return replace(state, early_warnings=())


def _run(run: RunState, event: Event) -> RunState:
    if isinstance(event, PredictedProbabilities | PredictedNumbers | Evaluated) and event.epoch > len(run.epochs):
        return replace(run, pending=(*run.pending, event))
    match event:
        case DatasetScanned():
            return replace(run, dataset=event.dataset)
        case RangesEstimated():
            return replace(run, started=replace(run.started, ranges=event.ranges))
        case FeaturesComputed():
            return replace(run, extraction=event)
        case Step():
            steps = run.steps if len(run.steps) < MOST_STEPS else run.steps[::2]
            return replace(run, steps=(*steps, event))
        case Epoch():
            pending, run = run.pending, replace(run, epochs=(*run.epochs, event), pending=())
            for one in pending:
                run = _run(run, one)
            return run
        case PredictedProbabilities():
            return replace(run, predictions=event)
        case Evaluated():
            return replace(run, reports=MappingProxyType({**run.reports, event.split: event.report}))
        case PredictedNumbers():
            return replace(run, numbers=event)
        case LayersChanged():
            return replace(run, layer_changes=event)
        case Checkpoint():
            return replace(run, checkpoint=event)
        case TrainingFinished():
            return replace(run, outcome=event)
        case RunOpened():
            return replace(run, status=event.summary.state, missing=event.missing)
        case _:
            return run


def _ended(state: AppState, job: str, end: Done | Cancelled | Failed) -> AppState:
    run = run_of_job(state, job)
    jobs = {name: other for name, other in state.jobs.items() if name != job}
    state = replace(state, jobs=MappingProxyType(jobs))
    if job == "warm_up" and isinstance(end, Done):
        state = replace(state, engine_ready=True)
    if job == "train" and run is not None and run.status == "running":
        status: Liveness = "done" if isinstance(end, Done) else "cancelled" if isinstance(end, Cancelled) else "failed"
        state = state.with_run(replace(run, status=status))
    if isinstance(end, Failed):
        return faults.with_failure(folder_changes.listing_failed(state, job), kind_of(job).page, job, end)
    return faults.succeeded(state, kind_of(job).page, job) if isinstance(end, Done) else state


def _job(state: AppState, job: str) -> JobState:
    return state.jobs.get(job, JobState(job))


def _is_due(state: AppState, job: str, event: Waiting) -> bool:
    """True where a wait is long enough to be shown, and then once per second."""
    last = _job(state, job).waiting
    return event.seconds >= LATE and (last is None or last.path != event.path or event.seconds >= last.seconds + 1)


def _with_job(state: AppState, job: JobState) -> AppState:
    return replace(state, jobs=MappingProxyType({**state.jobs, job.name: job}))
