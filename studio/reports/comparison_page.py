"""The report of the comparison of two runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from studio.evaluate.compare import comparison_words
from studio.evaluate.metrics import Metric, over_epochs, task_of
from studio.events.split import PART_WORDS
from studio.formatting import run_names, typography
from studio.reports import charts, matrix_chart, page, settings_rows
from studio.reports.charts import Curve
from studio.reports.run_page import MOST_PICTURES, curve_points
from studio.runs.files.record import RunRecord

EXAMPLE_TITLES = {
    "fixed": "Fixed by B",
    "broken": "Broken by B",
    "both_wrong": "Both wrong",
    "closer": "Closer in B",
    "farther": "Farther off in B",
}


@dataclass(frozen=True)
class Extras:
    """What a report shows besides records and document.

    Attributes:
        titles: Titles of A and B.
        pictures: Data URIs of the photos shown, by path.
        with_photos: False to leave out photos and their paths.
        command: The command that writes the report.
    """

    titles: tuple[str, str]
    pictures: Mapping[str, str] = field(default_factory=dict)
    with_photos: bool = True
    command: str = ""


def shown_photos(document: Mapping[str, Any]) -> list[str]:
    """Paths of the photos whose pictures the page shows."""
    rows = (row for examples in document["examples"].values() for row in examples[:MOST_PICTURES])
    return list(dict.fromkeys(row["path"] for row in rows))


def html(document: Mapping[str, Any], records: tuple[RunRecord, RunRecord], extras: Extras) -> str:
    """The page of a comparison, as `thaw compare --json` has it."""
    confusion = document["confusion"]
    metrics = over_epochs(task_of(records[0].target), records[0].epochs)
    facts = {
        "document": document,
        "titles": extras.titles,
        "part": PART_WORDS[document["part"]],
        "plans": [f"{typography.backbone(one.spec.backbone.name)}, {run_names.training(one.spec)}" for one in records],
        "words": comparison_words.words(document),
        "photos_words": comparison_words.photos_words(document),
        "fact_rows": comparison_words.fact_rows(document),
        "settings": [
            (settings_rows.label(row["setting"]), *(settings_rows.value_of(row["setting"], row[side]) for side in "ab"))
            for row in document["settings"]
            if extras.with_photos or not row["setting"].startswith("dataset.")
        ],
        "curves": [_curves(metric, records) for metric in metrics],
        "matrix": matrix_chart.difference(confusion["classes"], confusion["a"], confusion["b"]) if confusion else "",
        "examples": {
            EXAMPLE_TITLES[key]: (len(rows), rows[:MOST_PICTURES]) for key, rows in document["examples"].items() if rows
        },
        "pictures": extras.pictures,
        "with_photos": extras.with_photos,
        "report_command": extras.command,
        "commands": [settings_rows.command(one.spec) for one in records],
        "records": records,
    }
    return page.render("comparison.html", facts)


def _curves(metric: Metric, records: tuple[RunRecord, RunRecord]) -> Markup:
    lines = []
    for name, style, record in (("A", "a", records[0]), ("B", "b", records[1])):
        lines.append(Curve(f"{name} train", f"{style}t", curve_points(record.epochs, metric.key, "train")))
        points = curve_points(record.epochs, metric.key, "val")
        number = record.result_epoch or len(record.epochs)
        best = next((point for point in points if point[0] == number), None)
        lines.append(Curve(f"{name} val", style, points, best))
    return charts.curves(metric, lines)
