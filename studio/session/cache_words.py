"""Stores of the feature cache in words, so that no two of them look the same."""

from __future__ import annotations

from studio.catalog import readouts
from studio.events import StoredFeatures
from studio.formatting import numbers
from studio.formatting.language import tr, translated

CROPS = {"center": tr("center crop"), "squash": tr("squashed"), "border": tr("fitted")}


def content(stored: StoredFeatures) -> str:
    """What the rows are: “features”, “features, mean of the patch tokens”, “blocks.5”; "" where it is unknown."""
    readout = translated(readouts.named(stored.readout))
    cut = translated(stored.cut) if stored.cut in ("features", "pixels") else stored.cut
    return f"{cut}, {readout}" if cut and readout else cut


def photos(stored: StoredFeatures) -> str:
    """Size and crop of the photos: “224 px, center crop”; "" where they are unknown."""
    if not stored.image_size:
        return ""
    height, width = stored.image_size
    size = f"{height}{numbers.NARROW}px" if height == width else f"{height} × {width}{numbers.NARROW}px"
    return f"{size}, {CROPS[stored.crop]}" if stored.crop in CROPS else size
