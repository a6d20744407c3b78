"""The record of a run (`run.json`) as a typed struct, and its JSON form.

Only this module knows the keys of the file. A missing field has the default of the struct; the meaning of its absence
in an earlier version stands beside that default, or in `_complete`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from studio.evaluate import epoch_records
from studio.events import (
    Epoch,
    Evaluated,
    FeaturesComputed,
    LayerChange,
    Report,
    Skipped,
    ValueRanges,
    ViewsComputed,
    Warned,
)
from studio.events.runs import Which
from studio.runs import report_json, value_ranges
from studio.spec import PreprocessSpec, RunSpec, UserError
from studio.spec.serialization import run_spec_from_json, to_json

VERSION = 1
"""Version of the form. Raised when a field changes its meaning; readers refuse records that are newer than they are."""

Status = Literal["running", "done", "cancelled", "failed", "interrupted"]


class Failure(msgspec.Struct, frozen=True):
    """The reason why a run failed.

    Attributes:
        title: What happened, one sentence.
        hint: What to do.
        traceback: Traceback of a defect; "" for an error of the user.
    """

    title: str = ""
    hint: str = ""
    traceback: str = ""


class Ending(msgspec.Struct, frozen=True, omit_defaults=True):
    """The end of a run."""

    status: Literal["done", "cancelled", "failed"]
    ended: str = ""
    failure: Failure | None = None


class CheckpointTime(msgspec.Struct, frozen=True):
    """Position of a checkpoint in epochs, and its time (ISO 8601 in UTC)."""

    epoch: float
    written: str = ""


class LayerCounts(msgspec.Struct, frozen=True):
    """Number of layers with weights, and of the unchanged ones among them."""

    layers: int
    unchanged: int


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The settings and results of a run. The fields stand in the order of the file.

    Attributes:
        version: Version of the form.
        run: Folder in which the run was made; it may have been moved since.
        status: State of the run; “running” also where its program was killed.
        started: Time of the start, ISO 8601 in UTC as all times here.
        resumed: Times at which it was resumed.
        spec: Settings.
        backbone: As in `spec`, for readers of the file.
        batch_norm: As in `spec`, for readers of the file.
        cut, device, precision, differences, feature_shape, trainable_parameters, total_parameters, frozen_layers,
            weights_hash, preprocess: As in `RunStarted`.
        value_range: How photos of more than 8 bits are read.
        target: Name of the learned number; "" for classes.
        classes: Names in the order of the labels.
        counts: Photos of each class in each split.
        skipped: Files and folders that were left out of the data set.
        warnings: Warnings to the user.
        epochs: Finished epochs.
        best_epoch: Best epoch by the criterion; 0 before the first.
        result_epoch: Epoch whose weights, figures and predictions are those of the run; 0 before the first.
        criterion: Criterion of the best epoch, in words.
        stopped_early: True where no epoch was better any more.
        checkpoint: The last checkpoint.
        val_accuracy: Validation accuracy of the result; None for numbers.
        val_mae: Mean absolute error of the result; None for classes.
        confusion: Confusion matrix of the report, rows true, columns predicted; None for numbers.
        layers: Change of each layer since the start.
        frozen_unchanged: True where every frozen layer has the hash it began with; None before the end.
        seconds: Time of each stage, and “total”, since it was last resumed; empty before the end.
        versions: Versions of Python, the system and the packages.
        resumed_behind: Number of epochs that were finished when it was last resumed.
        split_found: True where the folder has its own split.
        changed_layers: Frozen layers that changed.
        layers_epoch: Position in epochs at which `layers` was measured.
        judged_epoch: Epoch of the report and the predictions on disk.
        features: Counts and time of the computed features.
        views: The same for views of the training photos.
        proof: Sums over `layers`.
        report: Judgment on the predictions of `judged_epoch`.
        ended: Time of the end.
        failure: Reason, where it failed.
    """

    version: int = VERSION
    run: str = ""
    status: Status
    started: str = ""
    resumed: tuple[str, ...] = ()
    spec: RunSpec
    backbone: str = ""
    batch_norm: str = ""
    cut: str = "features"
    device: str = ""
    precision: str = "float32"
    differences: tuple[str, ...] = ()
    feature_shape: tuple[int, ...] = ()
    trainable_parameters: int = 0
    total_parameters: int = 0
    frozen_layers: tuple[str, ...] = ()
    weights_hash: str = ""
    preprocess: PreprocessSpec
    value_range: ValueRanges
    target: str = ""
    classes: tuple[str, ...]
    counts: dict[str, dict[str, int]]
    skipped: tuple[Skipped, ...] = ()
    warnings: tuple[Warned, ...] = ()
    epochs: tuple[Epoch, ...]
    best_epoch: int = 0
    # In version 0.1 the result was always the last epoch; `_complete` fills it in.
    result_epoch: int = 0
    criterion: str = ""
    stopped_early: bool = False
    checkpoint: CheckpointTime | None = None
    val_accuracy: float | None = None
    val_mae: float | None = None
    confusion: list[list[int]] | None = None
    layers: tuple[LayerChange, ...] = ()
    frozen_unchanged: bool | None = None
    seconds: dict[str, float] = {}  # msgspec copies it
    versions: dict[str, str] = {}
    resumed_behind: int = 0
    split_found: bool = False
    changed_layers: tuple[str, ...] = ()
    layers_epoch: float = 0.0
    judged_epoch: int = 0
    features: FeaturesComputed | None = None
    views: ViewsComputed | None = None
    proof: LayerCounts | None = None
    report: Report | None = None
    ended: str = ""
    failure: Failure | None = None

    @property
    def result(self) -> Which:
        """The weights that are the result of the run."""
        return "last" if self.spec.train.result == "last" else "best"

    @property
    def predicted_epoch(self) -> int:
        """Epoch of the predictions on disk, where there are any."""
        return self.judged_epoch or len(self.epochs)

    @property
    def photos(self) -> int:
        """Number of photos of the data set."""
        return sum(sum(row.values()) for row in self.counts.values())

    @property
    def val_photos(self) -> int:
        """Number of validation photos."""
        return sum(self.counts.get("val", {}).values())

    @property
    def duration(self) -> float | None:
        """Seconds that it took or has taken, without pauses; None where not known."""
        parts = [epoch.seconds for epoch in self.epochs]
        total = self.seconds.get("total")
        if total is not None:
            return total + sum(parts[: self.resumed_behind])
        if self.features is not None:
            parts.append(self.features.seconds)
        return sum(parts) if parts else None

    @property
    def judged(self) -> Evaluated | None:
        """The report with the epoch that it is of; None where there is none."""
        return Evaluated(self.judged_epoch, self.report) if self.report is not None else None


