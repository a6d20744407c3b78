"""What the Features and Head pages say about a freeze plan, worked out from the state in one place."""

from __future__ import annotations

import math

from studio import plan
from studio.events import LayerTable, Trained
from studio.spec import Fault, FreezePlan
from studio.ui import words
from studio.ui.widgets.layer_rows import Cut
from studio.workbench.state import AppState, layers_now, stale


def safe_plan(state: AppState, table: LayerTable) -> FreezePlan:
    """The chosen plan; the plain one where the chosen plan names layers this network does not have."""
    try:
        plan.frozen_leaves(state.spec.freeze, table.layers)
    except Fault:
        return FreezePlan()
    return state.spec.freeze


def all_frozen(state: AppState) -> bool:
    """True where the backbone stands still, as far as can be told before its layers are known."""
    table = layers_now(state)
    if table is not None:
        return plan.is_all_frozen(safe_plan(state, table), table)
    chosen = state.spec.freeze
    return chosen.base == "all" and not chosen.until and not chosen.thaw


def classes(state: AppState) -> int:
    """Number of classes; 0 while no folder is open."""
    return len(state.dataset.classes) if state.dataset is not None else 0


def photos(state: AppState) -> int:
    """Number of photos; 0 while no folder is open."""
    return len(state.dataset.photos) if state.dataset is not None else 0


def head_parameters(state: AppState, table: LayerTable) -> int:
    """Weights and biases of the new head."""
    return table.features * classes(state) + classes(state)


def split(state: AppState, table: LayerTable) -> plan.Cut | None:
    """Where a partly frozen network will be split, if the trial at the start of the run holds; None for nowhere."""
    frozen = plan.frozen_leaves(safe_plan(state, table), table.layers)
    return next(plan.cuts(table, frozen), None)


def kept_shape(state: AppState, table: LayerTable) -> str:
    """What is cached of one photo: "features, 1280"."""
    where = split(state, table)
    name = "features" if all_frozen(state) else where.layer if where else "pixels"
    return f"{name}, {words.shape(_shape(state, table))}"


def kept_size(state: AppState, table: LayerTable) -> str:
    """How much the cache takes: "2.0 MB for 397 photos"."""
    number = photos(state)
    return f"{words.megabytes(_bytes(state, table))} for {words.many(number, 'photo')}" if number else "–"


def kept(state: AppState, table: LayerTable) -> str:
    """What the cache holds: "397 × 1280, 2.0 MB"."""
    number, shape = photos(state), _shape(state, table)
    if not number:
        return f"{words.shape(shape)} a photo"
    return f"{words.shape((number, *shape))}, {words.megabytes(_bytes(state, table))}"


def _shape(state: AppState, table: LayerTable) -> tuple[int, ...]:
    where = split(state, table)
    if all_frozen(state) or where is None:
        return (table.features,) if all_frozen(state) else (3, *table.image_size)
    return where.shape


def _bytes(state: AppState, table: LayerTable) -> int:
    """Features are float32, pixels one byte a number."""
    number = 4 if all_frozen(state) or split(state, table) else 1
    return photos(state) * number * math.prod(_shape(state, table))


def cut(state: AppState, table: LayerTable) -> Cut:
    """The line in the tree that says where what is kept is kept."""
    if all_frozen(state):
        return Cut(f"features computed once here and cached — {kept(state, table)}")
    if where := split(state, table):
        text = f"all up to {where.layer} computed once and cached — {kept(state, table)}; the rest runs each epoch"
        return Cut(text, at_top=True)
    return Cut(f"pixels cached here, {kept(state, table)}; everything below is computed each epoch", at_top=True)


def proof(state: AppState) -> Trained | None:
    """The finished run of exactly the present settings."""
    if state.run is None or state.run.trained is None or stale(state):
        return None
    return state.run.trained
