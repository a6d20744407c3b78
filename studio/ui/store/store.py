"""The window's one copy of the state, and the only place where work is started and its events are folded in.

Pages call its methods and draw what `changed` brings. A timer runs while there is work: it empties the mailboxes, and
gives up on a stopped job that does not come back within a second, so that Stop looks finished even while the thread
sits in an import. Nothing it says afterwards is heard: its mailbox is gone.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from studio.catalogue import catalogue
from studio.events import (
    Cancelled,
    DatasetFound,
    Done,
    Event,
    Events,
    Extracted,
    Failed,
    LayerTable,
    Saved,
    Stage,
    ValueRanges,
)
from studio.events.runs import Which
from studio.jobs.job import Job
from studio.jobs.protocol import Stop, Work
from studio.planning import presets
from studio.session import job_kinds, reducer, selectors
from studio.session import state as states
from studio.session.api import Commands
from studio.session.state import AppState, Station
from studio.spec import DatasetSpec, RunSpec
from studio.spec.structs import replace
from studio.system import paths
from studio.ui.store.job_thread import JobThread
from studio.ui.store.run_commands import RunCommands
from studio.ui.system.folder_watch import FolderWatch

TICK_MS = 50
BUDGET_S = 0.012
"""Time a tick may spend on folding; what is left waits for the next one."""

PATIENCE_S = 0.8
"""A stopped job that has not ended by then is given up on."""

PAINT_S = 0.08
"""What the page of a training has for painting itself before the work takes the interpreter."""


@dataclass
class _Live:
    """A job whose events are heard."""

    job: Job
    lane: JobThread
    given_up_at: float | None = None


class Store(QObject):
    """Holds the state and starts the work. What is done with runs on disk is asked of its `runs`.

    Signals:
        changed: The new `AppState`; at most once a turn of the event loop.
        page_wanted: A station the user should see now.
        finished: After `shut_down`: every thread has ended.
        download_wanted: Weights are missing for what was asked: backbone, megabytes (0 where not known), and what to
            call if the user agrees to download them.
    """

    changed = Signal(object)
    page_wanted = Signal(str)
    finished = Signal()
    download_wanted = Signal(str, float, object)

    def __init__(self, commands: Commands, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = AppState()
        self._commands = commands
        self.runs = RunCommands(self, commands, self)
        self.watch = FolderWatch(self)
        self.watch.changed.connect(self._look_at_folder)
        self._live: dict[str, _Live] = {}
        self._lanes = {name: JobThread(name, self) for name in job_kinds.THREADS}
        for lane in self._lanes.values():
            lane.finished.connect(self._lane_ended)
        self._page: Station = "images"
        self._photo = ""
        self._changes: tuple[object, ...] = ()
        self._stopped: set[str] = set()
        self._demo = False
        self._listed_at = 0
        self._closing = False
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._tell)

    # ------------------------------------------------------------------------------------------------ the user asks

    def warm_up(self) -> None:
        """Import the engine in the background."""
        self.submit("warm_up", self._commands.warm_up())

    def beside(self, work: Work) -> Job:
        """Do something that changes no state; whoever asked looks into the job's mailbox."""
        job = Job("beside", work)
        if not self._closing:
            self._lanes["photos"].submit(job)
        return job

    def choose(self, spec: RunSpec) -> None:
        """Take other settings; what depends on them is looked at again."""
        before = self.state.spec
        if spec == before:
            return
        if spec.backbone != before.backbone:
            for name in ("inspect", "outputs", "preview", "augmented"):
                self.drop(name)
        if spec.dataset.folder != before.dataset.folder:
            self._photo = ""
            for name in ("scan", "watch", "outputs", "preview", "augmented"):
                self.drop(name)
        if spec.dataset.value_range != before.dataset.value_range:
            self._look_anew()
        self._stopped.clear()
        self.put(reducer.spec_changed(self.state, spec))
        if spec.backbone != before.backbone:
            self.look_for_weights()
        same_photos = replace(spec.dataset, value_range=before.dataset.value_range) == before.dataset
        if not same_photos and spec.dataset.folder:
            self._scan(spec.dataset)
        self._keep_up()

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
        if self.state.spec.dataset.folder and "scan" not in self._live:
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
        """What `thaw demo` does: write the sample photos, open them, train at once on the bundled backbone."""
        if "train" in self.state.jobs:
            return
        self._demo = True
        self.choose(RunSpec(DatasetSpec("")))
        self.submit("sample", self._commands.sample())

    def preview(self, path: str) -> None:
        """Look at a photo (absolute path) on its way into the network."""
        self._photo = path
        self.submit("preview", self._commands.preview(path, self.state.spec.backbone, self._ranges()))

    def look_at(self, path: str) -> None:
        """The user looks at this photo now; the Preprocess page follows when it is shown."""
        if path != self._photo:
            self._photo = path
            self.drop("preview")
            self.put(reducer.photo_chosen(self.state))
            self._keep_up()

    def look_for_weights(self) -> None:
        """Look whether the chosen backbone's weights are on this computer."""
        missing = catalogue.missing_megabytes(self.state.spec.backbone)
        if missing != self.state.to_download:
            self.put(replace(self.state, to_download=missing))

    def download(self) -> None:
        """The user wants the chosen backbone's weights: fetch them and list its layers. Also after a failed try."""
        self._stopped.discard("inspect")
        self.submit("inspect", self._commands.inspect(self.state.spec.backbone))

    def inspect(self) -> None:
        """Load the chosen backbone and list its layers. Nothing is downloaded for it."""
        if self.state.to_download is None:
            self.submit("inspect", self._commands.inspect(self.state.spec.backbone))

    def outputs(self, layer: str, photo: str) -> None:
        """Compute what a layer gives for a photo, with the newest weights of the run shown where they are its own."""
        run = selectors.run_of_weights(self.state)
        work = self._commands.outputs(self.state.spec.backbone, layer, photo, self._ranges(), run)
        self.submit("outputs", work)

    def train(self, download: bool = False) -> None:
        """Start a training with the settings as they are.

        Args:
            download: True where the user agreed that missing weights are downloaded; else that is asked first.
        """
        if selectors.obstacle(self.state):
            return
        missing, agreed = self.state.to_download, download or "inspect" in self._live
        if missing is not None and not agreed:
            self.download_wanted.emit(self.state.spec.backbone.name, missing, partial(self.train, True))
            return
        if selectors.layers_now(self.state) is None and "inspect" not in self._live:
            self.download()
        self.submit("train", self._commands.train(self.state.spec))
        self.page_wanted.emit("head")

    def train_baseline(self) -> None:
        """Choose the preset "From scratch", so that the settings shown are those of the run, and train."""
        if not selectors.obstacle(self.state):
            self.choose(presets.from_scratch(self.state.spec))
            self.train()

    def stop(self) -> None:
        """Stop the training; where there is none, whatever else is under way but the loading of torch."""
        self._demo = False
        self._stopped.update(self._live)
        names = ["train"] if "train" in self._live else [name for name in self._live if _may_stop(name)]
        for name in names:
            self._stop(name)

    def export(self, path: str, which: Which = "last") -> None:
        """Write the head of the run shown to a file: of its last epoch or its best."""
        if self.state.run is not None and not selectors.cannot_export(self.state):
            self.submit("export", self._commands.export(self.state.run.started.run, path, which))

    def look_into_cache(self) -> None:
        """What is kept of photos, and how much room it takes."""
        self.submit("cache", self._commands.cache(None, False))

    def limit_cache(self, gigabytes: float) -> None:
        """Keep the cache within so many gigabytes from now on."""
        self.submit("cache", self._commands.cache(gigabytes, False))

    def clear_cache(self) -> None:
        """Remove all that was computed once and kept."""
        self.submit("cache", self._commands.cache(None, True))

    def show_page(self, page: Station) -> None:
        """The user looks at this page; what it needs is computed now and not before."""
        self._page = page
        self._stopped.clear()
        if page == "head":
            self.runs.look_again()
        self._keep_up()

    def shut_down(self) -> None:
        """Cancel everything. `finished` comes when the threads have ended, at once where none runs."""
        self._closing = True
        self.watch.shut_down()
        self._live.clear()
        self._timer.stop()
        self._soon.stop()
        for lane in self._lanes.values():
            lane.ask_to_finish()
        self._lane_ended()

    def wait(self) -> None:
        """After `shut_down`: block until the threads have ended."""
        for lane in self._lanes.values():
            lane.finish()

    # ------------------------------------------------------------------------------------------------ work begins

    def start(self, name: str, arguments: tuple[object, ...] = ()) -> None:
        """Start the job of a command by its name, the same in `Commands` and in the table of kinds."""
        self.submit(name, getattr(self._commands, name)(*arguments))

    def submit(self, name: str, work: Work) -> None:
        """Begin a job; one of the same name that is under way is heard no more."""
        if self._closing:
            return
        self.drop(name)
        lane = self._lanes[job_kinds.kind_of(name).thread]
        job = Job(name, _after_paint(work) if name == "train" else work)
        self._live[name] = _Live(job, lane)
        self.put(reducer.job_started(self.state, name))
        ahead = lane.ahead()
        if ahead is not None:
            title = "Starting…" if ahead.name == "warm_up" else "Waiting for the step before to end"
            self.put(reducer.reduce(self.state, name, Stage("wait", title)))
        lane.submit(job)
        self._timer.start()

    def _scan(self, dataset: DatasetSpec) -> None:
        self._listed_at = time.time_ns()
        self.submit("scan", self._commands.scan(dataset))

    def _look_at_folder(self) -> None:
        """List the folder beside the photos shown, because something in it may be different."""
        if "scan" in self._live:
            return
        if self.state.dataset is not None:
            self.submit("watch", self._commands.relist(self.state.spec.dataset))
        elif states.refused(self.state):
            self.rescan()

    def drop(self, name: str) -> None:
        """Cancel a job and never hear of it again."""
        live = self._live.pop(name, None)
        if live is None:
            return
        live.job.cancel()
        live.lane.withdraw(live.job)
        self.put(reducer.reduce(self.state, name, Cancelled()))

    def _stop(self, name: str) -> None:
        live = self._live[name]
        live.job.cancel()
        if live.lane.withdraw(live.job):
            self._fold(name, Cancelled())
        elif live.given_up_at is None:
            live.given_up_at = time.monotonic() + PATIENCE_S
            self.put(reducer.job_stopping(self.state, name))

    def _keep_up(self) -> None:
        """Start what the shown page needs and does not have."""
        state, page = self.state, self._page
        if page in ("preprocess", "features") and state.preview is None and self._may("preview", "preprocess"):
            first = state.dataset.photos[0].path if state.dataset is not None and state.dataset.photos else ""
            if state.dataset is not None and first:
                self.preview(self._photo or str(Path(state.dataset.folder, first)))
        lacking = state.engine_ready and selectors.layers_now(state) is None and state.to_download is None
        if page in ("features", "head") and lacking and self._may("inspect", "features"):
            self.inspect()
        if page == "features" and state.cache is None and self._may("cache", "features"):
            self.look_into_cache()
        self._show_changes()

    def _show_changes(self) -> None:
        """Change the photo that is looked at as training will; anew when what decides on its pixels is another."""
        state = self.state
        if self._page != "preprocess" or not state.engine_ready or state.preview is None:
            return
        train = state.spec.train
        ranges = self._ranges()
        wanted = (state.preview.path, state.spec.augment, state.spec.backbone, train.seed, train.head_epochs, ranges)
        if state.spec.augment.steps and wanted != self._changes:
            self._changes = wanted
            self.submit("augmented", self._commands.augmented(state.preview.path, state.spec, ranges))

    def _ranges(self) -> ValueRanges:
        return selectors.ranges_now(self.state)

    def _look_anew(self) -> None:
        """What is under way shows photos with the black and white of before."""
        for name in ("outputs", "preview", "augmented"):
            self.drop(name)

    def _may(self, name: str, page: Station) -> bool:
        """True where a job may start by itself: it is not under way, was not stopped, and did not fail."""
        return name not in self._live and name not in self._stopped and page not in self.state.faults

    # ------------------------------------------------------------------------------------------------ events come in

    def _tick(self) -> None:
        deadline = time.monotonic() + BUDGET_S
        for name, live in list(self._live.items()):
            while live.job.mailbox and self._live.get(name) is live and time.monotonic() < deadline:
                self._fold(name, live.job.mailbox.popleft())
            if live.given_up_at is not None and time.monotonic() > live.given_up_at and self._live.get(name) is live:
                self._fold(name, Cancelled())
        self._keep_up()
        if not self._live:
            self._timer.stop()
        if self._soon.isActive():
            self._soon.stop()
            self._tell()

    def _fold(self, name: str, event: Event) -> None:
        if isinstance(event, LayerTable) and name != "inspect":
            return  # a training's network may not be the one chosen now
        self.put(reducer.reduce(self.state, name, event))
        if isinstance(event, Done | Cancelled | Failed):
            self._live.pop(name, None)
            if name in ("inspect", "train"):
                self.look_for_weights()  # they may have been downloaded
        self._go_on(name, event)

    def _go_on(self, name: str, event: Event) -> None:
        """What follows an event by itself."""
        self.runs.follow(name, event)
        match name, event:
            case "sample", Saved(path=path):
                self.open_folder(path)
            case "scan", DatasetFound(dataset=dataset) if dataset.deep is not None:
                self._look_anew()
            case "scan", DatasetFound(dataset=dataset) if self._demo and dataset.checked:
                self.train()
            case "train", Extracted() if self.state.cache is not None:
                self.look_into_cache()
            case "train", Done() if self._demo:
                self._demo = False
                self.page_wanted.emit("evaluate")
            case _, Failed() if name != "inspect":
                self._demo = False
            case "sample" | "scan" | "train", Cancelled():
                self._demo = False

    def put(self, state: AppState) -> None:
        """Take another state; whoever draws hears of it in the next turn of the event loop."""
        if state is not self.state and not self._closing:
            self.state = state
            self.watch.follow(state.dataset, self._listed_at, state.spec.dataset.targets, refused=states.refused(state))
            self._soon.start()

    def _tell(self) -> None:
        self.changed.emit(self.state)

    def _lane_ended(self) -> None:
        if self._closing and not any(lane.isRunning() for lane in self._lanes.values()):
            self.finished.emit()


def _may_stop(name: str) -> bool:
    """True where the user may stop a job."""
    return job_kinds.kind_of(name).stop != "program"


def _after_paint(work: Work) -> Work:
    """The same work, begun once the page that goes with it could be painted."""

    def later(stop: Stop) -> Events:
        time.sleep(PAINT_S)
        yield from work(stop)

    return later
