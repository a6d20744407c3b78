"""Events of advice on a run before it is trained."""

from __future__ import annotations

from dataclasses import dataclass

from studio.spec import BackboneSpec, DatasetSpec, FreezePlan


@dataclass(frozen=True)
class CutProbe:
    """Result of a linear classifier on the output of a network's first layers, without training them.

    Attributes:
        layer: Path of the last frozen layer; `features` where all layers are frozen.
        plan: The plan that freezes the layers up to there and trains the others.
        accuracy: Share of the training photos that are classified correctly, each by a classifier that was fitted
            without it.
        low, high: 95 % interval of the accuracy.
        seconds: Estimated time of one epoch on this machine: three times the measured forward pass of the layers that
            train, because a backward pass takes about two. The head's own time is not in it.
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
