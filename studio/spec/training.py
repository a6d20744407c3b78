"""Settings of training: epochs, optimizer, schedule, result, device.

Longer than 300 lines, because each setting is a row with its help.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from studio.spec.settings import Setting, documented

Device = str
"""`auto`, `cpu`, `mps` or `cuda:N`."""


@documented
class LayerRate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The learning rate of a layer and all below it, in place of `TrainSpec.backbone_lr`."""

    name: str
    lr: Annotated[
        float,
        Setting(label="Learning rate", help="Step size of this layer and of all below it", gt=0, le=1e6),
    ]


Result = Literal["loss", "metric", "f1", "last"]


@documented
class TrainSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Training of the head and the thawed layers."""

    epochs: Annotated[
        int,
        Setting(
            label="&Epochs",
            help="Passes over the training photos; more epochs fit them better, until the model overfits",
            note="The `head_epochs` come in addition.",
            ge=1,
            group="training",
            order=1,
        ),
    ] = 10
    batch_size: Annotated[
        int,
        Setting(
            label="&Batch size",
            help="Photos in one optimizer step; smaller needs less memory",
            ge=1,
            group="training",
            order=2,
        ),
    ] = 32
    lr: Annotated[
        float,
        Setting(
            label="Head &learning rate",
            help="Step size of the new last layers; lower it if the loss jumps",
            gt=0,
            le=1e6,
            group="training",
            order=3,
            metavar="RATE",
        ),
    ] = 1e-3
    backbone_lr: Annotated[
        float,
        Setting(
            label="B&ackbone learning rate",
            help="Step size of the last thawed block; keep it far below the head's, because its weights are pretrained",
            gt=0,
            le=1e6,
            group="training",
            order=4,
            metavar="RATE",
        ),
    ] = 1e-5
    optimizer: Annotated[
        Literal["adamw", "adam", "sgd"],
        Setting(
            label="&Optimizer",
            help="Rule for updating the weights. AdamW nearly always works well; SGD (momentum 0.9) needs learning "
            "rates about ten times higher",
            choices=("AdamW", "Adam", "SGD"),
            group="rates",
            order=4,
        ),
    ] = "adamw"
    weight_decay: Annotated[
        float,
        Setting(
            label="&Weight decay",
            help="Pulls trained weights toward zero, except biases and normalization layers; raise it against "
            "overfitting",
            ge=0,
            group="rates",
            order=5,
            metavar="DECAY",
        ),
    ] = 0.01
    seed: Annotated[
        int,
        Setting(
            label="&Seed",
            help="Determines the initial weights and the order of photos; the same seed gives the same run",
            ge=0,
            lt=2**63,
            group="data",
            order=3,
        ),
    ] = 7
    device: Annotated[
        Device,
        Setting(
            label="&Device",
            help="Where to compute; automatic uses a GPU if there is one",
            metavar="auto|cpu|mps|cuda:N",
            group="safety",
            order=6,
        ),
    ] = "auto"
    head_epochs: Annotated[
        int,
        Setting(
            label="Head warm-up",
            help="Epochs in which only the head trains, on cached features, before layers thaw; 1 to 5 for fine-tuning",
            note="They are the first phase of a two-phase run.",
            unit="epochs",
            zero="no warm-up",
            ge=0,
            group="phases",
        ),
    ] = 0
    layer_decay: Annotated[
        float,
        Setting(
            label="Layer-wise LR decay",
            help="Each block before the last thawed one has this share of the learning rate of the block after it; "
            "1: equal",
            note="Discriminative rates: ULMFiT, arXiv 1801.06146.",
            gt=0,
            le=1,
            group="rates",
            order=3,
            metavar="SHARE",
        ),
    ] = 1.0
    layer_rates: Annotated[
        tuple[LayerRate, ...],
        Setting(
            label="Learning rates of layers",
            help="Learning rate of a layer and all below it; may be repeated, later ones override earlier ones",
            option="--rate",
        ),
    ] = ()
    schedule: Annotated[
        Literal["constant", "cosine", "one_cycle"],
        Setting(
            label="Schedule",
            help="How learning rates change over the epochs. Cosine decays to 0; one-cycle rises first, which allows "
            "higher rates",
            note="Cosine: along a half cosine. One-cycle: rises over the first quarter, then falls (arXiv 1803.09820).",
            choices=("Constant", "Cosine", "One-cycle"),
            group="rates",
            order=1,
        ),
    ] = "constant"
    warmup: Annotated[
        float,
        Setting(
            label="Warm-up",
            help="Epochs over which learning rates rise from near 0; use it if the first steps make the loss jump",
            note="At the start of each phase; not with one-cycle.",
            unit="epochs",
            zero="no warm-up",
            ge=0,
            group="rates",
            order=2,
        ),
    ] = 0.0
    extended: Annotated[
        tuple[int, ...],
        Setting(
            label="Extended after",
            help="Last epochs of the run before each extension",
            note="Cosine and one-cycle begin a new cycle there (warm restart, arXiv 1608.03983); constant continues as "
            "if the run had not ended.",
            unit="epochs",
            option="--extended-after",
        ),
    ] = ()
    label_smoothing: Annotated[
        float,
        Setting(
            label="Label smoothing",
            help="Share of each label spread over all classes; 0.1 keeps a model from overconfidence if labels are "
            "noisy",
            ge=0,
            lt=1,
            group="data",
            order=1,
            metavar="SHARE",
        ),
    ] = 0.0
    balance: Annotated[
        Literal["none", "weights", "sampling"],
        Setting(
            label="Class weights",
            help="Compensates for classes with few photos. Loss: their losses have more weight. Sampler: their photos "
            "are drawn more often",
            choices=("None", "Loss", "Sampler"),
            group="data",
            order=2,
        ),
    ] = "none"
    clip_norm: Annotated[
        float,
        Setting(
            label="Gradient clipping",
            help="Maximum norm of the gradient over all trained parameters; 1 helps if the loss explodes",
            zero="no limit",
            ge=0,
            group="safety",
            order=3,
            metavar="NORM",
        ),
    ] = 0.0
    result: Annotated[
        Result,
        Setting(
            label="Result",
            help="Epoch whose weights and figures are those of the run. Lowest validation loss: less noisy than "
            "accuracy on few photos",
            note="Macro F1 gives each class the same weight. In regression, all but the last epoch mean the lowest "
            "mean absolute error. With the last epoch as the result, the one with the lowest "
            "validation loss is also saved, as the best.",
            choices=("Lowest loss", "Accuracy", "Macro F1", "Last epoch"),
            group="safety",
            order=1,
        ),
    ] = "loss"
    patience: Annotated[
        int,
        Setting(
            label="Patience",
            help="Early stopping: ends after this many epochs without a better one, by the criterion of the result",
            unit="epochs",
            zero="training to the last epoch",
            ge=0,
            group="safety",
            order=2,
        ),
    ] = 0
    precision: Annotated[
        Literal["auto", "float32", "bfloat16", "float16"],
        Setting(
            label="Precision",
            help="Number format of the computations. Automatic: float32 on a CPU, bfloat16 on a GPU that supports it, "
            "for speed",
            note="On a GPU, frozen layers use it, too.",
            choices=("Automatic", "float32", "bfloat16", "float16"),
            group="safety",
            order=5,
        ),
    ] = "auto"
    deterministic: Annotated[
        bool,
        Setting(
            label="De&terministic on a GPU",
            help="Use deterministic algorithms where they exist; a little slower. A CPU is always deterministic",
            group="safety",
            order=7,
        ),
    ] = True
    checkpoint_minutes: Annotated[
        float,
        Setting(
            label="Checkpoint",
            help="Longest time between checkpoints: no more is lost if the program is killed; one is also written "
            "after every epoch",
            unit="minutes",
            gt=0,
            group="safety",
            order=4,
        ),
    ] = 5.0
    lora_lr: Annotated[
        float,
        Setting(
            label="LoRA learning rate",
            help="Step size of the adapters; about ten times that of thawed layers, because they begin at 0",
            note="Best rates of LoRA were ten times those of full fine-tuning (arXiv 2405.09673).",
            gt=0,
            le=1e6,
            group="lora",
            order=4,
            metavar="RATE",
        ),
    ] = 1e-4

    @property
    def planned(self) -> str:
        """The epochs of each phase as text: “10”, or “3 + 10” with a head warm-up."""
        return f"{self.head_epochs:,} + {self.epochs:,}" if self.head_epochs else f"{self.epochs:,}"

    @property
    def all_epochs(self) -> int:
        """Total epochs of both phases."""
        return self.head_epochs + self.epochs
