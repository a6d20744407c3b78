"""Pictures that the user pinned in the activation microscope, to compare layers, photos or weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studio.formatting.language import tr
from studio.session.inspection import readout
from studio.session.inspection.exhibit import WEIGHTS, Exhibit, View, Weights

MOST = 4
"""Largest number of pins; another one replaces the oldest."""


@dataclass(frozen=True, eq=False)
class Pin:
    """One pinned picture.

    Attributes:
        layer: Path of the layer.
        photo: Absolute path of the photo.
        weights: Whose weights.
        view: What was looked at.
        number: Number of the picture in the network.
        class_name: Class of a heatmap; "" for others.
        words: Weights of the run at that time: "after epoch 3"; "" for others.
        exhibit: The picture alone.
        call: Which of the layer's calls it is of.
    """

    layer: str
    photo: str
    weights: Weights
    view: View
    number: int
    class_name: str
    words: str
    exhibit: Exhibit
    call: int = 1

    @property
    def title(self) -> str:
        """Layer and picture: "conv_head · Channel 1044"."""
        layer = self.layer if self.call == 1 else tr("{layer}, call {call}").format(layer=self.layer, call=self.call)
        return f"{layer} · {readout.name(self.exhibit, 0)}"

    @property
    def place(self) -> str:
        """Layer and number, for narrow spaces: "conv_head 1044"."""
        return self.layer if self.view in ("heatmap", "tokens") else f"{self.layer} {self.number}"

    @property
    def whose(self) -> str:
        """Whose weights, or which class: "This run", "“bees”"."""
        return f"“{self.class_name}”" if self.class_name else WEIGHTS[self.weights]

    @property
    def lines(self) -> tuple[str, ...]:
        """Lines that distinguish it from other pins, and its values."""
        values = self.exhibit.pictures[np.isfinite(self.exhibit.pictures)]
        mean = readout.value(float(values.mean())) if values.size else tr("not a number")
        low, high = (readout.value(end) for end in self.exhibit.span_of(0))
        about = f"{self.whose} {self.words}".rstrip()
        return (
            self.title,
            readout.photo_name(self.photo),
            about,
            tr("mean {mean} · {low} to {high}").format(mean=mean, low=low, high=high),
        )


def pinned(pins: Sequence[Pin], new: Pin) -> tuple[Pin, ...]:
    """The pins with a new one at the end."""
    return (*pins, new)[-MOST:]


def alone(exhibit: Exhibit, place: int) -> Exhibit:
    """One picture of an exhibit as an exhibit of its own, without holding on to the others."""
    picture = np.array(exhibit.pictures[place : place + 1])
    numbers = (exhibit.numbers[place],)
    return Exhibit(exhibit.noun, picture, numbers, exhibit.grid, exhibit.bars, exhibit.signed)
