"""Everything a run is made from."""

from __future__ import annotations

import msgspec

from studio.spec.augmentation import AugmentSpec
from studio.spec.backbone import BackboneSpec
from studio.spec.dataset import DatasetSpec
from studio.spec.freezing import FreezePlan
from studio.spec.head import HeadSpec
from studio.spec.training import TrainSpec


class RunSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything one training run is made from."""

    dataset: DatasetSpec
    backbone: BackboneSpec = BackboneSpec()
    freeze: FreezePlan = FreezePlan()
    head: HeadSpec = HeadSpec()
    train: TrainSpec = TrainSpec()
    augment: AugmentSpec = AugmentSpec()
