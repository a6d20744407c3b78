"""The list of runs in the window: its rows, the chosen one, and the commands that it allows."""

from __future__ import annotations

import functools
import os
from dataclasses import replace

from studio.evaluate.epochs.best_epoch import best_epoch, result_epoch
from studio.evaluate.epochs.run_figure import run_figure
from studio.events import RunsListed, RunSummary
from studio.events.runs import STATE_WORDS
from studio.formatting import typography
from studio.formatting.language import counted, tr, translated
from studio.session.runs import written_elsewhere
from studio.session.runs.run_columns import RunView
from studio.session.selectors import running_run
from studio.session.state import AppState, RunList, RunState

PLACES = (tr("This folder"), tr("All folders"))
"""Which runs the list can show."""

NO_RUN = tr("No runs yet. Each run appears here.")
READING = tr("Reading the list of runs…")
NONE_CHOSEN = tr("Select a run in the list first.")
NO_CHECKPOINT = tr("This run has no checkpoint to resume from.")


def with_listing(before: RunList, event: RunsListed) -> RunList:
    """The list after a new listing; the chosen run stays chosen if it still exists."""
    exists = any(run.path == before.chosen for run in event.runs)
    chosen = before.chosen if exists else ""
    return replace(before, listed=event.runs, unreadable=event.unreadable, chosen=chosen, is_listed=True)


def rows(state: AppState) -> tuple[RunSummary, ...]:
    """The runs to show, with live figures: those of the open folder and of the open project, or of all folders."""
    folder = state.spec.dataset.folder
    if state.run_list.everywhere or not folder:
        return _all_runs(state)
    project = state.project
    # Runs of a project from another computer have that computer's folder.
    own = frozenset(project.runs) if project is not None and project.spec.dataset.folder == folder else frozenset()
    return tuple(run for run in _all_runs(state) if run.path in own or same_folder(run.spec.dataset.folder, folder))


def elsewhere(state: AppState) -> int:
    """Number of runs that are not shown because they belong to other folders."""
    return len(state.run_list.listed) - len(rows(state))


def why_none(state: AppState, view: RunView, hidden: int) -> str:
    """The text in place of an empty list.

    Args:
        state: The state.
        view: The filter of the list.
        hidden: Number of runs that the filter hides.
    """
    if hidden:
        text = typography.one_line(view.text.strip())
        conditions = [
            *([tr("has a star")] if view.starred else ()),
            *([tr("contains “{text}”").format(text=text)] if text else ()),
        ]
        return tr("None of {runs} {part}.").format(runs=counted(hidden, "run"), part=tr(" and ").join(conditions))
    if not state.run_list.is_listed:
        return READING
    others = elsewhere(state)
    more = tr("No runs of this folder yet. {runs} of other folders: choose “{places}”.").format(
        runs=counted(others, "run"), places=PLACES[1]
    )
    return more if others else NO_RUN


def same_folder(one: str, other: str) -> bool:
    """True where two paths name the same folder once they are absolute; does not access the disk."""
    return one == other or _absolute(one) == _absolute(other)


@functools.lru_cache(maxsize=4096)
def _absolute(folder: str) -> str:
    return os.path.abspath(os.path.expanduser(folder))  # noqa: PTH100, PTH111


def deselect_hidden(state: AppState) -> AppState:
    """The state with no run chosen if the chosen one is not shown."""
    shown = any(run.path == state.run_list.chosen for run in rows(state))
    return state if shown or not state.run_list.chosen else replace(state, run_list=replace(state.run_list, chosen=""))


def _all_runs(state: AppState) -> tuple[RunSummary, ...]:
    """All runs, the running one with its live figures."""
    return tuple(_now(state, listed) for listed in state.run_list.listed) if state.runs else state.run_list.listed


def _now(state: AppState, listed: RunSummary) -> RunSummary:
    """A run as this window knows it."""
    run = state.runs.get(listed.path)
    if run is None:
        return listed
    return _with_live_figures(listed, run) if run is running_run(state) else _with_end(listed, run)


def _with_end(listed: RunSummary, run: RunState) -> RunSummary:
    """A run with the end that this window knows, if its record lacks it: its folder was missing, or the disk full."""
    has_ended = listed.state == "interrupted" and run.status in ("failed", "cancelled")
    return replace(listed, state=run.status) if has_ended else listed


