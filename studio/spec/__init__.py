"""The settings of a run, as immutable structs.

Every setting that affects a result is a field of one of these classes, so that a run can be recorded, compared and
repeated. The package computes nothing and imports only the standard library and msgspec. `RunSpec` is the root;
`serialization` writes it to `run.json` and reads it back without loss. The annotation of a field holds its `Setting`.
"""

from __future__ import annotations

from studio.spec.augmentation import AugmentKind, AugmentSpec, AugmentStep
from studio.spec.backbone import BUNDLED_BACKBONE, BackboneSpec, PreprocessSpec
from studio.spec.dataset import DatasetSpec, SampleKind, ValueRange
from studio.spec.errors import UserError
from studio.spec.freezing import BatchNorm, FreezePlan
from studio.spec.head import HeadSpec
from studio.spec.run import RunSpec
from studio.spec.training import Device, LayerRate, Result, TrainSpec

__all__ = [
    "BUNDLED_BACKBONE",
    "AugmentKind",
    "AugmentSpec",
    "AugmentStep",
    "BackboneSpec",
    "BatchNorm",
    "DatasetSpec",
    "Device",
    "FreezePlan",
    "HeadSpec",
    "LayerRate",
    "PreprocessSpec",
    "Result",
    "RunSpec",
    "SampleKind",
    "TrainSpec",
    "UserError",
    "ValueRange",
]
