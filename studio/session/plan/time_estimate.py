"""Estimates of the time and memory of a plan before it runs: of the first pass over the photos, and of an epoch."""

from __future__ import annotations

import math
import statistics

from studio.catalog import catalog
from studio.events import Layer, LayerTable
from studio.formatting import numbers as formatted
from studio.formatting.language import tr
from studio.formatting.numbers import megabytes
from studio.planning import augmentation, freezing
from studio.session.plan import plan_summary
from studio.session.state import AppState
from studio.spec import UserError
from studio.spec.structs import replace

LEAST_MEASURED = 16
"""Smallest number of computed photos whose time predicts that of the next extraction."""

BACKWARD = 2
"""Cost of a backward pass, in forward passes."""


def seconds_per_photo(state: AppState) -> tuple[float, bool] | None:
    """Seconds of a forward pass of the whole network per photo, and whether they were measured on this computer."""
    if (measured := measured_per_photo(state)) is not None:
        return measured, True
    try:
        macs = catalog.find(state.spec.backbone.name).macs
    except UserError:
        return None
    return (macs / augmentation.MACS_PER_SECOND, False) if macs else None


def measured_per_photo(state: AppState) -> float | None:
    """Seconds per photo of the extraction of the run shown, reading included; None where it is not comparable."""
    run = state.run
    if run is None or run.extraction is None or run.started.spec.backbone.network != state.spec.backbone.network:
        return None
    if run.started.cut == "pixels" or run.extraction.computed < LEAST_MEASURED:
        return None
    return run.extraction.seconds / run.extraction.computed


def measured_epoch(state: AppState, *, any_augmentation: bool = False) -> float | None:
    """Median seconds of an epoch of the run shown, if its photos, network and plan are those chosen now; else None.

    Args:
        state: The state.
        any_augmentation: True where its augmentation may differ from the chosen one.
    """
    run = state.run
    if run is None or not run.epochs:
        return None
    then, now = run.started.spec, state.spec
    same = (then.dataset, then.backbone, then.freeze) == (now.dataset, now.backbone, now.freeze)
    same = same and (any_augmentation or then.augment == now.augment)
    return statistics.median(epoch.seconds for epoch in run.epochs) if same else None


def repeated_share(state: AppState, table: LayerTable) -> float:
    """Share of the network's work, 0…1, that every epoch repeats: that of the layers from the first changing one on."""
    if plan_summary.all_frozen(state):
        return 0.0
    where = plan_summary.frozen_split(state, table)
    if where is None:
        return 1.0
    end = next(layer.order for layer in table.layers if layer.path == where.layer)
    leaves = [layer for layer in table.layers if layer.leaf]
    total = sum(_work(layer) for layer in leaves)
    return sum(_work(layer) for layer in leaves if layer.order > end) / total if total else 1.0


def first_pass(state: AppState, table: LayerTable) -> str:
    """Time to compute the cached rows: "about 9 s"; "" where it is unknown or nothing is computed."""
    pace, photos = seconds_per_photo(state), plan_summary.rows(state)
    share = 1.0 - repeated_share(state, table)
    if pace is None or not photos or share <= 0:
        return ""
    return _about(photos * share * pace[0])


def epoch(state: AppState, table: LayerTable) -> str:
    """Time of an epoch: "0.6 s" if the run shown measured it, else an estimate, "about 2 s"; "" where it is unknown."""
    measured = measured_epoch(state)
    if measured is not None:
        return formatted.seconds(measured)
    pace, passes, photos = seconds_per_photo(state), _passes(state, table), plan_summary.photos(state)
    if pace is None or not photos:
        return ""
    if passes <= 0:
        return tr("under 1\u202fs, for the head alone") if photos < 20_000 else tr("seconds, for the head alone")
    trained = _pace_of_epochs(state, table)
    return _about(passes * (trained if trained is not None else pace[0]))


def memory(state: AppState, table: LayerTable) -> str:
    """Memory of a training step: "about 0.4 GB per batch"; "" where only the head trains."""
    share = repeated_share(state, table)
    if share <= 0:
        return ""
    where = plan_summary.frozen_split(state, table)
    end = next((layer.order for layer in table.layers if where and layer.path == where.layer), -1)
    numbers = sum(math.prod(layer.output_shape) for layer in table.layers if layer.leaf and layer.order > end)
    trainable = freezing.trainable(plan_summary.safe_plan(state, table), table)
    # Outputs are stored for the backward pass; a trainable weight needs three more numbers: its gradient and the
    # optimizer's two moving averages.
    size = 4 * numbers * state.spec.train.batch_size + 12 * trainable + 4 * table.parameters
    return tr("about {size} per batch").format(size=megabytes(size))


def _passes(state: AppState, table: LayerTable) -> float:
    """Work of an epoch, in forward passes of one photo through the whole network."""
    share, photos = repeated_share(state, table), plan_summary.photos(state)
    train, random = plan_summary.training_photos(state), state.spec.augment.random
    # Randomly augmented training photos pass through the frozen layers, too, but only forward.
    forward = train * (1.0 if random else share) + (photos - train) * share
    return forward + BACKWARD * train * share


def _pace_of_epochs(state: AppState, table: LayerTable) -> float | None:
    """Seconds of a forward pass per photo in the epochs of the run shown; None without such epochs.

    They are preferred to those of its extraction, which may use another runtime and, of few photos, is mostly start-up.
    """
    run = state.run
    if run is None:
        return None
    then, now = run.started.spec, state.spec
    epochs, passes = run.epochs[then.train.head_epochs :], _passes(replace(state, spec=then), table)
    if not epochs or passes <= 0 or (then.dataset, then.backbone) != (now.dataset, now.backbone):
        return None
    return statistics.median(epoch.seconds for epoch in epochs) / passes


def _work(layer: Layer) -> float:
    """Approximate multiplications of a layer: each weight is used once per position of the output."""
    shape = layer.output_shape
    if layer.windowed:
        return layer.parameters * math.prod(shape[:-1])
    places = math.prod(shape[1:]) if len(shape) == 3 else shape[0] if len(shape) == 2 else 1
    return layer.parameters * places


def _about(seconds: float) -> str:
    return tr("about {seconds}").format(seconds=formatted.seconds(float(f"{seconds:.1g}")))
