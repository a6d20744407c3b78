"""What the Features and Head pages say about a freeze plan, worked out from the state in one place."""

from __future__ import annotations

import math

from studio.events import LayerTable, TrainingFinished
from studio.formatting import numbers, typography
from studio.planning import cuts, freezing
from studio.planning.learning_rates import leaf_rates
from studio.session.plan.layer_rows import CutMarker, NewHead, Rates, Shown
from studio.session.selectors import difference, layers_now
from studio.session.state import AppState
from studio.spec import FreezePlan, UserError
from studio.spec.structs import replace


def safe_plan(state: AppState, table: LayerTable) -> FreezePlan:
    """The chosen plan; the plain one where the chosen plan names layers this network does not have."""
    try:
        freezing.frozen_leaves(state.spec.freeze, table.layers)
    except UserError:
        return FreezePlan()
    return state.spec.freeze


def all_frozen(state: AppState) -> bool:
    """True where the backbone stands still, as far as can be told before its layers are known."""
    table = layers_now(state)
    if table is not None:
        return cuts.is_all_frozen(safe_plan(state, table), table)
    chosen = state.spec.freeze
    return _freezes_all(chosen) and chosen.batch_norm != "update"


def learns(state: AppState) -> bool:
    """True where something of the backbone has a rate, as far as can be told before its layers are known."""
    table = layers_now(state)
    if table is not None:
        return freezing.trainable(safe_plan(state, table), table) > 0
    return not _freezes_all(state.spec.freeze)


def rates(state: AppState, table: LayerTable) -> Rates:
    """How fast each thawed layer learns; without those set by hand where they name layers of another network."""
    frozen, train = freezing.frozen_leaves(safe_plan(state, table), table.layers), state.spec.train
    try:
        of = leaf_rates(table, frozen, train)
    except UserError:
        train = replace(train, layer_rates=())
        of = leaf_rates(table, frozen, train)
    return Rates(of, {rate.name: rate.lr for rate in train.layer_rates})


def shown_proof(state: AppState) -> Shown:
    """What the run shown did to the layers of this network, as last measured."""
    run = state.run
    if run is None or run.moved is None or run.started.spec.backbone.name != state.spec.backbone.name:
        return Shown()
    follow = run.started.spec.freeze.batch_norm == "update"
    return Shown(run.moved.layers, run.moved.epoch, bool(difference(state)), follow, len(run.epochs))


def statistics_cost(state: AppState, table: LayerTable) -> str:
    """What it costs to let BatchNorm statistics follow the photos, or that it costs nothing."""
    if not any("BatchNorm" in layer.type for layer in table.layers):
        return "This network has no BatchNorm."
    if state.spec.freeze.batch_norm == "keep":
        return "Running statistics are not updated: safe with small batches."
    if state.spec.freeze.batch_norm == "thawed":
        return "Those of frozen layers are not updated, so features can be computed once. Use batches of 16 or more."
    where = split(state, table)
    kept = f"only what lies up to {where.layer} is computed once" if where else "nothing is computed once"
    return f"The cut moves before the first BatchNorm: {kept}, the rest in every epoch."


def _freezes_all(chosen: FreezePlan) -> bool:
    return chosen.base == "all" and not chosen.until and not chosen.thaw


def classes(state: AppState) -> int:
    """Number of classes; 0 while no folder is open."""
    return len(state.dataset.classes) if state.dataset is not None else 0


def photos(state: AppState) -> int:
    """Number of photos; 0 while no folder is open."""
    return len(state.dataset.photos) if state.dataset is not None else 0


def rows(state: AppState) -> int:
    """What the cache holds: a row a photo, and one for each fixed view of a training photo."""
    augment = state.spec.augment
    return photos(state) + (augment.views * training_photos(state) if augment.steps else 0)


def training_photos(state: AppState) -> int:
    """Number of photos that train; 0 while no folder is open."""
    return sum(photo.split == "train" for photo in state.dataset.photos) if state.dataset is not None else 0


