"""Commands on the runs on disk: list, open, resume, extend. A part of the store."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, SignalInstance

from studio.catalog import catalog
from studio.events import Cancelled, Done, Event, Failed, RunEvaluated, RunOpened, RunsCompared, RunsListed, RunStarted
from studio.jobs.protocol import Work
from studio.planning import presets
from studio.session import selectors, user_choices
from studio.session.api import Commands
from studio.session.evaluation import judging
from studio.session.runs import run_list, written_elsewhere
from studio.session.state import AppState
from studio.spec import RunSpec
from studio.spec.structs import replace
from studio.ui.store.run_changes import RunChanges
from studio.ui.system.runs_watch import RunsWatch

REFRESH_MS = 2000
"""Time between two listings while another program writes to a run."""


class StateStore(Protocol):
    """The part of the store that the commands on runs need."""

    page_requested: SignalInstance
    download_requested: SignalInstance

    @property
    def state(self) -> AppState:
        """The current state."""

    def put(self, state: AppState) -> None:
        """Replace the state."""

    def choose(self, spec: RunSpec) -> None:
        """Replace the settings."""

    def submit(self, name: str, work: Work) -> None:
        """Start a job."""

    def drop(self, name: str) -> None:
        """Cancel a job and discard its further events."""


class RunCommands:
    """Commands on the list of runs and on the run selected in it.

    Attributes:
        changes: The commands that change runs on disk.
        watch: Notices the runs of other programs.
    """

    def __init__(self, store: StateStore, commands: Commands, parent: QObject) -> None:
        self._store = store
        self._commands = commands
        self.changes = RunChanges(store, commands)
        self._resumed_spec: RunSpec | None = None
        self._stays = ""
        self._again = QTimer(parent)
        self._again.setSingleShot(True)
        self._again.setInterval(REFRESH_MS)
        self._again.timeout.connect(self.refresh_known)
        self.watch = RunsWatch(parent)
        self.watch.changed.connect(self.refresh_known)

    def refresh(self) -> None:
        """List the runs on disk."""
        self._store.submit("runs", self._commands.runs())

    def refresh_known(self) -> None:
        """List the runs again, if they were listed before: another program may have changed them."""
        if self._store.state.run_list.is_listed:
            self.refresh()

    def choose(self, path: str) -> None:
        """Select a run of the list; "" for none."""
        self._store.put(user_choices.run_chosen(self._store.state, path))

    def show_everywhere(self, everywhere: bool) -> None:
        """Show the runs of all folders, or those of the open one."""
        self._store.put(user_choices.runs_everywhere(self._store.state, everywhere))

    def open(self) -> None:
        """Show the results of the selected run; the user's settings stay."""
        state = self._store.state
        path, running = state.run_list.chosen, selectors.running_run(state)
        if run_list.cannot_open(state):
            return
        if running is not None and running.id == path:  # the window knows more of it than its record on disk
            self._store.put(user_choices.run_shown(state, path))
            self._store.page_requested.emit("head")
        else:
            self._store.submit("open_run", self._commands.open_run(path))

    def show(self, path: str, stays: bool = False) -> None:
        """Show the results of a run, in memory or from disk; with `stays`, the page stays when they have been read."""
        state = self._store.state
        self._stays = path if stays else ""
        if path == state.shown:
            return
        self.choose(path)
        run = state.runs.get(path)
        if run is not None and run.epochs:
            self._store.put(user_choices.run_shown(self._store.state, path))
        else:
            self._store.submit("open_run", self._commands.open_run(path))

    def resume(self) -> None:
        """Resume the selected run up to its last epoch."""
        if not run_list.cannot_resume(self._store.state):
            self._resume(None)

    def extend(self, epochs: int) -> None:
        """Extend the selected run to a total of `epochs` epochs."""
        if not run_list.cannot_extend(self._store.state):
            self._resume(epochs)

    def use_settings(self) -> None:
        """Choose the settings of the selected run; the previous ones can be restored."""
        run = run_list.chosen(self._store.state)
        if run is not None and not run.unknown and run.spec != self._store.state.spec:
            self._take_settings(run.spec)

    def follow(self, job: str, event: Event) -> None:
        """Start the jobs that follow an event."""
        if self.changes.follow(job, event):
            self.refresh()
        match job, event:
            case "train", RunStarted(spec=spec, run=path):
                if self._store.state.shown == path:
                    self.choose(path)
                # The user changed nothing since: take over the longer plan.
                if self._resumed_spec == self._store.state.spec:
                    swap = self._store.state.swap
                    self._store.choose(spec)
                    self._store.put(replace(self._store.state, swap=swap))
                self._resumed_spec = None
                self.refresh()
            case "open_run", RunOpened(summary=summary):
                if not self._store.state.spec.dataset.folder:  # no folder is open, so no settings of the user are lost
                    spec = summary.spec
                    # With settings that this version does not know, the others would not be those of the run.
                    if summary.unknown:
                        spec = replace(self._store.state.spec, dataset=spec.dataset)
                    self._choose_all(spec)
                if summary.path != self._stays:
                    self._store.page_requested.emit("evaluate" if summary.epochs else "head")
                self._stays = ""
            case "train", Done() | Cancelled() | Failed():
                self.refresh()
            case "evaluate" | "compare_part", (RunEvaluated() | RunsCompared()) if event.document["part"] == "test":
                self.refresh_known()  # the list has the judgments of test photos
            case "open_run", Failed():
                self.refresh()
            case "runs", RunsListed(runs=runs):
                if path := written_elsewhere.to_follow(self._store.state):
                    self._store.submit("follow_run", self._commands.follow_run(path))
                if any(run.state == "running" and not self._is_own(run.path) for run in runs):
                    self._again.start()

    def _is_own(self, path: str) -> bool:
        """True where this window writes to the run."""
        run = selectors.running_run(self._store.state)
        return run is not None and run.id == path

    def _resume(self, epochs: int | None, download: bool = False) -> None:
        """Resume the selected run; if weights are missing, ask before they are downloaded."""
        run = run_list.chosen(self._store.state)
        if run is None:
            return
        missing = catalog.missing_megabytes(run.spec.backbone)
        if missing is not None and not download:
            resume = partial(self._resume, epochs, True)
            self._store.download_requested.emit(run.spec.backbone.name, missing, resume)
            return
        self._take_settings(run.spec)
        self._resumed_spec = run.spec
        self._store.submit("train", self._commands.resume(run.path, epochs))
        self._store.page_requested.emit("head")

    def restore_settings(self) -> None:
        """Restore the settings that were replaced by those of a run."""
        swap = self._store.state.swap
        if swap is not None:
            self._choose_all(swap.before)

    def _take_settings(self, spec: RunSpec) -> None:
        """Choose the settings of a run; the previous ones can be restored."""
        before = self._store.state.spec
        self._choose_all(spec)
        self._store.put(user_choices.settings_swapped(self._store.state, before))

    def take_project(self, spec: RunSpec) -> None:
        """Choose the settings of a project; the previous ones can be restored."""
        before = self._store.state.spec
        self._choose_all(spec)
        self._store.put(user_choices.settings_swapped(self._store.state, before, proposal="project"))

    def set_up(self, proposal: str) -> None:
        """Choose the settings that the verdict on the run shown proposes; the previous ones can be restored."""
        state = self._store.state
        run, table = state.run, state.layers
        if run is None or table is None or judging.cannot_set_up(state) or proposal != "thaw_last_block":
            return
        before = state.spec
        self._choose_all(presets.fine_tuned(run.started.spec, table))
        self._store.put(user_choices.settings_swapped(self._store.state, before, run.id, proposal))

    def _choose_all(self, spec: RunSpec) -> None:
        """Replace all settings."""
        # The backbone first: a change of the backbone resets a freeze plan that is the same before and after it.
        self._store.choose(replace(self._store.state.spec, backbone=spec.backbone))
        self._store.choose(spec)
