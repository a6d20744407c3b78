"""Fake jobs in place of the engine's: small generators with fixed events.

The file has over 300 lines because one class has every command of a window.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from comparisons import compared
from epochs import class_epoch
from fake_jobs.data import (
    CLASSES,
    fake_advice,
    fake_dataset,
    fake_forecast,
    fake_layers,
    fake_rates,
    fake_report,
    fake_shapes,
)
from fake_jobs.runs import FakeRuns

from studio.catalog import catalog
from studio.evaluate.documents import evaluation
from studio.evaluate.documents.evaluation import RunFacts
from studio.events import (
    AugmentedViews,
    CacheContents,
    ClassHeatmap,
    Dataset,
    DatasetScanned,
    DecisionStored,
    DeepPhotos,
    Evaluated,
    Events,
    FeaturesComputed,
    JournalRead,
    JudgedPart,
    LayerOutput,
    LayerTimes,
    OutputDrift,
    PartPredicted,
    PhotosMapped,
    PredictedProbabilities,
    Preview,
    Progress,
    RunEvaluated,
    RunOpened,
    RunStarted,
    Saved,
    Split,
    Stage,
    Step,
    StoredFeatures,
    TrainingFinished,
    ValueRanges,
)
from studio.events.photos.photo_map import LabelSuspect
from studio.events.runs import WeightsChoice
from studio.jobs.protocol import Stop, Work
from studio.session.api import Commands, Pairs
from studio.spec import BackboneSpec, DatasetSpec, RunSpec, UserError
from studio.spec.decision import DecisionRule
from studio.spec.journal import JournalRequest
from studio.spec.structs import replace

__all__ = ["CLASSES", "Fakes", "fake_dataset", "fake_layers", "fake_report"]


class Fakes(FakeRuns):
    """Fake commands for a window; a test sets the attributes it needs.

    Attributes:
        epochs: Number of epochs of a training; None: that of the spec.
        before: Events to wait for before an epoch.
        gate: Event that a training waits for before its first epoch.
        deaf: Event that a training waits for before its first epoch without checking whether it should stop.
        not_hearing: Set while a training waits for `deaf`.
        gone: Number of missing photos of an opened run.
        resumed: Resumed runs with their total number of epochs.
        asked: Changes of the journal.
        exported: Files of exported heads with the epoch.
        evaluate_gate: Event that an evaluation waits for.
        evaluated: Runs that were evaluated, with part and epoch.
        tables: The table of each of these evaluations.
        reports: Reports: run, the one it is compared with, split, and file.
        compare_fault: Failure of a comparison.
        deep: Photos of more than 8 bits of a checked folder.
        ranges: Value ranges of the photo previewed last.
    """

    def __init__(self) -> None:
        super().__init__()
        self.epochs: int | None = 3
        self.photos = 40
        self.deep: DeepPhotos | None = None
        self.ranges = ValueRanges()
        self.gate: threading.Event | None = None
        self.scan_fault: UserError | None = None
        self.train_fault: BaseException | None = None
        self.before: dict[int, threading.Event] = {}
        self.deaf: threading.Event | None = None
        self.not_hearing = threading.Event()
        self.holds: list[threading.Event] = []
        self.gone = 0
        self.cached: list[tuple[float | None, bool]] = []
        self.limit_gb = 20.0
        self.stores = (StoredFeatures("aa", "tf_efficientnet_lite0", "features", 398, 2_050_000, 1.7e9),)
        self.resumed: list[tuple[str, int | None]] = []
        self.asked: list[JournalRequest] = []
        self.exported: list[tuple[str, WeightsChoice]] = []
        self.evaluate_gate: threading.Event | None = None
        self.evaluated: list[tuple[str, Split, WeightsChoice]] = []
        self.tables: list[str] = []
        self.reports: list[tuple[str, str, Split, str]] = []
        self.compare_fault: UserError | None = None

    def hold(self) -> threading.Event:
        """An event for work to wait for; it is set after the test, even after one that failed."""
        self.holds.append(threading.Event())
        return self.holds[-1]

    def release(self) -> None:
        """Let all work that waits for an event of these fakes go on."""
        for event in (*self.holds, *self.before.values(), self.gate, self.deaf):
            if event is not None:
                event.set()

    def warm_up(self) -> Work:
        return self._work("warm_up", self._warm_up)

    def scan(self, spec: DatasetSpec) -> Work:
        return self._work("scan", self._scan, spec)

    def relist(self, spec: DatasetSpec) -> Work:
        return self._work("relist", self._relist, spec)

    def photo_map(self, spec: DatasetSpec, backbone: BackboneSpec, only_stored: bool) -> Work:
        return self._work("photo_map", self._photo_map, spec, backbone, only_stored)

    def sample(self) -> Work:
        return self._work("sample", self._sample)

    def preview(self, photo: str, spec: BackboneSpec, ranges: ValueRanges) -> Work:
        self.ranges = ranges
        return self._work("preview", self._preview, photo, spec)

    def augmented(self, photo: str, spec: RunSpec, ranges: ValueRanges) -> Work:
        return self._work("augmented", self._augmented, photo, spec)

    def inspect(self, spec: BackboneSpec) -> Work:
        return self._work("inspect", self._inspect, spec)

    def shapes(self, spec: BackboneSpec) -> Work:
        return self._work("shapes", self._shapes, spec)

    def outputs(
        self, spec: BackboneSpec, layer: str, photo: str, ranges: ValueRanges, run: str, weights: str = "run"
    ) -> Work:
        return self._work("outputs", self._outputs, layer, photo, run, weights)

    def heatmap(self, run: str, photo: str, name: str, layer: str, which: str) -> Work:
        return self._work("heatmap", self._heatmap, run, photo, name, layer)

    def _heatmap(self, stop: Stop, run: str, photo: str, name: str, layer: str) -> Events:
        heat = np.linspace(0, 1, 49, dtype=np.float32).reshape(7, 7)
        pixels = np.full((32, 32, 3), 90, np.uint8)
        yield ClassHeatmap(
            photo, layer or "blocks", name or "ants", 1.5, 0.8, heat, pixels, 0.02, 1, run, (name, layer)
        )

    def output_drift(self, spec: BackboneSpec, run: str, photo: str, ranges: ValueRanges) -> Work:
        return self._work("output_drift", self._output_drift, run, photo)

    def _output_drift(self, stop: Stop, run: str, photo: str) -> Events:
        yield OutputDrift(run, photo, "after epoch 1", {"stem": 0.0, "blocks": 0.25}, 0.02)

    def train(self, spec: RunSpec) -> Work:
        return self._work("train", self._train, spec)

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

    def decide(self, run: str, rule: DecisionRule | None) -> Work:
        return self._work("decide", self._decide, run, rule)

    def evaluate(self, run: str, part: Split, weights: WeightsChoice, pairs: Pairs, table: str = "") -> Work:
        self.evaluated.append((run, part, weights))
        self.tables.append(table)
        return self._work("evaluate", self._evaluate, run, part, weights)

    def cache(self, limit_gb: float | None, clear: bool) -> Work:
        self.cached.append((limit_gb, clear))
        return lambda stop: self._cache(limit_gb, clear)

    def journal(self, spec: DatasetSpec, asked: JournalRequest) -> Work:
        if asked != JournalRequest():
            self.asked.append(asked)
        return lambda stop: self._journal(spec, asked)

    def cleaned_copy(self, spec: DatasetSpec, out: str, links: bool) -> Work:
        return self._work("cleaned_copy", self._cleaned_copy, out)

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
            advise_rates=self.advise_rates,
            forecast=self.forecast,
            train=self.train,
            export=self.export,
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
            resume=self.resume,
            journal=self.journal,
            cleaned_copy=self.cleaned_copy,
        )

    def _warm_up(self, stop: Stop) -> Events:
        yield Stage("import", "Loading torch")

    def _scan(self, stop: Stop, spec: DatasetSpec) -> Events:
        yield Stage("scan", "Listing photos")
        if self.scan_fault is not None:
            raise self.scan_fault
        yield DatasetScanned(fake_dataset(spec.folder, self.photos, False, spec.val_fraction))
        yield Stage("check", "Checking photos")
        yield Progress("check", self.photos, self.photos)
        yield DatasetScanned(replace(fake_dataset(spec.folder, self.photos, True, spec.val_fraction), deep=self.deep))

    def _relist(self, stop: Stop, spec: DatasetSpec) -> Events:
        yield Stage("scan", "Listing photos")
        yield DatasetScanned(fake_dataset(spec.folder, self.photos, False, spec.val_fraction))

    def _export(self, stop: Stop, out: str) -> Events:
        yield Stage("export", "Writing the head")
        yield Saved(out, "head")

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

    def _journal(self, spec: DatasetSpec, asked: JournalRequest) -> Events:
        number = len(self.asked)
        yield JournalRead(
            spec.folder, "/nowhere/journal.jsonl", undoable=number, undo="exclude 1 photo" if number else ""
        )

    def _cleaned_copy(self, stop: Stop, out: str) -> Events:
        yield Stage("copy", "Copying photos")
        yield Saved(out, "copy")

    def _photo_map(self, stop: Stop, spec: DatasetSpec, backbone: BackboneSpec, only_stored: bool) -> Events:
        if only_stored:
            return
        yield Stage("pca", "Placing photos")
        paths = tuple(photo.path for photo in fake_dataset(spec.folder, self.photos).photos)
        places = np.stack([np.arange(len(paths)), np.arange(len(paths)) % 7], axis=1).astype(np.float32)
        near = (np.arange(len(paths))[:, None] + np.arange(1, 4)) % len(paths)
        suspect = LabelSuspect(paths[0], "a", "b", 9, 10)
        yield PhotosMapped(spec.folder, backbone, paths, 1280, places)
        yield PhotosMapped(
            spec.folder, backbone, paths, 1280, places, "tsne", 750, True, 0.0, near.astype(np.int32), (suspect,)
        )

    def _sample(self, stop: Stop) -> Events:
        yield Stage("sample", "Writing the sample photos")
        yield Saved(str(Path("/nowhere/sample").absolute()), "sample")

    def _augmented(self, stop: Stop, photo: str, spec: RunSpec) -> Events:
        views = np.zeros((spec.augment.views or 8, 24, 24, 3), np.uint8)
        yield AugmentedViews(photo, np.zeros((24, 24, 3), np.uint8), views, spec.augment, 0.001)

    def _preview(self, stop: Stop, photo: str, spec: BackboneSpec) -> Events:
        picture = np.zeros((60, 80, 3), np.uint8)
        steps = catalog.preprocess_for(spec)
        framed = np.zeros((*steps.size, 3), np.uint8)
        yield Preview(photo, picture, (800, 600), framed, framed, -2.1, 2.6, ("Decode.", "Cut."), steps)

    def _inspect(self, stop: Stop, spec: BackboneSpec) -> Events:
        yield Stage("layers", "Measuring layers")
        yield fake_layers(spec.name)

    def layer_times(self, spec: BackboneSpec, batch: int) -> Work:
        return self._work("layer_times", self._layer_times, spec, batch)

    def _layer_times(self, stop: Stop, spec: BackboneSpec, batch: int) -> Events:
        yield LayerTimes(spec.name, (224, 224), batch, 3, {"stem": 0.002, "blocks": 0.006}, 0.008)

    def advise_cut(self, spec: RunSpec) -> Work:
        return self._work("advise_cut", self._advise_cut, spec)

    def _advise_cut(self, stop: Stop, spec: RunSpec) -> Events:
        yield fake_advice(spec)

    def forecast(self, spec: RunSpec, measure: bool) -> Work:
        return self._work("forecast", self._forecast, spec, measure)

    def _forecast(self, stop: Stop, spec: RunSpec, measure: bool) -> Events:
        yield fake_forecast(spec, measure)

    def advise_rates(self, spec: RunSpec) -> Work:
        return self._work("advise_rates", self._advise_rates, spec)

    def _advise_rates(self, stop: Stop, spec: RunSpec) -> Events:
        yield fake_rates(spec)

    def _shapes(self, stop: Stop, spec: BackboneSpec) -> Events:
        yield fake_shapes(spec)

    def _cache(self, limit_gb: float | None, clear: bool) -> Events:
        yield Stage("cache", "Reading the cache")
        if limit_gb == 13:
            raise UserError("No such size.", "Take another.")
        self.limit_gb = limit_gb if limit_gb is not None else self.limit_gb
        self.stores = () if clear else self.stores
        size = sum(store.bytes for store in self.stores)
        yield CacheContents("/nowhere/cache", size, int(self.limit_gb * 1e9), self.stores)

    def _outputs(self, stop: Stop, layer: str, photo: str, run: str, weights: str = "run") -> Events:
        maps = np.linspace(0, 1, 4 * 7 * 7, dtype=np.float32).reshape(4, 7, 7)
        yield LayerOutput(layer, photo, (4, 7, 7), maps, (0, 1, 2, 3), 0.01, run, "after epoch 1" if run else "")

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
        if self.deaf is not None:
            self.not_hearing.set()
            self.deaf.wait()
            self.not_hearing.clear()
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
        yield RunOpened(stored, self.gone)

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
