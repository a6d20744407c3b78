"""Output of a layer for a photo, as a picture or as numbers."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.engine.export.heatmap_file import colored
from studio.engine.inspection import activations
from studio.engine.predict.run_network import RunNetwork
from studio.events import Events, LayerOutput, Saved, ValueRanges
from studio.jobs.protocol import Stop, never
from studio.runs import folder as runs
from studio.spec import BackboneSpec
from studio.system.files import output_file

SUFFIXES = (".png", ".npz")

LEAST_SIDE = 56
"""Shortest side of a map in the picture, in pixels."""

GAP = 4


def write(
    run: Path | None, spec: BackboneSpec, photo: str, layer: str, out: Path, stop: Stop = never, call: int = 1
) -> Events:
    """Compute the output of a layer for a photo and write it; yields its `LayerOutput`, then `Saved`.

    An `.npz` holds `output`, the layer's output without the batch dimension, `layer` and `photo`. A
    `.png` shows at most `activations.LIMIT` maps, those with the largest spread first, each from its lowest to its
    highest value.

    Args:
        run: Folder of the run whose newest weights are used; None for those of `spec`.
        spec: The backbone; ignored for a run.
        photo: Path of the photo.
        layer: Path of the layer.
        out: File to write.
        stop: Checked between layers.
        call: Which call of a layer that runs several times in a pass; the first is 1.

    Raises:
        UserError: The photo, layer or network cannot be used, or the file cannot be written.
    """
    output_file.require_suffix(out, *SUFFIXES)
    output_file.require_other(out, photo)
    output_file.require_writable(out)
    network, ranges = RunNetwork(), ValueRanges()
    if run is not None:
        record = runs.read(run)
        network.run, spec, ranges = run, record.spec.backbone, record.value_range
    output, windows, seconds = yield from activations.exact_output(network, spec, layer, photo, stop, ranges, call)
    maps, channels = activations.pictures(output, activations.LIMIT, windows)
    with output_file.written(out) as temporary:
        if out.suffix.lower() == ".png":
            Image.fromarray(sheet(maps)).save(temporary, "PNG")
        else:
            with temporary.open("wb") as file:
                np.savez(file, output=output, layer=np.array(layer), photo=np.array(photo))
    base = yield from network.get(spec, stop)  # in memory since the pass
    calls, whose = activations.calls_of(base, layer), (network.source, network.weights)
    yield LayerOutput(layer, photo, tuple(output.shape), maps, channels, seconds, *whose, calls=calls, call=call)
    yield Saved(str(out), "activations")


def sheet(maps: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Maps (C, h, w) side by side in one picture (H, W, 3), in about as many rows as columns."""
    count, height, width = maps.shape
    scale = max(1, math.ceil(LEAST_SIDE / max(height, width)))
    across = math.ceil(math.sqrt(count * height / width)) if height <= width else math.ceil(math.sqrt(count))
    across = max(1, min(count, across))
    down = math.ceil(count / across)
    tall, wide = height * scale + GAP, width * scale + GAP
    picture = np.full((down * tall - GAP, across * wide - GAP, 3), 255, np.uint8)
    for place, values in enumerate(maps):
        low, high = float(values.min()), float(values.max())
        share = (values - low) / (high - low) if high > low else np.zeros_like(values)
        top, left = place // across * tall, place % across * wide
        large = np.repeat(np.repeat(colored(share), scale, axis=0), scale, axis=1)
        picture[top : top + height * scale, left : left + width * scale] = large.round().astype(np.uint8)
    return picture
