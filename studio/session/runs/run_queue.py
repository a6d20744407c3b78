"""The queue of trainings: each starts when the one before it has ended, whether it succeeded or not."""

from __future__ import annotations

from dataclasses import replace

from studio.session import selectors
from studio.session.runs.run_words import name
from studio.session.state import AppState, QueuedRun
from studio.spec import RunSpec


def with_training(state: AppState, spec: RunSpec) -> AppState:
    """The state with one more training at the end of the queue."""
    number = state.last_queued + 1
    return replace(state, queue=(*state.queue, QueuedRun(number, spec)), last_queued=number)


def without_training(state: AppState, number: int) -> AppState:
    """The state without the waiting training of this number; the same state where it has begun already."""
    return replace(state, queue=tuple(run for run in state.queue if run.number != number))


def cannot_queue(state: AppState) -> str:
    """The reason why the chosen settings cannot be queued now; "" where they can."""
    if "train" not in state.jobs:
        return selectors.obstacle(state) or "No training is in progress: press Train to start now."
    return selectors.data_obstacle(state)


def is_followed(state: AppState) -> bool:
    """True where the next training of the queue is shown when it begins: the one before it is shown, or no run is."""
    running = selectors.running_run(state)
    return state.shown is None or (running is not None and running.id == state.shown)


def words(run: QueuedRun) -> str:
    """A waiting training in one line: “Lite0, frozen · 10 epochs”."""
    planned = run.spec.train.planned
    return f"{name(run.spec)} · {planned} epoch{'' if planned == '1' else 's'}"


def closing_words(state: AppState) -> str:
    """The running training and those that wait, as the question before closing names them."""
    waiting = len(state.queue)
    if not waiting:
        return "Training"
    return f"Training with {waiting} more {'run' if waiting == 1 else 'runs'} in the queue"
