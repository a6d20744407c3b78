"""Failures in the window. Each concerns its job and the subject of the job, and is removed when that changes.

The subject is taken from the state when the job fails. So the failure of a download is removed when another backbone is
chosen, and that of a folder when another one is opened: it neither vanishes earlier nor has to be closed by the user.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from studio.events import Failed
from studio.session.jobs.job_kinds import Shown, kind_of
from studio.session.state import AppState, FailureSource, Station


def with_failure(state: AppState, page: Station, job: str, failed: Failed) -> AppState:
    """The state with a failure on a page."""
    kind = kind_of(job)
    if kind.background and page in state.faults and _job(state, page) != job:
        return state
    about = kind.subject(state) if kind.subject is not None else None
    return replace(
        state,
        faults=MappingProxyType({**state.faults, page: failed}),
        fault_sources=MappingProxyType({**state.fault_sources, page: FailureSource(job, about)}),
    )


def job_started(state: AppState, page: Station, job: str) -> AppState:
    """The state after a job began: the failure on its page is from an earlier attempt."""
    return state if kind_of(job).background and _job(state, page) != job else without(state, page)


def succeeded(state: AppState, page: Station, job: str) -> AppState:
    """The state after a job succeeded: its own failure is removed."""
    return without(state, page) if _job(state, page) == job else state


def without_outdated(state: AppState) -> AppState:
    """The state without failures whose subject is no longer chosen; the same state where there are none."""
    outdated = [page for page, source in state.fault_sources.items() if _is_outdated(source, state)]
    return without(state, *outdated) if outdated else state


def of_station(state: AppState, page: Station) -> Failed | None:
    """The failure that keeps a station from showing what it should; None where it shows that."""
    return state.faults.get(page) if _shown(state, page) == "station" else None


def elsewhere(state: AppState, shown: Station) -> tuple[Station, Failed] | None:
    """A failed request whose page is not the one on screen, and that page; None where there is none."""
    pages = (page for page in state.faults if page != shown and _shown(state, page) == "window")
    page = next(pages, None)
    return (page, state.faults[page]) if page is not None else None


def _is_outdated(source: FailureSource, state: AppState) -> bool:
    kind = kind_of(source.job)
    if kind.subject is None:
        return False
    now = kind.subject(state)
    deleted = kind.survives_none and not now  # a deleted run is no longer chosen
    return now != source.about and not deleted


def without(state: AppState, *pages: Station) -> AppState:
    """The state without the failures on these pages; the same state where there are none."""
    if not any(page in state.faults for page in pages):
        return state
    faults = {page: fault for page, fault in state.faults.items() if page not in pages}
    sources = {page: source for page, source in state.fault_sources.items() if page not in pages}
    return replace(state, faults=MappingProxyType(faults), fault_sources=MappingProxyType(sources))


def _shown(state: AppState, page: Station) -> Shown | None:
    job = _job(state, page)
    return kind_of(job).shown if job else None


def _job(state: AppState, page: Station) -> str:
    source = state.fault_sources.get(page)
    return source.job if source is not None else ""
