"""Output of one layer for one photo, with statistics that describe it."""

from __future__ import annotations

import functools
import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from studio.data.images import decode, measuring
from studio.data.images.preprocess import frame
from studio.engine.backbones.backbone import Backbone, LoadedBackbone, normalize
from studio.engine.device.interruption import interruptible
from studio.engine.inspection import attention, folding
from studio.events import Attention, Event, Events, LayerOutput, Stage, ValueRanges
from studio.jobs.protocol import Stop, never
from studio.jobs.workers import run_one
from studio.spec import BackboneSpec, UserError

LIMIT = 64
"""Largest number of feature maps in a picture file."""

MOST_VALUES = 16_000_000
"""Most values in the maps of one output: 64 MB. Of larger outputs, the maps with the largest spread are used."""

COLORS = 3


@dataclass(frozen=True)
class _Look:
    """Results of one pass, without the batch dimension.

    Attributes:
        output: The layer's output; of a parameter, the parameter itself.
        parameter: True for a parameter, whose first dimension may be that of a batch.
        attention: Attention of the layer's tokens; None for other layers.
        filters: Weights of a convolution; None for other layers.
        windows: True if the first dimension counts windows, see `folding.of_one_photo`.
    """

    output: Tensor
    parameter: bool = False
    attention: Attention | None = None
    filters: Tensor | None = None
    windows: bool = False


