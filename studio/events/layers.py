"""Events about a network: its layers, their sizes and times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class CallShapes:
    """Shapes of one call of a layer, without the batch dimension, as in `Layer`."""

    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    windowed: bool = False


@dataclass(frozen=True, slots=True)
class Layer:
    """One module of the network.

    Attributes:
        path: Module path in the original network (`blocks.4.0.conv_pw`), or path of a bare parameter (`cls_token`).
        type: Class name.
        depth: Number of dots in the path.
        leaf: True where it has no layers below it.
        input_shape: Shape without the batch dimension; () where its input is not a tensor.
        output_shape: Shape without the batch dimension; () where its output is not a tensor.
        parameters: Number of parameters in it and below.
        order: Rank by the end of its first call; layers that are never called have the rank of their first use.
        row: Shape of one photo's row from which the network continues after this layer; None where the network cannot
            be split there, because other tensors bypass the layer.
        statistics: True for a leaf with buffers besides its parameters, such as BatchNorm.
        windowed: True where the batch dimension holds the windows of one photo (windowed attention): the first number
            of its shapes counts them.
        calls: Times that it runs in a pass; its shapes are those of the first one.
        later: Shapes of its other calls, in their order.
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
    windowed: bool = False
    calls: int = 1
    later: tuple[CallShapes, ...] = ()

    def at_call(self, call: int) -> Layer:
        """The layer with the shapes of one of its calls; the first is 1, and stands for those that it does not have."""
        if not 1 < call <= 1 + len(self.later):
            return self
        shapes = self.later[call - 2]
        return replace(self, input_shape=shapes.input_shape, output_shape=shapes.output_shape, windowed=shapes.windowed)


@dataclass(frozen=True)
class LayerTable:
    """The layers of a backbone, without its last layer.

    Attributes:
        backbone: Its name.
        image_size: Height and width of the input for these shapes.
        layers: Parents directly before their children, siblings in the order in which they run.
        features: Width D of the flat features.
        classifier: Path of the layer that the new head replaces.
        parameters: Number of parameters in total, without the head.
        seconds: Time that loading took.
        unused: Paths of the leaves with parameters that no pass uses.
        unseen: Pixels at the right and at the bottom of a photo that no convolution of the photo reads.
        fitting: The nearest sides of photos without such pixels; () where there are none.
        weights: What was read from a weights file, and what of it is not used; "" for other weights.
        warnings: Warnings about the weights: title and hint of each.
    """

    backbone: str
    image_size: tuple[int, int]
    layers: tuple[Layer, ...]
    features: int
    classifier: str
    parameters: int
    seconds: float = 0.0
    unused: tuple[str, ...] = ()
    unseen: int = 0
    fitting: tuple[int, ...] = ()
    weights: str = ""
    warnings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class MultiplyAdds:
    """The multiply-accumulate operations (MACs) of a backbone for one photo.

    Attributes:
        backbone: Name in the catalog.
        image_size: Height and width of the input.
        layers: MACs by module path, those of the modules below included; modules without MACs are left out.
        total: MACs of the network without its last layer; more than the sum of its leaves where blocks themselves
            multiply, as in attention.
    """

    backbone: str
    image_size: tuple[int, int]
    layers: Mapping[str, int]
    total: int


@dataclass(frozen=True)
class NetworkShapes:
    """The layers and operations of a backbone at an image size, derived without weights and photos.

    Attributes:
        backbone: Name in the catalog.
        image_size: Side of the photos that was asked for; None for that of the weights.
        table: The layers; None where the network cannot take such photos.
        operations: Its multiply-accumulate operations for one photo; None without a table.
        problem: The reason why there is no table, as a sentence; "" where there is one.
        advice: What to do about it.
    """

    backbone: str
    image_size: int | None
    table: LayerTable | None = None
    operations: MultiplyAdds | None = None
    problem: str = ""
    advice: str = ""


@dataclass(frozen=True)
class LayerTimes:
    """The measured time of each layer of a backbone on this computer.

    Attributes:
        backbone: Name in the catalog.
        image_size: Height and width of the photos.
        batch: Number of photos in a pass.
        passes: Number of passes; each time is their median.
        seconds: Seconds by module path, those of the modules below included; layers that no pass calls are left out.
        total: Seconds of the whole network, without its last layer.
    """

    backbone: str
    image_size: tuple[int, int]
    batch: int
    passes: int
    seconds: Mapping[str, float]
    total: float
