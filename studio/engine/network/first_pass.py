"""The first forward pass of a network that this program does not know, with errors that name the layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from studio.engine.device import memory
from studio.jobs.protocol import Interrupted
from studio.spec import UserError
from studio.system.failures import first_line

SIZES = (32, 28, 64, 96, 128, 224, 160, 192, 256, 299, 384)
"""Image sizes that are tried for a hint, the most common ones first."""


def run(network: nn.Module, photos: Tensor, title: str) -> Any:
    """Return the output of a network for blank photos, without gradients.

    Raises:
        UserError: The network raised an error; the message names the layer and describes its input.
    """
    opened: list[tuple[str, nn.Module, Any]] = []
    handles: list[Any] = []

    def before(path: str) -> Callable[..., None]:
        def hook(module: nn.Module, inputs: Any) -> None:
            opened.append((path, module, inputs))

        return hook

    def after(_module: nn.Module, _inputs: Any, _output: Any) -> None:
        if opened:
            opened.pop()

    for path, module in network.named_modules():
        if path:
            handles += [module.register_forward_pre_hook(before(path)), module.register_forward_hook(after)]
    try:
        with torch.no_grad():
            return network(photos)
    except (Interrupted, UserError):
        raise
    except Exception as error:
        if memory.is_out_of_memory(error):
            raise memory.too_large(memory.SINGLE_PHOTO) from error
        for handle in handles:
            handle.remove()
        raise _error(network, photos, title, opened, error) from error
    finally:
        for handle in handles:
            handle.remove()


def kind_of(module: nn.Module) -> str:
    """Type of a layer as its author named it, also in an exported program."""
    return str(getattr(module, "kind", "") or type(module).__name__)


def _error(
    network: nn.Module, photos: Tensor, title: str, opened: list[tuple[str, nn.Module, Any]], error: Exception
) -> UserError:
    side = photos.shape[-1]
    path, module, inputs = opened[-1] if opened else ("", network, (photos,))
    subject = f"its layer {path} ({kind_of(module)})" if path else "it"
    reason, hint = _reason(module, inputs, error)
    if not hint:
        fitting = _size_that_fits(network, photos)
        takes = f"It takes photos of {fitting} × {fitting} pixels: choose that image size."
        hint = takes if fitting is not None else "Choose another image size, or correct the network."
    return UserError(f"{title} cannot take photos of {side} × {side} pixels: {subject} {reason}.", hint)


def _reason(module: nn.Module, inputs: Any, error: Exception) -> tuple[str, str]:
    """The failure of a layer in words, and the remedy; "" if another image size may help."""
    tensor = next((one for one in inputs if isinstance(one, Tensor)), None)
    if tensor is None:
        return f"raised an error ({first_line(error)})", ""
    shape = tuple(tensor.shape)
    if isinstance(module, nn.Linear) and tensor.shape[-1] != module.in_features:
        reason = f"expects ({shape[0]}, {module.in_features}) and gets {shape}"
        return reason, "Flatten the map before that layer." if tensor[0].numel() == module.in_features else ""
    if isinstance(module, nn.Conv2d) and tensor.ndim == 4 and tensor.shape[1] != module.in_channels:
        return f"expects {_channels(module.in_channels)} and gets {shape[1]}", "Photos have 3: red, green, blue."
    return f"raised an error for an input of {shape} ({first_line(error)})", ""


def _channels(number: int) -> str:
    return "1 channel" if number == 1 else f"{number} channels"


def _size_that_fits(network: nn.Module, photos: Tensor) -> int | None:
    for side in SIZES:
        try:
            with torch.no_grad():
                network(photos.new_zeros((*photos.shape[:2], side, side)))
        except Exception:  # the network's own code may raise anything
            continue
        return side
    return None
