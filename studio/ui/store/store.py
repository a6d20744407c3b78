"""The window's store: the only place where jobs are started and their events change the state.

The window calls its methods, and the pages draw the state that `changed` carries. The file has over 300 lines because
it is the only place that joins the parts.
"""

from __future__ import annotations

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
from studio.events.runs import WeightsChoice
from studio.planning import presets
from studio.session import reducer, selectors, user_choices
from studio.session.api import Commands
from studio.session.jobs import failures, job_kinds
from studio.session.runs import run_queue
from studio.session.state import AppState, Station
from studio.spec import DatasetSpec, RunSpec
from studio.spec.journal import JournalRequest
from studio.spec.structs import replace
from studio.system import paths
from studio.ui.store.comparison_commands import ComparisonCommands
from studio.ui.store.journal_commands import JournalCommands
from studio.ui.store.judging import Judging
from studio.ui.store.looking import Looking
from studio.ui.store.queue import Queue
from studio.ui.store.run_commands import RunCommands
from studio.ui.store.state_store import StateStore
from studio.ui.store.using_commands import UsingCommands
from studio.ui.system.folder_watch import FolderWatch


class Store(StateStore):
    """The commands of the window.

    Signals:
        page_requested: Show this station.
        download_requested: Weights are missing for a command: backbone, megabytes (0 where not known), and a function
            to call if the user agrees to download them.

    Attributes:
        runs: Commands on runs.
        comparison: Commands on the comparison of two runs.
        queue: Commands on the queued runs.
        looking: Jobs that inspect photos and networks.
        judging: Commands that evaluate the run shown.
        journal: Commands on the choices about photos.
        using: Commands on the photos that the user gives the run shown.
    """

    page_requested = Signal(str)
    download_requested = Signal(str, float, object)

    def __init__(self, commands: Commands, parent: QObject | None = None) -> None:
        super().__init__(commands, parent)
        self.runs = RunCommands(self, commands, self)
        self.comparison = ComparisonCommands(self, commands)
        self.queue = Queue(self, commands)
        self.watch = FolderWatch(self)
        self.watch.changed.connect(self._look_at_folder)
        self.jobs.received.connect(self._fold)
        self.jobs.ticked.connect(self._ticked)
        self.looking = Looking(self, commands)
        self.judging = Judging(self, commands, self.looking)
        self.using = UsingCommands(self, commands, self.looking)
        self.journal = JournalCommands(self, commands)
        self._demo = False
        self._listed_at = 0

    # ------------------------------------------------------------------------------------------------ commands

    def prepare(self) -> None:
        """Make the commands, if that is not done yet; for a thread, because it imports their modules."""
        _ = self._commands.warm_up

    def warm_up(self) -> None:
        """Import the engine in the background."""
        self.submit("warm_up", self._commands.warm_up())

    def choose(self, spec: RunSpec) -> None:
        """Replace the settings, and start the jobs that depend on what changed."""
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
        self.put(user_choices.spec_changed(self.state, spec))
        if spec.backbone != before.backbone:
            self.looking.check_weights()
        same_photos = replace(spec.dataset, value_range=before.dataset.value_range) == before.dataset
        if not same_photos and spec.dataset.folder:
            self._scan(spec.dataset)
        self.looking.start_needed()

    def open_folder(self, path: str) -> None:
        """Open an image folder, on disk or by URL; the open one is scanned again."""
        folder = paths.absolute(path)
        dataset = replace(self.state.spec.dataset, folder=folder)
        if folder != self.state.spec.dataset.folder:
            # CSV file and pattern are about the old folder, and the value range is that of its camera.
            dataset = replace(dataset.by_folders(), value_range=None, folders=(), background=())
        if dataset != self.state.spec.dataset:
            self.choose(replace(self.state.spec, dataset=dataset))
        else:
            self._scan(dataset)

    def rescan(self) -> None:
        """Scan the open folder again and show the photos that are in it now."""
        if self.state.spec.dataset.folder and not self.jobs.is_live("scan"):
            self._scan(self.state.spec.dataset)

    def dismiss_folder_changes(self) -> None:
        """Remove the notice about changes in the folder."""
        self.put(replace(self.state, folder_changes=None))

    def dismiss_swap(self) -> None:
        """Remove the notice about replaced settings, and keep those of the run."""
        self.put(replace(self.state, swap=None))

    def dismiss_failure(self, page: Station) -> None:
        """Remove the failure on a page."""
        self.put(failures.without(self.state, page))

    def choose_targets(self, file: str) -> None:
        """Use the numbers of a CSV file as the target, or the folders' classes for ""; the same file is read again."""
        path = str(paths.expanded(file).absolute()) if file else ""
        dataset = replace(self.state.spec.dataset.by_folders(), targets=path)
        if dataset != self.state.spec.dataset:
            self.choose(replace(self.state.spec, dataset=dataset))
        elif path:
            self._scan(dataset)

    def choose_labels(self, pattern: str = "", file: str = "") -> None:
        """Use the classes that a pattern finds in file names, or those of a table, as the target."""
        path = str(paths.expanded(file).absolute()) if file else ""
        dataset = replace(self.state.spec.dataset.by_folders(), label_pattern=pattern, labels=path)
        self.choose(replace(self.state.spec, dataset=dataset))

    def sample(self) -> None:
        """Write the sample photos, open them, and train on the bundled backbone, as `thaw demo` does."""
        if "train" in self.state.jobs:
            return
        self._demo = True
        self.choose(RunSpec(DatasetSpec("")))
        self.submit("sample", self._commands.sample())

    def train(self, download: bool = False) -> None:
        """Start a run with the chosen settings; while another one is in progress, add it to the queue.

        Args:
            download: True if the user agreed to download missing weights; else the user is asked first.
        """
        if "train" in self.state.jobs:
            self.queue.add(download)
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
        """Choose the preset "From scratch", so that settings and run match, and train."""
        if not selectors.obstacle(self.state):
            self.choose(presets.from_scratch(self.state.spec))
            self.train()

    def stop(self) -> None:
        """Stop the training, or where there is none, all other jobs that the user may stop."""
        self._demo = False
        live = self.jobs.names()
        self.looking.stopped.update(live)
        for name in ["train"] if "train" in live else filter(_may_stop, live):
            if self.jobs.stop(name):
                self.put(reducer.job_stopping(self.state, name))

    @property
    def export_formats(self) -> tuple[tuple[str, str], ...]:
        """Title and suffix of each export format of a head."""
        return self._commands.export_formats

    def export(self, path: str, which: WeightsChoice = "last") -> None:
        """Export the head of the run shown, from its last or best epoch, to a file."""
        if self.state.run is not None and not selectors.cannot_export(self.state):
            self.submit("export", self._commands.export(self.state.run.started.run, path, which))

    def limit_cache(self, gigabytes: float) -> None:
        """Set the size limit of the cache in gigabytes."""
        self.submit("cache", self._commands.cache(gigabytes, False))

    def clear_cache(self) -> None:
        """Empty the cache."""
        self.submit("cache", self._commands.cache(None, True))

    def show_page(self, page: Station) -> None:
        """Compute what a page needs, once it is shown."""
        self.looking.page = page
        self.looking.stopped.clear()
        if page == "head":
            self.runs.refresh_known()
        self.looking.start_needed()
        self.judging.start_needed()
        self.using.look_again()
        self.using.start_needed()

    def start(self, name: str, arguments: tuple[object, ...] = ()) -> None:
        """Start a job by its name; changes of the journal wait for each other."""
        if name == "journal":
            for request in arguments:
                if isinstance(request, JournalRequest):
                    self.journal.request(request)
        else:
            super().start(name, arguments)

    def put(self, state: AppState) -> None:
        """Replace the state, and watch the folder that it names."""
        if state is not self.state and not self._closing:
            super().put(state)
            unreadable = selectors.unreadable_folder(state)
            self.watch.follow(state.dataset, self._listed_at, "".join(state.spec.dataset.sources[:2]), unreadable)

    def shut_down(self) -> None:
        """Cancel everything."""
        self.watch.shut_down()
        self.runs.watch.shut_down()
        self.queue.close()
        super().shut_down()

    # ------------------------------------------------------------------------------------------------ starting jobs

    def _scan(self, dataset: DatasetSpec) -> None:
        self._listed_at = time.time_ns()
        self.submit("scan", self._commands.scan(dataset))

    def _look_at_folder(self) -> None:
        """List the folder in the background, because it may have changed."""
        if self.jobs.is_live("scan"):
            return
        if self.state.dataset is not None:
            self.submit("watch", self._commands.relist(self.state.spec.dataset))
        elif selectors.unreadable_folder(self.state):
            self.rescan()

    # ------------------------------------------------------------------------------------------------ handling events

    def _ticked(self) -> None:
        self.looking.start_needed()
        self.judging.start_needed()
        self.using.start_needed()
        self.emit_now()

    def _fold(self, name: str, event: Event) -> None:
        if isinstance(event, LayerTable) and name != "inspect":
            return  # the network of a run may differ from the one chosen now
        followed = run_queue.is_followed(self.state)
        self.put(reducer.reduce(self.state, name, event))
        if isinstance(event, Done | Cancelled | Failed) and name in ("inspect", "train"):
            self.looking.check_weights()  # the job may have downloaded them
        self._follow(name, event)
        ended = name == "train" and isinstance(event, Done | Cancelled | Failed)
        if ended and "train" not in self.state.jobs:
            self.queue.training_ended(event, followed)

    def _follow(self, name: str, event: Event) -> None:
        """Start the jobs that follow an event."""
        self.runs.follow(name, event)
        self.using.follow(name, event)
        self.journal.follow(name, event)
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
            case "scan" | "journal", Done():
                self.release_memory_soon()
            case _, Failed() if name != "inspect":
                self._demo = False
            case "sample" | "scan" | "train", Cancelled():
                self._demo = False


def _may_stop(name: str) -> bool:
    """True where the user may stop a job."""
    return job_kinds.kind_of(name).stop != "program"
