"""The list of runs in the window: its rows, the chosen one, and the commands that it allows."""

from __future__ import annotations

import functools
import os
from dataclasses import replace

from studio.evaluate.best_epoch import best_epoch, result_epoch
from studio.evaluate.run_figure import run_figure
from studio.events import RunsListed, RunSummary
from studio.events.runs import STATE_WORDS
from studio.session.selectors import running_run
from studio.session.state import AppState, RunList, RunState


def with_listing(before: RunList, event: RunsListed) -> RunList:
    """The list after another look; the chosen run stays chosen while it is there."""
    there = any(run.path == before.chosen for run in event.runs)
    return RunList(event.runs, event.unreadable, before.chosen if there else "", True, before.everywhere)


def rows(state: AppState) -> tuple[RunSummary, ...]:
    """The runs to show, as they are now: those of the open folder, or all."""
    folder = state.spec.dataset.folder
    if state.run_list.everywhere or not folder:
        return _every(state)
    return tuple(run for run in _every(state) if same_folder(run.spec.dataset.folder, folder))


def elsewhere(state: AppState) -> int:
    """How many runs are not shown, because they are of other folders."""
    return len(state.run_list.listed) - len(rows(state))


def same_folder(one: str, other: str) -> bool:
    """True where two paths name the same folder, however they are written; without access to the disk."""
    return one == other or _written_out(one) == _written_out(other)


@functools.lru_cache(maxsize=4096)
def _written_out(folder: str) -> str:
    return os.path.abspath(os.path.expanduser(folder))  # noqa: PTH100, PTH111


def only_shown(state: AppState) -> AppState:
    """The state with no run chosen where the chosen one is not shown."""
    shown = any(run.path == state.run_list.chosen for run in rows(state))
    return state if shown or not state.run_list.chosen else replace(state, run_list=replace(state.run_list, chosen=""))


def _every(state: AppState) -> tuple[RunSummary, ...]:
    """All runs; the one under way as far as it has come."""
    if not state.runs:
        return state.run_list.listed
    running = running_run(state)
    return tuple(
        listed if run is None else _now(listed, run) if run is running else _ended(listed, run)
        for listed, run in ((listed, state.runs.get(listed.path)) for listed in state.run_list.listed)
    )


def _ended(listed: RunSummary, run: RunState) -> RunSummary:
    """A run that ended here, though its record could not say so any more: its folder was gone, or the disk full."""
    known = listed.state == "interrupted" and run.status in ("failed", "cancelled")
    return replace(listed, state=run.status) if known else listed


def _now(listed: RunSummary, run: RunState) -> RunSummary:
    """A run under way; one that was resumed has its old figures until its past epochs have come again."""
    going = replace(listed, state="running", spec=run.started.spec)
    if len(run.epochs) < run.started.resumed:
        return going
    rule = run.started.spec.train.result
    best, result = best_epoch(run.epochs, rule), result_epoch(run.epochs, rule)
    return replace(
        going,
        epochs=len(run.epochs),
        figure=run_figure(result),
        best_epoch=best.epoch if best is not None else 0,
        result_epoch=result.epoch if result is not None else 0,
    )


def chosen(state: AppState) -> RunSummary | None:
    """The run that is chosen in the list."""
    return next((run for run in _every(state) if run.path == state.run_list.chosen), None)


def offer(state: AppState) -> RunSummary | None:
    """The last run, where it was interrupted, can go on, and nothing else has been done since the window opened."""
    if state.run is not None or "train" in state.jobs or not state.run_list.listed:
        return None
    last = state.run_list.listed[0]
    return last if last.state == "interrupted" and last.resumable else None


def cannot_open(state: AppState) -> str:
    """Why the chosen run cannot be shown now, in words; "" where it can."""
    run = chosen(state)
    if run is None:
        return "Choose a run in the list first."
    running = running_run(state)
    return "It is shown." if running is not None and running.id == run.path == state.shown else ""


def cannot_resume(state: AppState) -> str:
    """Why the chosen run cannot go on to its last epoch now, in words; "" where it can."""
    run = chosen(state)
    if run is None:
        return cannot_open(state)
    if "train" in state.jobs:
        return "A training is running."
    if run.state == "running":
        return "Another program is writing to it."
    if run.state == "done":
        return "It is done. Extend it to train for more epochs."
    return "" if run.resumable else "It has no checkpoint to go on from."


def cannot_extend(state: AppState) -> str:
    """Why the chosen run cannot be given more epochs now, in words; "" where it can."""
    run = chosen(state)
    if run is None:
        return cannot_open(state)
    if "train" in state.jobs:
        return "A training is running."
    if run.state != "done":
        return "It has not reached its last epoch. Resume it first."
    return "" if run.extendable else "It has no checkpoint to go on from."


def cannot_discard(state: AppState) -> str:
    """Why the chosen run cannot be moved to the trash now, in words; "" where it can."""
    run = chosen(state)
    if run is None:
        return "Choose a run in the list first."
    return "It is being written." if run.state == "running" else ""


def last_epoch(run: RunSummary) -> int:
    """Where the plan of a done run ended, in epochs of `TrainSpec.epochs`: earlier where it stopped early."""
    return max(1, run.epochs - run.spec.train.head_epochs) if run.stopped_early else run.spec.train.epochs


def when(run: RunSummary) -> str:
    """The progress of a run in words: “10 epochs”, “3 + 10 epochs”, “interrupted after epoch 3 of 10”."""
    asked = run.spec.train.planned
    if run.state == "done":
        if run.stopped_early:
            return f"{run.epochs} of {asked} epochs, stopped early"
        done = asked if run.epochs == run.spec.train.all_epochs else str(run.epochs)
        return f"{done} epoch{'' if done == '1' else 's'}"
    if run.state == "running":
        return f"running, epoch {run.epochs} of {asked}"
    word = STATE_WORDS[run.state]
    return f"{word} after epoch {run.epochs} of {asked}" if run.epochs else f"{word} before its first epoch"
