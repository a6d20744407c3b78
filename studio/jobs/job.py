"""Runs one generator to exactly one end, in whatever thread it is given.

The driver knows neither Qt nor torch: the window calls `Job.run` in its worker thread and empties `Job.mailbox` from
a timer, a test calls both one after the other. Only plain data goes through the mailbox; an exception is turned into
words here, because its frames would keep tensors alive.
"""

from __future__ import annotations

import threading
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from studio.events import Cancelled, Done, Event, Events, Failed, ValueRanges
from studio.events.runs import Which
from studio.spec import BackboneSpec, DatasetSpec, RunSpec
from studio.system.failures import in_words
from studio.system.failures import ran_out as ran_out

Stop = Callable[[], bool]
"""Asked by long steps between two yields: True once the job should end."""

Work = Callable[[Stop], Events]
"""A job that has not begun: given the question to ask, makes the generator."""


class Interrupted(Exception):  # noqa: N818  # it is no error: the user asked for it
    """Raised inside a long step once `Stop` says so; the job ends as `Cancelled`."""


def never() -> bool:
    """The `Stop` of those who never stop."""
    return False


@dataclass(frozen=True)
class Commands:
    """Everything the window can ask for. `app` fills it; tests fill it with small generators.

    Attributes:
        warm_up: Imports the engine, so that the first real job does not wait for it.
        scan: Lists and checks a folder: `DatasetFound` twice.
        relist: Lists a folder again, beside the photos shown: `DatasetFound` once.
        sample: Writes the sample photos and says where: `Saved(path, "sample")`.
        preview: A photo (absolute path) on its way into the network, with the ranges of its data set: `Preview`.
        augmented: A photo (absolute path) as a run would see it in training, likewise: `Augmented`.
        inspect: Loads a network: `LayerTable`.
        outputs: What a layer (second) gives for a photo (third, absolute path), likewise: `LayerOutput`.
        train: A whole run: `RunStarted`, `DatasetFound`, `Extracted`, `Epoch` …, `Trained`.
        export: Writes the head of a run (folder) of its last or best epoch (third) to a file (second): `Saved`.
        runs: Lists the user's runs: `RunsFound`.
        open_run: What a run (folder) came to: the events of `train` as far as they are on disk, then `RunOpened`.
        resume: Goes on with a run (folder) up to so many epochs (second; None: as many as it was asked for): the events
            of `train`.
        cache: Sets the limit of the cache in gigabytes (None leaves it), empties it where that is asked for (second),
            and says what it holds: `CacheFound`.
    """

    warm_up: Callable[[], Work]
    scan: Callable[[DatasetSpec], Work]
    relist: Callable[[DatasetSpec], Work]
    sample: Callable[[], Work]
    preview: Callable[[str, BackboneSpec, ValueRanges], Work]
    augmented: Callable[[str, RunSpec, ValueRanges], Work]
    inspect: Callable[[BackboneSpec], Work]
    outputs: Callable[[BackboneSpec, str, str, ValueRanges], Work]
    train: Callable[[RunSpec], Work]
    export: Callable[[str, str, Which], Work]
    runs: Callable[[], Work]
    open_run: Callable[[str], Work]
    resume: Callable[[str, int | None], Work]
    cache: Callable[[float | None, bool], Work]


class Job:
    """One piece of work and the events it has not been asked for yet.

    Attributes:
        name: What it is, for the state: "scan", "train", …
        mailbox: Events in order; the last one is `Done`, `Cancelled` or `Failed`. Appending and popping are atomic.
    """

    def __init__(self, name: str, work: Work) -> None:
        self.name = name
        self.mailbox: deque[Event] = deque()
        self._work = work
        self._stop = threading.Event()

    def cancel(self) -> None:
        """Ask the job to end; it does so at its next yield or its next look at `stop`. May be called at any time."""
        self._stop.set()

    @property
    def cancelled(self) -> bool:
        """True once `cancel` was called."""
        return self._stop.is_set()

    @property
    def ended(self) -> bool:
        """True once the end was put into the mailbox and not yet taken out."""
        return bool(self.mailbox) and isinstance(self.mailbox[-1], Done | Cancelled | Failed)

    def run(self) -> None:
        """Work until the end. Never raises; the end is the last event in the mailbox."""
        self.mailbox.append(self._drive())

    def _drive(self) -> Event:
        if self._stop.is_set():
            return Cancelled()
        try:
            events = self._work(self._stop.is_set)
            try:
                for event in events:
                    self.mailbox.append(event)
                    if self._stop.is_set():
                        return Cancelled()
            finally:
                close = getattr(events, "close", None)
                if close is not None:
                    close()
        except BaseException as error:
            return failure(error)
        return Done()


def failure(error: BaseException) -> Failed | Cancelled:
    """An exception in words."""
    if isinstance(error, KeyboardInterrupt | Interrupted):
        return Cancelled()
    words = in_words(error)
    trace = "".join(traceback.format_exception(error)) if words.unexpected else ""
    return Failed(words.title, words.hint, trace)
