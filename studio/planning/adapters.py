"""The linear layers of transformer blocks that can have adapters (LoRA, arXiv 2106.09685), found in a layer table.

A transformer block is the layer around an attention layer. Its linear layers are those of the attention (queries, keys,
values, output) and those beside it, which are its MLP. Convolutional networks have none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from studio.events import Layer

Role = Literal["attention", "mlp"]

LINEAR = ("Linear", "NonDynamicallyQuantizableLinear")
"""Type names of linear layers; the second is that of the output layer in torch's `MultiheadAttention`."""

STACKED = ("in_proj_weight",)
"""Names of parameters that stand for a linear layer without a module of its own: queries, keys and values of torch's
`MultiheadAttention`."""

ATTENTION_TYPES = ("Attention", "Attn")
ATTENTION_NAMES = ("attn", "attention", "self_attn", "self_attention", "attn_in", "attn_out", "xca", "e_mhsa")
POSITIONS = ("mlp", "pos")
"""Parts of names of linear layers inside an attention layer that compute positions, not queries, keys or values."""

CHAINS = ("Sequential", "ModuleList")


@dataclass(frozen=True)
class LinearLayer:
    """A linear layer of a transformer block.

    Attributes:
        path: Path of the layer, or of the bare parameter that is its weight.
        weight: Name of its weight.
        host: Path of the layer whose call reads the weight: itself, or the attention layer that reads the weights of
            its parts instead of calling them.
        role: Part of the block.
        inputs: Width of its input.
        outputs: Width of its output.
        order: Rank of the layer in execution order.
    """

    path: str
    weight: str
    host: str
    role: Role
    inputs: int
    outputs: int
    order: int

    def parameters(self, rank: int) -> int:
        """Number of parameters of an adapter of this rank."""
        return rank * (self.inputs + self.outputs)


def linear_layers(layers: Sequence[Layer]) -> tuple[LinearLayer, ...]:
    """The linear layers of all transformer blocks, in the order of the table; empty for other networks."""
    by_path = {layer.path: layer for layer in layers}
    attentions = set(_attentions(layers))
    blocks = {block for path in attentions if (block := _block(path, by_path))}
    return tuple(
        linear
        for layer in layers
        if layer.leaf and (role := _role(layer, attentions, blocks)) and (linear := _linear(layer, by_path, role))
    )


def _attentions(layers: Sequence[Layer]) -> Iterator[str]:
    """Paths of the innermost attention layers."""
    outer: set[str] = set()
    for layer in reversed(layers):  # layers come after those that contain them
        if layer.leaf or layer.path in outer:
            continue
        name = layer.path.rpartition(".")[2]
        if any(word in layer.type for word in ATTENTION_TYPES) or name in ATTENTION_NAMES:
            yield layer.path
            outer.update(_parents(layer.path))


def _block(attention: str, by_path: dict[str, Layer]) -> str:
    """Path of the block around an attention layer; "" where that is the whole network."""
    for path in _parents(attention):
        if path in by_path and not any(word in by_path[path].type for word in CHAINS):
            return path
    return ""


def _role(layer: Layer, attentions: set[str], blocks: set[str]) -> Role | None:
    """The part of a transformer block that a leaf belongs to; None where it is not a linear layer of one."""
    name = layer.path.rpartition(".")[2]
    if layer.type not in LINEAR and not (layer.type == "Parameter" and name in STACKED):
        return None
    parents = _parents(layer.path)
    attention = next((path for path in parents if path in attentions), "")
    if attention:
        below = layer.path.removeprefix(f"{attention}.")
        return None if any(word in below for word in POSITIONS) else "attention"
    return "mlp" if any(path in blocks for path in parents) else None


def _linear(layer: Layer, by_path: dict[str, Layer], role: Role) -> LinearLayer | None:
    """The linear layer with its widths; None where no call reads its weight."""
    parent = by_path.get(layer.path.rpartition(".")[0])
    if layer.type == "Parameter":
        if parent is None or not parent.output_shape or len(layer.output_shape) != 2:
            return None
        outputs, inputs = layer.output_shape
        return LinearLayer(layer.path, layer.path, parent.path, role, inputs, outputs, layer.order)
    weight = f"{layer.path}.weight"
    if layer.output_shape and layer.input_shape:
        sides = layer.input_shape[-1], layer.output_shape[-1]
        return LinearLayer(layer.path, weight, layer.path, role, *sides, layer.order)
    if parent is None or not parent.output_shape or not parent.input_shape:
        return None
    inputs = parent.input_shape[-1]
    with_bias, rest = divmod(layer.parameters, inputs + 1)
    outputs = with_bias if not rest else layer.parameters // inputs
    return LinearLayer(layer.path, weight, parent.path, role, inputs, outputs, layer.order)


def _parents(path: str) -> list[str]:
    """Paths of the layers around a layer, the closest one first."""
    names = path.split(".")[:-1]
    return [".".join(names[:depth]) for depth in range(len(names), 0, -1)]
