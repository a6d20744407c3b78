"""The ribbon's summary of each station, computed from the state.

Until the layers are loaded, the shapes come from the catalog, so the ribbon is complete from the start.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from studio.catalog import catalog
from studio.evaluate.metrics import find
from studio.events import LayerTable
from studio.formatting import numbers, typography
from studio.formatting.language import counted, tr, translated
from studio.planning import freezing as plan
from studio.session import selectors
from studio.session.jobs import failures
from studio.session.state import STATIONS, AppState, Station
from studio.spec import FreezePlan, PreprocessSpec, UserError
from studio.spec.structs import replace

TITLES: dict[Station, str] = {
    "images": tr("Images"),
    "preprocess": tr("Preprocess"),
    "features": tr("Features"),
    "head": tr("Head"),
    "evaluate": tr("Evaluate"),
    "use": tr("Use"),
}


@dataclass(frozen=True)
class StationSummary:
    """Summary of one station.

    Attributes:
        title: Name of the station, such as "Images".
        shape: Shape of its output, or its main figure.
        line: Its state in one line.
        mark: "", "stale" or "problem".
        reason: Reason for the mark.
    """

    title: str
    shape: str
    line: str
    mark: str = ""
    reason: str = ""


def summaries(state: AppState) -> tuple[StationSummary, ...]:
    """Summaries of the stations, in order."""
    stale = selectors.stale(state)
    texts = {
        "images": _images(state),
        "preprocess": _preprocess(state),
        "features": _features(state),
        "head": _head(state),
        "evaluate": _evaluate(state),
        "use": _use(state),
    }
    result = []
    for name in STATIONS:
        shape, line = texts[name]
        mark, reason = "", ""
        fault = failures.of_station(state, name)
        if fault is not None:
            mark, reason = "problem", f"{translated(fault.title)} {translated(fault.hint)}".strip()
        elif name == "images" and state.dataset is not None and state.dataset.problems:
            first = state.dataset.problems[0]
            mark, reason = "problem", f"{translated(first.title)} {translated(first.hint)}"
        elif name in stale and "train" not in state.jobs:
            mark, reason = "stale", stale[name]
        result.append(StationSummary(TITLES[name], shape, line, mark, reason))
    return tuple(result)


def _images(state: AppState) -> tuple[str, str]:
    shape = "3 × H × W"
    data = state.dataset
    if data is None:
        return (
            shape,
            tr("scanning…")
            if "scan" in state.jobs
            else tr("not scanned")
            if state.spec.dataset.folder
            else tr("no folder yet"),
        )
    target = data.target or counted(len(data.classes), "class", "classes")
    return shape, f"{counted(len(data.photos), 'photo')} · {target}"


def _preprocess(state: AppState) -> tuple[str, str]:
    try:
        steps = catalog.preprocess_for(state.spec.backbone)
    except UserError:
        return "–", tr("unknown backbone")
    line, number = framing(steps), len(state.spec.augment.steps)
    if number:
        line = f"{line.rpartition(' · ')[2]} · {counted(number, 'augmentation')}"
    return numbers.shape((3, *steps.size)), line


def framing(steps: PreprocessSpec) -> str:
    """Resize and crop in a few words: "resize 256 · crop 224"."""
    height, width = steps.size
    size = str(height) if height == width else f"{height} × {width}"
    if steps.crop == "center":
        return tr("resize {resize} · crop {size}").format(resize=steps.resize[0], size=size)
    words = tr("squash to {size}") if steps.crop == "squash" else tr("fit into {size}")
    return words.format(size=size)


def _features(state: AppState) -> tuple[str, str]:
    table = selectors.layers_now(state)
    name = typography.backbone(state.spec.backbone.name)
    try:
        width = table.features if table is not None else selectors.backbone_info(state).features
    except UserError:
        return "–", tr("unknown backbone")
    words = freezing(state.spec.freeze, table)
    if state.to_download is not None:
        words = tr("to download")
    if state.spec.backbone.weights == "none" and words == tr("all train"):
        words = tr("from scratch")
    return str(width or "–"), f"{name} · {words}"


@functools.lru_cache(maxsize=8)
def _training_layers(freeze: FreezePlan, layers: LayerTable) -> int:
    frozen = plan.frozen_leaves(freeze, layers.layers)
    return len(plan.weighted_leaves(layers.layers) - frozen)


def freezing(freeze: FreezePlan, table: LayerTable | None) -> str:
    """A freeze plan in a few words: "all frozen", "3 layers train", "LoRA 8". Layers with weights are counted."""
    words = _freezing(replace(freeze, lora_rank=0), table)
    if not freeze.lora_rank:
        return words
    return (
        tr("LoRA {lora_rank}").format(lora_rank=freeze.lora_rank)
        if words == tr("all frozen")
        else tr("{words}, LoRA {lora_rank}").format(words=words, lora_rank=freeze.lora_rank)
    )


def _freezing(freeze: FreezePlan, table: LayerTable | None) -> str:
    if freeze == FreezePlan("all"):
        return tr("all frozen")
    if table is None:
        return tr("all train") if freeze == FreezePlan("none") else tr("partly frozen")
    try:
        number = _training_layers(freeze, table)
    except UserError:
        return tr("partly frozen")
    total = _training_layers(FreezePlan("none"), table)
    if number in (0, total):
        return tr("all train") if number else tr("all frozen")
    return tr("{number} layers train").format(number=number) if number > 1 else tr("1 layer trains")


def _head(state: AppState) -> tuple[str, str]:
    width = _features(state)[0]
    classes = str(len(state.dataset.classes)) if state.dataset is not None else "K"
    run = state.run
    if run is not None and ("train" not in state.jobs or run.status == "running") and not selectors.difference(state):
        number = max(len(run.epochs), run.started.resumed)  # the past epochs of a resumed run are replayed later
        train = run.started.spec.train
        head = run.started.spec.head
        progress = tr("epoch {number:,} / {planned:,}").format(number=number, planned=train.all_epochs)
    else:
        train = state.spec.train
        head = state.spec.head
        progress = f"{train.planned} {tr('epoch') if train.all_epochs == 1 else tr('epochs')}"
    kind = tr("linear") if head.kind == "linear" else tr("MLP {hidden}").format(hidden=head.hidden)
    return f"{width} → {classes}", f"{kind} · {progress}"


def _evaluate(state: AppState) -> tuple[str, str]:
    run = state.run
    if run is None or run.report is None:
        return "", tr("no results yet")
    figure = run.report.main
    metric = find(figure.key)
    shape = metric.text(figure.value)
    if metric.format == "percent" and figure.interval is not None:
        # Both ends: the interval of a high accuracy reaches much further down than up.
        low, high = (end * metric.scale for end in figure.interval)
        shape = f"{shape} ({low:.0f}–{high:.0f})"
    elif metric.format != "percent":  # a number without a unit needs the metric's name
        shape = f"{translated(metric.heading)} {shape}"
    return shape, counted(run.report.photos, "validation photo")


def _use(state: AppState) -> tuple[str, str]:
    data = state.run.dataset if state.run is not None else state.dataset
    classes = len(data.classes) if data is not None and not data.target else 0
    shape = counted(classes, "score") if classes else tr("K scores")
    if data is not None and data.target:
        shape = tr("1 number")
    if state.run is None or not state.run.epochs:
        return shape, tr("no run yet")
    photos = sum(not photo.why for photo in state.given.rows)
    return shape, tr("{photos} predicted").format(photos=counted(photos, "photo")) if photos else tr("predict · export")
