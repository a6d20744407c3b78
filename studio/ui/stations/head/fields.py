"""The settings of a training as rows: what each is called, what may be typed, and what it does in plain words.

A tooltip gives the field's term, what it does, and when to use it.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import Literal

from studio.spec import RunSpec
from studio.ui.widgets.number_field import written

Part = Literal["train", "head"]
"""Which half of a `RunSpec` a setting lives in."""


@dataclass(frozen=True)
class Number:
    """A number that is typed."""

    key: str
    label: str
    name: str
    tip: str
    whole: bool = False
    least: float = 0
    may_be_least: bool = True
    most: float = math.inf
    may_be_most: bool = True
    part: Part = "train"


@dataclass(frozen=True)
class Choice:
    """One of a few; `options` are keys of the spec and what they are called."""

    key: str
    label: str
    tip: str
    options: tuple[tuple[str, str], ...]
    part: Part = "train"


@dataclass(frozen=True)
class Switch:
    """On or off."""

    key: str
    label: str
    tip: str
    part: Part = "train"


Field = Number | Choice | Switch

DEVICES = (("auto", "Automatic"), ("cpu", "CPU"), ("cuda:0", "CUDA:0"))
MAC_DEVICES = (("auto", "Automatic"), ("cpu", "CPU"), ("mps", "Apple GPU (MPS)"))

BASICS: tuple[Field, ...] = (
    Number(
        "epochs", "&Epochs", "Epochs", "Passes over the training photos; more learn more, until it overfits", True, 1
    ),
    Number(
        "batch_size", "&Batch size", "Batch size", "Photos in one optimizer step; smaller needs less memory", True, 1
    ),
    Number(
        "lr",
        "&Learning rate, head",
        "The learning rate",
        "Step size of the new last layers; lower it where the loss jumps",
        may_be_least=False,
        most=1e6,
    ),
    Number(
        "backbone_lr",
        "Learning rate, b&ackbone",
        "The learning rate",
        "Step size of the last thawed block; keep it far below the head's, its weights are good already",
        may_be_least=False,
        most=1e6,
    ),
)

HEAD: tuple[Field, ...] = (
    Choice(
        "kind",
        "Kind of head",
        "Linear: one map from features to scores, enough for most photos. MLP: a hidden layer more, for many photos",
        (("linear", "Linear"), ("mlp", "MLP")),
        "head",
    ),
    Number(
        "hidden",
        "Hidden width",
        "The width",
        "Units of the MLP's hidden layer; more can tell finer differences and overfit sooner",
        True,
        1,
        most=65536,
        part="head",
    ),
    Number(
        "dropout",
        "Dropout",
        "Dropout",
        "Share of hidden units left out at random while learning; raise it against overfitting",
        most=1,
        may_be_most=False,
        part="head",
    ),
    Choice(
        "start",
        "First weights",
        "Of the last layer. Zero: no class is preferred before anything is learned; better with few photos",
        (("zero", "Zero"), ("random", "Random")),
        "head",
    ),
    Switch(
        "standardize",
        "Nor&malize features",
        "Scale each feature to mean 0 and standard deviation 1 while the head learns; off: raw features as they come",
        "head",
    ),
)

PHASES: tuple[Field, ...] = (
    Number(
        "head_epochs",
        "Epochs, head only",
        "The number of epochs",
        "Two-phase run: so many epochs train the head on cached features before layers thaw; use 1 to 5 to fine-tune",
        True,
    ),
)

RATES: tuple[Field, ...] = (
    Choice(
        "schedule",
        "Schedule",
        "How rates go over the epochs. Cosine falls to 0 and ends calmly; one-cycle rises first, for higher rates",
        (("constant", "Constant"), ("cosine", "Cosine"), ("one_cycle", "One-cycle")),
    ),
    Number(
        "warmup",
        "Warm-up, epochs",
        "The warm-up",
        "Rates rise from near 0 over so many epochs; use it where the first steps make the loss jump",
    ),
    Number(
        "layer_decay",
        "Layer-wise decay",
        "The factor",
        "Each block before the last thawed one has this share of the learning rate of the block behind it; 1: equal",
        may_be_least=False,
        most=1,
    ),
    Choice(
        "optimizer",
        "&Optimizer",
        "How gradients become steps. AdamW suits nearly always; SGD (momentum 0.9) wants rates about ten times higher",
        (("adamw", "AdamW"), ("adam", "Adam"), ("sgd", "SGD")),
    ),
    Number(
        "weight_decay",
        "&Weight decay",
        "Weight decay",
        "Pull toward zero on what trains, never on norms and biases; raise it against overfitting",
    ),
)

DATA: tuple[Field, ...] = (
    Number(
        "label_smoothing",
        "Label smoothing",
        "Label smoothing",
        "Share of each label spread over all classes; 0.1 keeps a model from being too sure where labels are noisy",
        most=1,
        may_be_most=False,
    ),
    Choice(
        "balance",
        "Class weights",
        "For classes with few photos. Loss: their losses count more. Sampler: their photos come more often",
        (("none", "None"), ("weights", "Loss"), ("sampling", "Sampler")),
    ),
    Number("seed", "&Seed", "The seed", "First weights and order of photos; the same seed gives the same run", True),
)

SAFETY: tuple[Field, ...] = (
    Choice(
        "result",
        "Result",
        "Which epoch's weights and figures are the run's. Lowest validation loss: steadier than accuracy on few photos",
        (("loss", "Lowest loss"), ("metric", "Accuracy"), ("last", "Last epoch")),
    ),
    Number(
        "patience",
        "Patience, epochs",
        "Patience",
        "Early stopping: ends after so many epochs without a better one; 0 trains to the last",
        True,
    ),
    Number(
        "clip_norm",
        "Gradient clipping",
        "The limit",
        "Longest gradient allowed, over all that trains; 1 tames a loss that explodes, 0 is no limit",
    ),
    Number(
        "checkpoint_minutes",
        "Checkpoint, minutes",
        "The time",
        "At most so much is lost when the program is killed; one is written after every epoch, too",
        may_be_least=False,
    ),
    Choice(
        "precision",
        "Precision",
        "Numbers that training computes in. Automatic: float32 on a CPU, bfloat16 on a GPU that has it, for speed",
        (("auto", "Automatic"), ("float32", "float32"), ("bfloat16", "bfloat16"), ("float16", "float16")),
    ),
    Choice(
        "device",
        "&Device",
        "Where to compute; automatic takes a graphics card where there is one",
        MAC_DEVICES if sys.platform == "darwin" else DEVICES,
    ),
    Switch(
        "deterministic",
        "De&terministic on a GPU",
        "Only algorithms that give the same bits each time, where there are any; a little slower. A CPU always does",
    ),
)

SECTIONS: tuple[tuple[str, str, tuple[Field, ...]], ...] = (
    ("head", "Head", HEAD),
    ("phases", "Head warm-up", PHASES),
    ("rates", "Optimizer", RATES),
    ("data", "Data", DATA),
    ("safety", "Stopping and safety", SAFETY),
)


def summary(section: str, spec: RunSpec, frozen: bool = False) -> str:
    """What a closed section holds, in a few words.

    Args:
        section: Key of one of `SECTIONS`.
        spec: The settings.
        frozen: True where no layer of the backbone trains.
    """
    train, head = spec.train, spec.head
    match section:
        case "head":
            kind = "linear" if head.kind == "linear" else f"MLP {head.hidden}"
            parts = [kind, "normalized" if head.standardize else "raw"]
        case "phases":
            parts = [f"{train.planned} epochs" if train.head_epochs else "none"]
            parts += ["nothing thaws"] if train.head_epochs and frozen else []
        case "rates":
            parts = [_called("schedule", RATES, train.schedule).lower(), _called("optimizer", RATES, train.optimizer)]
            parts += [f"×{written(train.layer_decay)} per block"] if train.layer_decay != 1 and not frozen else []
            parts += [f"{len(train.layer_rates)} by hand"] if train.layer_rates and not frozen else []
        case "data":
            parts = [f"smoothing {written(train.label_smoothing)}"] if train.label_smoothing else []
            parts += ["class weights"] if train.balance != "none" else []
            parts += [f"seed {train.seed}"]
        case _:
            parts = [_called("result", SAFETY, train.result).lower()]
            parts += [f"patience {train.patience}"] if train.patience else []
            parts += [f"clip {written(train.clip_norm)}"] if train.clip_norm else []
            parts += [train.precision] if train.precision != "auto" else []
            parts += [train.device.upper()] if train.device != "auto" else []
    return ", ".join(parts)


def _called(key: str, fields: tuple[Field, ...], value: str) -> str:
    field = next(field for field in fields if field.key == key)
    options = dict(field.options) if isinstance(field, Choice) else {}
    return options.get(value, value).split(",")[0]
