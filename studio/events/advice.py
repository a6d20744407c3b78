"""Events of advice on a run before it is trained."""

from __future__ import annotations

from dataclasses import dataclass

from studio.spec import BackboneSpec, DatasetSpec, FreezePlan, RunSpec


@dataclass(frozen=True)
class CutProbe:
    """Result of a linear classifier on the output of a network's first layers, without training them.

    Attributes:
        layer: Path of the last frozen layer; `features` where all layers are frozen.
        plan: The plan that freezes the layers up to there and trains the others.
        accuracy: Share of the training photos that are classified correctly, each by a classifier that was fitted
            without it.
        low, high: 95 % interval of the accuracy.
        seconds: Estimated time of one epoch on this computer: three times the measured forward pass of the layers that
            train, because a backward pass takes about two. The time of the head is not included.
        bytes: Size of the cached outputs of all photos of the run at this cut.
        trainable: Number of parameters that train, without the head.
    """

    layer: str
    plan: FreezePlan
    accuracy: float
    low: float
    high: float
    seconds: float
    bytes: int
    trainable: int


@dataclass(frozen=True)
class CutAdvice:
    """Result of the cut advisor.

    Attributes:
        dataset: Photos that were probed.
        backbone: The network.
        cuts: One probe per cut, from the first layers to all layers.
        choice: Index of the suggested cut.
        why: The reason, one or two sentences.
        photos: Number of training photos that were used.
        seconds: Time that the advice took.
    """

    dataset: DatasetSpec
    backbone: BackboneSpec
    cuts: tuple[CutProbe, ...]
    choice: int
    why: str
    photos: int
    seconds: float


@dataclass(frozen=True)
class StepMemory:
    """Peak memory of an optimizer step, in bytes.

    Attributes:
        weights: Weights and buffers of network and head.
        gradients: Gradients of the weights that train.
        optimizer: State of the optimizer for them.
        activations: Outputs of layers that the backward pass needs, the batch itself, and temporary tensors of a layer.
    """

    weights: int
    gradients: int
    optimizer: int
    activations: int

    @property
    def total(self) -> int:
        """Sum of all parts."""
        return self.weights + self.gradients + self.optimizer + self.activations


@dataclass(frozen=True)
class MeasuredStep:
    """Measurement of real steps.

    Attributes:
        seconds: Time of a step.
        memory_bytes: Peak memory of tensors as counted by torch; 0 on devices where it does not count.
    """

    seconds: float
    memory_bytes: int


@dataclass(frozen=True)
class Forecast:
    """Expected costs of a run, before it is trained.

    Attributes:
        memory: Memory of a step.
        batch: Photos in a step: the batch size, or all training photos if they are fewer.
        largest_batch: Most photos in a step that fit into the available memory; at most the training photos.
        available_bytes: Memory that is available now on the device.
        photos: Photos whose features are computed in the first pass.
        cache_bytes: Size of all cached rows: of the photos, of their views, and for the epochs of the head warm-up.
        first_pass_seconds: Time to compute these rows, from an empty cache.
        step_seconds: Time of a step.
        epoch_seconds: Time of an epoch, validation included, without `writing_seconds`.
        trainable: Number of parameters that train, with those of the head.
        device: Name of the device.
        precision: Number type of the passes.
        measured: What real steps took; None where they were not asked for.
        spec: Settings of the run that it was asked for; None where they are not needed.
        writing_seconds: Time to write checkpoint and weights after an epoch that is the best so far, measured once in
            the folder of temporary files.
        proof_seconds: Time to compare all layers with those before the run, once at its end.
    """

    memory: StepMemory
    batch: int
    largest_batch: int
    available_bytes: int
    photos: int
    cache_bytes: int
    first_pass_seconds: float
    step_seconds: float
    epoch_seconds: float
    trainable: int
    device: str
    precision: str
    measured: MeasuredStep | None = None
    spec: RunSpec | None = None
    writing_seconds: float = 0.0
    proof_seconds: float = 0.0

    def run_seconds(self, epochs: int) -> float:
        """Time of a run of this many epochs, from an empty cache to its proof."""
        return self.first_pass_seconds + epochs * (self.epoch_seconds + self.writing_seconds) + self.proof_seconds


@dataclass(frozen=True)
class BackboneProbe:
    """Result of a linear classifier on the features of a backbone.

    Attributes:
        backbone: The backbone.
        accuracy: Share of the training photos that are classified correctly, each by a classifier that was fitted
            without it.
        low, high: 95 % interval of the accuracy.
        parameters: Number of its parameters.
        macs: Multiply-accumulates for one photo.
        image_size: Height and width of its input.
        seconds: Measured time of its forward pass, per photo.
        epoch_seconds: Estimated time of an epoch in which all its layers train: three forward passes per photo.
    """

    backbone: BackboneSpec
    accuracy: float
    low: float
    high: float
    parameters: int
    macs: float
    image_size: tuple[int, int]
    seconds: float
    epoch_seconds: float


@dataclass(frozen=True)
class BackboneAdvice:
    """Result of the backbone advisor.

    Attributes:
        dataset: Photos that were probed.
        probes: One probe per candidate, smallest first.
        choice: Index of the suggested one.
        why: The reason, in sentences.
        notes: What else follows from the photos, their size and this computer, in sentences.
        photos: Number of training photos that were used.
        training_photos: Number of all training photos.
        photo_size: Median width and height of the photos; None where no photo could be read.
        device: Where it was computed: “cpu”, “cuda:0”.
        left_out: Number of backbones on this computer that were not compared.
        downloads: Names and megabytes of backbones worth a download; none was downloaded.
        seconds: Time that the advice took.
    """

    dataset: DatasetSpec
    probes: tuple[BackboneProbe, ...]
    choice: int
    why: str
    notes: tuple[str, ...]
    photos: int
    training_photos: int
    photo_size: tuple[int, int] | None
    device: str
    left_out: int
    downloads: tuple[tuple[str, float], ...]
    seconds: float
