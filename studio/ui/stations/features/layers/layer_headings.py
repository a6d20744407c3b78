"""Headings of the layer tree, and their tooltips."""

from __future__ import annotations

from studio.formatting.language import tr
from studio.ui.stations.features.layers.layer_cells import (
    COLUMNS,
    DRIFT,
    MACS,
    MEMORY,
    NARROW_COLUMNS,
    PROOF,
    RATE,
    TIME,
    LayerCells,
)

TIPS = {
    RATE: tr("Learning rate of thawed layers, before the schedule; F2 sets one by hand"),
    PROOF: tr("Hash equal, or relative norm of the change: |now - before| / |before|"),
    DRIFT: tr("Relative L2 change of the layer's output for the photo in the microscope: |now - before| / |before|"),
    MEMORY: tr("Output in float32 for one image, or for the batch chosen above"),
    TIME: tr("Time of a pass of the measured batch on this computer, and its share of the whole; median of several"),
    MACS: tr("Multiply-accumulate operations (MACs) of convolutions and matrix products, as in published tables"),
}


def heading(column: int, cells: LayerCells | None, narrow: bool) -> str:
    """Heading of a column.

    Args:
        column: Its number.
        cells: The cells below; None where no network is shown.
        narrow: True for short headings.
    """
    if column == PROOF and cells is not None and cells.shown.stale:
        return tr("Previous run (stale)")
    if column == MEMORY and cells is not None and cells.sizes.batch > 1 and not narrow:
        return tr("Memory / {batch} images").format(batch=cells.sizes.batch)
    return (NARROW_COLUMNS if narrow else COLUMNS)[column]


def copied(column: int) -> str:
    """Heading of a column on the clipboard, where sizes are bytes."""
    return f"{COLUMNS[column]} (bytes)" if column == MEMORY else COLUMNS[column]
