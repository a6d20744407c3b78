"""Feature vectors as a file for other programs: `.npz`, `.csv`, `.parquet` or `.safetensors`."""

from __future__ import annotations

import csv
import importlib.util
import json
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from studio.data.images import measuring
from studio.data.images.measuring import DataSetReading
from studio.data.scan import list_photos, require_photos
from studio.engine.backbones import backbone
from studio.engine.device import devices
from studio.engine.extraction import extract
from studio.engine.workers import messages, workers
from studio.engine.workers.workers import Workers
from studio.events import Dataset, DatasetScanned, Event, Events, RangesEstimated, Saved, Stage, ValueRanges
from studio.jobs.protocol import Stop, never
from studio.spec import BackboneSpec, DatasetSpec, UserError
from studio.system.files import output_file

BLOCK = 1024
"""Number of rows in memory at once while a CSV file is written."""


class Vectors(Protocol):
    """Features (N, D) that are read in blocks, such as `store.Rows`."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, D)."""
        ...

    def __len__(self) -> int: ...

    def take(self, indices: NDArray[np.int64]) -> NDArray[Any]:
        """The rows at these positions."""
        ...


def check(out: Path) -> None:
    """Refuse a file that cannot be written.

    Raises:
        UserError: It has another suffix, or the library for it is missing.
    """
    output_file.require_suffix(out, *WRITERS)
    if out.suffix.lower() == ".parquet" and importlib.util.find_spec("pyarrow") is None:
        raise UserError(
            "Parquet files need pyarrow, which is not installed here.",
            "Install it: pip install “thaw-studio[parquet]” (or uv sync --extra parquet), or choose .csv or .npz.",
        )


def write_rows(suffix: str, file: Path, dataset: Dataset, rows: Vectors) -> None:
    """Write features (N, D) of the photos of a data set to `file`, in the format of a suffix."""
    WRITERS[suffix](file, dataset, rows)


def write(
    dataset_spec: DatasetSpec,
    backbone_spec: BackboneSpec,
    out: Path,
    device: str = "auto",
    stop: Stop = never,
    cache: Path | None = None,
) -> Events:
    """Compute the features of every readable photo of a folder and write them with paths, labels and class names.

    Several workers compute them together (see `assist`), and worker 0 writes the file.

    For a regression, targets replace labels and classes.

    Args:
        dataset_spec: The data set.
        backbone_spec: The backbone.
        out: File to write; its suffix selects the format.
        device: Device to compute on.
        stop: Checked inside long steps.
        cache: Folder of the feature cache; None for the user's.

    Raises:
        UserError: The folder has no readable photos, the weights cannot be loaded, or the file cannot be written.
    """
    check(out)
    output_file.require_writable(out)  # before the computation, which may take an hour
    with workers.join() as group:
        where = devices.find(device)
        yield Stage("scan", "Listing photos")
        dataset = yield from list_photos(dataset_spec)
        require_photos(dataset)
        messages.publish_dataset(group, dataset)
        extraction, reading = yield from _extract(group, dataset, dataset_spec, backbone_spec, where, stop, cache)
    if not extraction.dataset.photos:
        raise UserError(
            f"None of the photos in {dataset.folder} can be read.", "“thaw scan” says why for each.", dataset.folder
        )
    yield DatasetScanned(extraction.dataset)
    yield RangesEstimated(reading.ranges())
    yield from measuring.warnings(reading.ranges())
    yield Stage("write", f"Writing {out.name}")
    with output_file.written(out) as temporary:
        write_rows(out.suffix.lower(), temporary, extraction.dataset, extraction.rows)
    yield Saved(str(out), "features")


def assist(
    dataset_spec: DatasetSpec,
    backbone_spec: BackboneSpec,
    device: str = "auto",
    stop: Stop = never,
    cache: Path | None = None,
) -> Events:
    """Compute a part of the features that worker 0 writes; the arguments are those of its `write`.

    Raises:
        LeaderEnded: Worker 0 has ended early.
        UserError: A worker is lost, or the workers do not share a cache.
    """
    with workers.join() as group:
        dataset = messages.receive_dataset(group, stop)
        where = devices.find(device)
        yield from _extract(group, dataset, dataset_spec, backbone_spec, where, stop, cache)


