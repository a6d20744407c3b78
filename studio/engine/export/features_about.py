"""What a file of features says about its photos, read back: paths, classes or numbers, and splits."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from studio.events import Dataset, Difference

Row = tuple[str, str | float, str]
"""Path, class (or number) and split of a photo."""


def read(file: Path, target: str) -> Iterator[Row]:
    """Yield what the file says about each photo.

    Args:
        file: File of features.
        target: Name of the number that is predicted; "" for classes.
    """
    readers = {".npz": _npz, ".safetensors": _safetensors, ".parquet": _parquet, ".csv": _csv}
    return readers[file.suffix.lower()](file, target)


def first_difference(file: Path, dataset: Dataset) -> Difference | None:
    """The first photo about which the file says something else than the data set; None if there is none."""
    rows = list(read(file, dataset.target))
    wanted = [
        (photo.path, photo.target if dataset.target else dataset.classes[photo.label], photo.split)
        for photo in dataset.photos
    ]
    if len(rows) != len(wanted):
        return Difference(dataset.folder, 1.0, f"{len(wanted)}", f"{len(rows)}", "another number of photos")
    for there, own in zip(rows, wanted, strict=True):
        for name, said, true in zip(("path", dataset.target or "class", "split"), there, own, strict=True):
            if said != true:
                return Difference(str(Path(dataset.folder, own[0])), 1.0, str(true), str(said), f"another {name}")
    return None


def _npz(file: Path, target: str) -> Iterator[Row]:
    with np.load(file, allow_pickle=False) as arrays:
        yield from _rows(arrays["paths"].tolist(), arrays["splits"].tolist(), arrays, arrays.get("classes"), target)


def _safetensors(file: Path, target: str) -> Iterator[Row]:
    from safetensors import safe_open

    with safe_open(file, framework="numpy") as opened:
        about = opened.metadata()
        arrays = {"targets" if target else "labels": opened.get_tensor("targets" if target else "labels")}
    paths, splits = json.loads(about["paths"]), json.loads(about["splits"])
    yield from _rows(paths, splits, arrays, None if target else json.loads(about["classes"]), target)


def _rows(paths: list[str], splits: list[str], arrays: Any, classes: Any, target: str) -> Iterator[Row]:
    values = arrays["targets"].tolist() if target else [str(classes[label]) for label in arrays["labels"].tolist()]
    yield from zip(paths, values, splits, strict=True)


def _parquet(file: Path, target: str) -> Iterator[Row]:
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(file, columns=["path", target or "class", "split"])
    yield from zip(*(table.column(place).to_pylist() for place in range(3)), strict=True)


def _csv(file: Path, target: str) -> Iterator[Row]:
    with file.open(newline="", encoding="utf-8") as opened:
        lines = csv.reader(opened)
        value = next(lines).index(target or "class")
        for line in lines:
            yield line[0], float(line[value]) if target else line[value], line[value + 1]
