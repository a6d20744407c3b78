"""The record of a run: a folder that says everything that was asked for and everything that came of it.

`recorded` listens to the events of a training and passes them on. `run.json` is replaced whole whenever the run changes
its state, `metrics.jsonl` grows by a line an epoch, `predictions.csv` holds the validation photos. A run that fails or
is stopped says so and keeps what it had.
"""

from __future__ import annotations

import csv
import datetime
import importlib.metadata
import json
import platform
import tempfile
from collections.abc import Generator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from studio import files, places
from studio.events import (
    Cancelled,
    Dataset,
    DatasetFound,
    Epoch,
    Event,
    Events,
    Extracted,
    Judged,
    Predicted,
    RunStarted,
    Saved,
    Trained,
    Warned,
)
from studio.spec import Fault, RunSpec
from studio.spec_json import to_json
from studio.workbench.jobs import failure

RUN, METRICS, PREDICTIONS = "run.json", "metrics.jsonl", "predictions.csv"

PACKAGES = ("thaw-studio", "torch", "torchvision", "timm", "numpy", "pillow", "scikit-learn", "safetensors")


def new_folder(spec: RunSpec, now: datetime.datetime | None = None) -> Path:
    """A folder for a run that was not given one: time and backbone, made unique; not created yet."""
    stamp = (now or datetime.datetime.now()).strftime("%Y-%m-%d_%H-%M-%S")
    name = f"{stamp}_{spec.backbone.name.replace('/', '_')}"
    folder = places.runs_folder() / name
    number = 2
    while folder.exists():
        folder = places.runs_folder() / f"{name}_{number}"
        number += 1
    return folder


