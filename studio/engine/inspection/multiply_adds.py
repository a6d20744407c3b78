"""Multiply-accumulate operations (MACs) of each module, counted by torch on its meta device.

This needs no weights, no photo and almost no time: the pass only derives shapes. Convolutions and matrix products are
counted, including attention and recurrent layers, as in published tables; additions, normalization and activation
functions are not.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Self

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from studio.engine.backbones import builders
from studio.engine.backbones.backbone import resolve
from studio.engine.backbones.sources import SOURCES
from studio.engine.network.layers import refused_size
from studio.events import Events, MultiplyAdds
from studio.jobs import libraries
from studio.spec import BackboneSpec
from studio.system import lazy_compiler


def count(spec: BackboneSpec) -> Events:
    """Yield the `MultiplyAdds` of a backbone at the image size of `spec`, for one photo.

    Raises:
        UserError: The backbone is unknown or cannot take photos of this size.
    """
    info, preprocess = resolve(spec)
    yield from libraries.import_libraries(*SOURCES[info.source].libraries)
    network = builders.build_on_meta(info.source, info.arch, spec.image_size, info.readout)
    network.eval().requires_grad_(False)
    size = preprocess.size
    try:
        modules, total = of_network(network, (info.input_size[0], *size))
    except Exception as error:
        raise refused_size(info.name, size, error) from error
    yield MultiplyAdds(info.name, size, modules, total)


def of_network(network: nn.Module, shape: tuple[int, int, int]) -> tuple[dict[str, int], int]:
    """Count the MACs of one pass, in the current mode and without gradients; other threads may compute meanwhile.

    Args:
        network: The network, on the meta device or with real weights.
        shape: Shape (C, H, W) of its input.

    Returns:
        MACs by module path, including those of the modules below, and MACs of the whole network.
    """
    with lazy_compiler.placeholder():  # torch's dispatch mode would import its compiler
        weight: Tensor = next(network.parameters())
        counter = lazy_compiler.import_flop_counter().FlopCounterMode(display=False, custom_mapping=_FUSED)
        counter.mod_tracker = _Running(network)  # has all attributes that the counter uses
        with torch.no_grad(), counter:
            network(torch.zeros(1, *shape, dtype=weight.dtype, device=weight.device))
    modules = {
        path: sum(operations.values()) // 2  # torch counts multiplications and additions
        for path, operations in counter.get_flop_counts().items()
        if path not in (_Running.ALL, "")
    }
    return {path: macs for path, macs in modules.items() if macs}, counter.get_total_flops() // 2


def _attention(
    query: Sequence[int], key: Sequence[int], _value: object, width: int, *_rest: object, **_: object
) -> int:
    photos, queries, keys = query[0], query[1], key[1]
    projections = (2 * queries + 2 * keys) * width * width  # of queries and the output, of keys and values
    return 2 * photos * (projections + 2 * queries * keys * width)


def _recurrent(steps: Sequence[int], inputs: Sequence[int], hidden: Sequence[int], *_rest: object, **_: object) -> int:
    return 2 * steps[0] * steps[1] * (math.prod(inputs) + math.prod(hidden))


def _bilinear(rows: Sequence[int], weight: Sequence[int], *_rest: object, **_: object) -> int:
    return 2 * math.prod(rows[:-1]) * math.prod(weight)


def _vector(matrix: Sequence[int], *_rest: object, **_: object) -> int:
    return 2 * math.prod(matrix)


# Operations that torch's counter does not know, with twice their MACs. A network on the CPU, such as a user's own, runs
# attention and recurrent layers as one operation, which on the meta device are several.
_FUSED = {
    torch.ops.aten._native_multi_head_attention: _attention,
    torch.ops.aten.mkldnn_rnn_layer: _recurrent,
    torch.ops.aten._trilinear: _bilinear,
    torch.ops.aten.mv: _vector,
    torch.ops.aten.dot: _vector,
}


class _Running:
    """The running modules of one network; replaces torch's tracker, whose hooks see the modules of all threads.

    A module that several blocks share is listed at its first path, as in the layer table.

    Attributes:
        parents: Paths of the running modules, and torch's name for the whole.
    """

    ALL = "Global"

    def __init__(self, network: nn.Module) -> None:
        self.parents = {self.ALL}
        self._network = network
        self._hooks: list[RemovableHandle] = []

    def __enter__(self) -> Self:
        for path, module in self._network.named_modules():
            self._hooks.append(module.register_forward_pre_hook(functools.partial(self._begin, path)))
            self._hooks.append(module.register_forward_hook(functools.partial(self._end, path)))
        return self

    def __exit__(self, *error: object) -> None:
        for hook in self._hooks:
            hook.remove()

    def _begin(self, path: str, *_call: object) -> None:
        self.parents.add(path)

    def _end(self, path: str, *_call: object) -> None:
        self.parents.discard(path)
