"""The new last layers."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from studio.spec.settings import Setting, documented


@documented
class HeadSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The new last layers, from the features to one score a class (or to one number)."""

    standardize: Annotated[
        bool,
        Setting(
            label="Nor&malize features",
            help="Scale each feature to mean 0 and standard deviation 1 while the head learns",
            note="The scaling is folded into the saved weights, so the exported head takes raw features.",
            group="head",
            off="--raw-features",
        ),
    ] = True
    kind: Annotated[
        Literal["linear", "mlp"],
        Setting(
            label="Kind of head",
            help="Linear: one map from features to scores, enough for most photos. MLP: a hidden layer more, for many "
            "photos",
            note="The hidden layer of an MLP has ReLU and dropout behind it.",
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
            help="Units of the MLP's hidden layer; more can tell finer differences and overfit sooner",
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
            help="Share of hidden units left out at random while learning; raise it against overfitting",
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
            label="First weights",
            help="Of the last layer. Zero: no class is preferred before anything is learned; better with few photos",
            note="Random: torch's own. A layer that gives a number always starts at zero.",
            choices=("Zero", "Random"),
            group="head",
            order=4,
        ),
    ] = "zero"
