"""Grad-CAM: where in a photo a layer sees what raises the score of a class.

R. R. Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization", ICCV 2017:
each channel of the layer's output is weighted by the mean gradient of the score, before softmax, and negative values
of the sum, which lower the score, are set to 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from studio.engine.device.interruption import interruptible
from studio.engine.inspection.folding import of_one_photo, square_of
from studio.jobs.protocol import Stop, never
from studio.spec import UserError


def heatmap(
    network: nn.Module, layer: str, score: Callable[[Tensor], Tensor], photo: Tensor, stop: Stop = never
) -> NDArray[np.float32]:
    """Compute the map (h, w) of one photo at the resolution of the layer; all values are 0 or more.

    Args:
        network: The network in eval mode; its weights and hooks are unchanged afterward.
        layer: Path of the layer; if it runs several times, its first output is used.
        score: Computes the score, a scalar, from the network's output for the photo.
        photo: Normalized photo (1, 3, H, W).
        stop: Checked between layers.

    Raises:
        UserError: There is no such layer, it does not run, or its output has no positions.
    """
    try:
        module = network.get_submodule(layer)
    except AttributeError:
        if layer in dict(network.named_parameters()):
            raise UserError(f"“{layer}” is a parameter: it is the same for every photo.", "Choose a layer.") from None
        raise UserError(f"The network has no layer called “{layer}”.", "“thaw layers BACKBONE” lists them.") from None
    outputs: list[Tensor] = []
    calls: list[str] = []

    def keep(_module: nn.Module, _inputs: Any, output: Any) -> Any:
        calls.append(type(output).__name__)
        if not isinstance(output, Tensor) or outputs:
            return None
        outputs.append(output.detach().requires_grad_())
        return outputs[0].clone()  # a later layer may change its input in place

    handle = module.register_forward_hook(keep)
    try:
        with _frozen(network), torch.enable_grad(), interruptible(network, stop):
            value = score(network(photo))
            if not outputs:
                what = f"The output of “{layer}” is not a tensor ({calls[0]})." if calls else ""
                raise UserError(what or f"The network does not call its layer “{layer}”.", "Choose another layer.")
            gradient: Tensor | None = torch.autograd.grad(value, outputs, allow_unused=True)[0]
    finally:
        handle.remove()
    output, windows = of_one_photo(outputs[0].detach())
    if windows:
        raise UserError(
            f"The output of “{layer}” consists of windows of the photo, not of the whole: {tuple(output.shape)}.",
            "Choose the block around it.",
        )
    maps = _channels_first(output, layer)
    if gradient is None:  # nothing after the layer uses its output
        return np.zeros(maps.shape[1:], np.float32)
    weights = _channels_first(of_one_photo(gradient)[0], layer).mean(dim=(1, 2))
    combined = (weights[:, None, None] * maps).sum(dim=0).clamp(min=0)
    return np.ascontiguousarray(combined.float().cpu().numpy())


@contextmanager
def _frozen(network: nn.Module) -> Iterator[None]:
    """Disable gradients of parameters in the block: torch then stores nothing for the layers before the chosen one."""
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    try:
        for parameter in trained:
            parameter.requires_grad_(False)
        yield
    finally:
        for parameter in trained:
            parameter.requires_grad_(True)


def _channels_first(output: Tensor, layer: str) -> Tensor:
    """Maps (C, h, w) from maps (C, h, w) or (h, w, C), or from tokens (T, C) without class tokens."""
    if output.ndim == 3:
        height, width, depth = output.shape
        return output.permute(2, 0, 1) if height == width != depth else output
    if output.ndim == 2 and (square := square_of(output.shape[0])) is not None:
        side, extra = square
        return output[extra:].T.reshape(-1, side, side)
    raise UserError(
        f"The output of “{layer}” has no positions in the photo: its shape is {tuple(output.shape)}.",
        "Choose an earlier layer.",
    )
