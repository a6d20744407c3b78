"""The quick probes beside the trained head, as the Evaluate page shows them."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from studio.evaluate.metrics import ACCURACY
from studio.evaluate.probe import PROBES
from studio.formatting.language import counted, tr, translated
from studio.session.evaluation.metric_tiles import Tile
from studio.session.part_results import PartResults


def rows(results: PartResults) -> tuple[Tile, ...]:
    """The run, then each probe, with accuracy and interval on one axis; () where there are no probes."""
    probes = results.document.get("probe") or {}
    if not probes:
        return ()
    own = results.document["metrics"]["accuracy"]
    figures = {"run": own, **{key: probes[key] for key in PROBES if key in probes}}
    lowest = min(one["low"] if one["low"] is not None else one["value"] for one in figures.values())
    axis = (max(0.0, lowest - 0.05), 1.0)
    return tuple(_row(key, one, own["value"], axis) for key, one in figures.items())


def words(results: PartResults) -> str:
    """The comparison of the run with the probes, or why there are none, in one or two sentences."""
    if not results.document:
        return tr("The quick probes are fitted with the evaluation of the run.")
    table = rows(results)
    if not table:
        return tr("There are no quick probes: the photos, or the weights that the run began with, are missing.")
    best = max(table[1:], key=attrgetter("value"))
    photos = results.document["probe"][best.key]["train_photos"]
    own, other = (results.document[part][key]["value"] for part, key in (("metrics", "accuracy"), ("probe", best.key)))
    relation = tr("above") if own > other else tr("equal to") if own == other else tr("below")
    return tr(
        "The run is {relation} the best probe, {title} with {text}. The probes are fitted in seconds on "
        "the pretrained features of {training_photos}: the difference is the gain from training."
    ).format(relation=relation, title=best.title, text=best.text, training_photos=counted(photos, "training photo"))


def _row(key: str, one: Mapping[str, Any], own: float, axis: tuple[float, float]) -> Tile:
    title, tip = (
        (translated(PROBES[key].title), translated(PROBES[key].tip))
        if key in PROBES
        else (tr("This run"), tr("The trained model"))
    )
    low, high = one["low"], one["high"]
    interval = ACCURACY.interval_text((low, high)) if low is not None else ""
    tip = tr("{tip}.\n95\u202f% interval: {interval} ({one})").format(tip=tip, interval=interval, one=one["method"])
    reference = own if key != "run" else None
    words = tr("this run") if key != "run" else ""
    value = one["value"]
    return Tile(key, title, ACCURACY.text(value), interval, tip, value, low, high, reference, words, axis, interval)
