"""The pictures that the activation microscope shows of one look: channels, their change, attention, tokens, filters.

All of them are numbered pictures, (N, h, w) of numbers or (N, h, w, 3) of colors, so that one view draws them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studio.events import ClassHeatmap, LayerOutput
from studio.formatting.language import tr
from studio.session.inspection import attention

Array = NDArray[np.float32]

View = Literal["channels", "tokens", "attention", "filters", "heatmap"]
VIEWS: dict[View, str] = {
    "channels": tr("Channels"),
    "tokens": tr("Tokens"),
    "attention": tr("Attention"),
    "filters": tr("Filters"),
    "heatmap": tr("Class heatmap"),
}

Weights = Literal["start", "run", "both"]
WEIGHTS: dict[Weights, str] = {"start": tr("Pretrained"), "run": tr("This run"), "both": tr("Difference")}

Order = Literal["response", "spread", "index"]
ORDERS: dict[Order, str] = {"response": tr("Strongest"), "spread": tr("Most varied"), "index": tr("By number")}

MEAN_HEAD = -1
"""Number of the mean of all heads."""


@dataclass(frozen=True, eq=False)
class Exhibit:
    """Numbered pictures of one look.

    Attributes:
        noun: What one of them is: "channel", "head", "filter".
        pictures: (N, h, w) numbers or (N, h, w, 3) colors, each picture with values of its own.
        numbers: Number of each picture in the network.
        grid: True where the cells are positions in the photo.
        bars: True where each picture is one row of numbers, which is drawn as bars.
        signed: True for changes: 0 is the middle of the color scale.
        side: Rows and columns of the patches of which one is chosen; () where none is.
        patch: Row and column of the chosen patch; () for a token before the patches.
    """

    noun: str
    pictures: Array
    numbers: tuple[int, ...]
    grid: bool = True
    bars: bool = False
    signed: bool = False
    side: tuple[int, ...] = ()
    patch: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.pictures)

    @property
    def colors(self) -> bool:
        """True where the pictures have colors of their own."""
        return self.pictures.ndim == 4

    @cached_property
    def responses(self) -> Array:
        """Mean absolute value of each picture; NaN counts as 0."""
        rows = np.abs(self.pictures.reshape(len(self), -1))
        means = rows.mean(1)
        return np.asarray(means if np.isfinite(means).all() else np.nan_to_num(rows, posinf=0).mean(1), np.float32)

    @cached_property
    def spreads(self) -> Array:
        """Standard deviation of each picture; NaN counts as 0."""
        rows = self.pictures.reshape(len(self), -1)
        with np.errstate(invalid="ignore"):  # infinite minus infinite
            spreads = np.asarray(rows.std(1))
        return spreads if np.isfinite(spreads).all() else np.nan_to_num(rows, posinf=0, neginf=0).std(1)

    @cached_property
    def span(self) -> tuple[float, float]:
        """Lowest and highest value of all pictures."""
        return span(self.pictures, self.signed)

    def span_of(self, place: int, common: bool = False) -> tuple[float, float]:
        """Ends of the color scale of a picture: of its own values, or of those of all pictures."""
        return self.span if common else span(self.pictures[place], self.signed)

    def dead(self, place: int) -> bool:
        """True where a picture has one value everywhere; never for changes, where 0 everywhere means unchanged."""
        picture = self.pictures[place]
        return picture.size > 1 and not self.bars and not self.signed and bool((picture == picture.flat[0]).all())

    def ordered(self, order: Order) -> list[int]:
        """Indices of the pictures in an order."""
        if order == "index":
            return [int(place) for place in np.argsort(self.numbers, kind="stable")]
        values = self.responses if order == "response" else self.spreads
        return [int(place) for place in np.argsort(-values, kind="stable")]


def span(values: Array, signed: bool = False) -> tuple[float, float]:
    """Ends of the color scale of numbers: their lowest and highest value; for changes, as far below 0 as above."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 0.0
    low, high = float(finite.min()), float(finite.max())
    if signed:
        far = max(abs(low), abs(high))
        return 0.0 - far, far
    return low, high


