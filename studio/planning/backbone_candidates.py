"""The backbones that the advice compares, whose weights are on this computer, and others that are worth a download."""

from __future__ import annotations

import numpy as np

from studio.catalog import catalog, image_sizes, readouts
from studio.catalog.entry import BackboneInfo
from studio.spec import BackboneSpec
from studio.spec.structs import replace

MOST = 8
"""Most backbones that are compared; of more, a selection spread evenly from small to large."""

SMALL_MACS = 1e9
"""Most MACs per photo of a network that suits a small set, or a computer without a GPU."""

LARGE_MACS = 6e9
"""Most MACs per photo of a network that suits a large set on a GPU."""

MOST_DOWNLOADS = 3


def candidates(chosen: BackboneSpec, most: int = MOST) -> tuple[tuple[BackboneSpec, ...], int]:
    """The backbones to compare, smallest first, and the number of those that are left out.

    The chosen one is among them, unless its weights would have to be downloaded.
    """
    specs = [
        readouts.with_backbone(
            replace(chosen, name=entry.name, weights="default", image_size=_size(chosen, entry)), entry
        )
        for entry in catalog.load()
        if catalog.whereabouts(entry) in ("bundled", "on disk") and entry.name != chosen.name
    ]
    if catalog.missing_megabytes(chosen) is None:
        specs.append(chosen)
    specs.sort(key=lambda spec: (macs(spec), spec.name))
    if len(specs) <= most:
        return tuple(specs), 0
    places = set(np.linspace(0, len(specs) - 1, most).round().astype(int).tolist())
    if chosen in specs and (own := specs.index(chosen)) not in places:
        places = {*sorted(places, key=lambda place: abs(place - own))[1:], own}  # in place of its neighbor
    return tuple(specs[place] for place in sorted(places)), len(specs) - len(places)


def macs(spec: BackboneSpec) -> float:
    """Multiply-accumulates for one photo at the image size of a spec, in proportion to the pixels."""
    entry = catalog.find(spec.name)
    height, width = catalog.preprocess_for(spec).size
    return entry.macs * height * width / (entry.input_size[1] * entry.input_size[2])


def downloads(small: bool) -> tuple[BackboneInfo, ...]:
    """Common backbones that are not on this computer and suit a small or a large set, the most accurate first."""
    limit = SMALL_MACS if small else LARGE_MACS
    missing = [
        entry
        for entry in map(catalog.find, catalog.COMMON)
        if catalog.whereabouts(entry) == "to download" and entry.macs <= limit
    ]
    return tuple(sorted(missing, key=lambda entry: -(entry.accuracy or 0.0))[:MOST_DOWNLOADS])


def _size(chosen: BackboneSpec, entry: BackboneInfo) -> int | None:
    return chosen.image_size if image_sizes.takes_other(entry) else None
