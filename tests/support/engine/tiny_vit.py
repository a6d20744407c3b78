"""Tiny transformers for tests: timm's, and one whose attention reads the weights of its parts."""

from __future__ import annotations

from typing import Any

from timm.models import is_model, register_model
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn

from studio.catalog import catalog
from studio.spec import BackboneSpec
from studio.spec.structs import replace

WIDTH = 16
BLOCKS = 3
VIT = BackboneSpec("tiny_test_vit", "none", 32)
"""timm's vision transformer with random weights by seed; layers `blocks.0.attn.qkv` to `blocks.2.mlp.fc2`."""

TORCH_VIT = BackboneSpec("tiny_test_torch_vit", "none", 32)
"""The same of torch's `MultiheadAttention`, which never calls its output layer; layers `blocks.0.attn.out_proj`, …"""


class _Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(WIDTH)
        self.attn = nn.MultiheadAttention(WIDTH, 2, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 2 * WIDTH), nn.GELU(), nn.Linear(2 * WIDTH, WIDTH))

    def forward(self, tokens: Tensor) -> Tensor:
        normed = self.norm(tokens)
        tokens = tokens + self.attn(normed, normed, normed, need_weights=False)[0]
        return tokens + self.mlp(tokens)


class TorchVit(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.patch = nn.Conv2d(3, WIDTH, 8, 8)
        self.blocks = nn.Sequential(*[_Block() for _ in range(BLOCKS)])
        self.head: nn.Module = nn.Linear(WIDTH, 10)

    def reset_classifier(self, classes: int) -> None:
        self.head = nn.Linear(WIDTH, classes) if classes else nn.Identity()

    def forward(self, photos: Tensor) -> Tensor:
        tokens: Tensor = self.blocks(self.patch(photos).flatten(2).transpose(1, 2))
        scores: Tensor = self.head(tokens.mean(1))
        return scores


def tiny_test_vit(pretrained: bool = False, **options: Any) -> nn.Module:
    """Build timm's, with the signature of its entry points."""
    network = VisionTransformer(
        img_size=options.get("img_size", 32), patch_size=8, embed_dim=WIDTH, depth=BLOCKS, num_heads=2, mlp_ratio=2
    )
    network.pretrained_cfg = {"classifier": "head"}
    return network


def tiny_test_torch_vit(pretrained: bool = False, **options: Any) -> nn.Module:
    """Build torch's, with the signature of timm's entry points."""
    if "img_size" in options:
        raise TypeError("img_size")
    network = TorchVit()
    network.pretrained_cfg = {"classifier": "head"}
    return network


def register() -> None:
    """Register the networks with timm and the catalog in this process."""
    like = catalog.find("vit_tiny_patch16_224")
    for build, spec in ((tiny_test_vit, VIT), (tiny_test_torch_vit, TORCH_VIT)):
        if not is_model(spec.name):
            register_model(build)
        changes = {"features": WIDTH, "parameters": 8_000, "weights": "", "url": "", "download_mb": 0.1}
        info = replace(
            like, name=spec.name, source="timm", arch=spec.name, input_size=(3, 32, 32), fixed_size=False, **changes
        )
        catalog._names()[spec.name] = info


register()
