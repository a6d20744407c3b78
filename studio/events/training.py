"""Events of a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from studio.events.photos.choices import PhotoChoice
from studio.events.photos.dataset import ValueRanges
from studio.spec import PreprocessSpec, RunSpec


@dataclass(frozen=True)
class Machine:
    """Facts about the computer on which the last bits of a run's results depend, besides settings and library versions.

    Attributes:
        threads: Number of CPU threads of torch; 0 where it is unknown.
        processor: Name of the processor; "" where it is unknown.
        instructions: Instruction set that torch uses on it: "AVX2", "AVX512"; "" where it is unknown.
        accelerator: Name of the GPU that the run computes on; "" on a CPU.
        workers: Number of workers that compute together.
    """

    threads: int = 0
    processor: str = ""
    instructions: str = ""
    accelerator: str = ""
    workers: int = 1


@dataclass(frozen=True)
class RunStarted:
    """The start of a run; all results that follow belong to its settings.

    Attributes:
        run: Absolute path of the run's folder.
        spec: All settings of the run.
        device: Device of the computation: "cpu", "cuda:0", "mps".
        cut: What is cached: "features", the path of the layer whose output it is, or "pixels" where all layers train.
        feature_shape: Shape of the cached row of one photo, such as (1280,) or (3, 224, 224).
        trainable_parameters: Number of trained parameters, including the head.
        total_parameters: Number of all parameters, including the head.
        frozen_layers: Paths of the frozen layers that have weights.
        weights_hash: Fingerprint of the backbone's pretrained weights.
        preprocess: Preprocessing of the photos.
        resumed: Number of epochs finished before a resume; their events are sent again first.
        precision: Number format of the trained layers: "float32", "bfloat16", "float16".
        differences: Descriptions of possible differences between two equal runs on this device; empty on a CPU.
        ranges: Value ranges for photos of more than 8 bits, as far as they are known; `RangesEstimated` has the rest.
        choices: The user's choices about its photos.
        machine: The computer it runs on.
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
    choices: tuple[PhotoChoice, ...] = ()
    machine: Machine = field(default_factory=Machine)


@dataclass(frozen=True)
class FeaturesComputed:
    """The rows of all photos (features, outputs of a layer, or pixels) are in the cache.

    Attributes:
        computed: Photos computed now.
        reused: Photos whose rows were in the cache, or are those of an identical photo.
        seconds: Computation time.
    """

    computed: int
    reused: int
    seconds: float


@dataclass(frozen=True)
class ViewsComputed:
    """The rows of the fixed views of all training photos are in the cache.

    Attributes:
        computed: Views computed now.
        reused: Views found in the cache.
        seconds: Computation time.
    """

    computed: int
    reused: int
    seconds: float


@dataclass(frozen=True)
class Step:
    """Training loss within an epoch, for a live curve.

    Attributes:
        epoch: Position in epochs: 2.5 is the middle of the third.
        loss: Mean loss of the batches since the previous `Step`.
    """

    epoch: float
    loss: float


@dataclass(frozen=True)
class RateTest:
    """A range test: a few steps, each at a higher learning rate.

    Attributes:
        part: Part whose rate was tested: the head, or the thawed layers of the network.
        rates: Rate of each step; for the network, the highest of its layers.
        losses: Mean loss of each step's batch, before the step.
        rate: Suggested rate; None where the loss did not fall.
        lowest: Rate with the lowest smoothed loss.
        why: The reason, one sentence.
    """

    part: Literal["head", "network"]
    rates: tuple[float, ...]
    losses: tuple[float, ...]
    rate: float | None
    lowest: float
    why: str


@dataclass(frozen=True)
class RatesSuggested:
    """Result of a learning rate finder.

    Attributes:
        tests: Test of the head, and, where layers are thawed, that of the network.
        spec: Settings of the run that it was asked for; None where they are not needed.
    """

    tests: tuple[RateTest, ...]
    spec: RunSpec | None = None


