"""Shapes, MACs and memory of the layers at the image size and batch that the user looks at; free of Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from studio.catalog import catalog
from studio.events import Layer, LayerTable, LayerTimes, NetworkShapes
from studio.formatting import numbers
from studio.formatting.language import counted, tr
from studio.planning import layer_problems
from studio.planning.layer_problems import LayerProblem, edge_words
from studio.session.plan import plan_summary
from studio.session.selectors import layers_now
from studio.session.state import AppState

MOST_PHOTOS = 4096
"""Largest batch and image size that can be shown."""


@dataclass(frozen=True)
class LayerSizes:
    """The layers at an image size and batch.

    Attributes:
        table: The layers.
        macs: Multiply-accumulate operations for one photo by layer path; None until they are counted.
        total_macs: Those of the whole network, without its head.
        batch: Number of photos.
        times: Measured times of the layers at this image size; None where they were not measured.
        calls: Which call is looked at of layers that run several times in a pass, by path; the others' is 1.
    """

    table: LayerTable
    macs: Mapping[str, int] | None = None
    total_macs: int = 0
    batch: int = 1
    times: LayerTimes | None = None
    calls: Mapping[str, int] = field(default_factory=dict)

    def at_call(self, layer: Layer) -> Layer:
        """The layer with the shapes of the call looked at."""
        return layer.at_call(self.calls.get(layer.path, 1))

    def time_words(self, path: str) -> str:
        """Measured time of a layer and its share of the whole: "2.3 ms, 18 %"; "–" where it was not measured."""
        seconds = self.times.seconds.get(path) if self.times is not None else None
        if seconds is None or self.times is None:
            return "–"
        share = numbers.percent(seconds / self.times.total, 0 if seconds >= self.times.total / 10 else 1)
        return f"{numbers.figures(seconds * 1000, 2)}{numbers.NARROW}ms, {share}"


def shapes_now(state: AppState) -> NetworkShapes | None:
    """The derived shapes if they are of the backbone chosen now."""
    shapes = state.shapes
    return shapes if shapes is not None and shapes.backbone == state.spec.backbone.name else None


def edge_now(state: AppState) -> str | None:
    """The edge of a photo that the chosen network does not see, in sentences; None before its shapes are known."""
    table, shapes = layers_now(state), shapes_now(state)
    if table is None and shapes is not None and shapes.image_size == state.spec.backbone.image_size:
        table = shapes.table
    return edge_words(table) if table is not None else None


def sizes(
    state: AppState, table: LayerTable, batch: int = 1, calls: Mapping[str, int] = MappingProxyType({})
) -> LayerSizes:
    """The layers of `table` at the size looked at, as far as it is derived; else at the size of the photos.

    Args:
        state: The state of the window.
        table: The layers.
        batch: Number of photos.
        calls: Which call is looked at of layers that run several times in a pass, by path.
    """
    shapes = shapes_now(state)
    if shapes is None or shapes.table is None or shapes.operations is None or not _same(shapes.table, table):
        return LayerSizes(table, batch=batch, times=times_now(state, table), calls=dict(calls))
    times = times_now(state, shapes.table)
    return LayerSizes(shapes.table, shapes.operations.layers, shapes.operations.total, batch, times, dict(calls))


def times_now(state: AppState, table: LayerTable) -> LayerTimes | None:
    """The measured times if they are of this network and image size."""
    times = state.layer_times
    fits = times is not None and (times.backbone, times.image_size) == (table.backbone, table.image_size)
    return times if fits else None


def cannot_measure(state: AppState, own_side: bool) -> str:
    """The reason why the time of the layers cannot be measured now; "" where it can.

    Args:
        state: The state of the window.
        own_side: True where the shapes are those of the image size of the settings.
    """
    if layers_now(state) is None:
        return tr("The backbone's layers are not loaded yet.")
    if "train" in state.jobs:
        return tr("Training is in progress: it would be slowed down, and the measured times would be wrong.")
    if "layer_times" in state.jobs:
        return tr("The layers are being measured.")
    return "" if own_side else tr("Times are measured only at the image size of the settings.")


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
    """One sentence for a network without problems: every layer runs, the MACs, and that the head fits."""
    number = plan_summary.classes(state)
    height, width = sizes.table.image_size
    text = tr("Every layer runs on {photos} of {width} × {height}").format(
        photos=counted(sizes.batch, "photo"), width=width, height=height
    )
    if sizes.macs is not None:
        text += tr(", {batch:.3g}\u202fGMACs").format(batch=sizes.batch * sizes.total_macs / 1000000000.0)
    if not number:
        return f"{text}."
    outputs = counted(number, "output") + (tr(" fits the ") if number == 1 else tr(" fit the "))
    return tr("{text}; {outputs}{classs}.").format(
        text=text, outputs=outputs, classs=counted(number, "class", "classes")
    )


def _same(one: LayerTable, other: LayerTable) -> bool:
    """True where two tables list the same layers and have the same features."""
    paths, others = ([layer.path for layer in table.layers] for table in (one, other))
    return one.features == other.features and paths == others