LEFT_OUT = ("features", "views", "proof", "report", "ended", "failure")
"""Keys that are not written while their fields are empty."""


def keys_and_values(record: RunRecord) -> Iterator[tuple[str, Any]]:
    """The keys that are written, each with its field; `json_value` turns that into JSON."""
    for key in record.__struct_fields__:
        value = getattr(record, key)
        if value or key not in LEFT_OUT:
            yield key, value


def json_value(value: Any) -> Any:
    """The value of a field in terms of JSON."""
    if isinstance(value, RunSpec):
        return to_json(value)
    if isinstance(value, Report):
        return report_json.to_json(value)
    return msgspec.to_builtins(value)


def document(record: RunRecord) -> dict[str, Any]:
    """The whole record in terms of JSON."""
    values = {key: json_value(value) for key, value in keys_and_values(record) if key != "epochs"}
    return values | {"epochs": [epoch_records.to_record(epoch) for epoch in record.epochs]}


def epoch_line(epoch: Epoch) -> str:
    """An epoch as a line of JSON."""
    return json.dumps(epoch_records.to_record(epoch))


def from_json(data: Any, file: Path) -> RunRecord:
    """A record from parsed JSON.

    Args:
        data: The parsed JSON.
        file: The file, for errors.

    Raises:
        UserError: It was written by a newer version, or its settings make no sense.
        ValueError: It is no record of a run.
    """
    if not isinstance(data, dict) or "spec" not in data:
        raise ValueError("no spec in it")
    version = data.get("version", VERSION)
    if not isinstance(version, int) or version > VERSION:
        raise UserError(
            f"{file} was written by a newer Thaw Studio (form {version}).", "Update the program to use this run.", file
        )
    try:
        return msgspec.convert(_complete(data), RunRecord)
    except UserError as error:
        raise UserError(f"{file}: {error.title}", error.hint, file) from error
    except msgspec.ValidationError as error:
        raise ValueError(str(error).replace("`", "").replace("$.", "")) from error
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(repr(error)) from error


def _complete(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a record, completed where their absence had a meaning in earlier versions."""
    fields = {key: value for key, value in data.items() if value is not None}
    fields["status"] = "interrupted" if data["status"] == "died" else data["status"]  # its name in version 0.1
    fields["spec"] = run_spec_from_json(data["spec"])
    fields["value_range"] = value_ranges.of(data)
    epochs = tuple(map(epoch_records.from_record, data["epochs"]))
    fields["epochs"] = msgspec.to_builtins(epochs)  # for their types to be checked
    # Where no epoch is called the result, it is the last one.
    fields["result_epoch"] = data.get("result_epoch") or len(epochs)
    if report := data.get("report"):
        fields["report"] = report_json.from_json(report, data.get("confusion"))
        # Where it does not say of which epoch it is, it is of the last one.
        fields["judged_epoch"] = data.get("judged_epoch") or len(epochs)
    return fields
