"""The frozen layers, and the BatchNorm policy."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from studio.spec.settings import Setting, documented

BatchNorm = Literal["keep", "thawed", "update"]


@documented
class FreezePlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The frozen layers. Resolved against a network's layers in the order in which they run.

    Rules in order, later ones win: `base` for every layer; `until`, where given, freezes every layer up to and with
    that one and thaws the rest; `thaw` thaws the named layers; `freeze` freezes the named ones. A name covers every
    layer below it (`blocks.4` covers `blocks.4.0.conv_pw`).
    """

    base: Annotated[
        Literal["all", "none"],
        Setting(
            label="Frozen at first", help="Where to begin: what holds for a layer that no rule names", option="--freeze"
        ),
    ] = "all"
    until: Annotated[
        str,
        Setting(
            label="Frozen up to",
            help="Everything up to and with this layer is frozen, everything behind it thawed",
            option="--freeze-until",
        ),
    ] = ""
    thaw: Annotated[tuple[str, ...], Setting(label="Thawed", help="Layers that are thawed, after the rules above")] = ()
    freeze: Annotated[
        tuple[str, ...],
        Setting(label="Frozen", help="Layers that are frozen, after all else", option="--freeze-layers"),
    ] = ()
    batch_norm: Annotated[
        BatchNorm,
        Setting(
            label="BatchNorm statistics",
            help="Running mean and variance of BatchNorm layers: keep all, update those of thawed layers, or all",
            note="`keep`: safe with small batches; weight and bias of thawed layers learn all the same. `update`: "
            "those of frozen layers, too, whose weight and bias are unchanged; then nothing behind the first "
            "BatchNorm can be computed once.",
        ),
    ] = "keep"
