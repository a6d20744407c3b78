"""Functions that return the next state after an event, or after a job was started or asked to stop.

Changes by the user's choices are in `user_choices`, those inside a run in `runs.run_events`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from studio.events import (
    LATE,
    AugmentedViews,
    BackboneAdvice,
    CacheContents,
    CameraSeen,
    Cancelled,
    CertificatesFound,
    ClassHeatmap,
    CutAdvice,
    DatasetScanned,
    DecisionStored,
    Done,
    Event,
    ExportStep,
    Failed,
    Forecast,
    JournalRead,
    LayerOutput,
    LayerTable,
    LayerTimes,
    ModelExported,
    NetworkShapes,
    OutputDrift,
    PartPredicted,
    PhotosMapped,
    PhotosPredicted,
    PhotosToLabel,
    PhotoTraced,
    Preview,
    Progress,
    ProjectOpened,
    RatesSuggested,
    RunEvaluated,
    RunFollowed,
    RunReplayed,
    RunRestored,
    RunsCompared,
    RunsListed,
    RunStarted,
    RunTrashed,
    Saved,
    SortingUndone,
    Stage,
    TrashListed,
    Waiting,
    Warned,
)
from studio.events.runs import Liveness
from studio.planning.freezing import covers, without_missing
from studio.session import given_photos, model_exports
from studio.session.evaluation import judging
from studio.session.jobs import failures as faults
from studio.session.jobs.job_kinds import kind_of
from studio.session.photos import folder_changes, journal
from studio.session.runs import changes, comparing, written_elsewhere
from studio.session.runs.run_events import with_event
from studio.session.selectors import run_of_job
from studio.session.state import AppState, JobState, RunState
from studio.session.user_choices import without_old_ranges
from studio.spec.structs import replace

MOST_RUNS = 12
"""Largest number of runs in memory: each has its list of photos and their predictions."""

LOOKS = ("inspect", "outputs", "heatmap", "output_drift", "layer_times")
"""Jobs whose warnings are about the weights that they load: the layer table has them, as long as it is shown."""

LAST_EVENTS: Mapping[type[Event], str] = {
    AugmentedViews: "augmented",
    CacheContents: "cache",
    CameraSeen: "seen",
    CertificatesFound: "certified",
    ClassHeatmap: "heatmap",
    BackboneAdvice: "backbone_advice",
    CutAdvice: "cut_advice",
    Forecast: "forecast",
    LayerOutput: "output",
    LayerTimes: "layer_times",
    NetworkShapes: "shapes",
    OutputDrift: "output_drift",
    PhotosMapped: "photo_map",
    PhotosToLabel: "to_label",
    PhotoTraced: "traced",
    Preview: "preview",
    RatesSuggested: "rates_suggested",
    ProjectOpened: "project",
    RunReplayed: "replayed",
    Saved: "saved",
    SortingUndone: "unsorted",
}
"""Field of the state that holds the last event of a kind."""


def job_started_from_queue(state: AppState, job: str, shows_run: bool) -> AppState:
    """The state after a queued job began: failures and warnings of the previous run stay, for a user who was away."""
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


def _with_photos(before: AppState, after: AppState) -> AppState:
    """The state `after` an event; without advice if the photos are not those of the state `before` it."""
    after = folder_changes.with_division(without_old_ranges(before, after))
    old, new = before.dataset, after.dataset
    if old is None or new is None:
        return after
    photos = [(data.folder, data.files_hash, data.choices.fingerprint) for data in (old, new)]
    if photos[0] == photos[1]:
        return after
    return replace(after, backbone_advice=None, cut_advice=None, rates_suggested=None, forecast=None)


def reduce(state: AppState, job: str, event: Event) -> AppState:
    """The state after an event of the job named `job`."""
    if name := LAST_EVENTS.get(type(event)):
        return replace(state, **{name: event})  # type: ignore[arg-type]
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
        case LayerTable():
            return _with_layers(state, event)
        case RunFollowed():
            return written_elsewhere.followed(state, event)
        case RunsCompared():
            return comparing.received(state, event)
        case RunsListed() | RunTrashed() | RunRestored() | TrashListed():
            return changes.on_disk(state, event)
        case PartPredicted() | RunEvaluated():
            return judging.with_results(state, event)
        case ExportStep() | ModelExported():
            return replace(state, exports=model_exports.after(state.exports, event))
        case PhotosPredicted():
            return replace(state, given=given_photos.predicted(state.given, event))
        case DecisionStored():
            from studio.session.evaluation import deciding

            return deciding.stored(state, event)
        case RunStarted():
            return _run_started(state, job, event)
        case _:
            run = run_of_job(state, job)
            return state.with_run(with_event(run, event)) if run is not None else state


def _with_layers(state: AppState, table: LayerTable) -> AppState:
    """The state with the layers of the chosen backbone; layers that another readout lacks are removed from the plan."""
    spec, owner = state.spec, state.layers_for
    if owner is not None and owner.name == spec.backbone.name and owner.readout != spec.backbone.readout:
        rates = tuple(one for one in spec.train.layer_rates if any(covers(one.name, row.path) for row in table.layers))
        plan = without_missing(spec.freeze, table.layers)
        spec = replace(spec, freeze=plan, train=replace(spec.train, layer_rates=rates))
    return replace(state, spec=spec, layers=table, layers_for=spec.backbone)


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
    """The state without its oldest runs, if there are too many; they can be reopened from disk."""
    needed = {state.shown, state.compared, *(job.run for job in state.jobs.values())}
    spare = [name for name in state.runs if name not in needed][: max(0, len(state.runs) - MOST_RUNS)]
    runs = {name: run for name, run in state.runs.items() if name not in spare}
    return replace(state, runs=MappingProxyType(runs)) if spare else state


def _dataset_of_run(state: AppState, job: str, event: DatasetScanned) -> AppState:
    run = run_of_job(state, job)
    if run is None:
        return state
    state = state.with_run(with_event(run, event))
    return _with_photos(state, folder_changes.training_listed(state, run, event.dataset))


def _warned(state: AppState, job: str, event: Warned) -> AppState:
    run = run_of_job(state, job)
    if run is None and (job in LOOKS or event in state.warnings):
        return state
    if run is None:
        return replace(state, early_warnings=(*state.early_warnings, event))
    return state.with_run(replace(run, warnings=(*run.warnings, event)))


def _without_warnings(state: AppState) -> AppState:
    """The state without warnings: the user has read them before starting the next job."""
    run = state.run
    if run is not None and run.warnings:
        state = state.with_run(replace(run, warnings=()))
    return replace(state, early_warnings=())


def _ended(state: AppState, job: str, end: Done | Cancelled | Failed) -> AppState:
    run = run_of_job(state, job)
    jobs = {name: other for name, other in state.jobs.items() if name != job}
    state = replace(state, jobs=MappingProxyType(jobs))
    if job == "warm_up" and isinstance(end, Done):
        state = replace(state, engine_ready=True)
    if job == "export_models":
        state = replace(state, exports=model_exports.after(state.exports, end))
    if job == "train" and run is not None and run.status == "running":
        status: Liveness = "done" if isinstance(end, Done) else "cancelled" if isinstance(end, Cancelled) else "failed"
        state = state.with_run(replace(run, status=status))
    if isinstance(end, Failed):
        if job == judging.JOB:
            state = judging.table_failed(state, end)
        return faults.with_failure(folder_changes.listing_failed(state, job), kind_of(job).page, job, end)
    return faults.succeeded(state, kind_of(job).page, job) if isinstance(end, Done) else state


def _job(state: AppState, job: str) -> JobState:
    return state.jobs.get(job, JobState(job))


def _is_due(state: AppState, job: str, event: Waiting) -> bool:
    """True for a wait long enough to be shown, and from then on once per second."""
    last = _job(state, job).waiting
    return event.seconds >= LATE and (last is None or last.path != event.path or event.seconds >= last.seconds + 1)


def _with_job(state: AppState, job: JobState) -> AppState:
    return replace(state, jobs=MappingProxyType({**state.jobs, job.name: job}))
