"""Facts about the chosen freeze plan in words, for the Features and Head pages."""

from __future__ import annotations

import math

from studio.events import LayerTable, TrainingFinished
from studio.formatting import numbers, typography
from studio.formatting.language import counted, tr, translated
from studio.planning import cuts, freezing
from studio.planning.adapters import linear_layers
from studio.planning.blocks import block_chain
from studio.planning.learning_rates import leaf_rates
from studio.session.plan.layer_rows import CutMarker, NewHead, Rates, ShownProof
from studio.session.selectors import difference, layers_now
from studio.session.state import AppState
from studio.spec import FreezePlan, UserError
from studio.spec.structs import replace


def safe_plan(state: AppState, table: LayerTable) -> FreezePlan:
    """The chosen plan; the default one where the chosen plan names layers that this network does not have."""
    try:
        freezing.frozen_leaves(state.spec.freeze, table.layers)
    except UserError:
        return FreezePlan()
    return state.spec.freeze


def all_frozen(state: AppState) -> bool:
    """True where the whole backbone is frozen, as far as is known before its layers are loaded."""
    table = layers_now(state)
    if table is not None:
        return cuts.is_all_frozen(safe_plan(state, table), table)
    chosen = state.spec.freeze
    return chosen.trains_nothing and chosen.batch_norm != "update"


def learns(state: AppState) -> bool:
    """True where some layer of the backbone trains, as far as is known before its layers are loaded."""
    table = layers_now(state)
    if table is not None:
        return freezing.trainable(safe_plan(state, table), table) > 0
    return not state.spec.freeze.trains_nothing


def thaws(state: AppState) -> bool:
    """True where a layer of the backbone itself trains, and not adapters alone."""
    chosen = replace(state.spec.freeze, lora_rank=0)
    table = layers_now(state)
    if table is None:
        return not chosen.trains_nothing
    return freezing.trainable(replace(safe_plan(state, table), lora_rank=0), table) > 0


def adapters(state: AppState, table: LayerTable) -> dict[str, int]:
    """Parameters of the adapters (LoRA) of the layers that get one, by path."""
    plan = safe_plan(state, table)
    return {layer.path: layer.parameters(plan.lora_rank) for layer in freezing.adapted_layers(plan, table.layers)}


def adapter_words(state: AppState, table: LayerTable) -> str:
    """“48 layers, rank 8”; "" without adapters."""
    number = len(adapters(state, table))
    return (
        tr("{frozen_layers}, rank {lora_rank}").format(
            frozen_layers=counted(number, "frozen layer"), lora_rank=state.spec.freeze.lora_rank
        )
        if number
        else ""
    )


def adapter_starts(table: LayerTable) -> tuple[str, ...]:
    """Blocks after which adapters (LoRA) may begin: those with linear layers, except the last one."""
    paths = [linear.path for linear in linear_layers(table.layers)]
    chain = [block.path for block in block_chain(table)]
    return tuple(block for block in chain if any(freezing.covers(block, path) for path in paths))[:-1]


def no_adapters(table: LayerTable | None) -> str:
    """The reason why the network can get no adapters (LoRA); "" where it can."""
    if table is None:
        return tr("The backbone's layers are not loaded yet.")
    if linear_layers(table.layers):
        return ""
    return tr("This network has no transformer blocks, whose linear layers could get adapters.")


def rates(state: AppState, table: LayerTable) -> Rates:
    """Learning rates of the thawed layers; those set by hand are ignored where they name layers of another network."""
    frozen, train = freezing.frozen_leaves(safe_plan(state, table), table.layers), state.spec.train
    try:
        of = leaf_rates(table, frozen, train)
    except UserError:
        train = replace(train, layer_rates=())
        of = leaf_rates(table, frozen, train)
    return Rates(of, {rate.name: rate.lr for rate in train.layer_rates}, train.lora_lr)


def shown_proof(state: AppState) -> ShownProof:
    """The changes of this network's layers by the run shown, as last measured."""
    run = state.run
    if run is None or run.layer_changes is None or run.started.spec.backbone.name != state.spec.backbone.name:
        return ShownProof()
    follow = run.started.spec.freeze.batch_norm == "update"
    changes = run.layer_changes
    adapters = {change.path: change.by for change in changes.adapters}
    return ShownProof(changes.layers, changes.epoch, bool(difference(state)), follow, len(run.epochs), adapters)


def statistics_cost(state: AppState, table: LayerTable) -> str:
    """The cost of the BatchNorm policy in words."""
    if not any("BatchNorm" in layer.type for layer in table.layers):
        return tr("This network has no BatchNorm.")
    if state.spec.freeze.batch_norm == "keep":
        return tr("Running statistics are not updated: safe with small batches.")
    if state.spec.freeze.batch_norm == "thawed":
        return tr(
            "Frozen layers' statistics are not updated, so features can be computed once. Use batches of 16 or more."
        )
    where = split(state, table)
    once = (
        tr("only layers up to {layer} are computed once").format(layer=where.layer)
        if where
        else tr("nothing is computed once")
    )
    words = tr("The cut moves before the first BatchNorm layer: {once}, the rest in every epoch.")
    return words.format(once=once)


def classes(state: AppState) -> int:
    """Number of classes; 0 while no folder is open."""
    return len(state.dataset.classes) if state.dataset is not None else 0


