"""The line below a look: its shape, time and weights, or the reason why there is none."""

from __future__ import annotations

import math

from studio.events import ClassHeatmap, LayerOutput
from studio.formatting import numbers
from studio.session.inspection.exhibit import View
from studio.session.selectors import layers_now
from studio.session.state import AppState

COMPUTING = "Computing…"
HELD = ", held"
"""Put after the epoch of the weights where the look stays at that epoch while the run trains on."""


def caption(
    state: AppState,
    layer: str,
    head: bool,
    photo: str,
    view: View,
    shown: LayerOutput | ClassHeatmap | None,
    held: bool = False,
) -> str:
    """The line below a look.

    Args:
        state: The state.
        layer: Path of the chosen layer; "" for none.
        head: True where the row of the new head is chosen.
        photo: Absolute path of the chosen photo; "" for none.
        view: The view.
        shown: Its result; None before it is computed.
        held: True where the look does not follow the training.
    """
    table = layers_now(state)
    if state.dataset is None or not photo:
        return "Open an image folder to see the output of each layer for a photo."
    if head:
        return "The new head gives class scores; they are on the Evaluate page."
    if table is None or not layer:
        return "Select a layer to see its output for the photo."
    if isinstance(shown, ClassHeatmap):
        return f"{shown.layer}: {of_heatmap(shown, held)}"
    if view != "heatmap" and not any(one.path == layer and one.output_shape for one in table.layers):
        return "This layer returns no tensor."
    if shown is None:
        works = state.jobs.keys() & {"outputs", "heatmap"} or "features" not in state.faults
        return COMPUTING if works else ""
    return f"{shown.layer}: {of_output(shown, held)}"


def of_output(output: LayerOutput, held: bool = False) -> str:
    """Shape, time and weights of an output, and how many channels are drawn where that is not all."""
    shape, drawn = output.shape, len(output.channels)
    time = numbers.seconds(output.seconds)
    if output.calls > 1:
        time += f" · first of {output.calls} calls in a pass"
    if output.run:
        time += f" · weights {output.weights or 'before the first checkpoint'}{HELD if held else ''}"
    if len(shape) == 1:
        return f"{numbers.many(shape[0], 'number')} in {time}"
    all_in_one = len(shape) == 2 and output.maps.shape[1:] == shape
    all_in_one |= output.parameter and output.maps.size == math.prod(shape)
    channels_last = len(shape) == 2 or (shape[0] == shape[1] != shape[-1])
    channels = shape[-1] if channels_last else shape[0]
    of = "" if all_in_one or drawn in (0, channels) else f" · {drawn} of {numbers.exact(channels)} channels drawn"
    return f"{numbers.shape(shape)} in {time}{of}"


def of_heatmap(heatmap: ClassHeatmap, held: bool = False) -> str:
    """Resolution, time and weights of a heatmap."""
    words = f"{numbers.shape(heatmap.heat.shape)} in {numbers.seconds(heatmap.seconds)}"
    return f"{words} · weights after epoch {heatmap.epoch}{HELD if held else ''}" if heatmap.epoch else words
