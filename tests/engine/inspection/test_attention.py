"""Attention weights computed from queries and keys equal those of a pass without fused attention."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import timm
import torch
from timm.layers.attention import Attention as TimmAttention
from torch import Tensor, nn

from studio.engine.inspection import attention
from studio.session.inspection import attention as weights


class Block(nn.Module):
    """Tokens of nine patches, and the class token, through one attention of either library."""

    def __init__(self, kind: str, heads: int = 3) -> None:
        super().__init__()
        torch.manual_seed(4)
        self.norm = nn.LayerNorm(12)
        if kind == "timm":
            self.attn: Any = TimmAttention(12, heads, qkv_bias=True, qk_norm=True, norm_layer=nn.LayerNorm)
        else:
            self.attn = nn.MultiheadAttention(12, heads, batch_first=True)
            nn.init.normal_(self.attn.in_proj_bias)
        self.mlp = nn.Linear(12, 12)

    def forward(self, tokens: Tensor) -> Tensor:
        inner = self.norm(tokens)
        if isinstance(self.attn, nn.MultiheadAttention):
            return self.mlp(tokens + self.attn(inner, inner, inner, need_weights=False)[0])
        return self.mlp(tokens + self.attn(inner))


class Network(nn.Module):
    def __init__(self, kind: str) -> None:
        super().__init__()
        self.blocks = nn.Sequential(Block(kind), Block(kind))
        self.head = nn.Linear(12, 2)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.head(self.blocks(tokens))


def unfused(network: Network, kind: str, tokens: Tensor) -> Tensor:
    """Weights (heads, T, T) of the second block in a pass without fused attention."""
    block = network.blocks[1]
    if kind == "torch":
        inner = block.norm(network.blocks[0](tokens))
        return block.attn(inner, inner, inner, need_weights=True, average_attn_weights=False)[1][0]
    block.attn.fused_attn = False
    held: list[Tensor] = []
    handle = block.attn.attn_drop.register_forward_hook(lambda _module, _inputs, output: held.append(output))
    network(tokens)
    handle.remove()
    block.attn.fused_attn = True
    return held[0][0]


@pytest.mark.parametrize("kind", ["timm", "torch"])
@torch.no_grad()
def test_attention_weights_equal_those_of_an_unfused_pass(kind: str) -> None:
    network, tokens = Network(kind).eval(), torch.randn(1, 10, 12, generator=torch.Generator().manual_seed(1))
    with attention.hooked(network, "blocks.1") as hook:
        network(tokens)
    assert hook is not None
    assert hook.path == "blocks.1.attn"
    result = hook.result()
    assert result is not None
    assert (result.side, result.extra) == ((3, 3), 1)
    expected = unfused(network, kind, tokens).numpy()
    assert expected.std() > 0.01
    for token in (0, 7):
        np.testing.assert_allclose(weights.weights(result, token), expected[:, token], rtol=1e-4, atol=1e-6)
    assert weights.token_at(result, (1, 2)) == 6
    np.testing.assert_array_equal(weights.maps(result, 6)[:, 1, 2], weights.weights(result, 6)[:, 6])
    hooks = [module for module in network.modules() if module._forward_hooks or module._forward_pre_hooks]
    assert not hooks


@pytest.mark.parametrize(
    ("layer", "path"),
    [
        ("blocks.0.attn", "blocks.0.attn"),
        ("blocks.0.attn.qkv", "blocks.0.attn"),
        ("blocks.1", "blocks.1.attn"),
        ("blocks", None),
        ("blocks.1.mlp", None),
        ("head", None),
    ],
)
def test_the_attention_of_a_layer_is_found_at_in_or_around_it(layer: str, path: str | None) -> None:
    hook = attention.find(Network("timm"), layer)
    assert (hook.path if hook is not None else None) == path


@pytest.mark.parametrize("name", ["beit_base_patch16_224", "eva02_tiny_patch14_224", "vit_small_patch16_dinov3"])
@torch.no_grad()
def test_rotary_embeddings_and_position_biases_are_in_the_weights(name: str) -> None:
    size = 56 if name.startswith("eva") else 64
    small = {"embed_dim": 24, "depth": 2, "num_heads": 3, "img_size": size, "num_classes": 0}
    network = timm.create_model(name, pretrained=False, **small).eval()
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.3, generator=torch.Generator().manual_seed(3))
    photo = torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(1))
    with attention.hooked(network, "blocks.1") as hook:
        network(photo)
    result = hook.result() if hook is not None else None
    assert result is not None
    module = network.blocks[1].attn
    module.fused_attn = False
    held: list[Tensor] = []
    handle = module.attn_drop.register_forward_hook(lambda _module, _inputs, output: held.append(output))
    network(photo)
    handle.remove()
    expected = held[0][0].numpy()
    assert expected.std() > 0.01
    for token in (0, 9):
        np.testing.assert_allclose(weights.weights(result, token), expected[:, token], rtol=1e-3, atol=1e-5)
    side = size // (14 if size == 56 else 16)
    assert result.side == (side, side)
    assert result.extra == network.num_prefix_tokens


@torch.no_grad()
def test_attention_inside_windows_is_not_shown_as_a_map_of_the_photo() -> None:
    small = {"img_size": 56, "embed_dim": 12, "depths": (1, 1), "num_heads": (2, 2), "window_size": 7}
    network = timm.create_model("swin_tiny_patch4_window7_224", pretrained=False, num_classes=0, **small).eval()
    with attention.hooked(network, "layers.0.blocks.0.attn") as hook:
        network(torch.randn(1, 3, 56, 56))
    assert hook is not None
    assert hook.result() is None


def test_a_failed_pass_leaves_no_hook_and_no_mode() -> None:
    network = Network("timm")
    with pytest.raises(RuntimeError), attention.hooked(network, "blocks.1"):
        network.blocks[1].attn(torch.zeros(1, 10, 13))
    assert not torch.overrides._get_current_function_mode_stack()
    assert not [module for module in network.modules() if module._forward_hooks or module._forward_pre_hooks]
