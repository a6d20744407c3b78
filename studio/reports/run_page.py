"""The report of a run: what it was trained on, how well it does, where it fails, and how it was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markupsafe import Markup

from studio.evaluate.epochs.best_epoch import best_epoch
from studio.evaluate.metrics import Metric, over_epochs, task_of
from studio.events import Epoch, RunDescription
from studio.events.split import PART_WORDS
from studio.formatting import numbers, run_names, typography
from studio.reports import charts, matrix_chart, page, settings_rows, values
from studio.reports.charts import Curve
from studio.runs.files.record import RunRecord
from studio.runs.layer_changes import sentence, summarize

MOST_PICTURES = 24
"""Largest number of photos in each list with pictures."""

MOST_ROWS = 40
"""Number of classes, or of slices, that are shown at once; the others are folded."""

MOST_PAIRS = 30
"""Largest number of confused pairs of classes in the list."""

TONES = {"good": "good", "bad": "bad", "caution": "caution", "info": "muted"}


@dataclass(frozen=True)
class Extras:
    """What a report shows besides record and document.

    Attributes:
        description: Title, note and tags of the run.
        pictures: Data URIs of the photos shown, by path; empty if photos are left out.
        with_photos: False to leave out photos and their paths.
        command: The command that writes the report.
    """

    description: RunDescription = field(default_factory=RunDescription)
    pictures: Mapping[str, str] = field(default_factory=dict)
    with_photos: bool = True
    command: str = ""


def shown_photos(document: Mapping[str, Any]) -> list[str]:
    """Paths of the photos whose pictures the page shows."""
    rows = (*mistakes(document)[:MOST_PICTURES], *document["label_errors"][:MOST_PICTURES])
    return list(dict.fromkeys(row["path"] for row in rows))


def mistakes(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The hardest photos that are wrong; in regression the hardest ones."""
    return [row for row in document["hardest"] if document["target"] or row["true"] != row["predicted"]]


def html(document: Mapping[str, Any], record: RunRecord, extras: Extras) -> str:
    """The page of a run's evaluation, as `thaw evaluate --json` has it."""
    task = task_of(record.target)
    confusion = document["confusion"]
    facts = {
        "title": extras.description.title or run_names.dated(record.spec, record.started),
        "note": extras.description.note,
        "tags": extras.description.tags,
        "document": document,
        "part": PART_WORDS[document["part"]],
        "tones": TONES,
        "backbone": typography.backbone(record.spec.backbone.name),
        "training": run_names.training(record.spec),
        "whiskers": {key: _whisker(key, one) for key, one in document["metrics"].items()},
        "classes": _classes(document["per_class"]),
        "matrix": _matrix(confusion),
        "pairs": confused_pairs(confusion) if confusion else [],
        "curves": [curve_chart(metric, record) for metric in over_epochs(task, record.epochs)] if record.epochs else [],
        "thresholds": _thresholds(document["threshold"]),
        "reliability": charts.reliability(document["calibration"]["bins"]) if document["calibration"] else "",
        "mistakes": mistakes(document)[:MOST_PICTURES],
        "label_errors": document["label_errors"][:MOST_PICTURES],
        "pictures": extras.pictures,
        "with_photos": extras.with_photos,
        "counts": class_counts(record),
        "record": record,
        "split": split_words(record),
        "choices": _choices(record, extras.with_photos),
        "settings": settings_rows.of(record.spec),
        "train_command": settings_rows.command(record.spec),
        "report_command": extras.command,
        "proof": sentence(summarize(record.layers, record.spec.freeze.batch_norm == "update"), record.adapters),
        "most_rows": MOST_ROWS,
    }
    return page.render("run.html", facts)


def curve_chart(metric: Metric, record: RunRecord) -> Markup:
    """Training and validation curve of one metric, the best epoch marked."""
    best = best_epoch(record.epochs, record.spec.train.result)
    return charts.curves(
        metric,
        [
            Curve("training", "train", curve_points(record.epochs, metric.key, "train")),
            Curve("validation", "val", curve_points(record.epochs, metric.key, "val"), _point(best, metric.key)),
        ],
    )


