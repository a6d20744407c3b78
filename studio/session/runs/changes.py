"""Changes of runs on disk as the window's list shows them: descriptions, moves to the trash, and restored runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from studio.events import RunDescription, RunRestored, RunsListed, RunTrashed, TrashedRun, TrashListed
from studio.formatting import typography
from studio.formatting.language import counted, tr
from studio.session.runs import run_list, run_words
from studio.session.state import AppState


def on_disk(state: AppState, event: RunsListed | RunTrashed | RunRestored | TrashListed) -> AppState:
    """The state after the runs on disk changed, or were listed."""
    match event:
        case RunsListed():
            return replace(state, run_list=run_list.with_listing(state.run_list, event))
        case RunTrashed():
            return trashed(state, event)
        case RunRestored():
            return restored(state, event)
        case TrashListed():
            return replace(state, run_list=replace(state.run_list, trash=event))


def with_description(state: AppState, path: str, new: RunDescription) -> AppState:
    """The state with a new description of a run, before it is written."""
    listed = tuple(replace(run, description=new) if run.path == path else run for run in state.run_list.listed)
    return replace(state, run_list=replace(state.run_list, listed=listed))


def trashed(state: AppState, event: RunTrashed) -> AppState:
    """The state after a run was moved to the trash: it is neither listed, shown nor compared, and can be restored."""
    origin, runs = event.run.origin, state.run_list
    listed = tuple(run for run in runs.listed if run.path != origin)
    runs = replace(runs, listed=listed, chosen="" if runs.chosen == origin else runs.chosen)
    runs = replace(runs, discarded=(*runs.discarded, event.run))
    others = {name: run for name, run in state.runs.items() if name != origin}
    shown = None if state.shown == origin else state.shown
    compared = None if shown is None or state.compared == origin else state.compared
    pair = None if state.pair is not None and origin in (state.pair.a, state.pair.b) else state.pair
    return replace(state, run_list=runs, runs=MappingProxyType(others), shown=shown, compared=compared, pair=pair)


def restored(state: AppState, event: RunRestored) -> AppState:
    """The state after a run was restored: it is selected as soon as it is listed again."""
    left = tuple(run for run in state.run_list.discarded if run.path != event.run.path)
    return replace(state, run_list=replace(state.run_list, discarded=left, chosen=event.run.origin))


def without_undo(state: AppState) -> AppState:
    """The state without the notice about trashed runs; they stay in the trash."""
    return replace(state, run_list=replace(state.run_list, discarded=()))


def name(run: TrashedRun) -> str:
    """A trashed run in a few words: its title, or “Lite0, frozen”; its folder's name where its record is unreadable."""
    return typography.one_line(run.title or run.words or Path(run.origin).name)


def undo_words(state: AppState) -> str:
    """The run that was trashed last, in a sentence; "" where none can be restored at once."""
    if not state.run_list.discarded:
        return ""
    last = state.run_list.discarded[-1]
    run = " · ".join(part for part in (name(last), run_words.clock(last.started)) if part != "–")
    more = len(state.run_list.discarded) - 1
    also = tr(", with {runs} removed earlier").format(runs=counted(more, "run")) if more else ""
    return tr("The run “{run}” is in the trash{also}.").format(run=run, also=also)


def cannot_describe(state: AppState) -> str:
    """The reason why the chosen run cannot be given a title; "" where it can."""
    return "" if run_list.chosen(state) is not None else tr("Select a run in the list first.")


def cannot_restore(state: AppState) -> str:
    """The reason why no trashed run can be restored at once; "" where one can."""
    return "" if state.run_list.discarded else tr("No run was moved to the trash since the window opened.")


def cannot_use_settings(state: AppState) -> str:
    """The reason why the settings of the chosen run cannot replace the user's; "" where they can."""
    run = run_list.chosen(state)
    if run is None:
        return tr("Select a run in the list first.")
    if run.unknown:
        return run_list.not_known(state)
    return tr("The settings chosen now are those of this run.") if run.spec == state.spec else ""


def cannot_copy(state: AppState) -> str:
    """The reason why the settings of the chosen run cannot be copied; "" where they can."""
    return cannot_describe(state) or run_list.not_known(state)
