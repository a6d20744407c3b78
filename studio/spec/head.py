"""The head: the new last layers."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from studio.spec.settings import Setting, documented


@documented
class HeadSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The new last layers, from the features to one score per class (or to one number)."""

    standardize: Annotated[
        bool,
        Setting(
            label="Nor&malize features",
            help="Scale each feature to mean 0 and standard deviation 1 while the head trains",
            note="The scaling is folded into the saved weights, so the exported head takes raw features.",
            group="head",
            off="--raw-features",
        ),
    ] = True
    kind: Annotated[
        Literal["linear", "mlp"],
        Setting(
            label="Kind of head",
            help="Linear: one linear layer, sufficient for most data sets. MLP: adds a hidden layer, for many photos",
            note="The hidden layer of an MLP is followed by ReLU and dropout.",
            choices=("Linear", "MLP"),
            group="head",
            order=1,
            option="--head",
        ),
    ] = "linear"
    hidden: Annotated[
        int,
        Setting(
            label="Hidden width",
            help="Units in the MLP's hidden layer; more units learn finer distinctions, but overfit sooner",
            ge=1,
            le=65536,
            needs=("kind", "mlp"),
            group="head",
            order=2,
        ),
    ] = 256
    dropout: Annotated[
        float,
        Setting(
            label="Dropout",
            help="Share of hidden units dropped at random in training; raise it against overfitting",
            ge=0,
            lt=1,
            group="head",
            order=3,
            metavar="SHARE",
        ),
    ] = 0.2
    start: Annotated[
        Literal["zero", "random"],
        Setting(
            label="Initial weights",
            help="Initial weights of the last layer. Zero: no class is preferred at first; better with few photos",
            note="Random: torch's own initialization. In regression the last layer always starts at zero.",
            choices=("Zero", "Random"),
            group="head",
            order=4,
        ),
    ] = "zero"