def views(output: LayerOutput | None, classes: bool) -> list[View]:
    """The views that an output has.

    Args:
        output: The output; None while there is none.
        classes: True where there is a run whose class scores a heatmap can explain.
    """
    shown: list[View] = ["channels"]
    if output is not None:
        if output.grid and len(output.shape) == 2:
            shown.append("tokens")
        if output.attention is not None:
            shown.append("attention")
        if output.filters is not None:
            shown.append("filters")
    if classes:
        shown.append("heatmap")
    return shown


def of_output(output: LayerOutput, weights: Weights) -> Exhibit:
    """The channels of an output, or their change by training."""
    maps, channels, signed = output.maps, output.channels, False
    if weights == "both" and output.start is not None:
        maps, signed = difference(output, output.start), True
    if maps.shape[1:] == (1, 1) and len(maps) > 1:  # one number for each channel
        return Exhibit("channel", maps[np.argsort(channels)].reshape(1, 1, -1), (0,), False, True, signed)
    return Exhibit("channel", maps, channels, output.grid, _is_vector(output), signed)


def of_tokens(output: LayerOutput, weights: Weights, cell: tuple[int, int], extra: int | None) -> Exhibit:
    """The numbers of one token: of the patch at a cell, or of the token `extra` before the patches."""

    def row(one: LayerOutput) -> Array:
        if extra is not None and one.tokens is not None:
            return np.asarray(one.tokens[extra])
        values = np.empty(len(one.channels), np.float32)
        values[np.argsort(np.argsort(one.channels))] = one.maps[:, cell[0], cell[1]]
        return values

    values = row(output)
    signed = weights == "both" and output.start is not None
    if signed and output.start is not None:
        values = values - row(output.start)
    side, patch = output.maps.shape[1:], cell if extra is None else ()
    return Exhibit("token", values[None, None], (0,), False, True, signed, side, patch)


def of_attention(output: LayerOutput, weights: Weights, token: int, patch: tuple[int, ...] = ()) -> Exhibit | None:
    """Attention of each head from one token to all patches, the mean of all heads first; None without attention."""
    if output.attention is None:
        return None
    maps = attention.maps(output.attention, token)
    if weights == "both" and output.start is not None and output.start.attention is not None:
        maps = maps - attention.maps(output.start.attention, token)
    pictures = np.concatenate([maps.mean(0, keepdims=True), maps])
    signed = weights == "both" and output.start is not None
    numbers, side = (MEAN_HEAD, *range(len(maps))), output.attention.side
    return Exhibit("head", pictures, numbers, signed=signed, side=side, patch=patch)


def of_filters(output: LayerOutput, weights: Weights) -> Exhibit | None:
    """The filters of a first layer, or their change by training, as color pictures; None for other layers."""
    filters = output.filters
    if filters is None:
        return None
    if weights == "both" and output.start is not None and output.start.filters is not None:
        filters = filters - output.start.filters
    return Exhibit("filter", np.ascontiguousarray(filters.transpose(0, 2, 3, 1)), tuple(range(len(filters))), False)


def of_heatmap(heatmap: ClassHeatmap) -> Exhibit:
    """The heatmap of a class as one picture."""
    return Exhibit("heatmap", heatmap.heat[None], (0,))


def difference(output: LayerOutput, start: LayerOutput) -> Array:
    """Change of each map by training, in the order of the output's maps."""
    if output.channels == start.channels:
        return np.asarray(output.maps - start.maps)
    places = {channel: place for place, channel in enumerate(start.channels)}
    before = [places.get(channel, -1) for channel in output.channels]
    change = output.maps - start.maps[before]
    change[[place for place, row in enumerate(before) if row < 0]] = (
        np.nan
    )  # a large output has only some of its channels
    return np.asarray(change, np.float32)


def _is_vector(output: LayerOutput) -> bool:
    return output.maps.shape[1:2] == (1,) and not output.grid
