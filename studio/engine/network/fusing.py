"""Faster copy of a frozen network: BatchNorm is fused into the convolution before it.

In eval mode BatchNorm is a fixed scale and shift of every channel, so it can be multiplied into the convolution's
weights; that saves one pass over memory each. The copy is only for computing features: the network itself, its hashes
and its checkpoints are unchanged. The pairs of convolution and BatchNorm are found by tracing one photo, not by names;
and the copy is used only if it gives the same features.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from studio.engine.network.equivalence import same
from studio.engine.network.features import flatten
from studio.events import LayerTable

LARGEST = 400_000_000
"""Number of parameters above which no copy is made: its memory would cost more than the saved time."""


FeatureFn = Callable[[nn.Module, Tensor], Tensor]
"""Computes the required output of a network for normalized photos (N, 3, H, W)."""


def all_layers(network: nn.Module, photos: Tensor) -> Tensor:
    """Output of the whole network: flat features (N, D)."""
    return flatten(network(photos))


def folded(network: nn.Module, table: LayerTable, kept: FeatureFn = all_layers, channels: int = 3) -> nn.Module:
    """A copy of `network` with fused BatchNorm; the network itself where there is nothing to fuse or the copy differs.

    Args:
        network: In eval mode, in float32.
        table: Its layer table, for the size of a photo.
        kept: Computes the output that must be equal.
        channels: Channels of the input.
    """
    if table.parameters > LARGEST:
        return network
    reference = next(network.parameters())
    generator = torch.Generator().manual_seed(1)
    photos = torch.rand((1, channels, *table.image_size), generator=generator).sub(0.5).mul(4).to(reference.device)
    duplicate = copy.deepcopy(network).eval().requires_grad_(False)
    with torch.no_grad():
        expected = kept(duplicate, photos)
        pairs = _pairs(duplicate, photos, kept)
        if not pairs:
            return network
        for conv, norm in pairs:
            _fold(duplicate, conv, norm)
        actual = kept(duplicate, photos)
    return duplicate if same(actual, expected) else network


def _pairs(network: nn.Module, photos: Tensor, kept: FeatureFn) -> list[tuple[str, str]]:
    """Paths of each convolution and of the BatchNorm that takes its output."""
    made_by: dict[int, str] = {}
    alive: list[Tensor] = []  # keeps tensors alive, so that no identity is reused
    pairs: dict[str, str] = {}
    runs: dict[str, int] = {}

    def conv_ran(path: str) -> Any:
        def hook(_module: nn.Module, _inputs: Any, output: Tensor) -> None:
            made_by[id(output)] = path
            alive.append(output)
            runs[path] = runs.get(path, 0) + 1

        return hook

    def norm_runs(path: str) -> Any:
        def hook(_module: nn.Module, inputs: Any) -> None:
            runs[path] = runs.get(path, 0) + 1
            if inputs and (conv := made_by.get(id(inputs[0]))) is not None:
                pairs[path] = conv

        return hook

    handles = []
    for path, module in network.named_modules():
        if isinstance(module, nn.Conv2d):
            handles.append(module.register_forward_hook(conv_ran(path)))
        elif isinstance(module, nn.BatchNorm2d) and module.track_running_stats:
            handles.append(module.register_forward_pre_hook(norm_runs(path)))
    try:
        kept(network, photos)
    finally:
        for handle in handles:
            handle.remove()
    # A layer that runs twice is shared: fusing it for one call would be wrong for the other.
    return [(conv, norm) for norm, conv in pairs.items() if runs[norm] == runs[conv] == 1]


def _fold(network: nn.Module, conv_path: str, norm_path: str) -> None:
    conv, norm = network.get_submodule(conv_path), network.get_submodule(norm_path)
    assert isinstance(conv, nn.Conv2d)
    assert isinstance(norm, nn.BatchNorm2d)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    # In double precision, so that weights are rounded once and not four times; on the CPU, as not every device has it.
    scale = (_exact(norm.running_var) + norm.eps).rsqrt()
    if norm.weight is not None:
        scale = scale * _exact(norm.weight)
    shift = -_exact(norm.running_mean) * scale
    if norm.bias is not None:
        shift = shift + _exact(norm.bias)
    bias = shift if conv.bias is None else shift + _exact(conv.bias) * scale
    weight = _exact(conv.weight) * scale.view(-1, 1, 1, 1)
    conv.weight, conv.bias = (
        nn.Parameter(tensor.to(conv.weight.device, conv.weight.dtype), requires_grad=False) for tensor in (weight, bias)
    )
    # timm's BatchNorm contains dropout and activation; those stay.
    rest = [getattr(norm, name) for name in ("drop", "act") if isinstance(getattr(norm, name, None), nn.Module)]
    network.set_submodule(norm_path, nn.Sequential(*rest) if rest else nn.Identity())


def _exact(tensor: Tensor) -> Tensor:
    return tensor.detach().cpu().double()
