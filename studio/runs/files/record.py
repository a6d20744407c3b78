"""The record of a run (`run.json`) as a typed struct, and its JSON form.

Only this module, `report_json`, `value_ranges` and `epoch_records` use the keys of the file. A missing field gets the
default of the struct; where an earlier version omitted a field and meant something else, `_complete` fills it in. This
module has over 300 lines, most of them descriptions of fields.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from studio.catalog import readouts
from studio.evaluate.epochs import epoch_records
from studio.events import (
    AdapterChange,
    Epoch,
    Evaluated,
    FeaturesComputed,
    LayerChange,
    Machine,
    PhotoChoice,
    Report,
    Skipped,
    ValueRanges,
    ViewsComputed,
    Warned,
)
from studio.events.runs import WeightsChoice
from studio.runs.files import report_json, value_ranges
from studio.spec import PreprocessSpec, RunSpec, UserError
from studio.spec.encoding import conversion
from studio.spec.encoding.serialization import known_settings, to_json
from studio.spec.structs import replace

VERSION = 1
"""Format version, increased whenever a field changes its meaning; records with a newer version are refused."""

Status = Literal["running", "done", "cancelled", "failed", "interrupted"]


class Failure(msgspec.Struct, frozen=True):
    """The reason why a run failed.

    Attributes:
        title: What happened, one sentence.
        hint: What to do.
        traceback: Traceback of a defect; "" for a user error.
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
    """Number of layers with weights, and of the unchanged ones."""

    layers: int
    unchanged: int