def _extract(
    group: Workers,
    dataset: Dataset,
    dataset_spec: DatasetSpec,
    backbone_spec: BackboneSpec,
    where: torch.device,
    stop: Stop,
    cache: Path | None,
) -> Generator[Event, None, tuple[extract.Extraction, DataSetReading]]:
    """Compute the features of a data set, with the other workers if there are any."""
    base = yield from messages.in_turn(group, stop, backbone.load(backbone_spec, stop))
    devices.move_network(base.network, where)
    reading = DataSetReading(dataset.folder, dataset.photos, ValueRanges(dataset_spec.value_range))
    extraction = yield from extract.extract(
        base, dataset, "features", where, stop, cache, reading=reading, workers=group
    )
    group.meet("end", stop)  # so that no worker ends while another one still reads from it
    return extraction, reading


def _all(rows: Vectors) -> NDArray[np.float32]:
    return rows.take(np.arange(len(rows))).astype(np.float32, copy=False)


def _npz(file: Path, dataset: Dataset, rows: Vectors) -> None:
    arrays: dict[str, Any] = {
        "features": _all(rows),
        "paths": np.array([photo.path for photo in dataset.photos]),
        "splits": np.array([photo.split for photo in dataset.photos]),
        **_labels_or_targets(dataset),
        **({"target": np.array(dataset.target)} if dataset.target else {"classes": np.array(dataset.classes)}),
    }
    with file.open("wb") as out:  # numpy would append its own suffix to a path
        np.savez(out, **arrays)


def _csv(file: Path, dataset: Dataset, rows: Vectors) -> None:
    with file.open("w", newline="", encoding="utf-8") as out:
        table = csv.writer(out)
        columns = [dataset.target] if dataset.target else ["label", "class"]
        table.writerow(["path", *columns, "split", *(f"f{index}" for index in range(rows.shape[1]))])
        for start in range(0, len(rows), BLOCK):
            block = rows.take(np.arange(start, min(start + BLOCK, len(rows))))
            for photo, row in zip(dataset.photos[start : start + BLOCK], block.tolist(), strict=True):
                numbers = (f"{number:.9g}" for number in row)
                values = [f"{photo.target:.17g}"] if dataset.target else [photo.label, dataset.classes[photo.label]]
                table.writerow([photo.path, *values, photo.split, *numbers])


def _safetensors(file: Path, dataset: Dataset, rows: Vectors) -> None:
    from safetensors.numpy import save_file

    metadata = {
        **({"target": dataset.target} if dataset.target else {"classes": json.dumps(dataset.classes)}),
        "paths": json.dumps([photo.path for photo in dataset.photos]),
        "splits": json.dumps([photo.split for photo in dataset.photos]),
    }
    save_file({"features": _all(rows), **_labels_or_targets(dataset)}, file, metadata=metadata)


def _labels_or_targets(dataset: Dataset) -> dict[str, NDArray[Any]]:
    """`labels` (N,) int64, or `targets` (N,) float64."""
    if dataset.target:
        return {"targets": np.array([photo.target for photo in dataset.photos], dtype=np.float64)}
    return {"labels": np.array([photo.label for photo in dataset.photos], dtype=np.int64)}


def _parquet(file: Path, dataset: Dataset, rows: Vectors) -> None:
    """A row for each photo; its features are one column of lists of a fixed length."""
    import pyarrow
    import pyarrow.parquet

    values = _all(rows)
    flat = pyarrow.array(values.reshape(-1))
    photos = dataset.photos
    columns: dict[str, Any] = {"path": [photo.path for photo in photos]}
    if dataset.target:
        columns[dataset.target] = [photo.target for photo in photos]
    else:
        columns["label"] = [photo.label for photo in photos]
        columns["class"] = [dataset.classes[photo.label] for photo in photos]
    columns["split"] = [photo.split for photo in photos]
    columns["features"] = pyarrow.FixedSizeListArray.from_arrays(flat, values.shape[1])
    pyarrow.parquet.write_table(pyarrow.table(columns), file)


WRITERS: dict[str, Callable[[Path, Dataset, Vectors], None]] = {
    ".npz": _npz,
    ".csv": _csv,
    ".parquet": _parquet,
    ".safetensors": _safetensors,
}
"""The function that writes a file, by its suffix."""
