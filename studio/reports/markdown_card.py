"""The model card of an exported file in Markdown, made from the run's record and its evaluation."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.catalog import catalog, readouts
from studio.formatting import numbers, run_names, typography
from studio.reports import run_page, values
from studio.runs.files.record import RunRecord
from studio.spec.decision import DecisionRule

MARK = "<!-- Model card by Thaw Studio: the next export to this file writes it anew. -->"
"""First line of a card; a file without it is the user's own."""

MOST_ROWS = 50
"""Largest number of rows of a table that are written."""

TRAINED = "Weights trained further, or trained on other photos, may have more conditions than these weights alone."


@dataclass(frozen=True)
class Export:
    """The exported file.

    Attributes:
        file: Its name.
        words: Its format, number type and size.
        proof: The comparison with the run, in words; "" if there is none.
        usage: Lines of Markdown that say how to use it.
        finds_unlike: True if the file says which photos are unlike the training photos.
        gives_answers: True if classes or a number can be had from the file; False for features.
    """

    file: str
    words: str
    proof: str
    usage: tuple[str, ...]
    finds_unlike: bool = False
    gives_answers: bool = True


@dataclass(frozen=True)
class Facts:
    """The facts about a run of which its card is made.

    Attributes:
        title: Title of the run.
        note: What the user wrote about it.
        record: Record of the run.
        epoch: Epoch of the weights.
        document: Evaluation on the validation photos, as `thaw evaluate --json` has it; None if there is none.
        missing: Why there is no evaluation, as a sentence.
        rule: Decision rule of the run.
    """

    title: str
    note: str
    record: RunRecord
    epoch: int
    document: Mapping[str, Any] | None
    missing: str
    rule: DecisionRule


def text(facts: Facts, export: Export) -> str:
    """The card as Markdown."""
    parts = [
        [MARK, f"# {plain(facts.title)}", *([plain(facts.note)] if facts.note else [])],
        _model(facts, export),
        ["## How to use", *export.usage],
        _data(facts.record),
        _metrics(facts),
        _slices(facts),
        _limits(facts, export),
        _license(facts.record),
    ]
    return "\n\n".join(block for part in parts for block in part) + "\n"


def _model(facts: Facts, export: Export) -> list[str]:
    record = facts.record
    spec = record.spec
    does = (
        f"Predicts “{plain(record.target)}”, a number, for each photo."
        if record.target
        else f"Predicts which of {len(record.classes):,} classes a photo shows."
    )
    info = readouts.chosen(catalog.find(spec.backbone.name), spec.backbone)
    height, width = record.preprocess.size
    rows = [
        ("File", f"{plain(export.file)} ({export.words})"),
        ("Backbone", plain(typography.backbone(spec.backbone.name))),
        ("Its readout", plain(readouts.words(info, spec.backbone))),
        ("Trained", plain(run_names.training(spec))),
        ("Weights of", f"epoch {facts.epoch:,} of {len(record.epochs):,}"),
        ("Input", f"{height} × {width} pixels, crop “{record.preprocess.crop}”"),
        ("Program", f"Thaw Studio {record.versions.get('thaw-studio', '')}".strip()),
    ]
    if export.proof:
        rows.append(("Check", export.proof))
    return [does, "## Model", _table(("", ""), rows)]


def _data(record: RunRecord) -> list[str]:
    splits = [name for name in ("train", "val", "test") if name in record.counts]
    words = {"train": "training", "val": "validation", "test": "test"}
    counts = run_page.class_counts(record)
    rows = [(plain(name), *(f"{number:,}" for number in own)) for name, own in counts[:MOST_ROWS]]
    if len(counts) > 1:
        sums = [f"{sum(column):,}" for column in zip(*(own for _, own in counts), strict=True)]
        rows.append((f"all {len(counts):,}", *sums))
    lines = [
        f"Folder “{plain(Path(record.spec.dataset.folder).name)}”. Split: {plain(run_page.split_words(record))}",
        _table(("class" if not record.target else "number", *(f"{words[name]} photos" for name in splits)), rows),
    ]
    if left_out := sum(one.count for one in record.skipped):
        lines.append(f"Left out: {numbers.many(left_out, 'file or folder', 'files and folders')}.")
    if record.choices:
        lines.append(f"Choices of the user: {numbers.many(len(record.choices), 'photo')} excluded or changed.")
    return ["## Data", *lines]


def _metrics(facts: Facts) -> list[str]:
    heading = "## Metrics on the validation photos"
    document = facts.document
    if document is None:
        report = facts.record.report
        if report is None or facts.record.judged_epoch != facts.epoch:
            return [heading, plain(facts.missing), f"There are no stored metrics of epoch {facts.epoch:,}."]
        own_rows: list[tuple[str, str, str]] = []
        for figure in report.figures:
            low, high = figure.interval or (None, None)
            one = {"low": low, "high": high}
            key = figure.key
            own_rows.append((values.metric_name(key), values.metric(figure.value, key), values.interval(one, key)))
        shown = _table(("metric", "value", "95 % interval"), own_rows)
        return [heading, plain(facts.missing), f"{report.photos:,} photos, from the record of the run:", shown]
    rows = [
        (
            plain(values.metric_name(key)),
            values.metric(one["value"], key),
            values.interval(one, key),
            str(one["method"]),
        )
        for key, one in document["metrics"].items()
    ]
    lines = [f"{document['photos']:,} photos, predicted by the run itself in float32."]
    lines.append(_table(("metric", "value", "95 % interval", "method"), rows))
    lines += _by_rule(document.get("decision"))
    if document["per_class"]:
        own = [
            (plain(row["name"]), f"{row['support']:,}", *(_with_interval(row, key) for key in ("precision", "recall")))
            for row in document["per_class"][:MOST_ROWS]
        ]
        lines.append(_table(("class", "photos", "precision (95 % interval)", "recall (95 % interval)"), own))
        lines += _more(document["per_class"], "classes")
    return [heading, *lines]


