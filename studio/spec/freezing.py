"""The frozen layers, the BatchNorm policy, and the adapters of frozen layers (LoRA)."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from studio.spec.settings import Setting, documented
from studio.spec.structs import replace

BatchNorm = Literal["keep", "thawed", "update"]
LoraLayers = Literal["all", "attention", "mlp"]


@documented
class FreezePlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The frozen layers, as rules that are applied to a network's layers in the order in which they run.

    Later rules override earlier ones: `base` for every layer; `until`, if set, freezes every layer up to and including
    that one and thaws the rest; `thaw` thaws the named layers; `freeze` freezes the named ones. A name includes every
    layer below it (`blocks.4` includes `blocks.4.0.conv_pw`).

    With a `lora_rank`, frozen linear layers of transformer blocks get adapters (LoRA) that train in their place.
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
            note="`keep`: safe with small batches; weight and bias of thawed layers still train. `update`: "
            "also those of frozen layers, whose weight and bias stay unchanged; then nothing after the first "
            "BatchNorm can be cached.",
        ),
    ] = "keep"
    lora_rank: Annotated[
        int,
        Setting(
            label="LoRA rank",
            help="Adapts frozen linear layers of a transformer with two small matrices of this rank beside each: few "
            "parameters; 4 to 16 is usual",
            note="The layer computes W x + (alpha / rank) B A x: W stays frozen, A begins random and B at 0, so that "
            "the first step starts from the pretrained network (arXiv 2106.09685). Thawed layers train as a whole, "
            "without adapters. An export has the merged weights.",
            zero="no adapters",
            ge=0,
            le=1024,
            group="lora",
            order=1,
            metavar="N",
        ),
    ] = 0
    lora_alpha: Annotated[
        float,
        Setting(
            label="LoRA alpha",
            help="Scale of the adapters: their output is multiplied by alpha / rank; twice the rank is usual",
            gt=0,
            le=1e6,
            group="lora",
            order=2,
            metavar="ALPHA",
        ),
    ] = 16.0
    lora_layers: Annotated[
        LoraLayers,
        Setting(
            label="LoRA layers",
            help="Linear layers of the transformer blocks that get adapters: all, those of attention (queries, keys, "
            "values and output), or those of the MLP",
            choices=("All", "Attention", "MLP"),
            group="lora",
            order=3,
        ),
    ] = "all"
    lora_after: Annotated[
        str,
        Setting(
            label="LoRA only after",
            help="Adapters only in the layers after this one, so that those up to it are computed once; if empty, in "
            "all frozen layers",
            option="--lora-after",
        ),
    ] = ""

    @property
    def trains_nothing(self) -> bool:
        """True where nothing in any backbone trains: no layer is thawed and none has an adapter."""
        return self.base == "all" and not self.until and not self.thaw and not self.lora_rank

    def with_policies_of(self, other: FreezePlan) -> FreezePlan:
        """These frozen layers, with the BatchNorm policy and the adapters of another plan."""
        policies = ("batch_norm", "lora_rank", "lora_alpha", "lora_layers", "lora_after")
        return replace(self, **{name: getattr(other, name) for name in policies})
