"""Measured time of each layer of a network on this computer."""

from __future__ import annotations

import statistics
import time
from typing import Any

import torch
from torch import nn

from studio.engine.backbones.backbone import LoadedBackbone
from studio.engine.device import memory
from studio.engine.device.interruption import interruptible
from studio.events import Events, LayerTimes, Progress, Stage
from studio.jobs.protocol import Stop, never
from studio.spec import BackboneSpec

PASSES, LEAST_PASSES = 15, 3
"""Largest and smallest number of passes that are measured."""

ENOUGH_SECONDS = 4.0
"""Seconds after which no further pass begins, once `LEAST_PASSES` were measured."""


def measure(backbone: LoadedBackbone, spec: BackboneSpec, batch: int, stop: Stop = never) -> Events:
    """Yield the `LayerTimes` of a backbone: the median of several passes on the CPU, after a warm-up pass.

    Args:
        backbone: Loads the network, and caches it for the next call.
        spec: The backbone.
        batch: Number of photos in a pass; they are blank, which takes as long as real ones.
        stop: Checked between layers.

    Raises:
        UserError: The network cannot be loaded, or the batch does not fit in memory.
    """
    base = yield from backbone.get(spec, stop)
    yield Stage("times", "Measuring the time of each layer")
    paths = [layer.path for layer in base.table.layers if layer.type != "Parameter"]
    clock = _Clock({path: base.network.get_submodule(path) for path in paths})
    photos = torch.zeros(batch, base.info.input_size[0], *base.table.image_size)
    whole: list[float] = []
    begin_time = time.perf_counter()
    try:
        with torch.no_grad(), interruptible(base.network, stop), clock:
            base.network(photos)
            clock.passes.clear()
            while len(whole) < LEAST_PASSES or (
                len(whole) < PASSES and time.perf_counter() - begin_time < ENOUGH_SECONDS
            ):
                start = time.perf_counter()
                clock.begin()
                base.network(photos)
                whole.append(time.perf_counter() - start)
                yield Progress("times", len(whole), PASSES, "passes")
    except Exception as error:
        if memory.is_out_of_memory(error):
            raise memory.too_large(f"pass {batch:,} photos through the network at once") from error
        raise
    seconds = {path: statistics.median(one[path] for one in clock.passes) for path in paths if path in clock.passes[0]}
    yield LayerTimes(base.info.name, base.table.image_size, batch, len(whole), seconds, statistics.median(whole))


class _Clock:
    """Adds up the time of each module in a pass, including that of the modules below it.

    Attributes:
        passes: Seconds by path, of each pass.
    """

    def __init__(self, modules: dict[str, nn.Module]) -> None:
        self.passes: list[dict[str, float]] = []
        self._modules = modules
        self._starts: dict[str, float] = {}
        self._hooks: list[Any] = []

    def begin(self) -> None:
        """Begin another pass."""
        self.passes.append({})

    def __enter__(self) -> None:
        self.begin()
        for path, module in self._modules.items():

            def before(_module: nn.Module, _inputs: Any, path: str = path) -> None:
                self._starts[path] = time.perf_counter()

            def after(_module: nn.Module, _inputs: Any, _output: Any, path: str = path) -> None:
                now = self.passes[-1]
                now[path] = now.get(path, 0.0) + time.perf_counter() - self._starts[path]

            self._hooks += [module.register_forward_pre_hook(before), module.register_forward_hook(after)]

    def __exit__(self, *_error: object) -> None:
        for hook in self._hooks:
            hook.remove()
