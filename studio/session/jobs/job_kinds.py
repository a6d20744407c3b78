"""The kinds of jobs that the window runs: one row each.

A new kind needs a row here, a command in `studio.session.api` and the function behind it in
`studio.commands.window`; `Store.start` runs it, and status bar, pages and Stop read the row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from studio.session.state import AppState, Station

Thread = Literal["runs", "replays", "looking", "predictions", "exports", "camera", "photos", "data", "records", "watch"]
"""Name of the thread that runs a job. Jobs of one thread run one after another, those of different threads at once.

Five of them compute with torch, each with networks of its own: `runs` trains, `looking` inspects networks,
`predictions` predicts the photos that the user gives, `camera` what a camera sees, and `exports` the validation photos
that exported files are compared on. So a look at one photo waits neither for the answers of thousands nor for an export
of minutes. `replays` waits for the process that trains a replay. Previews are computed in `photos`, with Pillow alone,
so that they never wait for a download of weights."""

THREADS: tuple[Thread, ...] = (
    "runs",
    "replays",
    "looking",
    "predictions",
    "exports",
    "camera",
    "photos",
    "data",
    "records",
    "watch",
)

Stop = Literal["button", "key", "program"]
"""Ways to stop a job: `button`, the user by a visible button, key or menu; `key`, the user by key or menu; `program`,
only the window itself, when it closes or starts a newer job of the same kind."""

Shown = Literal["station", "window", "page"]
"""Places that show a failure beside its page: `station`, the mark in the ribbon, where the station itself cannot show
what it should; `window`, a notice above the other pages, for a single request of the user that changes no station;
`page`, none, for what starts by itself or shows its failure where it was asked for."""

Subject = Callable[[AppState], object]


@dataclass(frozen=True)
class JobKind:
    """A kind of job: the properties that all jobs of this kind share.

    Attributes:
        name: Key of the job in the state.
        title: Title in the status bar until the job reports its first stage.
        thread: Thread that runs it.
        page: Page that shows its failure.
        shown: Where else its failure is shown.
        stop: How it may be stopped.
        place: Priority in the status bar, which shows the running job with the lowest number; None is never shown.
        subject: The choice of the user that its failure concerns: the failure is removed when it changes. None where
            it concerns no choice.
        background: True where it starts without the user: its start and its failure leave other jobs' failures alone.
        survives_none: True where the failure stays even when its subject no longer exists.
    """

    name: str
    title: str
    thread: Thread
    page: Station
    stop: Stop = "button"
    place: int | None = None
    subject: Subject | None = None
    background: bool = False
    survives_none: bool = False
    shown: Shown = "window"


def _folder(state: AppState) -> object:
    return state.spec.dataset


def _photo(state: AppState) -> object:
    return state.spec.dataset.folder, state.spec.backbone


def _augmentation(state: AppState) -> object:
    return _photo(state), state.spec.augment


def _backbone(state: AppState) -> object:
    return state.spec.backbone


def _settings(state: AppState) -> object:
    return state.spec


def _chosen_run(state: AppState) -> object:
    return state.run_list.chosen


def _pair(state: AppState) -> object:
    return (state.pair.a, state.pair.b, state.pair.part) if state.pair is not None else None


def _shown_run(state: AppState) -> object:
    return state.run.started.run if state.run is not None else ""


def _traced(state: AppState) -> object:
    return state.shown, state.given.chosen


def _judged(state: AppState) -> object:
    return state.shown, state.judged


_ROWS = (
    JobKind("train", "Training", "runs", "head", place=10, subject=_settings, shown="station"),
    JobKind("replay", "Replaying the run", "replays", "head", place=15, subject=_chosen_run, survives_none=True),
    JobKind("open_project", "Opening the project", "records", "images", place=17, subject=_folder, survives_none=True),
    JobKind("save_project", "Saving the project", "records", "images", "program", place=18, subject=_folder),
    JobKind("open_run", "Opening the run", "records", "head", place=20, subject=_chosen_run, survives_none=True),
    JobKind(
        "follow_run",
        "Reading the run",
        "watch",
        "head",
        "program",
        subject=_shown_run,
        background=True,
        shown="station",
    ),
    JobKind(
        "discard",
        "Moving the run to the trash",
        "records",
        "head",
        "program",
        place=30,
        subject=_chosen_run,
        survives_none=True,
    ),
    JobKind("restore", "Restoring the run", "records", "head", "program", place=31),
    JobKind("describe", "Writing the description", "records", "head", "program", subject=_chosen_run),
    JobKind("trash", "Listing the trash", "records", "head", "program", background=True, shown="page"),
    JobKind("empty_trash", "Emptying the trash", "records", "head", "program", place=32, shown="page"),
    JobKind("sample", "Writing the sample photos", "data", "images", place=40, subject=_folder, shown="station"),
    JobKind("scan", "Scanning the folder", "data", "images", place=50, subject=_folder, shown="station"),
    JobKind("cleaned_copy", "Copying photos", "data", "images", place=55, subject=_folder),
    JobKind(
        "journal", "Changing the journal", "records", "images", "program", place=58, subject=_folder, background=True
    ),
    JobKind("export", "Exporting the head", "looking", "evaluate", place=60, subject=_shown_run),
    JobKind("decide", "Saving the thresholds", "records", "evaluate", subject=_shown_run),
    JobKind("evaluate", "Evaluating", "looking", "evaluate", place=65, subject=_judged, shown="station"),
    JobKind("compare", "Comparing the runs", "records", "evaluate", place=62, subject=_pair),
    JobKind("compare_part", "Comparing on other photos", "looking", "evaluate", place=63, subject=_pair),
    JobKind("predict_given", "Predicting photos", "predictions", "use", place=61, subject=_shown_run, shown="station"),
    JobKind("export_models", "Exporting files", "exports", "use", place=57, subject=_shown_run),
    JobKind(
        "find_exports",
        "Finding exported files",
        "watch",
        "use",
        "program",
        subject=_shown_run,
        background=True,
        shown="page",
    ),
    JobKind("write_given", "Writing the answers", "predictions", "use", place=59, subject=_shown_run),
    JobKind("unsort", "Removing the sorted files", "predictions", "use", place=58),
    JobKind("watch_camera", "Watching the camera", "camera", "use", place=84, subject=_shown_run),
    JobKind("label_given", "Choosing photos to label", "predictions", "use", place=68, subject=_shown_run),
    JobKind(
        "trace_given", "Following the photo", "looking", "use", place=83, subject=_traced, background=True, shown="page"
    ),
    JobKind("report", "Writing the report", "looking", "evaluate", place=64),
    JobKind("photo_map", "Mapping the photos", "looking", "images", place=66, subject=_photo),
    JobKind("inspect", "Loading the backbone", "looking", "features", place=70, subject=_backbone, shown="station"),
    JobKind("advise_cut", "Probing the layers", "looking", "features", place=72, subject=_photo),
    JobKind("advise_backbone", "Comparing backbones", "looking", "features", place=71, subject=_folder),
    JobKind("advise_rates", "Testing learning rates", "looking", "head", place=73, subject=_photo),
    JobKind("forecast", "Forecasting the run", "looking", "features", place=74, subject=_photo),
    JobKind("layer_times", "Measuring the layers", "looking", "features", place=75, subject=_backbone),
    JobKind("outputs", "Computing activations", "looking", "features", place=80, subject=_photo, shown="page"),
    JobKind("heatmap", "Computing the heatmap", "looking", "features", place=81, subject=_photo, shown="page"),
    JobKind("output_drift", "Comparing the layers", "looking", "features", place=82, subject=_photo, shown="page"),
    JobKind(
        "preview", "Preparing the preview", "photos", "preprocess", "key", place=90, subject=_photo, shown="station"
    ),
    JobKind(
        "augmented",
        "Augmenting the photo",
        "photos",
        "preprocess",
        "key",
        place=100,
        subject=_augmentation,
        shown="station",
    ),
    JobKind("warm_up", "Starting…", "looking", "features", "program", place=110, shown="station"),
    JobKind(
        "shapes",
        "Deriving the shapes",
        "looking",
        "features",
        "key",
        subject=_backbone,
        background=True,
        shown="station",
    ),
    JobKind("cache", "Reading the cache", "records", "features", "key", background=True, shown="page"),
    JobKind("runs", "Listing runs", "records", "head", "program", background=True, shown="station"),
    JobKind(
        "watch", "Listing the folder", "watch", "images", "program", subject=_folder, background=True, shown="station"
    ),
)

KINDS: Mapping[str, JobKind] = MappingProxyType({row.name: row for row in _ROWS})


def kind_of(job: str) -> JobKind:
    """The row of a job."""
    return KINDS[job]


def title_of(job: str) -> str:
    """The title of a job; its name where it has no row."""
    return KINDS[job].title if job in KINDS else job


def shown_first(jobs: Mapping[str, object]) -> str:
    """The job that the status bar shows when several are running; "" for none."""
    shown = [(KINDS[job].place, job) for job in jobs if job in KINDS]
    return min(((place, job) for place, job in shown if place is not None), default=(0, ""))[1]
