"""The optimizer, and how long to train."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from studio.spec.settings import Setting, documented

Device = str
"""`auto`, `cpu`, `mps` or `cuda:N`."""


@documented
class LayerRate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rate set by hand: of a layer and all below it, in place of `TrainSpec.backbone_lr`."""

    name: str
    lr: Annotated[
        float,
        Setting(label="Learning rate", help="Step size of this layer and of all below it", gt=0, le=1e6),
    ]


Result = Literal["loss", "metric", "last"]


@documented
class TrainSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Training of the head and the thawed layers."""

    epochs: Annotated[
        int,
        Setting(
            label="&Epochs",
            help="Passes over the training photos; more learn more, until it overfits",
            note="Those of `head_epochs` are not counted.",
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
            help="Step size of the new last layers; lower it where the loss jumps",
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
            help="Step size of the last thawed block; keep it far below the head's, its weights are good already",
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
            help="How gradients become steps. AdamW suits nearly always; SGD (momentum 0.9) wants rates about ten "
            "times higher",
            choices=("AdamW", "Adam", "SGD"),
            group="rates",
            order=4,
        ),
    ] = "adamw"
    weight_decay: Annotated[
        float,
        Setting(
            label="&Weight decay",
            help="Pull toward zero on what trains, never on norms and biases; raise it against overfitting",
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
            help="First weights and order of photos; the same seed gives the same run",
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
            help="Where to compute; automatic takes a graphics card where there is one",
            metavar="auto|cpu|mps|cuda:N",
            group="safety",
            order=6,
        ),
    ] = "auto"
    head_epochs: Annotated[
        int,
        Setting(
            label="Head warm-up",
            help="Epochs in which the head alone learns on cached features before layers thaw; use 1 to 5 to fine-tune",
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
            help="Each block before the last thawed one has this share of the learning rate of the block behind it; "
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
            label="Rates by hand",
            help="Learning rate of a layer and all below it; can be given again, later ones win",
            option="--rate",
        ),
    ] = ()
    schedule: Annotated[
        Literal["constant", "cosine", "one_cycle"],
        Setting(
            label="Schedule",
            help="How rates go over the epochs. Cosine falls to 0 and ends calmly; one-cycle rises first, for higher "
            "rates",
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
            help="Rates rise from near 0 over so many epochs; use it where the first steps make the loss jump",
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
            help="Epochs after which an earlier plan of this run had ended",
            note="Cosine and one-cycle begin a new cycle there (warm restart, arXiv 1608.03983); constant goes on as "
            "if it had never ended.",
            unit="epochs",
            option="thaw resume --epochs",
        ),
    ] = ()
    label_smoothing: Annotated[
        float,
        Setting(
            label="Label smoothing",
            help="Share of each label spread over all classes; 0.1 keeps a model from being too sure where labels are "
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
            help="For classes with few photos. Loss: their losses count more. Sampler: their photos come more often",
            choices=("None", "Loss", "Sampler"),
            group="data",
            order=2,
        ),
    ] = "none"
    clip_norm: Annotated[
        float,
        Setting(
            label="Gradient clipping",
            help="Longest gradient allowed, over all that trains; 1 tames a loss that explodes",
            zero="no limit",
            ge=0,
            group="safety",
            order=3,
            metavar="LENGTH",
        ),
    ] = 0.0
    result: Annotated[
        Result,
        Setting(
            label="Result",
            help="Which epoch's weights and figures are the run's. Lowest validation loss: steadier than accuracy on "
            "few photos",
            note="Where a number is learned, lowest loss and accuracy both mean the lowest mean absolute error. Beside "
            "the last epoch, the one with the lowest validation loss is kept as the best.",
            choices=("Lowest loss", "Accuracy", "Last epoch"),
            group="safety",
            order=1,
        ),
    ] = "loss"
    patience: Annotated[
        int,
        Setting(
            label="Patience",
            help="Early stopping: ends after so many epochs without a better one, as the result compares them",
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
            help="Numbers that training computes in. Automatic: float32 on a CPU, bfloat16 on a GPU that has it, for "
            "speed",
            note="On a GPU what is frozen computes in them, too.",
            choices=("Automatic", "float32", "bfloat16", "float16"),
            group="safety",
            order=5,
        ),
    ] = "auto"
    deterministic: Annotated[
        bool,
        Setting(
            label="De&terministic on a GPU",
            help="Only algorithms that give the same bits each time, where there are any; a little slower. A CPU "
            "always does",
            group="safety",
            order=7,
        ),
    ] = True
    checkpoint_minutes: Annotated[
        float,
        Setting(
            label="Checkpoint",
            help="At most so much is lost when the program is killed; one is written after every epoch, too",
            unit="minutes",
            gt=0,
            group="safety",
            order=4,
        ),
    ] = 5.0

    @property
    def planned(self) -> str:
        """The epochs of each phase, as they are written everywhere: “10”; “3 + 10” with the head alone first."""
        return f"{self.head_epochs} + {self.epochs}" if self.head_epochs else str(self.epochs)

    @property
    def all_epochs(self) -> int:
        """Of both phases."""
        return self.head_epochs + self.epochs
