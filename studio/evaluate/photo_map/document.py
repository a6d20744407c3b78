"""A map of photos as a JSON document and as CSV: `thaw map` and the window write the same."""

from __future__ import annotations

import csv
import io
from typing import Any

from studio.evaluate.photo_map.tsne import ITERATIONS
from studio.events import Dataset, PhotosMapped
from studio.events.photos.photo_map import LabelSuspect

COLUMNS = ("path", "class", "split", "x", "y", "suggested")


def document(result: PhotosMapped, dataset: Dataset) -> dict[str, Any]:
    """The document of `thaw map --json`; photos that are no longer in the data set are left out."""
    return {
        "folder": result.folder,
        "target": dataset.target,
        "classes": list(dataset.classes),
        "backbone": result.backbone.name,
        "features": result.features,
        "method": result.method,
        "iterations": result.iterations,
        "complete": result.complete,
        "explained": result.explained,
        "photos": [_photo(*row, dataset.target) for row in rows(result, dataset)],
        "label_errors": [
            {
                "path": one.path,
                "label": one.label,
                "suggested": one.suggested,
                "neighbors": one.agree,
                "of": one.of,
            }
            for one in suspects(result, dataset)
        ],
    }


def suspects(result: PhotosMapped, dataset: Dataset) -> tuple[LabelSuspect, ...]:
    """Photos whose label is likely wrong, without those whose label the user settled.

    Left out are photos that are gone or have another class than when they were mapped, and those whose suggested class
    no longer exists: the labels may have come from another table or pattern since.
    """
    settled, files, classes = dataset.choices.settled_labels, dataset.files, frozenset(dataset.classes)
    return tuple(
        one
        for one in result.suspects
        if one.path not in settled
        and one.path in files
        and one.suggested in classes
        and dataset.classes[dataset.photos[dataset.index_of(one.path)].label] == one.label
    )


def rows(result: PhotosMapped, dataset: Dataset) -> list[tuple[str, str | float, str, float, float, str]]:
    """Path, class (or number), split, x, y and suggested class ("" for none) of each photo."""
    photos = {photo.path: photo for photo in dataset.shown}
    suggested = {one.path: one.suggested for one in suspects(result, dataset)}
    table: list[tuple[str, str | float, str, float, float, str]] = []
    for path, (x, y) in zip(result.paths, result.positions.tolist(), strict=True):
        if (photo := photos.get(path)) is not None:
            value = photo.target if dataset.target else dataset.classes[photo.label]
            table.append((path, value, photo.split, x, y, suggested.get(path, "")))
    return table


def table(result: PhotosMapped, dataset: Dataset) -> str:
    """The rows as CSV."""
    text = io.StringIO()
    some = rows(result, dataset)
    # Before Python 3.13, a writer with this line terminator does not quote a lone carriage return.
    odd = any("\r" in f"{path}{value}{better}" for path, value, *_, better in some)
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL if odd else csv.QUOTE_MINIMAL)
    writer.writerow(["path", dataset.target or "class", *COLUMNS[2:]])
    for path, value, split, x, y, better in some:
        shown = f"{value:.17g}" if isinstance(value, float) else value
        writer.writerow([path, shown, split, f"{x:.6g}", f"{y:.6g}", better])
    return text.getvalue()


def method_words(result: PhotosMapped) -> str:
    """How the photos were placed, in a few words for the user."""
    if result.method == "pca":
        return f"two principal components of {result.features} features, {100 * result.explained:.0f} % of the variance"
    moving = "" if result.complete else f", iteration {result.iterations} of {ITERATIONS}"
    return f"t-SNE of {result.features} features{moving}"


def _photo(path: str, value: str | float, split: str, x: float, y: float, better: str, target: str) -> dict[str, Any]:
    return {
        "path": path,
        "number" if target else "class": value,
        "split": split,
        "x": x,
        "y": y,
        "suggested": better or None,
    }
