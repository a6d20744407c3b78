"""The kinds of job that the window runs: one row each.

A new kind needs a row here, a command in `studio.session.api` and the function behind it in
`studio.commands.window`; `Store.start` runs it, and status bar, pages and Stop read the row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from studio.session.state import AppState, Station

Thread = Literal["runs", "looking", "photos", "data", "records", "watch"]
"""The thread that runs a job. Jobs of one thread wait for each other, those of different threads do not.

Two of them compute with torch: `runs` trains, `looking` shows networks, each with networks of its own. Photos are
changed for the preview in `photos`, with Pillow alone, and so wait for no download of weights."""

THREADS: tuple[Thread, ...] = ("runs", "looking", "photos", "data", "records", "watch")

Stop = Literal["button", "key", "program"]
"""Rights to stop: `button` the user, who sees a button for it; `key` the user, by key or menu; `program` only the
window itself, when it closes or starts a newer job of the same kind."""

Subject = Callable[[AppState], object]


@dataclass(frozen=True)
class JobKind:
    """A kind of job: one row of everything that is the same for all its jobs.

    Attributes:
        name: Key of the job in the state, and of its command.
        title: What it does, until its first stage says it better.
        thread: Where it runs.
        page: Where its failure is shown.
        stop: Who may stop it.
        place: In the status bar the job with the lowest number is shown; None is never shown there.
        subject: What its failure is about: the failure goes when this changes. None for nothing that the user chooses.
        background: True where it starts by itself: then it removes no failure of another job, and hides none.
        survives_none: True where the failure stays when its subject is gone altogether.
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


def _shown_run(state: AppState) -> object:
    return state.run.started.run if state.run is not None else ""


_ROWS = (
    JobKind("train", "Training", "runs", "head", place=10, subject=_settings),
    JobKind("open_run", "Opening the run", "records", "head", place=20, subject=_chosen_run, survives_none=True),
    JobKind(
        "discard", "Moving the run to the trash", "records", "head", place=30, subject=_chosen_run, survives_none=True
    ),
    JobKind("sample", "Writing the sample photos", "data", "images", place=40, subject=_folder),
    JobKind("scan", "Scanning the folder", "data", "images", place=50, subject=_folder),
    JobKind("export", "Exporting the head", "looking", "evaluate", place=60, subject=_shown_run),
    JobKind("inspect", "Loading the backbone", "looking", "features", place=70, subject=_backbone),
    JobKind("outputs", "Computing activations", "looking", "features", place=80, subject=_photo),
    JobKind("preview", "Preparing the preview", "photos", "preprocess", "key", place=90, subject=_photo),
    JobKind("augmented", "Augmenting the photo", "photos", "preprocess", "key", place=100, subject=_augmentation),
    JobKind("warm_up", "Starting…", "looking", "features", "program", place=110),
    JobKind("cache", "Reading the cache", "records", "features", "key", background=True),
    JobKind("runs", "Listing runs", "records", "head", "program", background=True),
    JobKind("watch", "Listing the folder", "watch", "images", "program", subject=_folder, background=True),
)

KINDS: Mapping[str, JobKind] = MappingProxyType({row.name: row for row in _ROWS})


def kind_of(job: str) -> JobKind:
    """The row of a job."""
    return KINDS[job]


def title_of(job: str) -> str:
    """The title of a job; its name where it has no row."""
    return KINDS[job].title if job in KINDS else job


def shown_first(jobs: Mapping[str, object]) -> str:
    """The job that the status bar shows where several are under way; "" for none."""
    shown = [(KINDS[job].place, job) for job in jobs if job in KINDS]
    return min(((place, job) for place, job in shown if place is not None), default=(0, ""))[1]
