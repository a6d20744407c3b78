"""The cost of the chosen augmentation in words: the position of the cut, and the time."""

from __future__ import annotations

from studio.catalog import catalog
from studio.formatting import numbers
from studio.formatting.language import counted, tr
from studio.planning import augmentation
from studio.planning.augmentation import Cost
from studio.session.plan import plan_summary, time_estimate
from studio.session.selectors import augmented_now, layers_now
from studio.session.state import AppState
from studio.spec import AugmentSpec, UserError


def line(state: AppState) -> str:
    """The cost in words, with numbers where they are known."""
    spec = state.spec.augment
    if not spec.steps:
        return tr("Training photos are not augmented. Each is computed once, and every epoch uses the cached features.")
    cost = _cost(state)
    text = _fixed(spec, cost) if spec.views else _random(state, cost)
    if augmentation.is_certain(spec) and spec.views != 1:
        text += tr(" Nothing in these augmentations is random, so all views are the same: one fixed view is enough.")
    return text


def _cost(state: AppState) -> Cost:
    try:
        macs = catalog.find(state.spec.backbone.name).macs
    except UserError:
        macs = 0
    shown = augmented_now(state)
    seconds = shown.seconds if shown is not None else 0.0
    return augmentation.cost(
        state.spec.augment,
        plan_summary.training_photos(state),
        macs,
        time_estimate.measured_per_photo(state),
        seconds,
    )


def _fixed(spec: AugmentSpec, cost: Cost) -> str:
    views = counted(spec.views, "augmented view")
    text = tr("Each training photo gets {views}, computed once and cached; the cut stays where it is.").format(
        views=views
    )
    if not cost.once:
        return text
    passes = counted(cost.once, "pass", "passes")
    before = cost.rows - cost.once
    return tr(
        "{text} That is {passes} through the network, once: {time}. Each epoch trains on {rows} rows "
        "instead of {before}."
    ).format(
        text=text,
        passes=passes,
        time=_time(cost.seconds_once, cost.measured),
        rows=numbers.exact(cost.rows),
        before=numbers.exact(before),
    )


def _random(state: AppState, cost: Cost) -> str:
    photos = counted(cost.each_epoch, "photo") if cost.each_epoch else tr("every training photo")
    cut = _cut_without(state)
    if not cut:
        return tr(
            "The network trains from its first layer on, so each epoch passes {photos} through it anyway."
        ).format(photos=photos)
    text = tr(
        "Photos differ in every epoch, so features cannot be cached: the cut moves from {cut} to the "
        "pixels. Each epoch passes {photos} through the whole network again"
    ).format(cut=cut, photos=photos)
    if not cost.each_epoch:
        return f"{text}."
    usual = _usual_epoch(state)
    instead = tr(", instead of {usual}").format(usual=numbers.seconds(usual)) if usual is not None else ""
    return f"{text}: {_time(cost.seconds_each_epoch, cost.measured)}{instead}."


def _time(seconds: float, measured: bool) -> str:
    source = tr("at the pace of the last run") if measured else tr("estimated for a CPU")
    return tr("about {seconds} ({source})").format(seconds=numbers.seconds(seconds), source=source)


def _cut_without(state: AppState) -> str:
    """The position of the cut without augmentation, in words; "" for a cut at the pixels."""
    if plan_summary.all_frozen(state):
        return tr("the features")
    table = layers_now(state)
    if table is None:
        return tr("the frozen layers")
    where = plan_summary.frozen_split(state, table)
    return tr("the output of {layer}").format(layer=where.layer) if where is not None else ""


def _usual_epoch(state: AppState) -> float | None:
    """Seconds of an epoch on cached rows, if the run shown had the same settings but for the augmentation."""
    if state.run is None or state.run.started.spec.augment.random:
        return None
    return time_estimate.measured_epoch(state, any_augmentation=True)
