"""Fusion of BatchNorm into the preceding convolution, in a faster copy of a frozen network.

In eval mode BatchNorm is a fixed scale and shift of every channel, which can be folded into the convolution's weights;
each fusion saves one pass over memory. The copy is only for computing features: the network itself, its hashes and its
checkpoints are unchanged. The pairs of convolution and BatchNorm are determined by a forward pass, not by names, and
the copy is used only if it computes the same features.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from studio.engine.network.equivalence import same
from studio.engine.network.features import flatten
from studio.events import LayerTable

MAX_PARAMETERS = 400_000_000
"""Number of parameters above which networks are not copied, to save memory."""


FeatureFn = Callable[[nn.Module, Tensor], Tensor]
"""Function that computes the required output of a network for normalized photos (N, 3, H, W)."""


def all_layers(network: nn.Module, photos: Tensor) -> Tensor:
    """Return the output of the whole network as flat features (N, D)."""
    return flatten(network(photos))


def fuse(network: nn.Module, table: LayerTable, output_fn: FeatureFn = all_layers, channels: int = 3) -> nn.Module:
    """Return a copy of `network` with fused BatchNorm, or the network itself if nothing can be fused or results differ.

    Args:
        network: Network in eval mode, in float32.
        table: Its layer table, for the size of a photo.
        output_fn: Computes the output that must be equal.
        channels: Channels of the input.
    """
    if table.parameters > MAX_PARAMETERS:
        return network
    reference = next(network.parameters())
    generator = torch.Generator().manual_seed(1)
    photos = torch.rand((1, channels, *table.image_size), generator=generator).sub(0.5).mul(4).to(reference.device)
    duplicate = _copy_modules(network).eval()
    with torch.no_grad():
        expected = output_fn(duplicate, photos)
        pairs = _pairs(duplicate, photos, output_fn)
        if not pairs:
            return network
        for conv, norm in pairs:
            _fold(duplicate, conv, norm)
        actual = output_fn(duplicate, photos)
    return duplicate if same(actual, expected) else network


def _copy_modules(network: nn.Module) -> nn.Module:
    """Return a network of new modules that share their frozen tensors with the modules of `network`."""
    # Not `copy.deepcopy`, which doubles the memory and takes longer than the two passes. A module that is reached other
    # than as a submodule stays the original; then nothing is fused, or the results differ and the copy is not used.
    modules: dict[nn.Module, nn.Module] = {}
    parameters: dict[nn.Parameter, nn.Parameter] = {}

    def copied(module: nn.Module) -> nn.Module:
        if module in modules:
            return modules[module]
        new = modules[module] = module.__class__.__new__(module.__class__)
        state = {key: value.copy() if isinstance(value, dict) else value for key, value in vars(module).items()}
        for name, parameter in module._parameters.items():
            if parameter is not None:
                if parameter not in parameters:
                    parameters[parameter] = nn.Parameter(parameter.detach(), requires_grad=False)
                state["_parameters"][name] = parameters[parameter]
        for name, child in module._modules.items():
            state["_modules"][name] = child if child is None else copied(child)
        vars(new).update(state)
        return new

    return copied(network)


def _pairs(network: nn.Module, photos: Tensor, output_fn: FeatureFn) -> list[tuple[str, str]]:
    """Return the paths of each convolution and of the BatchNorm that takes its output."""
    producers: dict[int, str] = {}
    alive: list[Tensor] = []  # keeps tensors alive, so that no identity is reused
    pairs: dict[str, str] = {}
    calls: dict[str, int] = {}

    def after_conv(path: str) -> Any:
        def hook(_module: nn.Module, _inputs: Any, output: Tensor) -> None:
            producers[id(output)] = path
            alive.append(output)
            calls[path] = calls.get(path, 0) + 1

        return hook

    def before_norm(path: str) -> Any:
        def hook(_module: nn.Module, inputs: Any) -> None:
            calls[path] = calls.get(path, 0) + 1
            if inputs and (conv := producers.get(id(inputs[0]))) is not None:
                pairs[path] = conv

        return hook

    handles = []
    for path, module in network.named_modules():
        if isinstance(module, nn.Conv2d):
            handles.append(module.register_forward_hook(after_conv(path)))
        elif isinstance(module, nn.BatchNorm2d) and module.track_running_stats:
            handles.append(module.register_forward_pre_hook(before_norm(path)))
    try:
        output_fn(network, photos)
    finally:
        for handle in handles:
            handle.remove()
    # A layer that runs twice is shared: fusing it for one call would be wrong for the other.
    return [(conv, norm) for norm, conv in pairs.items() if calls[norm] == calls[conv] == 1]


def _fold(network: nn.Module, conv_path: str, norm_path: str) -> None:
    conv, norm = network.get_submodule(conv_path), network.get_submodule(norm_path)
    assert isinstance(conv, nn.Conv2d)
    assert isinstance(norm, nn.BatchNorm2d)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    # In double precision, so that weights are rounded once instead of four times; on the CPU, because MPS lacks it.
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