def keeps_features(state: AppState) -> bool:
    """True where training photos pass through the network once: it stands still, and they do not change."""
    return all_frozen(state) and not state.spec.augment.random


def head_parameters(state: AppState, table: LayerTable) -> int:
    """Weights and biases of the new head: of one linear map, or of the hidden layer and the one behind it."""
    head, number = state.spec.head, classes(state)
    if not number or head.kind == "linear":
        return (table.features + 1) * number
    return (table.features + 1) * head.hidden + (head.hidden + 1) * number


def new_head(state: AppState, table: LayerTable) -> NewHead:
    """The new last layers as the layer table shows them."""
    head = state.spec.head
    kind = "Linear (new)" if head.kind == "linear" else f"MLP {head.hidden} (new)"
    return NewHead(kind, classes(state), head_parameters(state, table), state.spec.train.lr)


def split(state: AppState, table: LayerTable) -> cuts.Cut | None:
    """Where a partly frozen network will be split, if the trial at the start of the run holds; None for nowhere."""
    if state.spec.augment.random:
        return None  # other pixels in every epoch
    return next(cuts.cuts(table, cuts.constant_leaves(safe_plan(state, table), table.layers)), None)


def kept_shape(state: AppState, table: LayerTable) -> str:
    """What is cached of one photo: "features, 1280"."""
    where = split(state, table)
    name = "features" if keeps_features(state) else where.layer if where else "pixels"
    return f"{name}, {numbers.shape(_shape(state, table))}"


def kept_size(state: AppState, table: LayerTable) -> str:
    """How much the cache takes: "2.0 MB for 397 photos"."""
    number = rows(state)
    noun = "photo" if number == photos(state) else "row"
    return f"{numbers.megabytes(_bytes(state, table))} for {numbers.many(number, noun)}" if number else "–"


def cache_label(state: AppState, table: LayerTable) -> str:
    """What the cache holds: "397 × 1280, 2.0 MB"."""
    number, shape = rows(state), _shape(state, table)
    if not number:
        return f"{numbers.shape(shape)} a photo"
    return f"{numbers.shape((number, *shape))}, {numbers.megabytes(_bytes(state, table))}"


def _shape(state: AppState, table: LayerTable) -> tuple[int, ...]:
    where = split(state, table)
    if keeps_features(state) or where is None:
        return (table.features,) if keeps_features(state) else (3, *table.image_size)
    return where.shape


def _bytes(state: AppState, table: LayerTable) -> int:
    """Features are float32, pixels one byte a number."""
    number = 4 if keeps_features(state) or split(state, table) else 1
    return rows(state) * number * math.prod(_shape(state, table))


def cut(state: AppState, table: LayerTable) -> CutMarker:
    """The line in the tree that says where what is kept is kept."""
    if state.spec.augment.random:
        text = f"pixels cached here, {cache_label(state, table)}; photos change, so all runs each epoch"
        return CutMarker(text, at_top=True)
    if all_frozen(state):
        return CutMarker(f"features computed once here and cached — {cache_label(state, table)}")
    if where := split(state, table):
        text = f"all up to here computed once and cached — {cache_label(state, table)}; the rest runs each epoch"
        return CutMarker(text, behind=where.layer)
    return CutMarker(
        f"pixels cached here, {cache_label(state, table)}; everything below is computed each epoch", at_top=True
    )


def epoch_cost(state: AppState, table: LayerTable) -> str:
    """What each epoch runs, in a sentence."""
    if state.spec.augment.random:
        return "Training photos change, so every epoch runs them through the whole network."
    if keeps_features(state):
        return "The backbone runs once for each photo; every epoch after that trains the head alone."
    if where := split(state, table):
        layer = typography.breakable(where.layer)
        return f"Up to {layer} the backbone runs once for each photo; every epoch runs the rest."
    return "Every epoch runs all photos through the whole network."


def proof(state: AppState) -> TrainingFinished | None:
    """The finished run of exactly the present settings."""
    if state.run is None or state.run.trained is None or difference(state):
        return None
    return state.run.trained
