"""The queue of runs: each starts when the one before it has ended, whether it succeeded or not."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from studio.evaluate.compare.repetitions import seeds_of
from studio.events import RunSummary
from studio.events.runs import STATE_WORDS
from studio.formatting.language import tr, translated
from studio.runs.batches.queue_lines import FAILED, QueueLine, moved
from studio.session import selectors
from studio.session.runs import run_differences, run_list
from studio.session.runs.run_words import name
from studio.session.state import AppState, QueuedRun
from studio.spec import RunSpec, TrainSpec, structs


def with_runs(state: AppState, specs: Sequence[RunSpec]) -> AppState:
    """The state with more runs at the end of the queue."""
    last = state.last_queued
    added = tuple(QueuedRun(number, spec) for number, spec in enumerate(specs, last + 1))
    return replace(state, queue=(*state.queue, *added), last_queued=last + len(added))


def repeated(state: AppState, number: int) -> tuple[RunSpec, ...]:
    """The chosen settings with consecutive seeds, beginning with the chosen one."""
    return seeds_of(state.spec, number)


def more_seeds(state: AppState, run: RunSummary, number: int) -> tuple[RunSpec, ...]:
    """The settings of a run with the next seeds that are neither trained nor queued yet."""
    specs = [one.spec for one in state.run_list.listed] + [one.spec for one in state.queue]
    running = selectors.running_run(state)
    specs += [running.started.spec] if running is not None else []
    used = {spec.train.seed for spec in specs if _with_seed(spec, run.spec.train.seed) == run.spec}
    fresh = (seed for seed in itertools.count(run.spec.train.seed) if seed not in used)
    return tuple(_with_seed(run.spec, seed) for seed in itertools.islice(fresh, number))


def cannot_repeat(state: AppState) -> str:
    """The reason why the chosen settings cannot be trained with several seeds; "" where they can."""
    return selectors.data_obstacle(state)


def cannot_repeat_run(state: AppState) -> str:
    """The reason why the chosen run cannot be repeated with other seeds; "" where it can."""
    return "" if run_list.chosen(state) is not None else tr("Select a run in the list first.")


def cannot_start(state: AppState) -> str:
    """The reason why the queue cannot be started; "" where it can."""
    if not state.queue and not shared_lines(state):
        return tr("The queue is empty.")
    if not state.queue and state.shared_queue.running:
        return tr("The queue of the terminal is running in {worker}.").format(
            worker=state.shared_queue.worker or tr("another process")
        )
    return tr("It starts when the run in progress has ended.") if "train" in state.jobs else ""


def shared_lines(state: AppState) -> tuple[QueueLine, ...]:
    """The runs of the terminal's queue, without the one that trains in this window."""
    running = selectors.running_run(state)
    here = running.started.run if running is not None else ""
    return tuple(one for one in state.shared_queue.lines if not here or one.run != here)


def next_shared(state: AppState, tried: Collection[int]) -> QueueLine | None:
    """The run of the terminal's queue that begins next; None where another process trains it.

    Args:
        state: The state.
        tried: Numbers of those that began since the user started the queue.
    """
    if state.shared_queue.running:
        return None
    return next((one for one in state.shared_queue.lines if one.number not in tried), None)


@dataclass(frozen=True)
class ListedTraining:
    """A line of the list of queued runs.

    Attributes:
        number: Number in its queue.
        shared: True for a run of the terminal's queue.
        words: The run.
        details: What distinguishes it from the others and the one in progress; in the terminal's queue also its state.
        place: Position in its queue; 0 for the next one.
        last: True for the last one of its queue.
    """

    number: int
    shared: bool
    words: str
    details: str = ""
    place: int = 0
    last: bool = True


