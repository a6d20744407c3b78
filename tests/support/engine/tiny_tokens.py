"""A vision transformer for tests, with a class token, a thousandth of the usual size."""

from __future__ import annotations

from typing import Any

from timm.models import is_model, register_model
from timm.models.vision_transformer import VisionTransformer
from torch import nn

from studio.catalog import catalog
from studio.spec import BackboneSpec
from studio.spec.structs import replace

NAME = "tiny_test_token_vit"
VIT = BackboneSpec(NAME, "none")
"""Random weights by seed; layers `patch_embed`, `blocks.0` to `blocks.3`, `norm`; photos of 32 × 32, 4 × 4 patches."""

WIDTH, BLOCKS = 16, 4


def tiny_test_token_vit(pretrained: bool = False, **options: Any) -> nn.Module:
    """Build the network, with the signature of timm's entry points."""
    side = options.get("img_size", 32)
    network = VisionTransformer(side, 8, embed_dim=WIDTH, depth=BLOCKS, num_heads=2, num_classes=2)
    network.pretrained_cfg = {"classifier": "head"}
    return network


def register() -> None:
    """Register the network with timm and the catalog in this process."""
    if not is_model(NAME):
        register_model(tiny_test_token_vit)
    like = catalog.find("vit_tiny_patch16_224")
    steps = replace(like.preprocess, size=(32, 32), resize=(32, 32))
    catalog._names()[NAME] = replace(
        like,
        name=NAME,
        arch=NAME,
        features=WIDTH,
        parameters=15_000,
        macs=300_000,
        input_size=(3, 32, 32),
        preprocess=steps,
        weights="",
        url="",
        download_mb=0.1,
        published="class",
        readouts=("class", "patches", "class+patches", "blocks"),
        channels=WIDTH,
        blocks=BLOCKS,
    )


register()
