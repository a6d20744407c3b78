"""Output of one layer for one photo, as images: feature maps, or a vector."""

from __future__ import annotations

import functools
import time
from collections.abc import Generator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from studio.data.images import decode, measuring
from studio.data.images.preprocess import frame
from studio.engine.backbones.backbone import Backbone, LoadedBackbone, normalize
from studio.engine.device.interruption import interruptible
from studio.events import Event, Events, LayerOutput, Stage, ValueRanges
from studio.jobs.protocol import Stop, never
from studio.jobs.workers import run_one
from studio.spec import BackboneSpec, UserError

LIMIT = 64
"""Largest number of feature maps that are shown."""


def outputs(
    backbone: LoadedBackbone,
    spec: BackboneSpec,
    layer: str,
    photo: str,
    stop: Stop = never,
    limit: int = LIMIT,
    ranges: ValueRanges | None = None,
) -> Events:
    """Run one photo through the network and yield the output of one layer.

    Args:
        backbone: The network, which it keeps for the next call.
        spec: The backbone.
        layer: Path of a module, or of a parameter, which is its own output.
        photo: Absolute path of the photo.
        stop: Checked between layers.
        limit: Largest number of feature maps.
        ranges: Value ranges of the photo's data set; None without one.

    Raises:
        UserError: The photo cannot be read, or the network has no such layer.
    """
    output, seconds = yield from exact_output(backbone, spec, layer, photo, stop, ranges)
    start = time.perf_counter()
    maps, channels = pictures(output, limit)
    seconds += time.perf_counter() - start
    yield LayerOutput(layer, photo, tuple(output.shape), maps, channels, seconds, backbone.source, backbone.weights)


def exact_output(
    backbone: LoadedBackbone,
    spec: BackboneSpec,
    layer: str,
    photo: str,
    stop: Stop = never,
    ranges: ValueRanges | None = None,
) -> Generator[Event, None, tuple[NDArray[np.float32], float]]:
    """Like `outputs`, but return the output without the batch dimension as it is, and the computation time."""
    base = yield from backbone.get(spec, stop)
    yield Stage("outputs", "Computing activations")
    start = time.perf_counter()
    try:
        reading = measuring.reading_of(ranges or ValueRanges())
        image = yield from run_one(functools.partial(decode.read, reading=reading), photo)
    except decode.Unreadable as error:
        raise UserError(f"{photo} cannot be shown: {error}.", "Choose another photo.", photo) from error
    pixels = frame(image, base.preprocess)[None]
    output = _output(base, layer, pixels, stop).numpy()
    return output, time.perf_counter() - start


def pictures(output: NDArray[np.float32], limit: int) -> tuple[NDArray[np.float32], tuple[int, ...]]:
    """Arrange one photo's layer output of any shape as feature maps.

    (C, H, W) are feature maps already; (H, W, C), as in some transformers, is transposed; tokens (T, C) are arranged
    in a square, without class tokens; anything else is a vector.

    Returns:
        At most `limit` maps (C', h, w), the ones with the largest standard deviation first; their channel numbers.
    """
    if output.ndim == 3:
        height, width, depth = output.shape
        maps = output.transpose(2, 0, 1) if height == width != depth else output
    elif output.ndim == 2 and square_of(output.shape[0]) is not None:
        side, extra = square_of(output.shape[0]) or (0, 0)
        maps = output[extra:].T.reshape(output.shape[1], side, side)
    elif output.ndim == 2:
        return output[None].astype(np.float32), (0,)
    else:
        return output.reshape(1, 1, -1).astype(np.float32), (0,)
    order = np.argsort(-maps.reshape(len(maps), -1).std(1), kind="stable")[:limit]
    return np.ascontiguousarray(maps[order], dtype=np.float32), tuple(int(index) for index in order)


def square_of(tokens: int) -> tuple[int, int] | None:
    """Side of the square that tokens form after up to 5 extra ones, and the number of those; None if they form none."""
    for extra in range(6):
        side = round((tokens - extra) ** 0.5) if tokens > extra else 0
        if side > 1 and side * side == tokens - extra:
            return side, extra
    return None


def _output(base: Backbone, layer: str, pixels: NDArray[np.uint8], stop: Stop) -> Tensor:
    """Output of the layer for one photo, without the batch dimension."""
    module: Any = base.network
    for name in layer.split("."):
        module = getattr(module, name, None)
    if isinstance(module, Tensor):
        return module.detach().float()
    if not isinstance(module, nn.Module):
        raise UserError(f"The network has no layer called “{layer}”.", "“thaw layers BACKBONE” lists them.")
    tensors: list[Tensor] = []

    def store(_module: nn.Module, _inputs: Any, output: Any) -> None:
        if not tensors and (tensor := _first_tensor(output)) is not None:
            tensors.append(tensor.detach().float())

    handle = module.register_forward_hook(store)
    try:
        with torch.no_grad(), interruptible(base.network, stop):
            base.network(normalize(pixels, base.preprocess, torch.device("cpu")))
    finally:
        handle.remove()
    if not tensors:
        raise UserError(f"The layer “{layer}” has no output: the network does not call it.", "Choose another layer.")
    return tensors[0][0]


def _first_tensor(output: Any) -> Tensor | None:
    if isinstance(output, Tensor):
        return output
    items = output.values() if isinstance(output, dict) else output if isinstance(output, list | tuple) else ()
    return next((item for item in items if isinstance(item, Tensor)), None)
