"""Commands on the runs on disk: list, open, resume, extend, discard. A part of the store."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, SignalInstance

from studio.catalogue import catalogue
from studio.events import Cancelled, Done, Event, Failed, RunOpened, RunsListed, RunStarted
from studio.jobs.protocol import Work
from studio.session import reducer, run_list, selectors
from studio.session.api import Commands
from studio.session.state import AppState
from studio.spec import RunSpec
from studio.spec.structs import replace
from studio.ui.system import trash

LOOK_AGAIN_MS = 2000
"""Between two looks at the list while another program writes to a run of it."""


class StateStore(Protocol):
    """The part of the store that the commands on runs need."""

    page_requested: SignalInstance
    download_requested: SignalInstance

    @property
    def state(self) -> AppState:
        """The present state."""

    def put(self, state: AppState) -> None:
        """Take another state."""

    def choose(self, spec: RunSpec) -> None:
        """Take other settings."""

    def submit(self, name: str, work: Work) -> None:
        """Start a job."""

    def drop(self, name: str) -> None:
        """Cancel a job, and take no more of its events."""


class RunCommands:
    """Starts the jobs on the run that is chosen in the list."""

    def __init__(self, store: StateStore, commands: Commands, parent: QObject) -> None:
        self._store = store
        self._commands = commands
        self._going_on: RunSpec | None = None
        self._again = QTimer(parent)
        self._again.setSingleShot(True)
        self._again.setInterval(LOOK_AGAIN_MS)
        self._again.timeout.connect(self.look_again)

    def look(self) -> None:
        """Look which runs there are."""
        self._store.submit("runs", self._commands.runs())

    def look_again(self) -> None:
        """Look whether other programs changed the list: the user sees it now, or comes back to the window."""
        if self._store.state.run_list.known:
            self.look()

    def choose(self, path: str) -> None:
        """Choose a run of the list; "" for none."""
        self._store.put(reducer.run_chosen(self._store.state, path))

    def show_everywhere(self, everywhere: bool) -> None:
        """Show the runs of all folders, or those of the open one."""
        self._store.put(reducer.runs_everywhere(self._store.state, everywhere))

    def open(self) -> None:
        """Show the results of the chosen run, and take its settings, so that they stand beside their own."""
        state = self._store.state
        path, running = state.run_list.chosen, selectors.running_run(state)
        if run_list.cannot_open(state):
            return
        if running is not None and running.id == path:  # its record on disk is behind what is known of it here
            self._store.put(reducer.run_shown(state, path))
            self._take_settings(running.started.spec)
            self._store.page_requested.emit("head")
        else:
            self._store.submit("open_run", self._commands.open_run(path))

    def resume(self) -> None:
        """Go on with the chosen run up to its last epoch."""
        if not run_list.cannot_resume(self._store.state):
            self._go_on(None)

    def extend(self, epochs: int) -> None:
        """Give the chosen run more epochs: `epochs` in all."""
        if not run_list.cannot_extend(self._store.state):
            self._go_on(epochs)

    def discard(self) -> None:
        """Move the chosen run to the trash."""
        if not run_list.cannot_discard(self._store.state):
            self._store.submit("discard", trash.discard(Path(self._store.state.run_list.chosen)))

    def follow(self, job: str, event: Event) -> None:
        """Start the jobs that follow an event."""
        match job, event:
            case "train", RunStarted(spec=spec, run=path):
                if self._store.state.shown == path:
                    self.choose(path)
                if self._going_on == self._store.state.spec:  # its plan is longer now; nothing else was chosen since
                    taken = self._store.state.taken
                    self._store.choose(spec)
                    self._store.put(replace(self._store.state, taken=taken))
                self._going_on = None
                self.look()
            case "open_run", RunOpened(summary=summary):
                self._take_settings(summary.spec)
                self._store.page_requested.emit("evaluate" if summary.epochs else "head")
            case ("train", Done() | Cancelled() | Failed()) | ("discard", Done() | Failed()):
                self.look()
            case "open_run", Failed():
                self.look()
            case "runs", RunsListed(runs=found):
                if any(run.state == "running" and not self._is_own(run.path) for run in found):
                    self._again.start()

    def _is_own(self, path: str) -> bool:
        """True where this window writes to the run."""
        run = selectors.running_run(self._store.state)
        return run is not None and run.id == path

    def _go_on(self, epochs: int | None, download: bool = False) -> None:
        run = run_list.chosen(self._store.state)
        if run is None:
            return
        missing = catalogue.missing_megabytes(run.spec.backbone)
        if missing is not None and not download:
            go_on = partial(self._go_on, epochs, True)
            self._store.download_requested.emit(run.spec.backbone.name, missing, go_on)
            return
        self._take_settings(run.spec)
        self._going_on = run.spec
        self._store.submit("train", self._commands.resume(run.path, epochs))
        self._store.page_requested.emit("head")

    def take_back(self) -> None:
        """Choose the settings again that those of a run took the place of."""
        taken = self._store.state.taken
        if taken is not None:
            self._choose_whole(taken.before)

    def _take_settings(self, spec: RunSpec) -> None:
        """Choose the settings of a run; those before can be had back."""
        before = self._store.state.spec
        self._choose_whole(spec)
        self._store.put(reducer.settings_taken(self._store.state, before))

    def _choose_whole(self, spec: RunSpec) -> None:
        """Choose other settings. In two steps, because choosing a backbone alone drops another's freeze plan."""
        self._store.choose(replace(self._store.state.spec, backbone=spec.backbone))
        self._store.choose(spec)
