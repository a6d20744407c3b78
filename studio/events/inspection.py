"""Events about looks into a network: the outputs of its layers for one photo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class OutputFacts:
    """Statistics over all values of one layer's output that are numbers.

    Attributes:
        low, high, mean: Smallest, largest and mean value; NaN where no value is a number.
        zeros: Share of values that are exactly 0.
        dead: Number of channels with one value everywhere; of a vector, number of zeros.
        channels: Number of channels; of a vector, its length.
    """

    low: float
    high: float
    mean: float
    zeros: float
    dead: int
    channels: int


@dataclass(frozen=True)
class Attention:
    """Queries and keys of one attention layer for one photo: softmax(queries · keys + bias) are its weights.

    Attributes:
        layer: Path of the attention layer.
        queries: (heads, T, d) float32, multiplied by the layer's scale.
        keys: (heads, T, d) float32.
        side: Rows and columns of the grid of patches.
        extra: Number of tokens before those of the patches: class token and registers.
        bias: (heads, T, T) float32, by the relative positions of tokens; None where the network has none.
    """

    layer: str
    queries: NDArray[np.float32]
    keys: NDArray[np.float32]
    side: tuple[int, int]
    extra: int
    bias: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class LayerOutput:
    """The output of one layer for one photo.

    Attributes:
        layer: Module path.
        path: Absolute path of the photo.
        shape: Full output shape without the batch dimension.
        maps: (C', h, w) float32 for feature maps, those with the largest spread first. (1, 1, D) for vectors.
        channels: Index of each map among the layer's channels.
        seconds: Computation time.
        run: Folder of the run whose weights computed it; "" for the weights of the backbone itself.
        weights: Description of that run's weights: "after epoch 3"; "" before its first checkpoint.
        photo: (H, W, 3) uint8, the photo as the network sees it; None where it was not asked for.
        facts: Statistics over the whole output; None where they were not asked for.
        grid: True where the cells of the maps are positions in the photo.
        tokens: (n, C) class token and registers, which have no position in the photo; None where there are none.
        filters: (C, 3, k, k) weights of a convolution that reads the photo itself; None for other layers.
        attention: Queries and keys of the attention in the layer; None where there is none that can be shown.
        start: The same output with the weights that the run began with; None where it was not asked for.
        parameter: True for a parameter of the network, which does not depend on the photo.
        calls: Times that the layer runs in a pass.
        call: Which of them the output is of; the first is 1.
    """

    layer: str
    path: str
    shape: tuple[int, ...]
    maps: NDArray[np.float32]
    channels: tuple[int, ...]
    seconds: float
    run: str = ""
    weights: str = ""
    photo: NDArray[np.uint8] | None = None
    facts: OutputFacts | None = None
    grid: bool = False
    tokens: NDArray[np.float32] | None = None
    filters: NDArray[np.float32] | None = None
    attention: Attention | None = None
    start: LayerOutput | None = None
    parameter: bool = False
    calls: int = 1
    call: int = 1


@dataclass(frozen=True)
class OutputDrift:
    """How far training moved the output of each layer for one photo.

    Attributes:
        run: Folder of the run.
        path: Absolute path of the photo.
        weights: Description of the run's weights: "after epoch 3".
        layers: By module path: norm of the change of the output, divided by its norm before training.
        seconds: Computation time.
    """

    run: str
    path: str
    weights: str
    layers: Mapping[str, float]
    seconds: float


@dataclass(frozen=True)
class ClassHeatmap:
    """The part of a photo that raises the score of a class, at one layer (Grad-CAM).

    Attributes:
        path: Path of the photo.
        layer: Module path.
        name: Name of the class; in regression that of the target.
        score: The score, before softmax.
        probability: Its softmax; 1 in regression.
        heat: (h, w) float32, 0 or more, at the resolution of the layer.
        pixels: (H, W, 3) uint8, the photo as the network sees it.
        seconds: Computation time.
        epoch: Epoch of the weights; 0 if it is unknown.
        run: Folder of the run whose weights computed it; "" for an exported head.
        request: Class and layer that were asked for; "" means the predicted class, or the last layer with positions.
    """

    path: str
    layer: str
    name: str
    score: float
    probability: float
    heat: NDArray[np.float32]
    pixels: NDArray[np.uint8]
    seconds: float
    epoch: int = 0
    run: str = ""
    request: tuple[str, str] = ("", "")
