"""Looks into a network: the output of a layer, the heatmap of a class, and how far a run moved each layer's output."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from studio.engine.backbones.backbone import Backbone, normalize
from studio.engine.device.interruption import interruptible
from studio.engine.inspection import activations, folding
from studio.engine.inspection.first_change import FirstChange
from studio.engine.predict import class_heatmap
from studio.engine.predict.run_model import RunModel
from studio.engine.predict.run_network import RunNetwork
from studio.events import ClassHeatmap, Events, LayerOutput, OutputDrift, Stage, ValueRanges
from studio.events.runs import WeightsChoice
from studio.jobs.protocol import Stop, never
from studio.spec import BackboneSpec

MOST_BYTES = 256_000_000
"""Bytes of outputs that are stored for comparison at once; beyond that, the network runs again for other layers."""

FLOAT = 4

OfOutput = Callable[[str, Tensor], None]
"""Function that takes a layer's path and output."""


class Looks:
    """Computes looks, one after another, with one cached network.

    Attributes:
        network: The network.
    """

    def __init__(self, network: RunNetwork | None = None) -> None:
        self.network = network or RunNetwork()
        self._model = RunModel(self.network)

    def output(
        self,
        spec: BackboneSpec,
        layer: str,
        photo: str,
        stop: Stop = never,
        ranges: ValueRanges | None = None,
        run: str = "",
        weights: str = "run",
        hold: bool = False,
        call: int = 1,
    ) -> Events:
        """Yield the `LayerOutput` of a layer for a photo.

        Args:
            spec: The backbone.
            layer: Path of the layer.
            photo: Absolute path of the photo.
            stop: Checked between layers.
            ranges: Value ranges of the photo's data set; None without one.
            run: Folder of a run; "" for the weights of the backbone.
            weights: Weights of the run: the newest ones ("run"), those that it began with ("start"), or both ("both").
            hold: True for the weights of the run that were used before, instead of newer ones.
            call: Which call of a layer that runs several times in a pass; the first is 1.

        Raises:
            UserError: The photo, layer or network cannot be used.
        """
        self.network.run = Path(run) if run else None
        self.network.start, self.network.hold = bool(run) and weights != "run", hold
        look = activations.outputs(self.network, spec, layer, photo, stop, ranges=ranges, call=call)
        if not run or weights != "both":
            yield from look
            return
        start = None
        for event in look:
            if isinstance(event, LayerOutput):
                start = event
            else:
                yield event
        assert start is not None
        self.network.start = False
        for event in activations.outputs(self.network, spec, layer, photo, stop, pixels=start.photo, call=call):
            if isinstance(event, LayerOutput):
                yield dataclasses.replace(event, start=start, seconds=event.seconds + start.seconds)

    def heatmap(
        self,
        run: str,
        photo: str,
        name: str = "",
        layer: str = "",
        stop: Stop = never,
        which: str = "",
        hold: bool = False,
    ) -> Events:
        """Yield the `ClassHeatmap` of a photo for a class of a run; see `class_heatmap.compute` and `output`."""
        choice: WeightsChoice | None = "last" if which == "last" else "best" if which == "best" else None
        model = yield from self._model.get(Path(run), stop, choice, hold)
        for event in class_heatmap.of_model(model, photo, name, layer, stop):
            yield (
                dataclasses.replace(event, run=run, request=(name, layer)) if isinstance(event, ClassHeatmap) else event
            )

    def drift(
        self, spec: BackboneSpec, run: str, photo: str, stop: Stop = never, ranges: ValueRanges | None = None
    ) -> Events:
        """Yield the `OutputDrift` of a run for a photo: of each layer, the relative L2 change of its output.

        Raises:
            UserError: The photo or network cannot be used.
        """
        # `hold` stays as the look before set it, so that drift and look use the same weights.
        self.network.run, self.network.start = Path(run), False
        base = yield from self.network.get(spec, stop)
        yield Stage("drift", "Comparing the layers before and after training")
        began = time.perf_counter()
        pixels = yield from activations.read_photo(base, photo, ranges)
        first = FirstChange(base.network, self.network.changed())
        weights = self.network.weights
        drift: dict[str, float] = {}
        for group in _groups(base):
            self.network.start = False
            base = yield from self.network.get(spec, stop)
            after: dict[str, Tensor] = {}
            with first:
                _pass(base, pixels, dict.fromkeys(group, partial(_store, after, first, drift)), stop)
            if not first.certain:
                _pass(base, pixels, dict.fromkeys(group, partial(_store, after, None, drift)), stop)
            if after:
                self.network.start = True
                base = yield from self.network.get(spec, stop)
                _pass(base, pixels, dict.fromkeys(after, partial(_compare, after, drift)), stop)
        yield OutputDrift(run, photo, weights, drift, time.perf_counter() - began)


def _groups(base: Backbone) -> list[list[str]]:
    """Paths of the layers, in groups whose outputs fit in memory together."""
    groups: list[list[str]] = [[]]
    size = 0
    for layer in base.table.layers:
        if not layer.output_shape or layer.type == "Parameter":
            continue
        values = FLOAT
        for side in layer.output_shape:
            values *= side
        if size + values > MOST_BYTES and groups[-1]:
            groups.append([])
            size = 0
        groups[-1].append(layer.path)
        size += values
    return groups


def _pass(base: Backbone, pixels: NDArray[Any], calls: Mapping[str, OfOutput], stop: Stop) -> None:
    """Run the network on a photo, and call a function with the first output of each of these layers."""
    seen: set[str] = set()
    handles = []
    for path, call in calls.items():

        def hook(_module: nn.Module, _inputs: Any, output: Any, path: str = path, call: OfOutput = call) -> None:
            tensor = activations.first_tensor(output)
            if tensor is not None and path not in seen:
                seen.add(path)
                call(path, folding.of_one_photo(tensor)[0].detach().float())

        handles.append(base.network.get_submodule(path).register_forward_hook(hook))
    try:
        with torch.no_grad(), interruptible(base.network, stop):
            base.network(normalize(pixels[None], base.preprocess, torch.device("cpu")))
    finally:
        for handle in handles:
            handle.remove()


def _store(
    outputs: dict[str, Tensor], first: FirstChange | None, drift: dict[str, float], path: str, output: Tensor
) -> None:
    if first is None or first.reached:
        outputs[path] = output.clone()  # because a later layer may change its input in place
    else:
        drift[path] = 0.0


def _compare(after: Mapping[str, Tensor], drift: dict[str, float], path: str, output: Tensor) -> None:
    drift[path] = _relative(output, after[path])


def _relative(before: Tensor, after: Tensor) -> float:
    """Norm of the change divided by the norm before; 0 if nothing changed. Overwrites `after`."""
    if torch.equal(before, after):  # three times faster, for layers that no thawed layer precedes
        return 0.0
    size = float(torch.linalg.vector_norm(before))
    change = float(torch.linalg.vector_norm(after.sub_(before)))
    return change / size if size else (float("inf") if change else 0.0)
