"""Fake jobs in place of the engine's: those of training and evaluation; over 300 lines, as each command has one."""

from __future__ import annotations

import threading
from collections.abc import Iterable

import numpy as np
from comparisons import compared
from epochs import class_epoch
from fake_jobs.data import (
    CLASSES,
    fake_dataset,
    fake_layers,
    fake_offers,
    fake_report,
)
from fake_jobs.data_sets import FakeDataSets
from fake_jobs.networks import FakeNetworks
from fake_jobs.runs import FakeRuns
from fake_jobs.use import FakeUse

from studio.evaluate.documents import evaluation
from studio.evaluate.documents.evaluation import RunFacts
from studio.events import (
    Dataset,
    DatasetScanned,
    DecisionStored,
    Evaluated,
    Events,
    FeaturesComputed,
    JudgedPart,
    PartPredicted,
    PredictedProbabilities,
    Progress,
    ProjectOpened,
    RunEvaluated,
    RunFollowed,
    RunOpened,
    RunReplayed,
    RunStarted,
    Saved,
    Split,
    Stage,
    Step,
    TrainingFinished,
)
from studio.events.runs import WeightsChoice
from studio.jobs.protocol import Stop, Work
from studio.runs.batches.run_queue import RunQueue
from studio.session.api import Commands, Pairs
from studio.spec import RunSpec, UserError
from studio.spec.decision import DecisionRule
from studio.spec.structs import replace

__all__ = ["CLASSES", "Fakes", "fake_dataset", "fake_layers", "fake_report"]


