"""Events as lines of text, for a terminal, a log or a notebook."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable

from studio.evaluate.metrics import Metric, over_epochs, task_of_epochs
from studio.events import (
    LATE,
    Epoch,
    Event,
    FeaturesComputed,
    ImageSkipped,
    Progress,
    Stage,
    ViewsComputed,
    Waiting,
    Warned,
)
from studio.system.names import escaped


def pace_words(event: Progress) -> str:
    """Describe the progress of a stage: “120 of 397 photos · 96 photos/s · 3 s left”."""
    number = f"{event.done:.1f}" if event.unit == "MB" else f"{int(event.done)}"
    parts = [f"{number} of {event.total:.0f} {event.unit}" if event.total else f"{number} {event.unit}"]
    if event.unit == "epochs" and event.done < event.total:
        parts = [f"epoch {int(event.done) + 1} of {event.total:.0f}"]
    if event.detail and event.rate < 1:
        parts.append(event.detail)
    if event.rate:
        rate = f"{event.rate:,.0f}" if event.rate >= 100 else f"{event.rate:.3g}"
        slow = event.rate < 0.95 and event.unit != "MB"  # 10 s/epoch is clearer than 0.1 epochs/s
        one = event.unit.removesuffix("s")
        parts.append(f"{1 / event.rate:.3g} s/{one}" if slow else f"{rate} {event.unit}/s")
    if event.seconds_left is not None and event.done < event.total:
        parts.append(f"{event.seconds_left:.0f} s left")
    return " · ".join(parts)


def waiting_words(event: Waiting) -> str:
    """Describe a wait: “still reading photos/cold/00.jpg (12 s): a large file, or a slow disk or server”."""
    return f"still reading {event.path} ({event.seconds:.0f} s): a large file, or a slow disk or server"


def left_out_words(event: ImageSkipped) -> str:
    """Describe a skipped image: “photos/a.jpg was left out: cut off: the file ends early.”."""
    return f"{event.path} was left out: {event.reason}."


def epoch_words(event: Epoch) -> str:
    """Describe an epoch: “epoch 2: training loss 0.5000, accuracy …; validation loss 0.6000, …  (0.25 s)”."""
    rows = over_epochs(task_of_epochs((event,)), (event,))
    training, validation = metric_words(rows, event.train), metric_words(rows, event.val)
    return f"epoch {event.epoch}: training {training}; validation {validation}  ({event.seconds:.2f} s)"


def metric_words(rows: Iterable[Metric], value: Callable[[str], float | None]) -> str:
    """Describe metrics of an epoch: “loss 0.5000, accuracy 75.0 %”; `value` is the epoch's `train` or `val`."""
    values = ((row, value(row.key)) for row in rows)
    return ", ".join(f"{row.short_name} {row.plain_text(number)}" for row, number in values if number is not None)


class Lines:
    """Writes lines to stderr, for a log: one per stage, epoch, warning and slow file."""

    def __init__(self) -> None:
        self._stage: Stage | None = None
        self._progress: Progress | None = None
        self._slow_file = ""  # path of the last one that was reported

    def take(self, event: Event) -> None:
        """Print the line of an event, if it has one; a stage gets its line when it ends."""
        if isinstance(event, Stage):
            self.end()
            self._stage = event
        elif isinstance(event, Progress):
            self._progress = event
        elif isinstance(event, Waiting):
            if event.seconds >= LATE and event.path != self._slow_file:
                self._slow_file = event.path
                self._print(waiting_words(event))
        elif isinstance(event, FeaturesComputed | ViewsComputed):
            self._print(f"{event.computed} computed, {event.reused} from the cache, {event.seconds:.1f} s")
        elif isinstance(event, Epoch):
            self._print(epoch_words(event))
        elif isinstance(event, ImageSkipped):
            self._print(f"warning: {left_out_words(event)}")
        elif isinstance(event, Warned):
            self._print(f"warning: {event.title} {event.hint}".rstrip())

    def end(self) -> None:
        """Print the line of the last stage."""
        if self._stage is not None:
            words = f": {pace_words(self._progress)}" if self._progress is not None else ""
            self._print(f"{self._stage.title}{words}")
        self._stage = self._progress = None

    def _print(self, text: str) -> None:
        print(escaped(text), file=sys.stderr, flush=True)
