"""Commands on the queue of runs: add, remove, move, start, repeat with other seeds, take over (part of the store).

It is shown as one list with the queue of the terminal (`thaw queue`), whose runs begin after the window's own,
once the user has started the queue: none begins unasked.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, SignalInstance

from studio.catalog import catalog
from studio.events import Cancelled, Event
from studio.jobs.protocol import Work
from studio.runs.batches.queue_lines import QueueView
from studio.session import reducer
from studio.session.api import Commands
from studio.session.runs import run_list, run_queue
from studio.session.state import AppState
from studio.spec import RunSpec
from studio.spec.structs import replace
from studio.ui.system.queue_watch import QueueWatch

if TYPE_CHECKING:
    from studio.session.runs.queue_file import QueueFile


class StateStore(Protocol):
    """The part of the store that the queue needs."""

    page_requested: SignalInstance
    download_requested: SignalInstance

    @property
    def state(self) -> AppState:
        """The current state."""

    def put(self, state: AppState) -> None:
        """Replace the state."""

    def begin(self, name: str, work: Work) -> None:
        """Submit a job that is already in the state."""


class Queue:
    """The queued runs; each change is written to a file at once."""

    def __init__(self, store: StateStore, commands: Commands) -> None:
        self._store = store
        self._commands = commands
        self.watch = QueueWatch(store if isinstance(store, QObject) else None)
        self.watch.changed.connect(self._show_shared)
        self._shares = self._agreed = False
        self._tried: set[int] = set()

    @cached_property
    def _file(self) -> QueueFile:
        """The file of the queue; its module is slow to import, so this waits until after the first paint."""
        from studio.session.runs.queue_file import QueueFile

        return QueueFile()

    def add(self, download: bool = False) -> None:
        """Add a run with the chosen settings.

        Args:
            download: True if the user agreed to download missing weights; else the user is asked first.
        """
        state = self._store.state
        if run_queue.cannot_queue(state):
            return
        if state.to_download is not None and not download:
            self._ask(state.spec, state.to_download, partial(self.add, True))
            return
        self._put(run_queue.with_runs(state, [state.spec]))

    def repeat(self, number: int, download: bool = False) -> None:
        """Train the chosen settings with `number` consecutive seeds, one after another."""
        state = self._store.state
        if run_queue.cannot_repeat(state):
            return
        if state.to_download is not None and not download:
            self._ask(state.spec, state.to_download, partial(self.repeat, number, True))
            return
        self._begin(run_queue.repeated(state, number))

    def repeat_run(self, number: int, download: bool = False) -> None:
        """Train the settings of the selected run with `number` more seeds."""
        run = run_list.chosen(self._store.state)
        if run is None:
            return
        missing = catalog.missing_megabytes(run.spec.backbone)
        if missing is not None and not download:
            self._ask(run.spec, missing, partial(self.repeat_run, number, True))
            return
        self._begin(run_queue.more_seeds(self._store.state, run, number))

    def remove(self, number: int) -> None:
        """Remove a queued run."""
        self._put(run_queue.without_run(self._store.state, number))

    def remove_shared(self, number: int) -> None:
        """Remove a run from the terminal's queue; its folder stays."""
        self.watch.remove(number)

    def move(self, number: int, place: int) -> None:
        """Move a queued run to a position (0: the next one)."""
        self._put(run_queue.with_move(self._store.state, number, place))

    def move_shared(self, number: int, place: int) -> None:
        """Move a run of the terminal's queue to a position (0: the next one)."""
        self.watch.move(number, place)

    def start(self, download: bool = False) -> None:
        """Start the first queued run, unless one is in progress; those of the terminal's queue follow.

        Args:
            download: True if the user agreed to download missing weights; else the user is asked first.
        """
        state = self._store.state
        if run_queue.cannot_start(state):
            return
        shared = run_queue.next_shared(state, ())
        missing = catalog.missing_megabytes(shared.spec.backbone) if shared is not None else None
        if shared is not None and missing is not None and not download:
            self._ask(shared.spec, missing, partial(self.start, True))
            return
        self._shares, self._agreed, self._tried = shared is not None, download, set()
        self._go_on(True)
        self._store.page_requested.emit("head")

    def training_ended(self, event: Event, followed: bool) -> None:
        """Start the next queued run, or one of the terminal's queue, unless the last one was stopped.

        Args:
            event: The end of the last one.
            followed: True to show the next one.
        """
        self._shares = self._shares and not isinstance(event, Cancelled)
        self._go_on(followed)
        self.watch.check()

    def _go_on(self, followed: bool) -> None:
        if self._store.state.queue:
            self.start_next(followed)
        elif self._shares:
            self._start_shared(followed)

    def _start_shared(self, followed: bool) -> None:
        """Start the first training of the terminal's queue that was not tried since the queue was started."""
        line = run_queue.next_shared(self._store.state, self._tried)
        if line is None or (not self._agreed and catalog.missing_megabytes(line.spec.backbone) is not None):
            self._shares = False
            return
        self._tried.add(line.number)
        self._store.put(reducer.job_started_from_queue(self._store.state, "train", followed))
        self._store.begin("train", self._commands.train_queued(line.number, line.spec))

    def _show_shared(self, view: QueueView) -> None:
        self._store.put(replace(self._store.state, shared_queue=view))

    def start_next(self, followed: bool) -> None:
        """Start the first queued run.

        Args:
            followed: True to show it.
        """
        waiting = self._store.state.queue[0]
        self._put(run_queue.without_run(self._store.state, waiting.number))
        self._store.put(reducer.job_started_from_queue(self._store.state, "train", followed))
        self._store.begin("train", self._commands.train(waiting.spec))

    def read_left(self) -> None:
        """Offer the runs that were waiting when the program was closed, and read the terminal's queue."""
        self.watch.begin()
        self._store.put(replace(self._store.state, left_queue=self._file.left()))

    def take_left(self) -> None:
        """Queue the runs that were left; none starts."""
        state = self._store.state
        self._put(replace(run_queue.with_runs(state, state.left_queue), left_queue=()))
        self._file.remove_left()
        self._store.page_requested.emit("head")

    def dismiss_left(self) -> None:
        """Remove the offer; it is made again at the next start."""
        self._store.put(replace(self._store.state, left_queue=()))

    def close(self) -> None:
        """Leave the queued runs to the next window."""
        self.watch.shut_down()
        self._file.close()

    def _begin(self, specs: Sequence[RunSpec]) -> None:
        idle = "train" not in self._store.state.jobs and not self._store.state.queue
        self._put(run_queue.with_runs(self._store.state, specs))
        if idle:
            self.start()

    def _ask(self, spec: RunSpec, megabytes: float, agreed: object) -> None:
        self._store.download_requested.emit(spec.backbone.name, megabytes, agreed)

    def _put(self, state: AppState) -> None:
        self._file.write(state.queue)  # before the state: all that the window shows as waiting is on disk
        self._store.put(state)
