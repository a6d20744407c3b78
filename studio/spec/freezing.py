"""Which layers are frozen, and what BatchNorm does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BatchNorm = Literal["keep", "thawed", "update"]


@dataclass(frozen=True)
class FreezePlan:
    """Which layers stand still. Resolved against a network's layers in the order in which they run.

    Rules in order, later ones win: `base` for every layer; `until`, where given, freezes every layer up to and with
    that one and thaws the rest; `thaw` thaws the named layers; `freeze` freezes the named ones. A name covers every
    layer below it (`blocks.4` covers `blocks.4.0.conv_pw`).

    Attributes:
        base: What holds for a layer that no rule names.
        until: Everything up to this layer is frozen, everything behind it thawed; "" for no such rule.
        thaw: Names of thawed layers.
        freeze: Names of frozen layers.
        batch_norm: What BatchNorm layers do with their running statistics. "keep": all stand still, those of thawed
            layers, too, whose weight and bias learn; a few photos a batch make poor statistics. "thawed": those of
            thawed layers follow the photos. "update": those of frozen layers as well, while their weight and bias
            stand still; then nothing behind the first BatchNorm can be computed once.
    """

    base: Literal["all", "none"] = "all"
    until: str = ""
    thaw: tuple[str, ...] = ()
    freeze: tuple[str, ...] = ()
    batch_norm: BatchNorm = "keep"
