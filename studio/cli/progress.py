"""Progress of a job in the terminal: stage, count, rate and time left on stderr, results on stdout."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn
from rich.progress import Progress as Bars

from studio.events import LATE, Epoch, Event, ImageSkipped, Progress, Stage, Waiting, Warned
from studio.jobs.event_lines import Lines, epoch_words, left_out_words, pace_words, waiting_words
from studio.jobs.protocol import Work
from studio.system.names import escaped
from studio.system.process import signals


def follow(work: Work) -> Iterator[Event]:
    """Run a job and show its progress on stderr; yields its events.

    If stderr is no terminal, one line per finished stage replaces the moving bar.
    """
    events = work(signals.stop_requested)
    close = getattr(events, "close", None)
    view = _Bars() if sys.stderr.isatty() else Lines()
    try:
        for event in events:
            view.take(event)
            yield event
            if signals.stop_requested():  # a library may have swallowed the KeyboardInterrupt
                raise KeyboardInterrupt
    finally:
        if close is not None:
            close()  # now, not at garbage collection: the run must record that it was stopped
        view.end()


def drain(work: Work) -> list[Event]:
    """All events of a job, with its progress shown."""
    with closing(follow(work)) as events:  # type: ignore[type-var]  # it is a generator
        return list(events)


class _Bars:
    """One progress bar per stage, for a terminal."""

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
            self._bars.console.print(epoch_words(event), highlight=False)
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