def curve_points(epochs: Sequence[Epoch], key: str, side: str) -> list[tuple[float, float]]:
    """Epoch and value of a metric on the training (“train”) or validation photos (“val”)."""
    pairs = ((epoch.epoch, epoch.train(key) if side == "train" else epoch.val(key)) for epoch in epochs)
    return [(float(number), float("nan") if value is None else value) for number, value in pairs]


def _point(epoch: Epoch | None, key: str) -> tuple[float, float] | None:
    value = epoch.val(key) if epoch is not None else None
    return (float(epoch.epoch), value) if epoch is not None and value is not None else None


def _whisker(key: str, one: Mapping[str, Any]) -> Markup:
    return charts.whisker(one["value"], one["low"], one["high"]) if key.endswith(values.SHARES) else Markup("")


def _classes(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rows of the classes; of many, those with the lowest F1 first."""
    return list(rows) if len(rows) <= MOST_ROWS else sorted(rows, key=lambda row: float(row["f1"]["value"]))


def _matrix(confusion: Mapping[str, Any] | None) -> Markup:
    if confusion is None or len(confusion["classes"]) > matrix_chart.MOST_CLASSES:
        return Markup("")
    return matrix_chart.matrix(confusion["classes"], confusion["counts"])


def confused_pairs(confusion: Mapping[str, Any]) -> list[tuple[str, str, int, int]]:
    """True and predicted class of the most frequent errors, their number, and the photos of the true class."""
    names, counts = confusion["classes"], confusion["counts"]
    pairs = [
        (names[true], names[predicted], count, sum(row))
        for true, row in enumerate(counts)
        for predicted, count in enumerate(row)
        if true != predicted and count
    ]
    return sorted(pairs, key=lambda pair: -pair[2])[:MOST_PAIRS]


def _thresholds(thresholds: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return thresholds if thresholds and len(thresholds["classes"]) <= MOST_ROWS else None


def class_counts(record: RunRecord) -> list[tuple[str, list[int]]]:
    """Name of each class and its number of photos in each split; in regression one row."""
    names = record.classes if not record.target else (record.target,)
    splits = [split for split in ("train", "val", "test") if split in record.counts]
    return [(name, [record.counts[split].get(name, 0) for split in splits]) for name in names]


def split_words(record: RunRecord) -> str:
    """The split of a run, in words."""
    data = record.spec.dataset
    if record.split_found:
        return "That of the folder (train, val)."
    held = f"{numbers.percent(data.val_fraction, 0)} for validation"
    if data.test_fraction:
        held += f", {numbers.percent(data.test_fraction, 0)} for the test"
    words = {
        "photo": "photo by photo, the same share of each class",
        "content": "by the photos' content",
        "folder": "by the folders inside the class folders",
        "name": f"by the pattern {data.split_pattern} in the names",
        "table": f"by the groups in {Path(data.split_table).name}",
        "date": "by the days on which they were taken",
        "camera": "by their cameras",
    }
    near = ", near duplicates on one side" if data.split_near else ""
    return f"Made by the program, {words[data.split_by]}{near}: {held}, seed {data.seed}."


def _choices(record: RunRecord, with_paths: bool) -> Mapping[str, Any]:
    used = [choice for choice in record.choices if not choice.excluded]
    return {
        "excluded": len(record.choices) - len(used),
        "relabeled": sum(bool(choice.label) for choice in used),
        "moved": sum(choice.split is not None for choice in used),
        "rows": [(choice.path, _choice_words(choice.excluded, choice.label, choice.split)) for choice in record.choices]
        if with_paths
        else [],
    }


def _choice_words(excluded: bool, label: str, split: str | None) -> str:
    if excluded:
        return "excluded"
    parts = [f"counts as {label}"] if label else []
    return ", ".join([*parts, *([f"moved to {PART_WORDS[split]}"] if split else [])])
