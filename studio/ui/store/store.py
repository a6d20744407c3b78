"""The window's state, and the only place where jobs are started and their events change the state.

Pages call its methods and draw the state that `changed` brings.
"""

from __future__ import annotations

import os
import time
from functools import partial

from PySide6.QtCore import QObject, Signal

from studio.events import (
    Cancelled,
    DatasetScanned,
    Done,
    Event,
    Failed,
    FeaturesComputed,
    LayerTable,
    Saved,
)
from studio.events.runs import Which
from studio.planning import presets
from studio.session import job_kinds, reducer, run_queue, selectors
from studio.session import state as states
from studio.session.api import Commands
from studio.session.state import AppState, Station
from studio.spec import DatasetSpec, RunSpec
from studio.spec.structs import replace
from studio.system import paths
from studio.ui.store.looking import Looking
from studio.ui.store.run_commands import RunCommands
from studio.ui.store.state_store import StateStore
from studio.ui.system.folder_watch import FolderWatch


class Store(StateStore):
    """The commands of the window. Those on runs on disk are in `runs`, those on photos and networks in `looking`.

    Signals:
        page_requested: A station the user should see now.
        download_requested: Weights are missing for a command: backbone, megabytes (0 where not known), and a function
            to call if the user agrees to download them.
    """

    page_requested = Signal(str)
    download_requested = Signal(str, float, object)

    def __init__(self, commands: Commands, parent: QObject | None = None) -> None:
        super().__init__(commands, parent)
        self.runs = RunCommands(self, commands, self)
        self.watch = FolderWatch(self)
        self.watch.changed.connect(self._look_at_folder)
        self.jobs.received.connect(self._fold)
        self.jobs.ticked.connect(self._ticked)
        self.looking = Looking(self, commands)
        self._demo = False
        self._listed_at = 0

    # ------------------------------------------------------------------------------------------------ the commands

    def warm_up(self) -> None:
        """Import the engine in the background."""
        self.submit("warm_up", self._commands.warm_up())

    def choose(self, spec: RunSpec) -> None:
        """Take other settings; what depends on them is looked at again."""
        before = self.state.spec
        if spec == before:
            return
        if spec.backbone != before.backbone:
            self.looking.drop("inspect")
        if spec.dataset.folder != before.dataset.folder:
            for name in ("scan", "watch"):
                self.drop(name)
            self.looking.forget_photo()
        if spec.dataset.value_range != before.dataset.value_range:
            self.looking.drop()
        self.looking.stopped.clear()
        self.put(reducer.spec_changed(self.state, spec))
        if spec.backbone != before.backbone:
            self.looking.look_for_weights()
        same_photos = replace(spec.dataset, value_range=before.dataset.value_range) == before.dataset
        if not same_photos and spec.dataset.folder:
            self._scan(spec.dataset)
        self.looking.keep_up()

    def open_folder(self, path: str) -> None:
        """Open an image folder; opening the same one again looks at it anew."""
        folder = os.path.abspath(paths.expanded(path))  # noqa: PTH100  # “..” goes, links stay
        dataset = replace(self.state.spec.dataset, folder=folder)
        if folder != self.state.spec.dataset.folder:
            # The file names photos of the other folder, and the range is of its camera.
            dataset = replace(dataset, targets="", value_range=None)
        if dataset != self.state.spec.dataset:
            self.choose(replace(self.state.spec, dataset=dataset))
        else:
            self._scan(dataset)

    def rescan(self) -> None:
        """List the open folder again and show what is in it now."""
        if self.state.spec.dataset.folder and not self.jobs.is_live("scan"):
            self._scan(self.state.spec.dataset)

    def read_news(self) -> None:
        """The user has read what changed in the folder."""
        self.put(replace(self.state, news=None))

    def keep_settings(self) -> None:
        """The user has read that the settings are those of a run."""
        self.put(replace(self.state, taken=None))

    def choose_targets(self, file: str) -> None:
        """Learn the numbers of a CSV file; "" goes back to classes. Choosing the same file again reads it anew."""
        path = str(paths.expanded(file).absolute()) if file else ""
        dataset = replace(self.state.spec.dataset, targets=path)
        if dataset != self.state.spec.dataset:
            self.choose(replace(self.state.spec, dataset=dataset))
        elif path:
            self._scan(dataset)

    def sample(self) -> None:
        """As `thaw demo`: write the sample photos, open them, train at once on the bundled backbone."""
        if "train" in self.state.jobs:
            return
        self._demo = True
        self.choose(RunSpec(DatasetSpec("")))
        self.submit("sample", self._commands.sample())

    def train(self, download: bool = False) -> None:
        """Start a training with the settings as they are.

        Args:
            download: True where the user agreed that missing weights are downloaded; else the user is asked first.
        """
        if selectors.obstacle(self.state):
            return
        missing, agreed = self.state.to_download, download or self.jobs.is_live("inspect")
        if missing is not None and not agreed:
            self.download_requested.emit(self.state.spec.backbone.name, missing, partial(self.train, True))
            return
        if selectors.layers_now(self.state) is None and not self.jobs.is_live("inspect"):
            self.looking.download()
        self.submit("train", self._commands.train(self.state.spec))
        self.page_requested.emit("head")

    def train_baseline(self) -> None:
        """Choose the preset "From scratch", so that the settings shown are those of the run, and train."""
        if not selectors.obstacle(self.state):
            self.choose(presets.from_scratch(self.state.spec))
            self.train()

    def queue(self, download: bool = False) -> None:
        """Train with the settings as they are when the training that runs has ended.

        Args:
            download: As in `train`.
        """
        if run_queue.cannot_queue(self.state):
            return
        missing = self.state.to_download
        if missing is not None and not download:
            self.download_requested.emit(self.state.spec.backbone.name, missing, partial(self.queue, True))
            return
        self.put(run_queue.queued(self.state, self.state.spec))

    def unqueue(self, number: int) -> None:
        """Remove a training from the queue."""
        self.put(run_queue.removed(self.state, number))

    def stop(self) -> None:
        """Stop the training; where there is none, all other jobs that the user may stop."""
        self._demo = False
        live = self.jobs.names()
        self.looking.stopped.update(live)
        for name in ["train"] if "train" in live else filter(_may_stop, live):
            if self.jobs.stop(name):
                self.put(reducer.job_stopping(self.state, name))

    @property
    def export_formats(self) -> tuple[tuple[str, str], ...]:
        """Title and ending of each form a head can be exported in."""
        return self._commands.export_formats

    def export(self, path: str, which: Which = "last") -> None:
        """Write the head of the run shown to a file: of its last epoch or its best."""
        if self.state.run is not None and not selectors.cannot_export(self.state):
            self.submit("export", self._commands.export(self.state.run.started.run, path, which))

    def limit_cache(self, gigabytes: float) -> None:
        """Keep the cache within so many gigabytes from now on."""
        self.submit("cache", self._commands.cache(gigabytes, False))

    def clear_cache(self) -> None:
        """Empty the cache."""
        self.submit("cache", self._commands.cache(None, True))

    def show_page(self, page: Station) -> None:
        """Show a page; what it needs is computed now and not before."""
        self.looking.page = page
        self.looking.stopped.clear()
        if page == "head":
            self.runs.look_again()
        self.looking.keep_up()

    def put(self, state: AppState) -> None:
        """Take another state, and watch the folder that it names."""
        if state is not self.state and not self._closing:
            super().put(state)
            self.watch.follow(state.dataset, self._listed_at, state.spec.dataset.targets, refused=states.refused(state))

    def shut_down(self) -> None:
        """Cancel everything."""
        self.watch.shut_down()
        super().shut_down()

    # ------------------------------------------------------------------------------------------------ work begins

    def _train_next(self, followed: bool) -> None:
        """Start the first training of the queue."""
        waiting = self.state.queue[0]
        self.put(run_queue.removed(self.state, waiting.number))
        self.put(reducer.job_started_from_queue(self.state, "train", followed))
        self.begin("train", self._commands.train(waiting.spec))

    def _scan(self, dataset: DatasetSpec) -> None:
        self._listed_at = time.time_ns()
        self.submit("scan", self._commands.scan(dataset))

    def _look_at_folder(self) -> None:
        """List the folder beside the photos shown, because something in it may be different."""
        if self.jobs.is_live("scan"):
            return
        if self.state.dataset is not None:
            self.submit("watch", self._commands.relist(self.state.spec.dataset))
        elif states.refused(self.state):
            self.rescan()

    # ------------------------------------------------------------------------------------------------ events come in

    def _ticked(self) -> None:
        self.looking.keep_up()
        self.tell_now()

    def _fold(self, name: str, event: Event) -> None:
        if isinstance(event, LayerTable) and name != "inspect":
            return  # a training's network may not be the one chosen now
        followed = run_queue.is_followed(self.state)
        self.put(reducer.reduce(self.state, name, event))
        if isinstance(event, Done | Cancelled | Failed) and name in ("inspect", "train"):
            self.looking.look_for_weights()  # they may have been downloaded
        self._go_on(name, event)
        ended = name == "train" and isinstance(event, Done | Cancelled | Failed)
        if ended and self.state.queue and "train" not in self.state.jobs:
            self._train_next(followed)

    def _go_on(self, name: str, event: Event) -> None:
        """Start the jobs that follow an event."""
        self.runs.follow(name, event)
        match name, event:
            case "sample", Saved(path=path):
                self.open_folder(path)
            case "scan", DatasetScanned(dataset=dataset) if dataset.deep is not None:
                self.looking.drop()
            case "scan", DatasetScanned(dataset=dataset) if self._demo and dataset.checked:
                self.train()
            case "train", FeaturesComputed() if self.state.cache is not None:
                self.looking.show_cache()
            case "train", Done() if self._demo:
                self._demo = False
                self.page_requested.emit("evaluate")
            case _, Failed() if name != "inspect":
                self._demo = False
            case "sample" | "scan" | "train", Cancelled():
                self._demo = False


def _may_stop(name: str) -> bool:
    """True where the user may stop a job."""
    return job_kinds.kind_of(name).stop != "program"
