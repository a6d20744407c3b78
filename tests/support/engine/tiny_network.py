"""A network for tests: the architecture and layer names of the bundled one, a thousandth of its size."""

from __future__ import annotations

from typing import Any

from timm.models import is_model, register_model
from timm.models._efficientnet_builder import decode_arch_def
from timm.models.efficientnet import EfficientNet
from torch import nn

from studio.catalog import catalog
from studio.spec import BUNDLED_BACKBONE, BackboneSpec
from studio.spec.structs import replace

NAME = "tiny_test_efficientnet"
TINY = BackboneSpec(NAME, "none", 32)
"""Random weights by seed; layers `conv_stem`, `blocks.0` to `blocks.6`, `conv_head`, `bn2`."""

WIDTH = 32
STRIDES = (1, 2, 2, 2, 1, 2, 1)
STAGES = [f"{'ir' if stage == 6 else 'ds'}_r1_k3_s{stride}_e1_c{4 + stage}" for stage, stride in enumerate(STRIDES)]


def tiny_test_efficientnet(pretrained: bool = False, **options: Any) -> nn.Module:
    """Build the network, with the signature of timm's entry points."""
    if "img_size" in options:
        raise TypeError("img_size")  # as networks of timm do that take any size
    blocks = decode_arch_def([[stage] for stage in STAGES])
    network = EfficientNet(blocks, num_features=WIDTH, stem_size=4, fix_stem=True, act_layer=nn.ReLU6)
    network.pretrained_cfg = {"classifier": "classifier"}
    return network


def register() -> None:
    """Register the network with timm and the catalog in this process."""
    if not is_model(NAME):
        register_model(tiny_test_efficientnet)
    like = catalog.find(BUNDLED_BACKBONE)
    size = 4_000
    catalog._names()[NAME] = replace(
        like,
        name=NAME,
        source="timm",
        arch=NAME,
        features=WIDTH,
        channels=WIDTH,
        parameters=size,
        weights="",
        url="",
        download_mb=0.1,
    )


register()