class Fakes(FakeDataSets, FakeNetworks, FakeRuns, FakeUse):
    """Fake commands for a window; a test sets the attributes it needs.

    Attributes:
        epochs: Number of epochs of a run; None: that of the spec.
        before: Events to wait for before an epoch.
        gate: Event that a run waits for before its first epoch.
        unresponsive: Event that a run waits for before its first epoch without checking whether it should stop.
        blocked: Set while a run waits for `unresponsive`.
        missing: Number of missing photos of an opened run.
        resumed: Resumed runs with their total number of epochs.
        queued: Numbers of runs of the terminal's queue that began.
        exported: Files of exported heads with the epoch.
        evaluate_gate: Event that an evaluation waits for.
        evaluated: Runs that were evaluated, with part and epoch.
        tables: The table of each of these evaluations.
        reports: Reports: run, the one it is compared with, split, and file.
        compare_fault: Failure of a comparison.
        project: The project that is opened; its photos are missing until their folder is given, if it says so.
        projects: Opened projects: file, folder of photos.
        saved_projects: Saved projects: file, settings, runs, the run shown.
    """

    def __init__(self) -> None:
        super().__init__()
        self.epochs: int | None = 3
        self.gate: threading.Event | None = None
        self.train_fault: BaseException | None = None
        self.before: dict[int, threading.Event] = {}
        self.unresponsive: threading.Event | None = None
        self.blocked = threading.Event()
        self.holds: list[threading.Event] = []
        self.missing = 0
        self.resumed: list[tuple[str, int | None]] = []
        self.queued: list[int] = []
        self.exported: list[tuple[str, WeightsChoice]] = []
        self.evaluate_gate: threading.Event | None = None
        self.evaluated: list[tuple[str, Split, WeightsChoice]] = []
        self.tables: list[str] = []
        self.reports: list[tuple[str, str, Split, str]] = []
        self.compare_fault: UserError | None = None
        self.project: ProjectOpened | None = None
        self.projects: list[tuple[str, str]] = []
        self.saved_projects: list[tuple[str, RunSpec, tuple[str, ...], str]] = []

    def hold(self) -> threading.Event:
        """An event for work to wait for; it is set after the test, even after one that failed."""
        self.holds.append(threading.Event())
        return self.holds[-1]

    def release(self) -> None:
        """Let all work that waits for an event of these fakes go on."""
        for event in (
            *self.holds,
            *self.before.values(),
            self.gate,
            self.unresponsive,
            self.predict_gate,
            self.export_gate,
        ):
            if event is not None:
                event.set()

    def warm_up(self) -> Work:
        return self._work("warm_up", self._warm_up)

    def train(self, spec: RunSpec) -> Work:
        return self._work("train", self._train, spec)

    def train_queued(self, number: int, spec: RunSpec) -> Work:
        self.queued.append(number)
        return self._work("train", self._train_queued, spec)

    def _train_queued(self, stop: Stop, spec: RunSpec) -> Events:
        with RunQueue().running_here():
            yield from self._train(stop, spec)

    def export(self, run: str, out: str, which: WeightsChoice = "last") -> Work:
        self.exported.append((out, which))
        return self._work("export", self._export, out)

    def compare(self, a: str, b: str, part: Split) -> Work:
        return self._work("compare", self._compare, a, b, part)

    def report(
        self, run: str, other: str, part: Split, weights: WeightsChoice | None, out: str, with_photos: bool = True
    ) -> Work:
        self.reports.append((run, other, part, out if with_photos else f"{out} without photos"))
        return self._work("report", self._report, out)

    def open_run(self, run: str) -> Work:
        return self._work("open_run", self._open_run, run)

    def resume(self, run: str, epochs: int | None) -> Work:
        self.resumed.append((run, epochs))
        return self._work("resume", self._resume, run, epochs)

    def open_project(self, file: str, data: str) -> Work:
        self.projects.append((file, data))
        return self._work("open_project", self._open_project, file, data)

    def save_project(self, file: str, spec: RunSpec, runs: tuple[str, ...], shown: str) -> Work:
        self.saved_projects.append((file, spec, runs, shown))
        return self._work("save_project", self._save_project, file)

    def follow_run(self, run: str) -> Work:
        return self._work("follow_run", self._follow_run, run)

    def replay(self, run: str) -> Work:
        return self._work("replay", self._replay, run)

    def decide(self, run: str, rule: DecisionRule | None) -> Work:
        return self._work("decide", self._decide, run, rule)

    def evaluate(self, run: str, part: Split, weights: WeightsChoice, pairs: Pairs, table: str = "") -> Work:
        self.evaluated.append((run, part, weights))
        self.tables.append(table)
        return self._work("evaluate", self._evaluate, run, part, weights)

    def commands(self) -> Commands:
        """The fakes as the commands of a window."""
        return Commands(
            warm_up=self.warm_up,
            scan=self.scan,
            relist=self.relist,
            photo_map=self.photo_map,
            sample=self.sample,
            preview=self.preview,
            augmented=self.augmented,
            inspect=self.inspect,
            outputs=self.outputs,
            heatmap=self.heatmap,
            output_drift=self.output_drift,
            shapes=self.shapes,
            layer_times=self.layer_times,
            advise_cut=self.advise_cut,
            advise_backbone=self.advise_backbone,
            advise_rates=self.advise_rates,
            forecast=self.forecast,
            train=self.train,
            export=self.export,
            predict_given=self.predict_given,
            watch_camera=self.watch_camera,
            label_given=self.label_given,
            trace_given=self.trace_given,
            export_models=self.export_models,
            find_exports=self.find_exports,
            model_offers=fake_offers,
            write_given=self.write_given,
            unsort=self.unsort,
            decide=self.decide,
            evaluate=self.evaluate,
            cache=self.cache,
            compare=self.compare,
            report=self.report,
            runs=self.runs,
            describe=self.describe,
            discard=self.discard,
            restore=self.restore,
            trash=self.trash,
            empty_trash=self.empty_trash,
            open_run=self.open_run,
            follow_run=self.follow_run,
            resume=self.resume,
            train_queued=self.train_queued,
            replay=self.replay,
            open_project=self.open_project,
            save_project=self.save_project,
            journal=self.journal,
            cleaned_copy=self.cleaned_copy,
        )

    def _warm_up(self, stop: Stop) -> Events:
        yield Stage("import", "Loading torch")

    def _export(self, stop: Stop, out: str) -> Events:
        yield Stage("export", "Writing the head")
        yield Saved(out, "head")

    def _open_project(self, stop: Stop, file: str, data: str) -> Events:
        assert self.project is not None
        folder = replace(self.project.spec.dataset, folder=data or self.project.spec.dataset.folder)
        missing = "" if data else self.project.missing_folder
        yield replace(self.project, file=file, spec=replace(self.project.spec, dataset=folder), missing_folder=missing)

    def _save_project(self, stop: Stop, file: str) -> Events:
        yield Saved(file, "project")

    def _replay(self, stop: Stop, run: str) -> Events:
        yield Stage("train", "Training the head")
        yield RunReplayed(run, "differs", 0.25, ("torch 2.0 then, 2.1 now.",))

    def _decide(self, stop: Stop, run: str, rule: DecisionRule | None) -> Events:
        yield DecisionStored(run, rule)

    def _compare(self, stop: Stop, a: str, b: str, part: Split) -> Events:
        yield Stage("compare", "Comparing")
        if self.compare_fault is not None:
            raise self.compare_fault
        yield compared(a, b, part)

    def _report(self, stop: Stop, out: str) -> Events:
        yield Stage("write", "Writing the report")
        yield Saved(out, "report")

    def _train(self, stop: Stop, spec: RunSpec) -> Events:
        yield Stage("weights", "Loading weights")
        if self.train_fault is not None:
            raise self.train_fault
        data = fake_dataset(spec.dataset.folder, self.photos, True, spec.dataset.val_fraction)
        yield RunStarted("/nowhere/runs/1", spec, "cpu", "features", (1280,), 2562, 3_400_000, ("stem",))
        yield DatasetScanned(data)
        yield Stage("extract", "Computing features")
        yield Progress("extract", self.photos, self.photos, rate=96.0, seconds_left=0.0)
        yield FeaturesComputed(self.photos, 0, 0.4)
        yield Stage("train", "Training")
        while self.gate is not None and not self.gate.wait(0.01):
            yield Progress("train", 0, 3, "epochs")
        if self.unresponsive is not None:
            self.blocked.set()
            self.unresponsive.wait()
            self.blocked.clear()
        yield from self._epochs(spec, data, range(1, (self.epochs or spec.train.epochs) + 1))
        yield TrainingFinished("/nowhere/runs/1", True, (), {"total": 1.0})

    def _epochs(self, spec: RunSpec, data: Dataset, numbers: Iterable[int]) -> Events:
        held = np.array([row for row, photo in enumerate(data.photos) if photo.split == "val"], np.int64)
        for epoch in numbers:
            if epoch in self.before:
                self.before[epoch].wait()
            yield Step(float(epoch), 0.7 / epoch)
            yield class_epoch(epoch, 0.7 / epoch, 1 - 0.3 / epoch, 0.8 / epoch, 1 - 0.4 / epoch, 0.02)
            sure = np.float32(0.6 + 0.3 * (1 - 1 / epoch))
            labels = np.array([data.photos[row].label for row in held])
            table = np.where(labels[:, None] == np.arange(len(CLASSES)), sure, 1 - sure).astype(np.float32)
            yield PredictedProbabilities(epoch, held, table)
            yield Evaluated(epoch, fake_report())
            yield Progress("train", epoch, spec.train.epochs, "epochs", 40.0, 0.2)

    def _open_run(self, stop: Stop, run: str) -> Events:
        stored = next(one for one in self.past if one.path == run)
        data = fake_dataset(stored.spec.dataset.folder, self.photos)
        yield self._begun(run, stored.spec, 0)
        yield DatasetScanned(data)
        yield from self._epochs(stored.spec, data, range(1, stored.epochs + 1))
        if stored.state == "done":
            yield TrainingFinished(run, True, (), {"total": 1.0})
        yield RunOpened(stored, self.missing)

    def _follow_run(self, stop: Stop, run: str) -> Events:
        stored = next(one for one in self.past if one.path == run)
        data = fake_dataset(stored.spec.dataset.folder, self.photos)
        epochs = self._epochs(stored.spec, data, range(1, stored.epochs + 1))
        yield RunFollowed(stored, (DatasetScanned(data), *epochs))

    def _resume(self, stop: Stop, run: str, epochs: int | None) -> Events:
        stored = next(one for one in self.past if one.path == run)
        spec = replace(stored.spec, train=replace(stored.spec.train, epochs=epochs or stored.spec.train.epochs))
        data = fake_dataset(spec.dataset.folder, self.photos)
        yield self._begun(run, spec, stored.epochs)
        yield DatasetScanned(data)
        yield from self._epochs(spec, data, range(1, spec.train.epochs + 1))
        yield TrainingFinished(run, True, (), {"total": 1.0})

    def _evaluate(self, stop: Stop, run: str, part: Split, weights: WeightsChoice) -> Events:
        yield Stage("evaluate", "Evaluating")
        while self.evaluate_gate is not None and not self.evaluate_gate.wait(0.01):
            yield Progress("evaluate", 3, 10)
        truth = np.array([0, 0, 1, 1], np.int64)
        shares = np.array([[0.9, 0.1], [0.3, 0.7], [0.2, 0.8], [0.1, 0.9]], np.float32)
        paths = tuple(f"{CLASSES[label]}/{part}{number}.jpg" for number, label in enumerate(truth))
        judged = JudgedPart(part, 3, "/nowhere/photos", paths, ("",) * 4, truth, shares)
        yield PartPredicted(run, weights, CLASSES, "", judged)
        document = evaluation.classification(judged, RunFacts(CLASSES))
        yield RunEvaluated({"run": run, "part": part, **document}, weights)

    def _begun(self, run: str, spec: RunSpec, resumed: int) -> RunStarted:
        return RunStarted(run, spec, "cpu", "features", (1280,), 2562, 3_400_000, ("stem",), resumed=resumed)
