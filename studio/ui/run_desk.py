"""What the window does with runs on disk: list, open, go on with, throw away. A part of the store."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from studio.events import Cancelled, Done, Event, Failed, RunOpened, RunStarted
from studio.spec import RunSpec
from studio.ui import trash
from studio.workbench import run_list
from studio.workbench.jobs import Commands

if TYPE_CHECKING:
    from studio.ui.store import Store


class RunDesk:
    """Asks the store for the work; everything is about the run that is chosen in the list."""

    def __init__(self, store: Store, commands: Commands) -> None:
        self._store = store
        self._commands = commands
        self._going_on: RunSpec | None = None

    def look(self) -> None:
        """Look which runs there are."""
        self._store.submit("runs", self._commands.runs())

    def choose(self, path: str) -> None:
        """Choose a run of the list; "" for none."""
        state = self._store.state
        if path != state.runs.chosen:
            self._store.put(replace(state, runs=replace(state.runs, chosen=path)))

    def open(self) -> None:
        """Show the results of the chosen run, and take its settings, so that they stand beside their own."""
        if not run_list.cannot_open(self._store.state):
            self._store.submit("open_run", self._commands.open_run(self._store.state.runs.chosen))

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
            self._store.submit("discard", trash.discard(Path(self._store.state.runs.chosen)))

    def follow(self, job: str, event: Event) -> None:
        """What an event leads to by itself."""
        match job, event:
            case "train", RunStarted(spec=spec):
                if self._going_on == self._store.state.spec:  # its plan is longer now; nothing else was chosen since
                    self._store.choose(spec)
                self._going_on = None
                self.look()
            case "open_run", RunOpened(summary=summary):
                self._take_settings(summary.spec)
                self._store.page_wanted.emit("evaluate" if summary.epochs else "head")
            case ("train", Done() | Cancelled() | Failed()) | ("discard", Done()):
                self.look()

    def _go_on(self, epochs: int | None) -> None:
        run = run_list.chosen(self._store.state)
        assert run is not None
        self._take_settings(run.spec)
        self._going_on = run.spec
        self._store.drop("outputs")
        self._store.submit("train", self._commands.resume(run.path, epochs))
        self._store.page_wanted.emit("head")

    def _take_settings(self, spec: RunSpec) -> None:
        """Choose the settings of a run. In two steps, because choosing a backbone alone drops another's freeze plan."""
        self._store.choose(replace(self._store.state.spec, backbone=spec.backbone))
        self._store.choose(spec)
