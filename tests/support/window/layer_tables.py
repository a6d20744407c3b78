"""A small layer table, and constructors of its rows."""

from __future__ import annotations

from studio.events import Layer, LayerTable


def layer(path: str, kind: str, parameters: int, order: int, leaf: bool = True) -> Layer:
    return Layer(path, kind, path.count("."), leaf, (), (), parameters, order)


def block(path: str, parameters: int, order: int, kind: str = "Block") -> Layer:
    return layer(path, kind, parameters, order, leaf=False)


ROWS = (
    layer("stem", "Conv2d", 10, 0),
    block("blocks", 120, 6, "Sequential"),
    block("blocks.0", 40, 3),
    layer("blocks.0.conv", "Conv2d", 30, 1),
    layer("blocks.0.bn", "BatchNorm2d", 10, 2),
    block("blocks.1", 80, 6),
    layer("blocks.1.conv", "Conv2d", 70, 4),
    layer("blocks.1.drop", "Dropout", 0, 5),
    layer("blocks.1.act", "ReLU", 0, 5),
    layer("norm", "BatchNorm2d", 5, 7),
    layer("pool", "AdaptiveAvgPool2d", 0, 8),
)


TABLE = LayerTable("toy", (32, 32), ROWS, 7, "fc", 135)
