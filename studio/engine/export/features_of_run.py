"""Features of a run's photos by its backbone with the trained layers, as a file that is read back and compared."""

from __future__ import annotations

import csv
import hashlib
import importlib.metadata
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from studio.engine.export import feature_vectors
from studio.engine.export.head import is_own
from studio.engine.predict import head_arrays
from studio.engine.predict.predict import Rows, features
from studio.events import Certificate, Dataset, Events, ModelExported, Photo, Progress, Saved, Stage
from studio.events.runs import WeightsChoice
from studio.jobs.protocol import Stop, never
from studio.runs import folder as runs
from studio.runs import judged_photos
from studio.runs.certificates import SUFFIX as CERTIFICATE
from studio.spec import UserError
from studio.system.files import atomic_files, output_file

PACKAGES = {".npz": "numpy", ".csv": "numpy", ".safetensors": "safetensors", ".parquet": "pyarrow"}
"""The package that reads a file back, by its suffix."""


@dataclass(frozen=True)
class Vectors:
    """Features (N, D) in memory, with the interface of the rows of a feature store."""

    values: NDArray[np.float32]

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, D)."""
        return self.values.shape

    def __len__(self) -> int:
        return len(self.values)

    def take(self, indices: NDArray[np.int64]) -> NDArray[np.float32]:
        """The rows at these positions."""
        return self.values[indices]


def export(run: Path, out: Path, which: WeightsChoice, stop: Stop = never, data: str = "") -> Events:
    """Write the features of the training and validation photos of a run; yields `ModelExported` last.

    The file is read back, and the head of the run is applied to the features in it: the certificate says for how many
    validation photos this gives the class (or the number) that the run predicts. If the file does not read back
    identically, it is named `FILE.unproved`, and the file of an earlier export stays as it is.

    Args:
        run: Folder of the run.
        out: File that ends in `.npz`, `.csv`, `.parquet` or `.safetensors`.
        which: The last or the best epoch.
        stop: Checked before each photo.
        data: Current folder of the run's photos; "" if they were not moved.

    Raises:
        UserError: No photo can be read, a library is missing, or the file cannot be written or is one of the run.
    """
    feature_vectors.check(out)
    if is_own(run, out):
        raise UserError(f"{out.name} would replace a file of the run itself.", "Choose another folder.", out)
    output_file.require_writable(out)
    record = runs.read(run)
    listed = judged_photos.listed(run, record, data or record.spec.dataset.folder)
    saved = head_arrays.read(run, which)
    if saved is None:
        raise UserError(f"The head of {run} cannot be read.", "Evaluate the run: that reports the reason.", run)
    paths = {str(Path(listed.folder, photo.path)): photo for photo in listed.photos}
    found: dict[str, NDArray[np.float32]] = {}
    begun = False
    for event in features(run, list(paths), "auto", stop, which):
        if isinstance(event, Rows):
            found |= dict(event.pairs)
            continue
        if isinstance(event, Progress) and not begun:
            begun = True
            yield Stage(event.stage, "Computing features")  # else the title would be that of loading the backbone
        yield event
    photos = tuple(photo for path, photo in paths.items() if path in found)
    if not photos:
        raise UserError(f"None of the photos in {listed.folder} can be read.", "Give their folder with --data.")
    values = np.stack([found[path] for path in paths if path in found]).astype(np.float32)
    dataset = Dataset(listed.folder, listed.classes, photos, target=listed.target)
    yield Stage("write", f"Writing {out.name}")
    try:
        with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent, ignore_cleanup_errors=True) as place:
            written = Path(place, out.name)
            feature_vectors.write_rows(out.suffix.lower(), written, dataset, Vectors(values))
            yield Stage("check", f"Checking {out.name}")
            start = time.perf_counter()
            back = read(written)
            seconds = time.perf_counter() - start
            size, digest = written.stat().st_size, hashlib.sha256(written.read_bytes()).hexdigest()
            passed, same, largest, val = _compared(back, values, photos, saved.head, record.target)
            file = out if passed else out.with_name(f"{out.name}.unproved")
            probe = Path(place, "mode")
            probe.touch()
            written.chmod(probe.stat().st_mode)  # safetensors makes it private
            atomic_files.fsync_all(written)
            os.replace(written, file)  # noqa: PTH105  # one file system
    except OSError as error:
        raise output_file.unwritable(out, error) from error
    package = PACKAGES[out.suffix.lower()]
    certificate = Certificate(
        file=out.name,
        format="features",
        precision="float32",
        writer="features",
        runtime=f"{package} {importlib.metadata.version(package)}",
        run=str(run),
        epoch=saved.epoch,
        photos=val,
        same_class=same,
        largest_difference=largest,
        tolerance=0.0,
        photos_per_second=len(photos) / seconds if seconds else 0.0,
        bytes=size,
        passed=passed,
        criterion="every value in the file is the one that was computed, and the head gives the same answers from them",
        left_out=len(paths) - len(photos),
        sha256=digest,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        versions={"thaw-studio": importlib.metadata.version("thaw-studio")},
    )
    beside = file.with_name(f"{file.name}{CERTIFICATE}")
    with output_file.written(beside) as temporary:
        temporary.write_bytes(msgspec.json.format(msgspec.json.encode(certificate), indent=1) + b"\n")
    yield Saved(str(file), "features")
    yield ModelExported(str(file), (str(file), str(beside)), certificate)


def read(file: Path) -> NDArray[np.float32]:
    """Features (N, D) in a file of features."""
    suffix = file.suffix.lower()
    if suffix == ".npz":
        with np.load(file, allow_pickle=False) as arrays:
            return np.asarray(arrays["features"])
    if suffix == ".safetensors":
        from safetensors.numpy import load_file

        return np.asarray(load_file(file)["features"])
    if suffix == ".parquet":
        import pyarrow.parquet

        column: Any = pyarrow.parquet.read_table(file).column("features").combine_chunks()
        return np.asarray(column.flatten()).reshape(len(column), -1)
    with file.open(newline="", encoding="utf-8") as opened:
        lines = csv.reader(opened)
        head = next(lines)
        first = head.index("split") + 1
        return np.array([line[first:] for line in lines], np.float32)


def _compared(
    back: NDArray[np.float32],
    values: NDArray[np.float32],
    photos: Sequence[Photo],
    head: dict[str, NDArray[np.float32]],
    target: str,
) -> tuple[bool, int, float, int]:
    """Whether features (N, D) are equal after reading, photos with the same answer, largest difference, all photos."""
    val = [place for place, photo in enumerate(photos) if photo.split == "val"]
    if back.shape != values.shape:
        return False, 0, float("inf"), len(val)
    same = sum(
        _same(head_arrays.scores(head, values[place]), head_arrays.scores(head, back[place]), target) for place in val
    )
    largest = float(np.abs(back - values).max())
    return largest == 0.0 and same == len(val), same, largest, len(val)


def _same(one: NDArray[np.float32], other: NDArray[np.float32], target: str) -> bool:
    return bool(one[0] == other[0]) if target else bool(one.argmax() == other.argmax())
