"""Queries and keys of attention layers: their weights equal those of the pass that holds them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
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
    """Weights (heads, T, T) of the second block in a pass that holds them."""
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
def test_weights_equal_those_of_a_pass_that_is_not_fused(kind: str) -> None:
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


def test_attention_with_a_bias_of_its_own_is_left_alone() -> None:
    class Attention(TimmAttention):
        """As in networks that add something to the scores."""

    network = nn.Sequential(Attention(12, 3))
    assert attention.find(network, "0") is None
