"""The record of a run when it begins or is resumed."""

from __future__ import annotations

import contextlib
import datetime
import importlib.metadata
import platform

from studio.events import RunStarted
from studio.runs.files.record import NetworkFileRecord, RunRecord
from studio.spec.network_file import parse
from studio.spec.structs import replace

PACKAGES = (
    "thaw-studio", "torch", "torchvision", "timm", "numpy", "pillow", "tifffile", "imagecodecs", "pillow-heif",
    "scikit-learn", "safetensors", "openvino",
)  # fmt: skip


def first_record(event: RunStarted) -> RunRecord:
    """The record of a new run."""
    return RunRecord(
        run=event.run,
        status="running",
        started=now(),
        spec=event.spec,
        backbone=event.spec.backbone.name,
        network_file=network_file(event.spec.backbone.name),
        batch_norm=event.spec.freeze.batch_norm,
        cut=event.cut,
        device=event.device,
        precision=event.precision,
        differences=event.differences,
        feature_shape=event.feature_shape,
        trainable_parameters=event.trainable_parameters,
        total_parameters=event.total_parameters,
        frozen_layers=event.frozen_layers,
        weights_hash=event.weights_hash,
        preprocess=event.preprocess,
        value_range=event.ranges,
        choices=event.choices,
        classes=(),
        counts={},
        epochs=(),
        versions=versions(),
        machine=event.machine,
        resumed_behind=event.resumed,
    )


def network_file(backbone: str) -> NetworkFileRecord | None:
    """The user's file that defines a backbone; None for a backbone of the catalog."""
    file = parse(backbone)
    return NetworkFileRecord(file.path, file.content, file.factory) if file is not None else None


def resumed_record(first: RunRecord, past: RunRecord) -> RunRecord:
    """The record of a resumed run, with its earlier results until there are new ones."""
    return replace(
        first,
        started=past.started,
        resumed=(*past.resumed, now()),
        epochs=past.epochs,
        best_epoch=past.best_epoch,
        result_epoch=past.result_epoch,
        criterion=past.criterion,
        checkpoint=past.checkpoint,
        val_accuracy=past.val_accuracy,
        val_mae=past.val_mae,
        report=past.report,
        confusion=past.confusion,
        judged_epoch=past.judged_epoch,
        layers=past.layers,
        layers_epoch=past.layers_epoch,
    )


def versions() -> dict[str, str]:
    """The versions of Python, the system and the packages, as in a record."""
    found = {"python": platform.python_version(), "system": platform.platform(terse=True)}
    for name in PACKAGES:
        found[name] = "not installed"
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def now() -> str:
    """The current time in ISO 8601, UTC, as in a record."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
