"""What is known of a network: its layers and what they give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Layer:
    """One module of the network.

    Attributes:
        path: Module path in the untouched tree (`blocks.4.0.conv_pw`); a bare parameter has its own path (`cls_token`).
        type: Class name.
        depth: Dots in the path.
        leaf: True for what holds no further layers.
        input_shape: Shape without the batch, () where it is not called with a tensor.
        output_shape: Shape without the batch, () where it gives no tensor.
        parameters: Parameters in it and below.
        order: Place in which it first finishes running; layers that never run stand where they are first used.
        row: Shape of what must be kept of one photo to go on behind this layer; None where the network cannot be
            split there, because something of the photo goes round it.
        statistics: True for a leaf that holds numbers besides its parameters, as BatchNorm does.
    """

    path: str
    type: str
    depth: int
    leaf: bool
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    parameters: int
    order: int
    row: tuple[int, ...] | None = None
    statistics: bool = False


@dataclass(frozen=True)
class LayerTable:
    """The layers of a backbone without its last layer, parents before children.

    Attributes:
        backbone: Catalogue name.
        image_size: Height and width the shapes are for.
        layers: Rows, parents directly before their children, siblings in the order they run.
        features: Width D of the flat features.
        classifier: Path where the new head stands.
        parameters: In total, without the head.
        seconds: How long loading took.
    """

    backbone: str
    image_size: tuple[int, int]
    layers: tuple[Layer, ...]
    features: int
    classifier: str
    parameters: int
    seconds: float = 0.0


@dataclass(frozen=True)
class LayerOutput:
    """What one layer gives for one photo.

    Attributes:
        layer: Module path.
        path: Absolute path of the photo.
        shape: Full output shape without the batch.
        maps: (C', h, w) float32 for feature maps, at most `limit` of them, the ones with the largest spread first.
            (1, 1, D) for vectors.
        channels: Index of each map among the layer's channels.
        seconds: Time it took.
    """

    layer: str
    path: str
    shape: tuple[int, ...]
    maps: NDArray[np.float32]
    channels: tuple[int, ...]
    seconds: float