def _by_rule(decision: Mapping[str, Any] | None) -> list[str]:
    """How good the answers by the decision rule are; without a rule, or with a temperature alone, nothing."""
    rule = decision["rule"] if decision is not None else {}
    if decision is None or not (rule["thresholds"] or rule["least_confidence"]):
        return []
    shares = [f"{values.metric(one['value'], 'accuracy')} ({values.interval(one, 'accuracy')})"
              if one is not None and one["value"] is not None else "none"
              for one in (decision["answered"], decision["accuracy"])]  # fmt: skip
    return [
        "These metrics are of the most probable class, without the decision rule below. With the rule, the share of "
        f"photos that get an answer is {shares[0]}, and the accuracy of these answers {shares[1]} "
        f"({plain(decision['judged_by'])})."
    ]


def _slices(facts: Facts) -> list[str]:
    slices = facts.document["slices"] if facts.document is not None else []
    if not slices:
        return ["## Slices", "None were measured for this card; `thaw evaluate RUN` measures them."]
    key = "mae" if facts.record.target else "accuracy"
    rows = [
        (
            plain(row["by"]),
            plain(row["slice"]),
            values.metric(row["value"], key),
            values.interval(row, key),
            f"{row['n']:,}{' (few)' if row['few'] else ''}",
        )
        for row in slices[:MOST_ROWS]
    ]
    head = ("by", "slice", values.metric_name(key), "95 % interval", "photos")
    return [
        "## Slices",
        "Parts of the validation photos, the worst first.",
        _table(head, rows),
        *_more(slices, "slices"),
    ]


def _limits(facts: Facts, export: Export) -> list[str]:
    record, lines = facts.record, []
    any_photo = (
        "It gives a number for any photo, also for one that shows something else"
        if record.target
        else "It gives one of its classes for any photo, also for one that shows none of them"
    )
    if export.finds_unlike:
        any_photo += (
            "; it then says “unlike” where the photo's features are farther from those of the training photos than "
            f"those of {numbers.percent(facts.rule.known_kept, 0)} of the validation photos, which finds many such "
            "photos, not all"
        )
    if export.gives_answers:
        lines.append(f"{any_photo}.")
    lines.append(
        "The epoch was chosen by the validation photos above, which makes their metrics slightly optimistic."
        if record.result == "best"
        else "The metrics are of photos like those of the data set; of others they say nothing."
    )
    if facts.document is not None:
        lines += [plain(row["text"]) for row in facts.document["verdict"]["reasons"] if row["severity"] != "good"]
    elif record.report is not None and record.report.advice:
        lines.append(plain(record.report.advice))
    if record.counts.get("test"):
        lines.append("The test photos were not judged for this card.")
    else:
        lines.append("There were no test photos.")
    limits = [f"{plain(one.name)} from {one.value:.2f}" for one in facts.rule.thresholds]
    if facts.rule.least_confidence:
        limits.append(f"no answer below {facts.rule.least_confidence:.2f}")
    if facts.rule.temperature != 1:
        limits.append(f"temperature {facts.rule.temperature:.2f}")
    if limits:
        lines.append(f"Decision rule: {', '.join(limits)}.")
    return ["## Limits", "\n".join(f"- {line}" for line in lines)]


def _license(record: RunRecord) -> list[str]:
    chosen = record.spec.backbone
    info = catalog.find(chosen.name)
    if chosen.weights == "none":
        return [
            "## License of the weights",
            "The training started from random weights, so no license of pretrained weights applies.",
        ]
    if chosen.weights != "default":
        name = plain(Path(chosen.weights).name)
        return ["## License of the weights", f"The weights are from the file “{name}”: its license is not known here."]
    words = f"`{info.license}`" if info.license else "not stated by its source"
    source = f" ({plain(info.url)})" if info.url else ""
    return ["## License of the weights", f"{plain(info.weights or info.name)}{source}: {words}. {TRAINED}"]


def _with_interval(row: Mapping[str, Any], key: str) -> str:
    one = row[key]
    if one is None or one["value"] is None:
        return "–"
    return f"{values.metric(one['value'], key)} ({values.interval(one, key)})"


def _more(rows: Sequence[Any], what: str) -> list[str]:
    return [f"And {len(rows) - MOST_ROWS:,} more {what}."] if len(rows) > MOST_ROWS else []


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def plain(words: str) -> str:
    """Escape a text for Markdown and put it on one line."""
    return re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", " ".join(words.split()))