def require_free(run: Path) -> None:
    """Make sure that a run may be written to `run`; leaves nothing behind that was not there.

    Raises:
        Fault: It holds something already, or cannot be written.
    """
    if run.exists() and not run.is_dir():
        raise Fault(f"{run} is a file, not a folder.", "Give another folder for the run.")
    if run.is_dir() and any(run.iterdir()):
        raise Fault(f"{run} is not empty.", "Give a new folder for the run, so that nothing is overwritten.")
    existing = next(parent for parent in (run, *run.parents) if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        raise Fault(
            f"The run cannot be written to {run} ({error.strerror or error}).", "Give a folder that you may write to."
        ) from error


def recorded(events: Events, run: Path) -> Generator[Event, None, None]:
    """Pass on the events of a training and keep its record in `run`.

    The folder is made when the run starts; a mistake found before that leaves nothing behind.
    """
    require_free(run)
    record = _Record(run)
    try:
        for event in events:
            record.take(event)
            yield event
    except BaseException as error:
        if isinstance(error, GeneratorExit):
            record.end("cancelled")
        else:
            why = failure(error)
            if isinstance(why, Cancelled):
                record.end("cancelled")
            else:
                record.end("failed", {"title": why.title, "hint": why.hint, "traceback": why.traceback})
        raise
    finally:
        close = getattr(events, "close", None)
        if close is not None:
            close()
    record.end("done")
    if record.started:
        yield Saved(str(run), "run")


def read(run: Path) -> dict[str, Any]:
    """The record of a run.

    Raises:
        Fault: There is none, or it cannot be read.
    """
    file = run / RUN if run.is_dir() else run
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(data, dict) or "spec" not in data:
            raise ValueError("no spec in it")
    except FileNotFoundError as error:
        raise Fault(f"There is no run in {run}.", "Give the folder that “thaw train” named.") from error
    except (OSError, ValueError) as error:
        raise Fault(f"{file} cannot be read as a run ({error}).", "Choose another run.") from error
    return data


class _Record:
    """What is known of the run so far, and its files."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._data: dict[str, Any] = {}
        self._dataset: Dataset | None = None
        self._coming: Predicted | None = None
        self._judged: Judged | None = None
        self._predicted: Predicted | None = None

    @property
    def started(self) -> bool:
        return bool(self._data)

    def take(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._begin(event)
            case DatasetFound() if self._data:
                self._found(event.dataset)
            case Extracted():
                self._data["features"] = asdict(event)
            case Predicted():
                self._coming = event
            case Judged():
                self._judged = event
            case Epoch():
                self._finished(event)
            case Warned() if self._data:
                self._data["warnings"].append(asdict(event))
            case Trained():
                self._data["frozen_unchanged"] = event.frozen_unchanged
                self._data["changed_layers"] = list(event.changed_layers)
                self._data["seconds"] = event.seconds
            case _:
                pass

    def end(self, status: str, failed: dict[str, str] | None = None) -> None:
        """Write down how the run ended; nothing where it never began."""
        if not self._data:
            return
        self._data["status"] = status
        self._data["ended"] = _now()
        if failed is not None:
            self._data["failure"] = failed
        self._write_predictions()
        self._write()

    def _begin(self, event: RunStarted) -> None:
        self._run.mkdir(parents=True, exist_ok=True)
        try:
            (self._run / METRICS).open("x").close()
        except FileExistsError as error:  # two runs begun in the same second
            raise Fault(f"Another run writes to {self._run}.", "Start again, or give a folder of its own.") from error
        self._data = {
            "version": 1,
            "run": event.run,
            "status": "running",
            "started": _now(),
            "spec": to_json(event.spec),
            "backbone": event.spec.backbone.name,
            "cut": event.cut,
            "device": event.device,
            "feature_shape": list(event.feature_shape),
            "trainable_parameters": event.trainable_parameters,
            "total_parameters": event.total_parameters,
            "frozen_layers": list(event.frozen_layers),
            "weights_hash": event.weights_hash,
            "preprocess": asdict(event.preprocess),
            "classes": [],
            "counts": {},
            "skipped": [],
            "warnings": [],
            "epochs": [],
            "val_accuracy": None,
            "confusion": None,
            "frozen_unchanged": None,
            "seconds": {},
            "versions": _versions(),
        }
        self._write()

    def _found(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._data["classes"] = list(dataset.classes)
        self._data["counts"] = {
            split: dict(zip(dataset.classes, row, strict=True)) for split, row in dataset.counts().items()
        }
        self._data["skipped"] = [asdict(skipped) for skipped in dataset.skipped]
        self._data["split_found"] = dataset.split_found
        self._write()

    def _finished(self, epoch: Epoch) -> None:
        """An epoch is over: its numbers, its judgement and its predictions count together or not at all."""
        self._data["epochs"].append(asdict(epoch))
        self._data["val_accuracy"] = epoch.val_accuracy
        self._predicted = self._coming
        if self._judged is not None:
            report = asdict(self._judged.report)
            self._data["confusion"] = report.pop("confusion").tolist()
            self._data["report"] = report
        with (self._run / METRICS).open("a", encoding="utf-8") as out:
            out.write(json.dumps(asdict(epoch)) + "\n")

    def _write(self) -> None:
        files.write_text(self._run / RUN, json.dumps(self._data, indent=1, ensure_ascii=False) + "\n")

    def _write_predictions(self) -> None:
        if self._predicted is None or self._dataset is None:
            return
        dataset, predicted = self._dataset, self._predicted
        with (
            files.whole(self._run / PREDICTIONS) as beside,
            beside.open("w", newline="", encoding="utf-8") as out,
        ):
            table = csv.writer(out)
            table.writerow(["path", "true", "predicted", *(f"p({name})" for name in dataset.classes)])
            for index, row in zip(predicted.photos, predicted.probabilities, strict=True):
                photo = dataset.photos[index]
                likeliest = dataset.classes[int(row.argmax())]
                table.writerow([photo.path, dataset.classes[photo.label], likeliest, *(f"{p:.6g}" for p in row)])


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "system": platform.platform(terse=True)}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
