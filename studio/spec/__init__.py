"""The user's choices, as frozen data.

Every choice that changes a result lives in one of these classes, so that a run can be written down, compared, and
done again. Nothing here computes; nothing here imports more than the standard library and msgspec. `RunSpec` is the
root: `serialization` carries it through `run.json` without loss. A field carries its setting (`settings`) as one row.
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