def photos(state: AppState) -> int:
    """Number of photos; 0 while no folder is open."""
    return len(state.dataset.photos) if state.dataset is not None else 0


def rows(state: AppState) -> int:
    """Number of cached rows: one per photo, and one per fixed view of a training photo."""
    augment = state.spec.augment
    return photos(state) + (augment.views * training_photos(state) if augment.steps else 0)


def training_photos(state: AppState) -> int:
    """Number of training photos; 0 while no folder is open."""
    return sum(state.dataset.counts().get("train", ())) if state.dataset is not None else 0


def keeps_features(state: AppState) -> bool:
    """True where photos pass through the network only once: all layers are frozen, and no augmentation is random."""
    return all_frozen(state) and not state.spec.augment.random


def head_parameters(state: AppState, table: LayerTable) -> int:
    """Number of weights and biases of the new head: one linear layer, or a hidden layer and the one after it."""
    head, number = state.spec.head, classes(state)
    if not number or head.kind == "linear":
        return (table.features + 1) * number
    return (table.features + 1) * head.hidden + (head.hidden + 1) * number


def new_head(state: AppState, table: LayerTable) -> NewHead:
    """The new head as the layer table shows it."""
    head = state.spec.head
    kind = tr("Linear (new)") if head.kind == "linear" else tr("MLP {hidden} (new)").format(hidden=head.hidden)
    number, parameters = classes(state), head_parameters(state, table)
    biases = number if head.kind == "linear" else number + head.hidden
    return NewHead(kind, number, parameters, state.spec.train.lr, parameters - biases if number else 0)


def split(state: AppState, table: LayerTable) -> cuts.Cut | None:
    """The cut in a partly frozen network at which rows are cached, if the trial at the start of the run confirms it.

    None without a cut, and for random augmentation.
    """
    return None if state.spec.augment.random else frozen_split(state, table)  # the pixels differ in every epoch


def frozen_split(state: AppState, table: LayerTable) -> cuts.Cut | None:
    """The cut before the first layer that changes, whatever the augmentation; None for no cut."""
    return next(cuts.cuts(table, cuts.constant_leaves(safe_plan(state, table), table.layers)), None)


def cached_shape(state: AppState, table: LayerTable) -> str:
    """The cached output and its shape per photo: "features, 1280"."""
    where = split(state, table)
    name = tr("features") if keeps_features(state) else where.layer if where else tr("pixels")
    return f"{name}, {numbers.shape(_shape(state, table))}"


def cached_size(state: AppState, table: LayerTable) -> str:
    """Size of the cached rows: "2.0 MB for 397 photos"."""
    number = rows(state)
    noun = "photo" if number == photos(state) else "row"
    return (
        tr("{bytes} for {many}").format(
            bytes=numbers.megabytes(_bytes(state, table)), many=translated(numbers.many(number, noun))
        )
        if number
        else "–"
    )


def cache_label(state: AppState, table: LayerTable) -> str:
    """Shape and size of the cached rows: "397 × 1280, 2.0 MB"."""
    number, shape = rows(state), _shape(state, table)
    if not number:
        return tr("{shape} per photo").format(shape=numbers.shape(shape))
    return f"{numbers.shape((number, *shape))}, {numbers.megabytes(_bytes(state, table))}"


def _shape(state: AppState, table: LayerTable) -> tuple[int, ...]:
    where = split(state, table)
    if keeps_features(state) or where is None:
        return (table.features,) if keeps_features(state) else (3, *table.image_size)
    return where.shape


def _bytes(state: AppState, table: LayerTable) -> int:
    """Bytes of all cached rows: features are float32, pixels uint8."""
    number = 4 if keeps_features(state) or split(state, table) else 1
    return rows(state) * number * math.prod(_shape(state, table))


def cut(state: AppState, table: LayerTable) -> CutMarker:
    """The position of the cut in the layer tree, and its label."""
    if state.spec.augment.random:
        text = tr("pixels cached here, {size}; random augmentation: everything runs each epoch")
        text = text.format(size=cache_label(state, table))
        return CutMarker(text, at_top=True)
    if all_frozen(state):
        return CutMarker(tr("features computed once here and cached — {size}").format(size=cache_label(state, table)))
    if where := split(state, table):
        text = tr("layers up to here computed once and cached — {size}; the rest runs each epoch")
        text = text.format(size=cache_label(state, table))
        return CutMarker(text, after=where.layer)
    text = tr("pixels cached here, {size}; everything below is computed each epoch")
    return CutMarker(text.format(size=cache_label(state, table)), at_top=True)


def epoch_cost(state: AppState, table: LayerTable) -> str:
    """The work of an epoch in one sentence."""
    if state.spec.augment.random:
        return tr("Random augmentation changes the training photos, so each epoch runs them through the whole network.")
    if keeps_features(state):
        return tr("The backbone runs once for each photo; every epoch after that trains the head alone.")
    if where := split(state, table):
        layer = typography.breakable(where.layer)
        words = tr("Up to {layer} the backbone runs once for each photo; every epoch runs the rest.")
        return words.format(layer=layer)
    return tr("Every epoch runs all photos through the whole network.")


def proof(state: AppState) -> TrainingFinished | None:
    """The result of the run shown, if it is finished and has exactly the settings chosen now; else None."""
    if state.run is None or state.run.outcome is None or difference(state):
        return None
    return state.run.outcome
