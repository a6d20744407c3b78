"""Runs that another program writes, such as one on another computer with the same folder of runs."""

from __future__ import annotations

from typing import TypeVar, cast

from studio.events import Event, PredictedNumbers, PredictedProbabilities, RunFollowed, RunSummary, Warned
from studio.formatting import typography
from studio.formatting.language import tr, translated
from studio.session import selectors
from studio.session.runs.run_events import with_event
from studio.session.runs.run_words import clock
from studio.session.state import AppState, RunState
from studio.spec.structs import replace

Predicted = TypeVar("Predicted", PredictedNumbers, PredictedProbabilities)


def summary(state: AppState) -> RunSummary | None:
    """The list's row of the run shown, if another program writes that run; None otherwise."""
    run = state.run
    if run is None or run is selectors.running_run(state):
        return None
    listed = next((one for one in state.run_list.listed if one.path == run.id), None)
    if listed is None or listed.state != "running":
        return None
    from studio.runs.files import lock  # imports filelock, which the first paint does not need

    # The list may still have a run of this program that has just ended as running.
    return None if lock.is_here(listed.holder) else listed


def to_follow(state: AppState) -> str:
    """The folder of the run shown, if another program has written to it since it was read; "" otherwise."""
    run = state.run
    if run is None or run.status != "running" or run is selectors.running_run(state):
        return ""
    listed = next((one for one in state.run_list.listed if one.path == run.id), None)
    if listed is None or (listed.epochs, listed.state) == (len(run.epochs), run.status):
        return ""
    return run.id


def writer(run: RunSummary) -> str:
    """The program that writes a run, or wrote it, at the beginning of a sentence."""
    return typography.one_line(run.holder[:1].upper() + run.holder[1:]) if run.holder else tr("Another program")


def title(run: RunSummary) -> str:
    """Who writes a run."""
    return tr("{writer} is writing to this run.").format(writer=writer(run))


def details(run: RunSummary) -> str:
    """What the writing program does, and where to stop it."""
    doing = f"{translated(typography.one_line(run.activity))}. " if run.activity else ""
    place = run.holder.partition(" on ")[2]
    return tr("{doing}It is shown as it is written; stop it {place}.").format(
        doing=doing, place=tr("on {place}").format(place=typography.one_line(place)) if place else tr("there")
    )


def cannot_write(run: RunSummary) -> str:
    """The reason why nothing may be written to a run now; "" where it may."""
    if run.state == "running":
        return title(run)
    if not run.holder:
        return ""
    since = tr(" (last sign of life: {clock})").format(clock=clock(run.seen)) if clock(run.seen) != "–" else ""
    return tr(
        "{writer} has not released this run{since}. If that program has ended, delete the file "
        ".holder.json in the run's folder, and list the runs again."
    ).format(writer=writer(run), since=since)


def followed(state: AppState, event: RunFollowed) -> AppState:
    """The state after a run that another program writes was read again; what the user chose in it stays."""
    run = state.runs.get(event.summary.path)
    if run is None or run is selectors.running_run(state):
        return state
    fresh = RunState(run.started, warnings=run.warnings)
    for one in cast(tuple[Event, ...], event.events):
        if not isinstance(one, Warned):  # those were shown when the run was opened
            fresh = with_event(fresh, one)
    if run.dataset is not None and fresh.dataset is not None and len(run.dataset.photos) == len(fresh.dataset.photos):
        fresh = replace(fresh, dataset=run.dataset)  # the photos of a run stay the same
    return state.with_run(
        replace(
            run,
            status=event.summary.state,
            dataset=fresh.dataset,
            extraction=fresh.extraction,
            epochs=fresh.epochs,
            predictions=_newer(run.predictions, fresh.predictions),
            numbers=_newer(run.numbers, fresh.numbers),
            reports=fresh.reports,
            layer_changes=fresh.layer_changes,
            outcome=fresh.outcome,
        )
    )


def _newer(old: Predicted | None, new: Predicted | None) -> Predicted | None:
    """The new predictions; the old object if both are of the same epoch, so that nothing is drawn again."""
    return old if old is not None and new is not None and old.epoch == new.epoch else new
