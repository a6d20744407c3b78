"""Shapes, operations and memory of the layers at the image size and batch that the user looks at; free of Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from studio.catalog import catalog
from studio.events import LayerTable, NetworkShapes
from studio.formatting import numbers
from studio.planning import layer_problems
from studio.planning.layer_problems import LayerProblem
from studio.session.plan import plan_summary
from studio.session.state import AppState

MOST_PHOTOS = 4096
"""Largest batch and image size that can be looked at."""


@dataclass(frozen=True)
class LayerSizes:
    """The layers at an image size and batch.

    Attributes:
        table: The layers.
        macs: Multiply-accumulate operations for one photo by layer path; None until they are counted.
        total_macs: Those of the whole network, without its head.
        batch: Number of photos.
    """

    table: LayerTable
    macs: Mapping[str, int] | None = None
    total_macs: int = 0
    batch: int = 1


def shapes_now(state: AppState) -> NetworkShapes | None:
    """The derived shapes if they are of the backbone chosen now."""
    shapes = state.shapes
    return shapes if shapes is not None and shapes.backbone == state.spec.backbone.name else None


def sizes(state: AppState, table: LayerTable, batch: int = 1) -> LayerSizes:
    """The layers of `table` at the size looked at, as far as it is derived; else at the size of the photos."""
    shapes = shapes_now(state)
    if shapes is None or shapes.table is None or shapes.operations is None or not _same(shapes.table, table):
        return LayerSizes(table, batch=batch)
    return LayerSizes(shapes.table, shapes.operations.layers, shapes.operations.total, batch)


def side_of_photos(state: AppState) -> int:
    """Side of the photos under the chosen settings, in pixels."""
    return catalog.preprocess_for(state.spec.backbone).size[0]


def problems(state: AppState, sizes: LayerSizes) -> tuple[LayerProblem, ...]:
    """The problems of the network under the chosen plan, and of the image size looked at."""
    shapes = shapes_now(state)
    own: tuple[LayerProblem, ...] = ()
    if shapes is not None and shapes.problem:
        own = (LayerProblem((), shapes.problem, shapes.advice),)
    return own + layer_problems.find(sizes.table, plan_summary.safe_plan(state, sizes.table))


def summary(state: AppState, sizes: LayerSizes) -> str:
    """What holds where there is no problem: every layer runs, with how many operations, and the head fits."""
    number = plan_summary.classes(state)
    height, width = sizes.table.image_size
    text = f"Every layer runs on {numbers.many(sizes.batch, 'photo')} of {width} × {height} pixels"
    if sizes.macs is not None:
        text += f", {sizes.batch * sizes.total_macs / 1e9:.3g}{numbers.NARROW}GMACs"
    if not number:
        return f"{text}."
    outputs = numbers.many(number, "output") + (" matches the " if number == 1 else " match the ")
    return f"{text}; the head’s {outputs}{numbers.many(number, 'class', 'classes')}."


def _same(one: LayerTable, other: LayerTable) -> bool:
    """True where two tables list the same layers."""
    return [layer.path for layer in one.layers] == [layer.path for layer in other.layers]
