"""What is known of a run so far, and the files that say it.

`run.json` is replaced whole whenever something happened: at the start, at every epoch and checkpoint, at the end. That
takes a millisecond or two, because every part of it is put into words once, when it changes. The judgment (report,
confusion matrix, `predictions.csv`) can be large; it is written down no more often than a twentieth of the time
allows, and always at the end. So a killed run says how far it came.
"""

from __future__ import annotations

import contextlib
import csv
import datetime
import importlib.metadata
import json
import platform
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from studio.evaluate.best_epoch import best_epoch, criterion, result_epoch
from studio.events import (
    Checkpoint,
    Dataset,
    DatasetFound,
    Epoch,
    Event,
    Extracted,
    Judged,
    JudgedNumbers,
    LayersMoved,
    Predicted,
    PredictedNumbers,
    RangesFound,
    RunStarted,
    Trained,
    ViewsMade,
    Warned,
)
from studio.runs import value_ranges
from studio.runs.end_note import EndNote
from studio.runs.layer_changes import summed
from studio.spec import Result, UserError
from studio.spec.serialization import to_json
from studio.system import atomic_files

VERSION = 1
"""Of the record's form. Raised when a field changes its meaning; readers refuse what is newer than they are."""

RUN, METRICS, PREDICTIONS = "run.json", "metrics.jsonl", "predictions.csv"

PACKAGES = (
    "thaw-studio", "torch", "torchvision", "timm", "numpy", "pillow", "tifffile", "imagecodecs", "scikit-learn",
    "safetensors",
)  # fmt: skip

SHARE = 0.05
"""Of the time of a run that may go into writing down judgments before its end."""