def outputs(
    backbone: LoadedBackbone,
    spec: BackboneSpec,
    layer: str,
    photo: str,
    stop: Stop = never,
    limit: int | None = None,
    ranges: ValueRanges | None = None,
    pixels: NDArray[np.uint8] | None = None,
    call: int = 1,
) -> Events:
    """Run one photo through the network and yield the output of one layer.

    Args:
        backbone: Loads the network, and caches it for the next call.
        spec: The backbone.
        layer: Path of a module, or of a parameter, which is its own output.
        photo: Absolute path of the photo.
        stop: Checked between layers.
        limit: Largest number of feature maps; None for as many as `MOST_VALUES` allows.
        ranges: Value ranges of the photo's data set; None without one.
        pixels: The photo as the network sees it, if it was read before; None to read it.
        call: Which call of a layer that runs several times in a pass; the first is 1.

    Raises:
        UserError: The photo cannot be read, or the network has no such layer or call.
    """
    base = yield from backbone.get(spec, stop)
    require_call(base, layer, call)
    yield Stage("outputs", "Computing activations")
    start = time.perf_counter()
    if pixels is None:
        pixels = yield from read_photo(base, photo, ranges)
    look = _look(base, layer, pixels, stop, call)
    output = look.output.numpy()
    one = output[0] if look.parameter and output.ndim > 2 and len(output) == 1 else output
    folded = folding.fold(one, look.windows)
    most = max(1, MOST_VALUES // max(1, folded.maps[0].size)) if limit is None else limit
    maps, channels = folding.strongest_spread(folded, most)
    yield LayerOutput(
        layer=layer,
        path=photo,
        shape=tuple(output.shape),
        maps=maps,
        channels=channels,
        run=backbone.source,
        weights=backbone.weights,
        photo=pixels,
        facts=folding.facts(folded),
        grid=folded.grid,
        tokens=folded.tokens,
        filters=look.filters.numpy() if look.filters is not None else None,
        attention=look.attention,
        parameter=look.parameter,
        calls=calls_of(base, layer),
        call=call,
        seconds=time.perf_counter() - start,
    )


def exact_output(
    backbone: LoadedBackbone,
    spec: BackboneSpec,
    layer: str,
    photo: str,
    stop: Stop = never,
    ranges: ValueRanges | None = None,
    call: int = 1,
) -> Generator[Event, None, tuple[NDArray[np.float32], bool, float]]:
    """Like `outputs`, but return the whole output without the batch dimension.

    Returns:
        The output; True if its first dimension counts windows, see `folding.of_one_photo`; the seconds it took.
    """
    base = yield from backbone.get(spec, stop)
    require_call(base, layer, call)
    yield Stage("outputs", "Computing activations")
    start = time.perf_counter()
    pixels = yield from read_photo(base, photo, ranges)
    look = _look(base, layer, pixels, stop, call)
    return look.output.numpy(), look.windows, time.perf_counter() - start


def calls_of(base: Backbone, layer: str) -> int:
    """Times that a layer runs in a pass; 1 for a parameter, or a part of a layer that is not listed."""
    return max(1, next((one.calls for one in base.table.layers if one.path == layer), 1))


def require_call(base: Backbone, layer: str, call: int) -> None:
    """Raise a `UserError` for a call that the layer does not have."""
    calls = calls_of(base, layer)
    if 1 <= call <= calls:
        return
    if calls == 1:
        raise UserError(f"The layer “{layer}” has no call {call}: it runs once in a pass.", "Leave the call out.")
    raise UserError(
        f"The layer “{layer}” has no call {call}: it runs {calls} times in a pass.", f"Choose a call from 1 to {calls}."
    )


def read_photo(
    base: Backbone, photo: str, ranges: ValueRanges | None = None
) -> Generator[Event, None, NDArray[np.uint8]]:
    """Return the photo (H, W, 3) as the network sees it.

    Raises:
        UserError: It cannot be read.
    """
    try:
        reading = measuring.reading_of(ranges or ValueRanges())
        image = yield from run_one(functools.partial(decode.read, reading=reading), photo)
    except decode.Unreadable as error:
        raise UserError(f"{photo} cannot be shown: {error}.", "Choose another photo.", photo) from error
    return frame(image, base.preprocess)


def pictures(
    output: NDArray[np.float32], limit: int, windows: bool = False
) -> tuple[NDArray[np.float32], tuple[int, ...]]:
    """Arrange one photo's layer output of any shape as feature maps; see `folding.fold`.

    Returns:
        At most `limit` maps (C', h, w), the ones with the largest standard deviation first; their channel numbers.
    """
    return folding.strongest_spread(folding.fold(output, windows), limit)


class _EnoughError(Exception):
    """Ends a pass after the last layer that is needed."""


def _look(base: Backbone, layer: str, pixels: NDArray[np.uint8], stop: Stop, call: int) -> _Look:
    """Output of a call of the layer for one photo, with its attention and filters if it has any."""
    module: Any = base.network
    for name in layer.split("."):
        module = getattr(module, name, None)
    if isinstance(module, Tensor):
        return _Look(module.detach().float(), True)
    if not isinstance(module, nn.Module):
        raise UserError(f"The network has no layer called “{layer}”.", "“thaw layers BACKBONE” lists them.")
    tensors: list[tuple[Tensor, bool]] = []
    before = call - 1

    def store(_module: nn.Module, _inputs: Any, output: Any) -> None:
        nonlocal before
        if before:
            before -= 1
        elif (tensor := first_tensor(output)) is not None:
            one, windows = folding.of_one_photo(tensor)
            tensors.append((one.detach().float(), windows))
            raise _EnoughError

    with attention.hooked(base.network, layer) as query_key:
        handle = module.register_forward_hook(store)
        try:
            with torch.no_grad(), interruptible(base.network, stop):
                base.network(normalize(pixels[None], base.preprocess, torch.device("cpu")))
        except _EnoughError:
            pass
        finally:
            handle.remove()
    if not tensors:
        raise UserError(f"The layer “{layer}” has no output: the network does not call it.", "Choose another layer.")
    output, windows = tensors[0]
    return _Look(output, False, query_key.result() if query_key is not None else None, _filters(module), windows)


def _filters(module: nn.Module) -> Tensor | None:
    """Weights (C, 3, k, k) of a convolution of colors, which can be shown as pictures; None for other layers."""
    if isinstance(module, nn.Conv2d) and module.weight.shape[1] == COLORS and module.kernel_size != (1, 1):
        return module.weight.detach().float().clone()
    return None


def first_tensor(output: Any) -> Tensor | None:
    """The first tensor of a layer's output, which may be a tuple or a dictionary; None without any."""
    if isinstance(output, Tensor):
        return output
    items = output.values() if isinstance(output, dict) else output if isinstance(output, list | tuple) else ()
    return next((item for item in items if isinstance(item, Tensor)), None)
