"""Features of a run's photos by its backbone with the trained layers, as a file that is read back and compared."""

from __future__ import annotations

import csv
import importlib.metadata
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.engine.export import feature_vectors, features_about, publishing
from studio.engine.export.head import is_own
from studio.engine.predict import head_arrays
from studio.engine.predict.predict import Rows, features
from studio.events import Certificate, Dataset, Difference, Events, ModelExported, Progress, Saved, Stage, Warned
from studio.events.runs import WeightsChoice
from studio.formatting.numbers import figures
from studio.jobs.protocol import Stop, never
from studio.runs import folder as runs
from studio.runs import judged_photos
from studio.spec import UserError
from studio.system.files import output_file

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
    validation photos this gives the class (or the number) that the run predicts. If the features, paths, labels or
    splits do not read back identically, it is named `FILE.unproved`, and the file of an earlier export stays as it is.

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
            result = _compared(back, values, dataset, saved.head)
            if result.passed and (wrong := features_about.first_difference(written, dataset)) is not None:
                result = replace(result, passed=False, first=wrong)
            package = PACKAGES[out.suffix.lower()]
            certificate = Certificate(
                file=publishing.place_of(out, result.passed).name,
                format="features",
                precision="float32",
                writer="features",
                runtime=f"{package} {importlib.metadata.version(package)}",
                run=str(run),
                epoch=saved.epoch,
                photos=result.photos,
                same_class=result.same,
                largest_difference=result.largest,
                tolerance=0.0,
                photos_per_second=len(photos) / seconds if seconds else 0.0,
                bytes=written.stat().st_size,
                passed=result.passed,
                criterion="every value, path, class or number, and split in the file is the one of its photo, and the "
                "head gives the same answers from the features",
                compared=f"the content of the file, read by {package}, with the features computed from the photos and "
                "with the run's list of them, and the answers of the run's head to both",
                first_difference=result.first,
                left_out=len(paths) - len(photos),
                sha256=publishing.sha256(written),
                made=datetime.now(UTC).isoformat(timespec="seconds"),
                versions={"thaw-studio": importlib.metadata.version("thaw-studio")},
            )
            places = publishing.publish(Path(place), certificate, out)
    except OSError as error:
        raise output_file.unwritable(out, error) from error
    file = str(publishing.place_of(out, result.passed))
    if result.first is not None:
        where = f"first on {result.first.photo}: {result.first.why}"
        yield Warned(f"{file} is not verified: it does not read back as written, {where}.", "Check the disk.")
    yield Saved(file, "features")
    yield ModelExported(file, tuple(map(str, places)), certificate)


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


@dataclass(frozen=True)
class _Comparison:
    """Features that were read back, compared with those that were computed; fields as in `Certificate`."""

    passed: bool
    same: int
    largest: float
    photos: int
    first: Difference | None


def _compared(
    back: NDArray[np.float32], values: NDArray[np.float32], dataset: Dataset, head: dict[str, NDArray[np.float32]]
) -> _Comparison:
    """Compare features (N, D) that were read back, and the answers to those of the validation photos."""
    photos, target = dataset.photos, dataset.target
    val = [place for place, photo in enumerate(photos) if photo.split == "val"]
    if back.shape != values.shape:
        before, now = (" × ".join(map(str, array.shape)) for array in (values, back))
        # 1 as without an answer: JSON has no infinity.
        sizes = Difference(dataset.folder, 1.0, before, now, "another number of photos or features")
        return _Comparison(False, 0, 1.0, len(val), sizes)
    answers = [[head_arrays.scores(head, rows[place]) for rows in (values, back)] for place in val]
    same = sum(_same(one, other, target) for one, other in answers)
    gaps = np.where((back == values) | (np.isnan(back) & np.isnan(values)), 0, np.abs(back - values))
    gaps = np.where(np.isfinite(gaps), gaps, 1.0).max(axis=1, initial=0.0)
    first: Difference | None = None
    if (others := np.flatnonzero(gaps)).size:
        place = int(others[0])
        wrong = int(np.argmax(back[place] != values[place]))
        words = [figures(float(rows[place, wrong]), 6) for rows in (values, back)]
        path = str(Path(dataset.folder, photos[place].path))
        first = Difference(path, float(gaps[place]), words[0], words[1], f"another value of feature {wrong}")
    return _Comparison(first is None and same == len(val), same, float(gaps.max(initial=0.0)), len(val), first)


def _same(one: NDArray[np.float32], other: NDArray[np.float32], target: str) -> bool:
    return bool(one[0] == other[0]) if target else bool(one.argmax() == other.argmax())
