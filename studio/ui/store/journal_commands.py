"""Commands on the journal of the open folder: one change after another. A part of the store."""

from __future__ import annotations

from collections import deque
from typing import Protocol

from studio.events import Cancelled, DatasetScanned, Done, Event, Failed
from studio.jobs.protocol import Work
from studio.session.api import Commands
from studio.session.photos import journal
from studio.session.state import AppState
from studio.spec import DatasetSpec
from studio.spec.journal import JournalRequest
from studio.ui.store.job_runner import JobRunner


class StateStore(Protocol):
    """The part of the store that the commands on the journal need."""

    jobs: JobRunner

    @property
    def state(self) -> AppState:
        """The current state."""

    def put(self, state: AppState) -> None:
        """Replace the state."""

    def submit(self, name: str, work: Work) -> None:
        """Start a job; a running one of the same kind is dropped."""


class JournalCommands:
    """Changes of the journal. Each waits for the one before, so that none is lost when keys are pressed quickly."""

    def __init__(self, store: StateStore, commands: Commands) -> None:
        self._store, self._commands = store, commands
        self._waiting: deque[tuple[DatasetSpec, JournalRequest]] = deque()

    def request(self, change: JournalRequest) -> None:
        """Change the journal, or read it, as soon as the changes before are done."""
        if not journal.cannot_choose(self._store.state):
            self._waiting.append((self._store.state.spec.dataset, change))
            self._start_next()

    def undo(self) -> None:
        """Undo the last entry."""
        self.request(JournalRequest(step="undo"))

    def redo(self) -> None:
        """Redo the entry that was undone last."""
        self.request(JournalRequest(step="redo"))

    def export(self, file: str) -> None:
        """Write the choices to a CSV file."""
        self.request(JournalRequest(export_to=file))

    def import_csv(self, file: str) -> None:
        """Add the choices of a CSV file."""
        self.request(JournalRequest(import_from=file))

    def dismiss(self) -> None:
        """Remove the line about the last change."""
        self._store.put(journal.change_dismissed(self._store.state))

    def follow(self, job: str, event: Event) -> None:
        """Read the journal of a folder that was listed, and start the next change after one."""
        match job, event:
            case "scan", DatasetScanned(dataset=dataset) if not dataset.checked:
                self.request(JournalRequest())
            case "journal", Done() | Failed() | Cancelled():
                self._start_next()

    def _start_next(self) -> None:
        if self._waiting and not self._store.jobs.is_live("journal"):
            spec, change = self._waiting.popleft()
            self._store.submit("journal", self._commands.journal(spec, change))