def queue_lines(state: AppState) -> tuple[ListedTraining, ...]:
    """The queued runs of both queues in the order in which they begin, with what distinguishes them."""
    running = selectors.running_run(state)
    waiting = [*(one.spec for one in state.queue), *(one.spec for one in shared_lines(state))]
    beside = [running.started.spec] if running is not None else []
    differences = run_differences.of_queue((*waiting, *beside), _line)
    own = [
        ListedTraining(one.number, False, words(one), differences[one.spec], place, place == len(state.queue) - 1)
        for place, one in enumerate(state.queue)
    ]
    places = {
        one.number: place for place, one in enumerate(state.shared_queue.lines)
    }  # the one in progress has a position, too
    shared = [
        ListedTraining(
            one.number,
            True,
            words(QueuedRun(one.number, one.spec)),
            " · ".join(filter(None, (differences[one.spec], _details(one, state)))),
            places[one.number],
            places[one.number] == len(places) - 1,
        )
        for one in shared_lines(state)
    ]
    return (*own, *shared)


def _details(line: QueueLine, state: AppState) -> str:
    where = state.shared_queue.worker
    progress = (
        tr("running in {where}").format(where=where) if line.state == STATE_WORDS["running"] and where else line.state
    )
    failure = f": {translated(line.failure)}" if line.failure and line.state == FAILED else ""
    return tr("terminal {number}, {progress}{failure}").format(number=line.number, progress=progress, failure=failure)


def left_words(state: AppState) -> str:
    """The runs that were waiting when the program was closed, in a sentence; "" for none."""
    if not state.left_queue:
        return ""
    first, number = words(QueuedRun(0, state.left_queue[0])), len(state.left_queue)
    if number == 1:
        return tr("A run was waiting when the program was closed: {first}.").format(first=first)
    return tr("{number} runs were waiting when the program was closed, first {first}.").format(
        number=number, first=first
    )


def without_run(state: AppState, number: int) -> AppState:
    """The state without the queued run of this number; the same state where it has begun already."""
    return replace(state, queue=tuple(run for run in state.queue if run.number != number))


def with_move(state: AppState, number: int, place: int) -> AppState:
    """The state with the queued run of this number at a position (0: the next one) of the window's own queue."""
    return replace(state, queue=moved(state.queue, number, place))


def cannot_queue(state: AppState) -> str:
    """The reason why the chosen settings cannot be queued now; "" where they can."""
    if "train" not in state.jobs:
        return selectors.obstacle(state) or tr("No run is in progress: press Train to start now.")
    return selectors.data_obstacle(state)


def is_followed(state: AppState) -> bool:
    """True where the next run of the queue is to be shown when it begins: the current one is shown, or no run."""
    running = selectors.running_run(state)
    return state.shown is None or (running is not None and running.id == state.shown)


def words(run: QueuedRun) -> str:
    """A queued run in one line: “Lite0, frozen · 10 epochs”."""
    planned = run.spec.train.planned
    seed = tr(", seed {seed}").format(seed=run.spec.train.seed) if run.spec.train.seed != TrainSpec().seed else ""
    return (tr("{name} · {planned} epoch{seed}") if planned == "1" else tr("{name} · {planned} epochs{seed}")).format(
        name=name(run.spec), planned=planned, seed=seed
    )


def _line(spec: RunSpec) -> str:
    return words(QueuedRun(0, spec))


def stopping_words(state: AppState) -> str:
    """What remains when the run is stopped, and what starts next, in sentences."""
    follows = tr(" The next run in the queue then starts.") if state.queue else ""
    return tr("Finished epochs are kept, and the run can be resumed.{follows}").format(follows=follows)


def closing_words(state: AppState) -> tuple[str, str]:
    """Texts of the question before the window closes: the running and queued runs, and what is saved of them."""
    waiting, saved = len(state.queue), tr("Finished epochs are kept in the run's folder.")
    if not waiting:
        return tr("Training"), saved
    runs = tr("run") if waiting == 1 else tr("runs")
    return tr("Training with {waiting} more {runs} in the queue").format(waiting=waiting, runs=runs), tr(
        "{saved} The queue is offered at the next start."
    ).format(saved=saved)


def _with_seed(spec: RunSpec, seed: int) -> RunSpec:
    return structs.replace(spec, train=structs.replace(spec.train, seed=seed))