class NetworkFileRecord(msgspec.Struct, frozen=True):
    """The user's file that defines the network of a run: its path, SHA-256, and factory (only of Python files)."""

    path: str
    sha256: str
    factory: str = ""


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The settings and results of a run. The order of the fields is that of the keys in the file.

    Attributes:
        version: Format version.
        run: Folder in which the run was created; it may have been moved since.
        status: State of the run; still “running” if its process was killed.
        started: Time of the start; all times are in ISO 8601, UTC.
        resumed: Times at which it was resumed.
        spec: Settings.
        backbone: As in `spec`, for readers of the file.
        network_file: The user's file that defines the network, as in `spec`; None for a backbone of the catalog.
        batch_norm: As in `spec`, for readers of the file.
        cut, device, precision, differences, feature_shape, trainable_parameters, total_parameters, frozen_layers,
            weights_hash, preprocess: As in `RunStarted`.
        value_range: Value ranges of photos of more than 8 bits.
        target: Name of the regression target; "" for classes.
        classes, counts: Names of the classes, in the order of the labels; number of photos of each in each split.
        skipped: Files and folders that were left out of the data set.
        choices: The user's choices about photos (excluded, another class or split) with which it was trained.
        warnings: Warnings to the user.
        epochs: Finished epochs.
        best_epoch: Best epoch by the criterion; 0 before the first.
        result_epoch: Epoch whose weights, figures and predictions are those of the run; 0 before the first.
        criterion: Criterion of the best epoch, in words.
        stopped_early: True if patience ended the run.
        checkpoint: The last checkpoint.
        val_accuracy: Validation accuracy of the result; None for regression.
        val_mae: Mean absolute error of the result; None for classes.
        confusion: Confusion matrix of the report, rows true, columns predicted; None for regression.
        layers, adapters: Changes since the start: of each layer, and of frozen weights by adapters (LoRA).
        frozen_unchanged: True if every frozen layer has the same hash as at the start; None before the end.
        seconds: Time of each stage, and “total”, since it was last resumed; empty before the end.
        versions: Versions of Python, the system and the packages.
        resumed_behind: Number of epochs that were finished when it was last resumed.
        split_found: True if the folder has its own split.
        changed_layers, layers_epoch: Frozen layers that changed; position in epochs at which `layers` was measured.
        judged_epoch: Epoch of the report and the predictions on disk.
        features: Counts and time of the computed features.
        views: Counts and time of the computed views.
        proof: Summary of `layers`.
        report: Report on the predictions of `judged_epoch`.
        ended, failure: Time of the end; the reason if the run failed.
        machine: The computer on which it last began or was resumed; None in records of earlier versions.
        unknown: Settings, in words, that this version does not know; `spec` has the defaults in their place. Never
            written: such a record is only shown.
    """

    version: int = VERSION
    run: str = ""
    status: Status
    started: str = ""
    resumed: tuple[str, ...] = ()
    spec: RunSpec
    backbone: str = ""
    network_file: NetworkFileRecord | None = None
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
    choices: tuple[PhotoChoice, ...] = ()
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
    seconds: dict[str, float] = {}  # msgspec copies the default
    versions: dict[str, str] = {}
    resumed_behind: int = 0
    split_found: bool = False
    adapters: tuple[AdapterChange, ...] = ()
    changed_layers: tuple[str, ...] = ()
    layers_epoch: float = 0.0
    judged_epoch: int = 0
    features: FeaturesComputed | None = None
    views: ViewsComputed | None = None
    proof: LayerCounts | None = None
    report: Report | None = None
    ended: str = ""
    failure: Failure | None = None
    machine: Machine | None = None
    unknown: tuple[str, ...] = ()

    @property
    def result(self) -> WeightsChoice:
        """The weights that are the result of the run."""
        return "last" if self.spec.train.result == "last" else "best"

    @property
    def predicted_epoch(self) -> int:
        """Epoch of the predictions on disk."""
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
        """Seconds that the run has taken so far, without pauses; None if that is unknown."""
        parts = [epoch.seconds for epoch in self.epochs]
        total = self.seconds.get("total")
        if total is not None:
            return total + sum(parts[: self.resumed_behind])
        if self.features is not None:
            parts.append(self.features.seconds)
        return sum(parts) if parts else None

    @property
    def evaluation(self) -> Evaluated | None:
        """The report with its epoch; None if there is none."""
        return Evaluated(self.judged_epoch, self.report) if self.report is not None else None


LEFT_OUT = (
    "network_file",
    "features",
    "views",
    "adapters",
    "proof",
    "report",
    "ended",
    "failure",
    "machine",
    "unknown",
)
"""Keys that are not written while their fields are empty."""


def keys_and_values(record: RunRecord) -> Iterator[tuple[str, Any]]:
    """Yield the keys to write, with the values of their fields; `json_value` converts a value to JSON."""
    for key in record.__struct_fields__:
        value = getattr(record, key)
        if value or key not in LEFT_OUT:
            yield key, value


def hash_of(settings: Any) -> str:
    """Hash of settings as JSON types, which shows whether a record was changed by hand; not against forgery."""
    return hashlib.blake2b(json.dumps(settings, sort_keys=True).encode(), digest_size=16).hexdigest()


def json_value(value: Any) -> Any:
    """Convert the value of a field to JSON types."""
    if isinstance(value, RunSpec):
        return to_json(value)
    if isinstance(value, Report):
        return report_json.to_json(value)
    return msgspec.to_builtins(value)


def document(record: RunRecord) -> dict[str, Any]:
    """Convert a record to JSON types."""
    values = {key: json_value(value) for key, value in keys_and_values(record) if key != "epochs"}
    values["settings_hash"] = hash_of(values["spec"])
    return values | {"epochs": [epoch_records.to_record(epoch) for epoch in record.epochs]}


def epoch_line(epoch: Epoch) -> str:
    """An epoch as one line of JSON."""
    return json.dumps(epoch_records.to_record(epoch))


def from_json(data: Any, file: Path, only_known: bool = True) -> RunRecord:
    """Convert parsed JSON to a record.

    Args:
        data: The parsed JSON.
        file: The file, named in errors.
        only_known: False for a record that is only shown: it may have settings that this version does not know.

    Raises:
        UserError: The record was written by a newer version, or its settings are invalid or not known.
        ValueError: The JSON is not the record of a run.
    """
    if not isinstance(data, dict) or "spec" not in data:
        raise ValueError("no spec in it")
    version = data.get("version", VERSION)
    if not isinstance(version, int) or version > VERSION:
        raise UserError(
            f"{file} was written by a newer version of Thaw Studio (format {version}).",
            "Update the program to use this run.",
            file,
        )
    try:
        record = conversion.convert(_complete(data), RunRecord)
    except UserError as error:
        raise UserError(f"{file}: {error.title}", error.hint, file) from error
    except msgspec.ValidationError as error:
        raise ValueError(str(error).replace("`", "").replace("$.", "")) from error
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(repr(error)) from error
    named = tuple(one.name for one in record.report.classes) if record.report is not None else ()
    if named and named != record.classes:
        raise UserError(
            f"{file} names its classes otherwise, or in another order, than the report in it: it was edited.",
            "Restore a copy of the run, or choose another one.",
            file,
        )
    if only_known and record.unknown:
        raise UserError(*unknown_words(record.unknown), file)
    return record


def unknown_words(unknown: Sequence[str]) -> tuple[str, str]:
    """Title and hint of the message that a run has settings that this version does not know."""
    return (
        f"The run has settings that this version of Thaw Studio does not know: {', '.join(unknown)}.",
        "It can be shown with its results, but not used for predictions, heatmaps, exports or further training. "
        "Update the program to use it.",
    )


def _complete(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a record, with those filled in that earlier versions omitted."""
    fields = {key: value for key, value in data.items() if value is not None}
    fields["status"] = "interrupted" if data["status"] == "died" else data["status"]  # the state's name in version 0.1
    spec, fields["unknown"] = known_settings(data["spec"])
    fields["spec"] = replace(spec, backbone=readouts.normalized(spec.backbone))  # earlier versions did not normalize it
    fields["value_range"] = value_ranges.of(data)
    epochs = tuple(map(epoch_records.from_record, data["epochs"]))
    fields["epochs"] = msgspec.to_builtins(epochs)  # so that `msgspec.convert` checks their types
    # In version 0.1 the result was always the last epoch.
    fields["result_epoch"] = data.get("result_epoch") or len(epochs)
    if report := data.get("report"):
        fields["report"] = report_json.from_json(report, data.get("confusion"))
        # A report that does not state its epoch is that of the last one.
        fields["judged_epoch"] = data.get("judged_epoch") or len(epochs)
    return fields