class Record:
    """The record of one run in its folder; `take` each event, then `end`."""

    def __init__(self, run: Path, past: dict[str, Any] | None = None) -> None:
        """Begin.

        Args:
            run: The folder.
            past: The record so far, where a run goes on.
        """
        self._run = run
        self._past = past
        self._end_note = EndNote(run)
        self._data: dict[str, Any] = {}
        self._words: dict[str, tuple[Any, str]] = {}
        self._told: list[Epoch] = []
        self._lines: list[str] = []
        self._resumed = 0
        self._result: Result = "last"
        self._dataset: Dataset | None = None
        self._coming: Predicted | PredictedNumbers | None = None
        self._judged: Judged | JudgedNumbers | None = None
        self._unwritten: Predicted | PredictedNumbers | None = None
        self._judgment: Judged | JudgedNumbers | None = None
        self._judge_again_at: float | None = None

    @property
    def started(self) -> bool:
        """True once there is a folder with a record."""
        return bool(self._data)

    def take(self, event: Event) -> None:
        """Keep what an event says.

        Raises:
            OSError: The folder is gone or cannot be written.
        """
        match event:
            case RunStarted():
                self._begin(event)
            case Predicted() | PredictedNumbers():
                self._coming = event
            case Judged() | JudgedNumbers():
                self._judged = event
            case Epoch():
                self._finished(event)
            case _ if self._data:
                self._note(event)

    def end(self, status: str, failed: dict[str, str] | None = None) -> bool:
        """Write down how the run ended; nothing where it never began.

        Returns:
            False where that could not be written down anywhere.

        Raises:
            OSError: It is done, but the folder is gone or cannot be written: so it failed.
        """
        if not self._data:
            return True
        self._data["status"] = status
        self._data["ended"] = now()
        if failed is not None:
            self._data["failure"] = failed
        try:
            self._write_judgment()
            self._write(now=True)
            atomic_files.fsync_all(self._run / METRICS, self._run / PREDICTIONS)
        except OSError:
            if status == "done":
                raise
            written = self._end_note.write(status, self._data["ended"], failed)
            self._end_note.close()
            return written
        self._end_note.remove()
        return True

    def _note(self, event: Event) -> None:
        match event:
            case DatasetFound():
                self._found(event.dataset)
            case RangesFound():
                self._data[value_ranges.KEY] = asdict(event.ranges)
                self._write()
            case Extracted():
                self._data["features"] = asdict(event)
            case ViewsMade():
                self._data["views"] = asdict(event)
            case Warned():
                self._data["warnings"] = [*self._data["warnings"], asdict(event)]
            case LayersMoved():
                self._data["layers"] = [asdict(layer) for layer in event.layers]
                self._data["layers_epoch"] = event.epoch
                found = summed(event.layers, self._data["batch_norm"] == "update")
                self._data["proof"] = {"layers": found.layers, "unchanged": found.unchanged}
            case Checkpoint():
                self._data["checkpoint"] = {"epoch": event.epoch, "written": now()}
                self._write()
            case Trained():
                self._adopt()
                self._data["frozen_unchanged"] = event.frozen_unchanged
                self._data["changed_layers"] = list(event.changed_layers)
                self._data["seconds"] = event.seconds
                self._data["best_epoch"] = event.best_epoch or self._data["best_epoch"]
                self._data["stopped_early"] = event.stopped_early
            case _:
                pass

    def _begin(self, event: RunStarted) -> None:
        self._resumed = event.resumed
        if self._past is None:
            self._run.mkdir(parents=True, exist_ok=True)
            try:
                (self._run / METRICS).open("x").close()
            except FileExistsError as error:  # two runs begun in the same second
                raise UserError(
                    f"Another run writes to {self._run}.", "Start again, or give a folder of its own.", self._run
                ) from error
        self._result = event.spec.train.result
        self._end_note.reserve()
        self._data = _first(event) | _kept(self._past) | {"resumed_behind": event.resumed}
        self._write()

    def _found(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._data["target"] = dataset.target
        self._data["classes"] = list(dataset.classes)
        self._data["counts"] = {
            split: dict(zip(dataset.classes, row, strict=True)) for split, row in dataset.counts().items()
        }
        self._data["skipped"] = [asdict(skipped) for skipped in dataset.skipped]
        self._data["split_found"] = dataset.split_found
        self._write()

    def _finished(self, epoch: Epoch) -> None:
        """An epoch is over: its numbers, its judgment and its predictions count together or not at all.

        Where a run goes on, its past epochs are told again; what is on disk is replaced once all of them are there.
        """
        if not self._data:
            return
        self._told.append(epoch)
        self._lines.append(json.dumps(asdict(epoch)))
        self._adopt()
        if len(self._told) < self._resumed:
            return
        best = best_epoch(self._told, self._result)
        result = result_epoch(self._told, self._result) or epoch
        self._data["val_accuracy"] = result.val_accuracy if result.val_mae is None else None
        self._data["val_mae"] = result.val_mae
        self._data["best_epoch"] = best.epoch if best is not None else 0
        self._data["result_epoch"] = result.epoch
        self._data["criterion"] = criterion(self._result, epoch.val_mae is not None)
        if self._past is not None and len(self._told) <= max(1, self._resumed):
            atomic_files.write_text(self._run / METRICS, "".join(f"{line}\n" for line in self._lines))
        else:
            with (self._run / METRICS).open("a", encoding="utf-8") as out:
                out.write(self._lines[-1] + "\n")
        if self._judge_again_at is None:
            self._judge_again_at = time.perf_counter() + _cost(self._unwritten) / SHARE
        if time.perf_counter() >= self._judge_again_at:
            self._write_judgment()
        self._write()

    def _adopt(self) -> None:
        """Predictions and their judgment count from the end of an epoch on, which may be a later one than theirs."""
        if self._coming is not None:
            self._unwritten, self._judgment = self._coming, self._judged
            self._coming = None

    # ------------------------------------------------------------------------------------------------ files

    def _write(self, now: bool = False) -> None:
        """The whole record; `now` waits until it is safe on the disk."""
        parts = []
        for name, value in self._data.items():
            if name == "epochs" and len(self._told) >= max(1, self._resumed):
                rows = ",\n  ".join(self._lines)
                parts.append(f' "epochs": [\n  {rows}\n ]')
            else:
                parts.append(f" {json.dumps(name)}: {self._in_words(name, value)}")
        with atomic_files.atomic_write_lazy_sync(self._run / RUN, now) as beside:
            beside.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")

    def _in_words(self, name: str, value: Any) -> str:
        """The JSON of one part; made anew only where another object stands there."""
        known = self._words.get(name)
        if known is None or known[0] is not value:
            known = (value, json.dumps(value, ensure_ascii=False))
            self._words[name] = known
        return known[1]

    def _write_judgment(self) -> None:
        """Report, confusion matrix and predictions of one and the same epoch."""
        predicted, judged, dataset = self._unwritten, self._judgment, self._dataset
        if predicted is None or dataset is None:
            return
        began = time.perf_counter()
        if judged is not None and judged.epoch == predicted.epoch:
            report = asdict(judged.report)
            if isinstance(judged, Judged):
                self._data["confusion"] = report.pop("confusion").tolist()
            self._data["report"] = report
            self._data["judged_epoch"] = judged.epoch
        with (
            atomic_files.atomic_write(self._run / PREDICTIONS) as beside,
            beside.open("w", newline="", encoding="utf-8") as out,
        ):
            csv.writer(out).writerows(_rows(predicted, dataset))
        self._unwritten = None
        ended = time.perf_counter()
        self._judge_again_at = ended + (ended - began) / SHARE


def _cost(predicted: Predicted | PredictedNumbers | None) -> float:
    """Seconds that predictions may take to write: about a microsecond a number."""
    if predicted is None:
        return 0.0
    return 1e-6 * (predicted.numbers if isinstance(predicted, PredictedNumbers) else predicted.probabilities).size


def _rows(predicted: Predicted | PredictedNumbers, dataset: Dataset) -> Iterable[list[str]]:
    if isinstance(predicted, PredictedNumbers):
        yield ["path", "true", "predicted"]
        for index, number in zip(predicted.photos.tolist(), predicted.numbers.tolist(), strict=True):
            photo = dataset.photos[index]
            yield [photo.path, f"{photo.target:.9g}", f"{number:.9g}"]
        return
    yield ["path", "true", "predicted", *(f"p({name})" for name in dataset.classes)]
    likeliest = predicted.probabilities.argmax(1).tolist()
    for index, best, row in zip(predicted.photos.tolist(), likeliest, predicted.probabilities.tolist(), strict=True):
        photo = dataset.photos[index]
        yield [photo.path, dataset.classes[photo.label], dataset.classes[best], *(f"{p:.6g}" for p in row)]


def _first(event: RunStarted) -> dict[str, Any]:
    """A record at its start."""
    return {
        "version": VERSION,
        "run": event.run,
        "status": "running",
        "started": now(),
        "resumed": [],
        "spec": to_json(event.spec),
        "backbone": event.spec.backbone.name,
        "batch_norm": event.spec.freeze.batch_norm,
        "cut": event.cut,
        "device": event.device,
        "precision": event.precision,
        "differences": list(event.differences),
        "feature_shape": list(event.feature_shape),
        "trainable_parameters": event.trainable_parameters,
        "total_parameters": event.total_parameters,
        "frozen_layers": list(event.frozen_layers),
        "weights_hash": event.weights_hash,
        "preprocess": asdict(event.preprocess),
        value_ranges.KEY: asdict(event.ranges),
        "target": "",
        "classes": [],
        "counts": {},
        "skipped": [],
        "warnings": [],
        "epochs": [],
        "best_epoch": 0,
        "result_epoch": 0,
        "criterion": "",
        "stopped_early": False,
        "checkpoint": None,
        "val_accuracy": None,
        "val_mae": None,
        "confusion": None,
        "layers": [],
        "frozen_unchanged": None,
        "seconds": {},
        "versions": _versions(),
    }


KEPT = (
    "started", "resumed", "epochs", "best_epoch", "result_epoch", "criterion", "checkpoint", "val_accuracy", "val_mae",
    "report", "confusion", "judged_epoch", "layers", "layers_epoch",
)  # fmt: skip
"""What a run that goes on takes over from its past, until it says otherwise."""


def _kept(past: dict[str, Any] | None) -> dict[str, Any]:
    if past is None:
        return {}
    before = past.get("resumed")
    return {name: past[name] for name in KEPT if name in past} | {
        "resumed": [*(before if isinstance(before, list) else []), now()]
    }


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "system": platform.platform(terse=True)}
    for name in PACKAGES:
        found[name] = "not installed"
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def now() -> str:
    """The time as a record writes it."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
