"""The frozen layers, and the BatchNorm policy."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from studio.spec.settings import Setting, documented

BatchNorm = Literal["keep", "thawed", "update"]


@documented
class FreezePlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The frozen layers, as rules that are applied to a network's layers in the order in which they run.

    Later rules override earlier ones: `base` for every layer; `until`, if set, freezes every layer up to and including
    that one and thaws the rest; `thaw` thaws the named layers; `freeze` freezes the named ones. A name includes every
    layer below it (`blocks.4` includes `blocks.4.0.conv_pw`).
    """

    base: Annotated[
        Literal["all", "none"],
        Setting(
            label="Frozen by default", help="Whether layers that no other rule names are frozen", option="--freeze"
        ),
    ] = "all"
    until: Annotated[
        str,
        Setting(
            label="Frozen up to",
            help="Every layer up to and including this one is frozen, every later one thawed",
            option="--freeze-until",
        ),
    ] = ""
    thaw: Annotated[tuple[str, ...], Setting(label="Thawed", help="Layers thawed in addition to the rules above")] = ()
    freeze: Annotated[
        tuple[str, ...],
        Setting(label="Frozen", help="Layers that are frozen, applied last", option="--freeze-layers"),
    ] = ()
    batch_norm: Annotated[
        BatchNorm,
        Setting(
            label="BatchNorm statistics",
            help="Running mean and variance of BatchNorm layers: keep all, update those of thawed layers, or all",
            note="`keep`: safe with small batches; weight and bias of thawed layers train all the same. `update`: "
            "also those of frozen layers, whose weight and bias stay unchanged; then nothing after the first "
            "BatchNorm can be cached.",
        ),
    ] = "keep"
