"""The line below a look: its shape, time and weights, or the reason why there is none."""

from __future__ import annotations

import math

from studio.events import ClassHeatmap, LayerOutput
from studio.formatting import numbers
from studio.formatting.language import counted, tr
from studio.session.inspection.exhibit import View
from studio.session.selectors import layers_now
from studio.session.state import AppState

COMPUTING = tr("Computing…")
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
        return tr("Open an image folder to see the output of each layer for a photo.")
    if head:
        return tr("The new head gives class scores; they are on the Evaluate page.")
    if table is None or not layer:
        return tr("Select a layer to see its output for the photo.")
    if isinstance(shown, ClassHeatmap):
        return f"{shown.layer}: {of_heatmap(shown, held)}"
    if view != "heatmap" and not any(one.path == layer and one.output_shape for one in table.layers):
        return tr("This layer returns no tensor.")
    if shown is None:
        works = state.jobs.keys() & {"outputs", "heatmap"} or "features" not in state.faults
        return COMPUTING if works else ""
    return f"{shown.layer}: {of_output(shown, held)}"


def of_output(output: LayerOutput, held: bool = False) -> str:
    """Shape, time and weights of an output, and how many channels are drawn where that is not all."""
    shape, drawn = output.shape, len(output.channels)
    time = numbers.seconds(output.seconds)
    if output.calls > 1:
        time += tr(" · call {call} of {calls}").format(call=output.call, calls=output.calls)
    if output.run:
        time += tr(" · weights {weights}{held}").format(
            weights=output.weights or tr("before the first checkpoint"), held=HELD if held else ""
        )
    if len(shape) == 1:
        return tr("{numbers} in {time}").format(numbers=counted(shape[0], "number"), time=time)
    all_in_one = len(shape) == 2 and output.maps.shape[1:] == shape
    all_in_one |= output.parameter and output.maps.size == math.prod(shape)
    channels_last = len(shape) == 2 or (shape[0] == shape[1] != shape[-1])
    channels = shape[-1] if channels_last else shape[0]
    of = (
        ""
        if all_in_one or drawn in (0, channels)
        else tr(" · {drawn} of {channels} channels drawn").format(drawn=drawn, channels=numbers.exact(channels))
    )
    return f"{numbers.shape(shape)} in {time}{of}"


def of_heatmap(heatmap: ClassHeatmap, held: bool = False) -> str:
    """Resolution, time and weights of a heatmap."""
    words = f"{numbers.shape(heatmap.heat.shape)} in {numbers.seconds(heatmap.seconds)}"
    return (
        tr("{words} · weights after epoch {epoch}{held}").format(
            words=words, epoch=heatmap.epoch, held=HELD if held else ""
        )
        if heatmap.epoch
        else words
    )
