"""All settings of a run."""

from __future__ import annotations

import msgspec

from studio.spec.augmentation import AugmentSpec
from studio.spec.backbone import BackboneSpec
from studio.spec.dataset import DatasetSpec
from studio.spec.freezing import FreezePlan
from studio.spec.head import HeadSpec
from studio.spec.training import TrainSpec


class RunSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All settings of one training run."""

    dataset: DatasetSpec
    backbone: BackboneSpec = BackboneSpec()
    freeze: FreezePlan = FreezePlan()
    head: HeadSpec = HeadSpec()
    train: TrainSpec = TrainSpec()
    augment: AugmentSpec = AugmentSpec()
