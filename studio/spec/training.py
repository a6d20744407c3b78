"""The head, the optimizer, and how long to train."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Device = str
"""`auto`, `cpu`, `mps` or `cuda:N`."""


@dataclass(frozen=True)
class HeadSpec:
    """The new last layers, from the features to one score a class (or to one number).

    Attributes:
        standardize: Scale each feature to mean 0 and deviation 1 over the training photos while the head learns. The
            scaling is folded into the saved weights, so the exported head takes raw features.
        kind: `linear`: one linear map. `mlp`: a hidden layer with ReLU and dropout before it.
        hidden: Width of the hidden layer of an `mlp`.
        dropout: Share of hidden units of an `mlp` left out at random while it learns, 0 up to below 1.
        start: First weights of the last layer. `zero`: none speaks for a class before it has learned something.
            `random`: torch's own. A layer that gives a number always starts at zero.
    """

    standardize: bool = True
    kind: Literal["linear", "mlp"] = "linear"
    hidden: int = 256
    dropout: float = 0.2
    start: Literal["zero", "random"] = "zero"


@dataclass(frozen=True)
class LayerRate:
    """A rate set by hand: of the layer called `name` and all below it, in place of `TrainSpec.backbone_lr`."""

    name: str
    lr: float


Result = Literal["loss", "metric", "last"]
"""Which epoch is the result of a run. `loss`: that with the lowest validation loss. `metric`: that with the highest
validation accuracy. Both, where a number is learned: that with the lowest mean absolute error. `last`: the last one;
that with the lowest validation loss is kept beside it as the best."""


@dataclass(frozen=True)
class TrainSpec:
    """How the head, and what is thawed, learns.

    Attributes:
        epochs: Passes over the training photos, at least 1; those of `head_epochs` not counted.
        batch_size: Photos in one optimizer step.
        lr: Learning rate of the head.
        backbone_lr: Learning rate of thawed backbone layers.
        optimizer: `adamw`, `adam` or `sgd` (momentum 0.9).
        weight_decay: Decay of what trains; never on biases and norms.
        seed: Seed of the head's first weights and of the order of photos.
        device: `auto`, `cpu`, `mps` or `cuda:N`.
        head_epochs: Passes of the first phase, in which the head alone learns on cached features of the frozen network
            before what the plan thaws begins to move; 0 for none.
        layer_decay: Each block before the last thawed one has this share of the rate of the block behind it; 1 gives
            all the same (discriminative rates, ULMFiT; arXiv 1801.06146).
        layer_rates: Rates set by hand, later ones win.
        schedule: `constant`; `cosine`: falls to 0 along a half cosine; `one_cycle`: rises over the first quarter, then
            falls (fastai's cycle, arXiv 1803.09820).
        warmup: Epochs over which rates rise from 0 at the start of a phase (not with `one_cycle`).
        extended: Epochs after which an earlier plan of this run had ended. `cosine` and `one_cycle` begin a new cycle
            there (warm restart, arXiv 1608.03983); `constant` goes on as if it had never ended.
        label_smoothing: Share of each label spread over all classes, 0 up to below 1.
        balance: What makes up for classes with few photos: `none`; `weights`: their losses count more; `sampling`:
            their photos are drawn more often.
        clip_norm: Longest gradient, over all that trains; 0 for no limit.
        result: Which epoch is the result; its weights and predictions are those of the run.
        patience: Epochs without a better one, as `result` compares them, after which training ends; 0 trains to the
            last epoch.
        precision: Numbers in which what trains computes: `auto` (float32 on a CPU, bfloat16 on a GPU that has it),
            `float32`, `bfloat16` or `float16`. On a GPU what is frozen computes in them, too.
        deterministic: On a GPU: only algorithms that give the same bits each time, where there are any. On
            a CPU the same spec and seed always give the same bits.
        checkpoint_minutes: At most so long is lost when the program is killed in the middle of an epoch; one is also
            written at every epoch's end.
    """

    epochs: int = 10
    batch_size: int = 32
    lr: float = 1e-3
    backbone_lr: float = 1e-5
    optimizer: Literal["adamw", "adam", "sgd"] = "adamw"
    weight_decay: float = 0.01
    seed: int = 7
    device: Device = "auto"
    head_epochs: int = 0
    layer_decay: float = 1.0
    layer_rates: tuple[LayerRate, ...] = ()
    schedule: Literal["constant", "cosine", "one_cycle"] = "constant"
    warmup: float = 0.0
    extended: tuple[int, ...] = ()
    label_smoothing: float = 0.0
    balance: Literal["none", "weights", "sampling"] = "none"
    clip_norm: float = 0.0
    result: Result = "loss"
    patience: int = 0
    precision: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    deterministic: bool = True
    checkpoint_minutes: float = 5.0

    @property
    def planned(self) -> str:
        """The epochs of each phase, as they are written everywhere: “10”; “3 + 10” with the head alone first."""
        return f"{self.head_epochs} + {self.epochs}" if self.head_epochs else str(self.epochs)

    @property
    def all_epochs(self) -> int:
        """Of both phases."""
        return self.head_epochs + self.epochs
