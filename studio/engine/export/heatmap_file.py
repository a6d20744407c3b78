"""Heatmap of a photo as a picture, or as numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.engine.predict import class_heatmap
from studio.events import ClassHeatmap, Events, Saved
from studio.events.runs import WeightsChoice
from studio.jobs.protocol import Stop, never
from studio.system.files import output_file

SUFFIXES = (".png", ".npz")

STRENGTH = 0.8
"""Opacity of the color where the heat is highest."""

RAMP = ((0, 0, 4), (87, 16, 110), (188, 55, 84), (249, 142, 9), (252, 255, 164))
"""Colors from no heat to the highest, at equal distances, each lighter than the one before."""


def write(
    source: Path,
    photo: str,
    out: Path,
    name: str = "",
    layer: str = "",
    stop: Stop = never,
    which: WeightsChoice | None = None,
) -> Events:
    """Compute the heatmap of a photo and write it; see `class_heatmap.compute`.

    A `.png` shows it over the photo as the network sees it. An `.npz` holds `heat` (h, w), `photo` (H, W, 3), `layer`,
    `class` and `score`.

    Raises:
        UserError: The heatmap cannot be computed, or the file cannot be written.
    """
    output_file.require_suffix(out, *SUFFIXES)
    output_file.require_other(out, photo)
    output_file.require_writable(out)
    for event in class_heatmap.compute(source, photo, name, layer, stop, which):
        yield event
        if isinstance(event, ClassHeatmap):
            _save(event, out)
    yield Saved(str(out), "heatmap")


def overlaid(pixels: NDArray[np.uint8], heat: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The photo (H, W, 3) in gray, under the colors of its heat (h, w), which is enlarged to its size."""
    height, width = pixels.shape[:2]
    highest = float(heat.max())
    shares = heat / highest if highest else heat
    large = Image.fromarray(shares.astype(np.float32)).resize((width, height), Image.Resampling.BILINEAR)
    share = np.asarray(large).clip(0, 1)
    colors = colored(share)
    opacity = STRENGTH * share[..., None]
    gray = np.asarray(Image.fromarray(pixels).convert("L"))[..., None]  # its colors could be mistaken for heat
    return np.asarray((1 - opacity) * gray + opacity * colors).round().astype(np.uint8)


def colored(share: NDArray[np.floating]) -> NDArray[np.float64]:
    """Colors (h, w, 3), 0 to 255, of shares (h, w) from 0 to 1."""
    places = np.linspace(0, 1, len(RAMP))
    return np.stack([np.interp(share, places, [color[channel] for color in RAMP]) for channel in range(3)], axis=2)


def _save(event: ClassHeatmap, out: Path) -> None:
    with output_file.written(out) as temporary:
        if out.suffix.lower() == ".png":
            Image.fromarray(overlaid(event.pixels, event.heat)).save(temporary, "PNG")
            return
        with temporary.open("wb") as file:
            arrays: dict[str, Any] = {"heat": event.heat, "photo": event.pixels, "layer": event.layer}
            arrays |= {"class": event.name, "score": np.float32(event.score)}
            np.savez(file, **arrays)
