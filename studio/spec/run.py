"""Everything a run is made from."""

from __future__ import annotations

from dataclasses import dataclass, field

from studio.spec.augmentation import AugmentSpec
from studio.spec.backbone import BackboneSpec
from studio.spec.dataset import DatasetSpec
from studio.spec.freezing import FreezePlan
from studio.spec.training import HeadSpec, TrainSpec


@dataclass(frozen=True)
class RunSpec:
    """Everything one training run is made from."""

    dataset: DatasetSpec
    backbone: BackboneSpec = field(default_factory=BackboneSpec)
    freeze: FreezePlan = field(default_factory=FreezePlan)
    head: HeadSpec = field(default_factory=HeadSpec)
    train: TrainSpec = field(default_factory=TrainSpec)
    augment: AugmentSpec = field(default_factory=AugmentSpec)
