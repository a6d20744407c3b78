"""Events of a training."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from studio.events.dataset import ValueRanges
from studio.spec import PreprocessSpec, RunSpec


@dataclass(frozen=True)
class RunStarted:
    """A run has a folder and a plan; results that follow belong to this spec and no other.

    Attributes:
        run: Absolute path of the run's folder.
        spec: Everything it is made from.
        device: Where it computes: "cpu", "cuda:0", "mps".
        cut: Where features are cached: "features", or "pixels" where the backbone trains.
        feature_shape: Shape of what is cached for one photo: (1280,) or (3, 224, 224).
        trainable_parameters: Head included.
        total_parameters: Head included.
        frozen_layers: Paths of the frozen layers that have weights.
        weights_hash: Identity of the untouched backbone's weights.
        preprocess: How photos become input.
        resumed: Epochs that are done already, where a run goes on; their events come again before new ones.
        precision: Numbers in which what trains computes: "float32", "bfloat16", "float16".
        differences: What can still differ between two such runs on this device, in words; nothing on a CPU.
        ranges: How photos of more than 8 bits are read, as far as it is known; `RangesEstimated` has the rest.
    """

    run: str
    spec: RunSpec
    device: str
    cut: str
    feature_shape: tuple[int, ...]
    trainable_parameters: int
    total_parameters: int
    frozen_layers: tuple[str, ...]
    weights_hash: str = ""
    preprocess: PreprocessSpec = field(default_factory=PreprocessSpec)
    resumed: int = 0
    precision: str = "float32"
    differences: tuple[str, ...] = ()
    ranges: ValueRanges = field(default_factory=ValueRanges)


@dataclass(frozen=True)
class FeaturesComputed:
    """Features (or pixels) of every photo are in the cache.

    Attributes:
        computed: Photos computed now.
        reused: Photos whose features were there already: in the cache, or as those of a copy of the photo.
        seconds: Time it took.
    """

    computed: int
    reused: int
    seconds: float


@dataclass(frozen=True)
class ViewsComputed:
    """Features (or pixels) of the fixed changed views of the training photos are in the cache.

    Attributes:
        computed: Views computed now.
        reused: Views found in the cache.
        seconds: Time it took.
    """

    computed: int
    reused: int
    seconds: float


@dataclass(frozen=True)
class Step:
    """Training loss inside an epoch, for a live curve.

    Attributes:
        epoch: Position in epochs, for instance 2.5 in the middle of the third.
        loss: Mean loss of the batches since the `Step` before.
    """

    epoch: float
    loss: float


Phase = Literal["head", "network"]
"""A phase of training: the head alone on features of the frozen network, or what the freeze plan thaws as well."""


@dataclass(frozen=True, slots=True)
class MetricValue:
    """One metric of an epoch.

    Attributes:
        key: Of its row in `studio.evaluate.metrics`.
        train: Over the training photos, as they trained; None where it is not computed of them.
        val: Over the validation photos, after the epoch.
    """

    key: str
    train: float | None
    val: float


@dataclass(frozen=True)
class Epoch:
    """One pass over the training photos, and a validation after it.

    Losses are mean cross-entropy in nats, or mean squared error of standardized targets where a number is learned.

    Attributes:
        epoch: From 1, over both phases.
        train_loss: Mean over the epoch's batches, as they trained (augmented, smoothed and weighted as asked for).
        val_loss: After the epoch, on untouched photos, neither smoothed nor weighted.
        seconds: Time for training and validation.
        metrics: The other metrics, in the order in which they are shown.
        phase: What learned.
        lr: Rate of the head in the epoch's last step.
        backbone_lr: Highest rate of the thawed backbone in that step; 0 where none is thawed.
        best: True where it was the best so far by the criterion of the run; its weights were then kept as the best.
    """

    epoch: int
    train_loss: float
    val_loss: float
    seconds: float
    metrics: tuple[MetricValue, ...] = ()
    phase: Phase = "network"
    lr: float = 0.0
    backbone_lr: float = 0.0
    best: bool = False

    def train(self, key: str) -> float | None:
        """A metric over the training photos, “loss” among them; None where the epoch does not have it."""
        if key == "loss":
            return self.train_loss
        return next((metric.train for metric in self.metrics if metric.key == key), None)

    def val(self, key: str) -> float | None:
        """The same over the validation photos."""
        if key == "loss":
            return self.val_loss
        return next((metric.val for metric in self.metrics if metric.key == key), None)


@dataclass(frozen=True, slots=True)
class LayerChange:
    """The distance of a layer from its first weights: the proof of freezing, a layer at a time.

    Attributes:
        path: Of a leaf that has parameters or statistics.
        frozen: True where the plan freezes it.
        unchanged: True where the hash over its parameters and statistics is what it was.
        by: Relative norm of the change, |now - before| / |before| over all its tensors; 0 where it is unchanged; None
            where it is not known, because a frozen layer changed.
    """

    path: str
    frozen: bool
    unchanged: bool
    by: float | None


@dataclass(frozen=True)
class LayersChanged:
    """Every layer's change since the run began: every few seconds during training, and at its end.

    Attributes:
        epoch: Position in epochs when it was measured.
        layers: In the order of the network's table.
    """

    epoch: float
    layers: tuple[LayerChange, ...]


@dataclass(frozen=True)
class Checkpoint:
    """Everything needed to resume from here was written to disk.

    Attributes:
        epoch: Position in epochs.
        seconds: Time it took to write.
    """

    epoch: float
    seconds: float


@dataclass(frozen=True)
class TrainingFinished:
    """A training reached its end.

    Attributes:
        run: Absolute path of the run's folder.
        frozen_unchanged: True where every frozen layer's hash is what it was before; BatchNorm statistics included,
            unless the plan updates those.
        changed_layers: Frozen layers that changed; empty unless the program has a defect.
        seconds: Per stage and `total`.
        best_epoch: The best by the criterion of the run; its weights are kept beside the last ones.
        stopped_early: True where it ended because no epoch was better any more.
    """

    run: str
    frozen_unchanged: bool
    changed_layers: tuple[str, ...]
    seconds: dict[str, float] = field(default_factory=dict)
    best_epoch: int = 0
    stopped_early: bool = False
