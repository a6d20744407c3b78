"""The queue of the terminal as it is shown: each run with its state."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from studio.events.runs import STATE_WORDS
from studio.runs import index
from studio.runs.batches.queue_lines import FAILED, WAITING, QueueLine, QueueView
from studio.runs.batches.run_queue import QueuedRun, RunQueue
from studio.runs.files import lock
from studio.spec import UserError


def read(queue: RunQueue, removals: Collection[int] = (), moves: Sequence[tuple[int, int]] = ()) -> QueueView:
    """Make changes, then read the queue; a file that cannot be used becomes an error in words.

    Args:
        queue: The queue.
        removals: Numbers of runs to remove.
        moves: For each move, the number of a run and its new position (0: the next one).
    """
    try:
        for number, place in moves:
            queue.move(number, place)
        if removals:
            queue.remove(set(removals))
        runs = queue.read().runs
        running = bool(runs) and queue.is_running and not lock.is_here(queue.worker)
        lines = tuple(QueueLine(one.number, one.spec, state(one), one.failure, one.run) for one in runs)
        return QueueView(lines, running, queue.worker if running else "")
    except UserError as error:
        return QueueView(error=f"{error.title} {error.hint}".strip())
    except OSError as error:
        return QueueView(error=f"The queue of the terminal cannot be read ({error.strerror or error}).")


def state(one: QueuedRun) -> str:
    """“waiting”, “failed”, or the state of the run that has begun, in words."""
    if one.run:
        try:
            return STATE_WORDS[index.summary(Path(one.run)).state]
        except UserError:
            pass
    return FAILED if one.failure else WAITING