def _with_live_figures(listed: RunSummary, run: RunState) -> RunSummary:
    """A running run with its live figures; a resumed one keeps its old figures until its past epochs are replayed."""
    live = replace(listed, state="running", spec=run.started.spec)
    if len(run.epochs) < run.started.resumed:
        return live
    rule = run.started.spec.train.result
    best, result = best_epoch(run.epochs, rule), result_epoch(run.epochs, rule)
    return replace(
        live,
        epochs=len(run.epochs),
        figure=run_figure(result),
        best_epoch=best.epoch if best is not None else 0,
        result_epoch=result.epoch if result is not None else 0,
    )


def chosen(state: AppState) -> RunSummary | None:
    """The run that is chosen in the list."""
    listed = next((run for run in state.run_list.listed if run.path == state.run_list.chosen), None)
    return _now(state, listed) if listed is not None else None


def run_to_resume(state: AppState) -> RunSummary | None:
    """The last run, if it was interrupted and can be resumed, and no run was shown since the window opened."""
    if state.run is not None or "train" in state.jobs or not state.run_list.listed:
        return None
    last = state.run_list.listed[0]
    return last if last.state == "interrupted" and last.resumable else None


def not_known(state: AppState) -> str:
    """The reason why the settings of the chosen run cannot be used by this version; "" where they can."""
    run = chosen(state)
    if run is None or not run.unknown:
        return ""
    return tr("This version does not know some settings of this run: {part}.").format(part=", ".join(run.unknown))


def cannot_open(state: AppState) -> str:
    """The reason why the chosen run cannot be shown now; "" where it can."""
    run = chosen(state)
    if run is None:
        return NONE_CHOSEN
    running = running_run(state)
    return tr("This run is already shown.") if running is not None and running.id == run.path == state.shown else ""


def cannot_resume(state: AppState) -> str:
    """The reason why the chosen run cannot be resumed now; "" where it can."""
    run = chosen(state)
    if run is None or "train" in state.jobs:
        return _cannot_train(run)
    if reason := written_elsewhere.cannot_write(run):
        return reason
    if run.state == "done":
        return tr("This run is done. Extend it to train more epochs.")
    return not_known(state) or ("" if run.resumable else NO_CHECKPOINT)


def cannot_extend(state: AppState) -> str:
    """The reason why the chosen run cannot be extended now; "" where it can."""
    run = chosen(state)
    if run is None or "train" in state.jobs:
        return _cannot_train(run)
    if run.state != "done":
        return tr("This run has not reached its last epoch. Resume it first.")
    return not_known(state) or ("" if run.extendable else NO_CHECKPOINT)


def _cannot_train(run: RunSummary | None) -> str:
    return NONE_CHOSEN if run is None else tr("Training is in progress.")


def cannot_discard(state: AppState) -> str:
    """The reason why the chosen run cannot be moved to the trash now; "" where it can."""
    run = chosen(state)
    if run is None:
        return NONE_CHOSEN
    running = running_run(state)
    if running is not None and running.id == run.path:
        return tr("This run is still being written.")
    return written_elsewhere.cannot_write(run)


def last_epoch(run: RunSummary) -> int:
    """The last epoch of a done run, counted as in `TrainSpec.epochs`: below the planned one if it stopped early."""
    return max(1, run.epochs - run.spec.train.head_epochs) if run.stopped_early else run.spec.train.epochs


def progress_words(run: RunSummary) -> str:
    """The progress of a run in words: “10 epochs”, “3 + 10 epochs”, “interrupted after epoch 3 of 13”."""
    train = run.spec.train
    end = train.all_epochs  # a position counts the epochs of both phases: “7 of 13”, not “7 of 3 + 10”
    if run.state == "done":
        if run.stopped_early:
            return tr("{epochs:,} of {end:,} epochs, stopped early").format(epochs=run.epochs, end=end)
        number = train.planned if run.epochs == end else f"{run.epochs:,}"
        return (tr("{number} epoch") if number == "1" else tr("{number} epochs")).format(number=number)
    if run.state == "running":
        return tr("running, epoch {epochs:,} of {end:,}").format(epochs=run.epochs, end=end)
    word = translated(STATE_WORDS[run.state])
    return (
        tr("{word} after epoch {epochs:,} of {end:,}").format(word=word, epochs=run.epochs, end=end)
        if run.epochs
        else tr("{word} before its first epoch").format(word=word)
    )
