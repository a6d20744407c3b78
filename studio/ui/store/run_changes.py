"""Commands that change runs on disk: describe them, move them to the trash, restore them. A part of the store."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Protocol

from studio.events import Cancelled, Done, Event, Failed, RunDescription
from studio.events.runs import RunSummary
from studio.jobs.protocol import Work
from studio.session.api import Commands
from studio.session.runs import changes, run_list
from studio.session.state import AppState

JOBS = ("describe", "discard", "restore", "empty_trash")


class StateStore(Protocol):
    """The part of the store that these commands need."""

    @property
    def state(self) -> AppState:
        """The current state."""

    def put(self, state: AppState) -> None:
        """Replace the state."""

    def submit(self, name: str, work: Work) -> None:
        """Start a job."""


class RunChanges:
    """Changes of runs on disk, one after another: a new one must not cancel the one before it."""

    def __init__(self, store: StateStore, commands: Commands) -> None:
        self._store = store
        self._commands = commands
        self._waiting: deque[tuple[str, str, Work]] = deque()
        self._current = ("", "")

    def describe(self, new: RunDescription, run: RunSummary | None = None) -> None:
        """Write a new description of a run, by default the selected one, and show it at once."""
        run = run or run_list.chosen(self._store.state)
        if run is not None and run.description != new:
            self._store.put(changes.with_description(self._store.state, run.path, new))
            self._begin("describe", run.path, self._commands.describe(run.path, new))

    def toggle_star(self) -> None:
        """Star the selected run, or remove its star."""
        run = run_list.chosen(self._store.state)
        if run is not None:
            self.describe(replace(run.description, starred=not run.description.starred), run)

    def discard(self) -> None:
        """Move the selected run to the trash."""
        path = self._store.state.run_list.chosen
        if not run_list.cannot_discard(self._store.state) and not self._is_pending("discard", path):
            self._begin("discard", path, self._commands.discard(path))

    def restore(self, path: str = "") -> None:
        """Restore a run from the trash.

        Args:
            path: Its folder in the trash; "" for the run that was trashed last.
        """
        runs = [path] if path else [run.path for run in self._store.state.run_list.discarded]
        runs = [run for run in runs if not self._is_pending("restore", run)]
        if runs:
            self._begin("restore", runs[-1], self._commands.restore(runs[-1]))

    def dismiss(self) -> None:
        """Remove the notice about trashed runs."""
        self._store.put(changes.without_undo(self._store.state))

    def list_trash(self) -> None:
        """List the trash."""
        self._store.submit("trash", self._commands.trash())

    def empty_trash(self) -> None:
        """Delete the runs in the trash for good."""
        self.dismiss()
        self._begin("empty_trash", "", self._commands.empty_trash())

    def follow(self, job: str, event: Event) -> bool:
        """Start the next change when one has ended; True where the runs must be listed again."""
        if job not in JOBS or not isinstance(event, Done | Cancelled | Failed):
            return False
        self._current = ("", "")
        if self._waiting:
            self._start(*self._waiting.popleft())
            return False
        if self._store.state.run_list.trash is not None:  # its dialog is or was open
            self.list_trash()
        return True

    def _begin(self, job: str, path: str, work: Work) -> None:
        if self._current[0]:
            self._waiting.append((job, path, work))
        else:
            self._start(job, path, work)

    def _start(self, job: str, path: str, work: Work) -> None:
        self._current = (job, path)
        self._store.submit(job, work)

    def _is_pending(self, job: str, path: str) -> bool:
        """True where this change of a run is in progress or waiting: a key was pressed twice."""
        return (job, path) in (self._current, *((name, run) for name, run, _ in self._waiting))