Phase = Literal["head", "network"]
"""A phase of a run: only the head trains, on computed features, or also the layers that the plan thaws."""


@dataclass(frozen=True, slots=True)
class MetricValue:
    """One metric of an epoch.

    Attributes:
        key: Key of the metric in `studio.evaluate.metrics`.
        train: Value on the training photos, computed while they train; None where it is not computed on them.
        val: Value on the validation photos, after the epoch.
    """

    key: str
    train: float | None
    val: float


@dataclass(frozen=True)
class Epoch:
    """One pass over the training photos, and a validation after it.

    Losses are mean cross-entropy in nats, or in regression mean squared error of standardized targets.

    Attributes:
        epoch: Number from 1, over both phases.
        train_loss: Mean over the epoch's batches in training, with augmentation, label smoothing and class weights.
        val_loss: After the epoch, without augmentation, label smoothing and class weights.
        seconds: Time for training and validation.
        metrics: The other metrics, in the order in which they are shown.
        phase: Phase of training.
        lr: Learning rate of the head in the last step of the epoch.
        backbone_lr: Highest learning rate of the thawed backbone in that step; 0 where all of it is frozen.
        best: True where it was the best so far by the criterion of the run, so that its weights were saved as the best.
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
        """A metric on the training photos, or “loss”; None where the epoch does not have it."""
        if key == "loss":
            return self.train_loss
        return next((metric.train for metric in self.metrics if metric.key == key), None)

    def val(self, key: str) -> float | None:
        """A metric on the validation photos, or “loss”; None where the epoch does not have it."""
        if key == "loss":
            return self.val_loss
        return next((metric.val for metric in self.metrics if metric.key == key), None)


@dataclass(frozen=True, slots=True)
class LayerChange:
    """The change of one layer since the start of the run, as proof of freezing.

    Attributes:
        path: Path of a leaf that has parameters or statistics.
        frozen: True where the plan freezes it.
        unchanged: True where the hash of its parameters and statistics is equal.
        by: Relative norm of the change, |now - before| / |before| over all its tensors; 0 where it is unchanged; None
            where it is unknown, as for a frozen layer that changed.
    """

    path: str
    frozen: bool
    unchanged: bool
    by: float | None


@dataclass(frozen=True, slots=True)
class AdapterChange:
    """How far the adapter (LoRA) of a frozen layer would change its weight; the weight itself is unchanged.

    Attributes:
        path: Path of the layer.
        by: Norm of the adapter's change of the weight, divided by the norm of the weight.
    """

    path: str
    by: float


@dataclass(frozen=True)
class LayersChanged:
    """The change of each layer since the start of the run; sent every few seconds during training, and at its end.

    Attributes:
        epoch: Position in epochs at which it was measured.
        layers: Changes in the order of the network's layer table.
        adapters: Changes by adapters; empty without any.
    """

    epoch: float
    layers: tuple[LayerChange, ...]
    adapters: tuple[AdapterChange, ...] = ()


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint was written to disk.

    Attributes:
        epoch: Position in epochs.
        seconds: Time for writing it.
    """

    epoch: float
    seconds: float


@dataclass(frozen=True)
class TrainingFinished:
    """The end of a complete training.

    Attributes:
        run: Absolute path of the run's folder.
        frozen_unchanged: True where every frozen layer has the same hash as before, including BatchNorm statistics
            unless the plan updates those.
        changed_layers: Frozen layers that changed; empty unless the program has a defect.
        seconds: Time of each stage, and `total`.
        best_epoch: The best epoch by the criterion of the run; its weights are saved beside the last ones.
        stopped_early: True where early stopping ended it.
    """

    run: str
    frozen_unchanged: bool
    changed_layers: tuple[str, ...]
    seconds: dict[str, float] = field(default_factory=dict)
    best_epoch: int = 0
    stopped_early: bool = False
