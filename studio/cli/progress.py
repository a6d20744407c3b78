"""Shows work in a terminal: stage, count, rate and time left on stderr, results on stdout."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn
from rich.progress import Progress as Bars

from studio.events import LATE, Epoch, Event, Extracted, ImageSkipped, Progress, Stage, ViewsMade, Waiting, Warned
from studio.formatting.numbers import figures
from studio.jobs.protocol import Work
from studio.system import signals
from studio.system.names import escaped


def follow(work: Work) -> Iterator[Event]:
    """Run a job and show on stderr how it goes; the events are passed on.

    Where stderr is no terminal, a line is written as each stage ends, instead of a bar that moves.
    """
    events = work(signals.asked)
    close = getattr(events, "close", None)
    view = _Bars() if sys.stderr.isatty() else _Lines()
    try:
        for event in events:
            view.take(event)
            yield event
            if signals.asked():  # a library may have dropped the interruption itself
                raise KeyboardInterrupt
    finally:
        if close is not None:
            close()  # at once, not whenever the generator is collected: the run must say that it was stopped
        view.end()


def drain(work: Work) -> list[Event]:
    """All events of a job, shown on the way."""
    with closing(follow(work)) as events:  # type: ignore[type-var]  # it is a generator
        return list(events)


def pace_words(event: Progress) -> str:
    """“120 of 397 photos · 96 photos/s · 3 s left”."""
    number = f"{event.done:.1f}" if event.unit == "MB" else f"{int(event.done)}"
    parts = [f"{number} of {event.total:.0f} {event.unit}" if event.total else f"{number} {event.unit}"]
    if event.unit == "epochs" and event.done < event.total:
        parts = [f"epoch {int(event.done) + 1} of {event.total:.0f}"]
    if event.detail and event.rate < 1:
        parts.append(event.detail)
    if event.rate:
        rate = f"{event.rate:,.0f}" if event.rate >= 100 else f"{event.rate:.3g}"
        slow = event.rate < 0.95 and event.unit != "MB"  # 10 s/epoch says more than 0.1 epochs/s
        one = event.unit.removesuffix("s")
        parts.append(f"{1 / event.rate:.3g} s/{one}" if slow else f"{rate} {event.unit}/s")
    if event.seconds_left is not None and event.done < event.total:
        parts.append(f"{event.seconds_left:.0f} s left")
    return " · ".join(parts)


def waiting_words(event: Waiting) -> str:
    """“still reading photos/cold/00.jpg (12 s): a large file, or a slow disk or server”."""
    return f"still reading {event.path} ({event.seconds:.0f} s): a large file, or a slow disk or server"


def left_out_words(event: ImageSkipped) -> str:
    """“photos/a.jpg was left out: cut off: the file ends early.”."""
    return f"{event.path} was left out: {event.reason}."


def _epoch_words(event: Epoch) -> str:
    if event.val_mae is not None:
        return (
            f"epoch {event.epoch}: training loss {event.train_loss:.4f}, error {figures(event.train_mae or 0.0)}; "
            f"validation loss {event.val_loss:.4f}, error {figures(event.val_mae)}  ({event.seconds:.2f} s)"
        )
    return (
        f"epoch {event.epoch}: training loss {event.train_loss:.4f}, accuracy {event.train_accuracy:.1%}; "
        f"validation loss {event.val_loss:.4f}, accuracy {event.val_accuracy:.1%}  ({event.seconds:.2f} s)"
    )


class _Bars:
    """A bar a stage, for a terminal."""

    def __init__(self) -> None:
        self._bars = Bars(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}", markup=False),  # it may name a file
            BarColumn(bar_width=30),
            TextColumn("{task.fields[words]}", markup=False),
            console=Console(stderr=True, emoji=False),  # “:bug:.jpg” is a file's name
        )
        self._task: TaskID | None = None
        self._bars.start()

    def take(self, event: Event) -> None:
        if isinstance(event, Stage):
            self._finish()
            self._task = self._bars.add_task(escaped(event.title), total=None, words="")
        elif isinstance(event, Progress) and self._task is not None:
            self._bars.update(self._task, total=event.total or None, completed=event.done, words=pace_words(event))
        elif isinstance(event, Waiting) and self._task is not None and event.seconds >= LATE:
            self._bars.update(self._task, words=escaped(waiting_words(event)))
        elif isinstance(event, Epoch):
            self._bars.console.print(_epoch_words(event), highlight=False)
        elif isinstance(event, ImageSkipped):
            self._warn(left_out_words(event))
        elif isinstance(event, Warned):
            self._warn(f"{event.title} {event.hint}".rstrip())

    def end(self) -> None:
        self._finish()
        self._bars.stop()

    def _warn(self, text: str) -> None:
        self._bars.console.print(f"warning: {escaped(text)}", highlight=False, markup=False)

    def _finish(self) -> None:
        if self._task is not None:
            total = self._bars.tasks[-1].total or 1
            self._bars.update(self._task, total=total, completed=total)


class _Lines:
    """A line a stage, for a log."""

    def __init__(self) -> None:
        self._stage: Stage | None = None
        self._progress: Progress | None = None
        self._waited = ""

    def take(self, event: Event) -> None:
        if isinstance(event, Stage):
            self.end()
            self._stage = event
        elif isinstance(event, Progress):
            self._progress = event
        elif isinstance(event, Waiting):
            if event.seconds >= LATE and event.path != self._waited:
                self._waited = event.path
                self._print(waiting_words(event))
        elif isinstance(event, Extracted | ViewsMade):
            self._print(f"{event.computed} computed, {event.reused} from the cache, {event.seconds:.1f} s")
        elif isinstance(event, Epoch):
            self._print(_epoch_words(event))
        elif isinstance(event, ImageSkipped):
            self._print(f"warning: {left_out_words(event)}")
        elif isinstance(event, Warned):
            self._print(f"warning: {event.title} {event.hint}".rstrip())

    def end(self) -> None:
        if self._stage is not None:
            words = f": {pace_words(self._progress)}" if self._progress is not None else ""
            self._print(f"{self._stage.title}{words}")
        self._stage = self._progress = None

    def _print(self, text: str) -> None:
        print(escaped(text), file=sys.stderr, flush=True)
