"""Failures in the window: each belongs to the job that failed and to what it was about, and goes when that changes.

What a failure is about is taken from the state when the job fails. So the failure of a download goes when another
backbone is chosen, and that of a folder when another one is opened; not before, and without the user closing it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from studio.events import Failed
from studio.session.state import AppState, FailureSource, Station

About = Callable[[AppState], object]


def _folder(state: AppState) -> object:
    return state.spec.dataset


def _photo(state: AppState) -> object:
    return state.spec.dataset.folder, state.spec.backbone


def _changes(state: AppState) -> object:
    return _photo(state), state.spec.augment


def _backbone(state: AppState) -> object:
    return state.spec.backbone


def _settings(state: AppState) -> object:
    return state.spec


def _chosen_run(state: AppState) -> object:
    return state.runs.chosen


def _shown_run(state: AppState) -> object:
    return state.run.started.run if state.run is not None else ""


ABOUT: Mapping[str, About] = MappingProxyType(
    {
        "scan": _folder,
        "watch": _folder,
        "sample": _folder,
        "preview": _photo,
        "augmented": _changes,
        "inspect": _backbone,
        "outputs": _photo,
        "train": _settings,
        "open_run": _chosen_run,
        "discard": _chosen_run,
        "export": _shown_run,
    }
)
"""What each job is about. Others (the list of runs, the cache) are about nothing that the user chooses."""

QUIET = ("runs", "cache", "watch")
"""Jobs that begin by themselves: one that begins takes no failure away, and its own failure hides no other."""


def added(state: AppState, page: Station, job: str, failed: Failed) -> AppState:
    """The state with a failure on a page."""
    if job in QUIET and page in state.faults and _job(state, page) != job:
        return state
    about = ABOUT[job](state) if job in ABOUT else None
    return replace(
        state,
        faults=MappingProxyType({**state.faults, page: failed}),
        fault_sources=MappingProxyType({**state.fault_sources, page: FailureSource(job, about)}),
    )


def begun(state: AppState, page: Station, job: str) -> AppState:
    """A job begins: the failure on its page is of an earlier try."""
    return state if job in QUIET and _job(state, page) != job else without(state, page)


def succeeded(state: AppState, page: Station, job: str) -> AppState:
    """A job is done: a failure of it is over."""
    return without(state, page) if _job(state, page) == job else state


def current(state: AppState) -> AppState:
    """The state without failures that are about something else than what is chosen now; the same where all are."""
    over = [page for page, source in state.fault_sources.items() if _is_over(source, state)]
    return without(state, *over) if over else state


def _is_over(source: FailureSource, state: AppState) -> bool:
    if source.job not in ABOUT:
        return False
    now = ABOUT[source.job](state)
    gone = source.job in ("open_run", "discard") and not now  # a run that was deleted is chosen no more
    return now != source.about and not gone


def without(state: AppState, *pages: Station) -> AppState:
    """The state without the failures on these pages; the same where there is none."""
    if not any(page in state.faults for page in pages):
        return state
    faults = {page: fault for page, fault in state.faults.items() if page not in pages}
    sources = {page: source for page, source in state.fault_sources.items() if page not in pages}
    return replace(state, faults=MappingProxyType(faults), fault_sources=MappingProxyType(sources))


def _job(state: AppState, page: Station) -> str:
    source = state.fault_sources.get(page)
    return source.job if source is not None else ""
