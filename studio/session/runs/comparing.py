"""The comparison of two runs in the window: the two runs, which others can be chosen, and its result."""

from __future__ import annotations

from dataclasses import replace

from studio.evaluate.metrics import task_of
from studio.events import RunsCompared, RunSummary, Split
from studio.formatting.language import tr
from studio.planning import presets
from studio.planning.memo import remembered
from studio.session.judged_choices import RunPair
from studio.session.runs import run_list
from studio.session.state import AppState, RunState

TOO_FEW = tr("Two runs with at least one finished epoch are needed; train another one.")


def comparable(state: AppState) -> tuple[RunSummary, ...]:
    """The runs that can be compared: with a finished epoch and not running, those of the open folder first."""
    return _comparable(state.run_list.listed, state.spec.dataset.folder)


@remembered  # asked for by several pages and menus whenever the window is drawn
def _comparable(listed: tuple[RunSummary, ...], folder: str) -> tuple[RunSummary, ...]:
    runs = [run for run in listed if run.epochs and run.state != "running"]
    return tuple(sorted(runs, key=lambda run: not run_list.same_folder(run.spec.dataset.folder, folder)))


def partners(state: AppState, run: str) -> tuple[RunSummary, ...]:
    """The runs that a run can be compared with: the others of the same task."""
    return _partners(comparable(state), run)


@remembered
def _partners(runs: tuple[RunSummary, ...], run: str) -> tuple[RunSummary, ...]:
    own = next((one for one in runs if one.path == run), None)
    if own is None:
        return tuple(one for one in runs if one.path != run)
    return tuple(one for one in runs if one.path != run and _task(one) == _task(own))


def proposed(state: AppState) -> tuple[str, str] | None:
    """The runs A and B to compare first; None where no two runs can be compared.

    B is the run selected in the list, or else the one shown, or else the newest. A is the baseline of the run shown, or
    else the newest other run, of the same folder if there is one.
    """
    paths = {run.path for run in comparable(state)}
    shown = state.run.id if state.run is not None else ""
    candidates = (state.run_list.chosen, shown, *(run.path for run in comparable(state)))
    for b in candidates:
        others = [run for run in partners(state, b) if b in paths]
        if not others:
            continue
        if b == shown and state.compared in {run.path for run in others}:
            return str(state.compared), b
        own = next(run for run in comparable(state) if run.path == b)
        same = [run for run in others if run_list.same_folder(run.spec.dataset.folder, own.spec.dataset.folder)]
        return (same or others)[0].path, b
    return None


def cannot_compare(state: AppState) -> str:
    """The reason why no comparison can be opened now; "" where it can."""
    if state.pair is not None:
        return tr("Two runs are already being compared.")
    return "" if proposed(state) is not None else TOO_FEW


def cannot_compare_two(state: AppState, a: str, b: str) -> str:
    """The reason why two runs of the list cannot be compared; "" where they can."""
    runs = {run.path: run for run in comparable(state)}
    if a not in runs or b not in runs:
        return tr("A run without a finished epoch, or one that is training, cannot be compared.")
    return "" if _task(runs[a]) == _task(runs[b]) else tr("One of the runs predicts classes and the other numbers.")


def opened(state: AppState, a: str, b: str, part: Split = "val") -> AppState:
    """The state that compares two runs; the result arrives later, and until then that of the same runs stays."""
    pair, new = state.pair, RunPair(a, b, part)
    if pair is not None and (pair.a, pair.b) == (a, b):
        new = replace(new, result=pair.result)
    return replace(state, pair=new)


def closed(state: AppState) -> AppState:
    """The state without a comparison."""
    return replace(state, pair=None)


def received(state: AppState, event: RunsCompared) -> AppState:
    """The state with a result; that of a former choice of runs is ignored."""
    pair = state.pair
    if pair is None or (event.document["a"]["run"], event.document["b"]["run"]) != (pair.a, pair.b):
        return state
    return replace(state, pair=replace(pair, result=event)) if event.document["part"] == pair.part else state


def are_related(one: RunState, other: RunState) -> bool:
    """True where one of two runs is the baseline from scratch of the other."""
    first, second = one.started.spec, other.started.spec
    if one.id == other.id or first == second:
        return False
    return first == presets.from_scratch(second) or second == presets.from_scratch(first)


def _task(run: RunSummary) -> str:
    return task_of(run.spec.dataset.targets)
