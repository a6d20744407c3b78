"""Evidence for the evaluation of a run that needs its photos: the quick probe, and values to slice by."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.commands.imports import imported
from studio.data.tables import photo_table
from studio.evaluate import near_features
from studio.evaluate import probe as probes
from studio.evaluate.compare import comparison
from studio.evaluate.compare.comparison import JudgedPhoto
from studio.evaluate.documents.evaluation import interval
from studio.evaluate.intervals import of_count
from studio.evaluate.slices import SliceValues
from studio.evaluate.verdict_facts import ScratchRun
from studio.events import Dataset, Event, JudgedPart, Photo, Stage, Warned
from studio.jobs.libraries import import_libraries
from studio.jobs.progress import Pace
from studio.jobs.protocol import Interrupted, Stop
from studio.jobs.worker_pauses import unhurried
from studio.runs import folder as runs
from studio.runs import judged_photos
from studio.runs.files import photos_file
from studio.runs.files.record import RunRecord
from studio.spec import UserError
from studio.system import paths

Columns = dict[str, list[str]]
"""Cells of each column of a table, by name, in the order of the photos."""

MOST_MEASURED = 5000
"""Largest number of photos that are measured for slices, which takes up to a minute."""


@dataclass(frozen=True)
class ProbeResult:
    """Results of the quick probes on the judged photos.

    Attributes:
        rows: Accuracy of each probe with its interval, for the document.
        best: Name and predictions (N,) of the best probe.
        probabilities: (N, K) probabilities of logistic regression, fitted on other photos.
        features: (N, D) features of the judged photos by the pretrained backbone.
        alike: Pairs of a training photo and a judged photo whose features are nearly equal.
    """

    rows: dict[str, Any]
    best: tuple[str, NDArray[np.int64]]
    probabilities: NDArray[np.float64]
    features: NDArray[np.float32]
    alike: tuple[tuple[str, str], ...] = ()


def probe(
    run: Path, record: RunRecord, judged: JudgedPart, device: str, stop: Stop
) -> Generator[Event, None, ProbeResult | None]:
    """Fit the quick probes on the training photos; None, with a warning, if that is not possible."""
    try:
        return (yield from _probe(run, record, judged, device, stop))
    except UserError as error:
        hint = "" if error.file is not None and Path(error.file).name == photos_file.FILE else error.hint
        yield Warned(f"The quick probe was left out: {error.title}", hint)
        return None


def _probe(
    run: Path, record: RunRecord, judged: JudgedPart, device: str, stop: Stop
) -> Generator[Event, None, ProbeResult | None]:
    listed = judged_photos.listed(run, record, judged.folder)
    if not paths.is_folder(judged.folder):
        raise UserError(f"There is no folder {judged.folder}.", "Name the current one with --data.", judged.folder)
    train = [photo for photo in listed.photos if photo.split == "train"]
    own = [] if judged.split == "train" else _as_photos(judged)
    yield from imported()
    from studio.engine.predict import run_features

    dataset = Dataset(judged.folder, record.classes, (*train, *own))
    features = yield from run_features.of_photos(record, dataset, device, stop)
    yield from import_libraries(*probes.LIBRARIES)
    yield Stage("probe", "Fitting the quick probes")
    places = {photo.path: place for place, photo in enumerate(unhurried(features.dataset.photos))}
    if any(path not in places for path in judged.paths):
        raise UserError("Some of the judged photos cannot be read.", "Check the folder.", judged.folder)
    train_rows = [places[photo.path] for photo in train if photo.path in places]
    labels = np.array([features.dataset.photos[place].label for place in train_rows], np.int64)
    if judged.split == "train" and [features.dataset.photos[place].path for place in train_rows] != list(judged.paths):
        raise UserError("The training photos have changed.", "Evaluate the validation photos.", judged.folder)
    if len(np.unique(labels)) < 2:
        raise UserError("There are no training photos of two classes.", "Check the folder.", judged.folder)
    rows = features.rows
    judged_rows = rows[[places[path] for path in judged.paths]]
    result = _results(rows[train_rows], labels, judged, judged_rows, len(record.classes), stop)
    if judged.split == "train" or record.spec.backbone.weights == "none":  # random features say nothing about photos
        return result
    own_paths = [features.dataset.photos[place].path for place in train_rows]
    alike = [
        (own_paths[one.train], judged.paths[one.judged]) for one in near_features.pairs(rows[train_rows], judged_rows)
    ]
    return replace(result, alike=tuple(alike))


def _results(
    train: NDArray[np.float32],
    labels: NDArray[np.int64],
    judged: JudgedPart,
    photos: NDArray[np.float32],
    classes: int,
    stop: Stop,
) -> ProbeResult:
    rows: dict[str, Any] = {}
    best: tuple[int, str, NDArray[np.int64]] | None = None
    probabilities = np.zeros((0, classes))
    own = judged.split == "train"
    for key, shares in probes.run(train, labels, None if own else photos, classes):
        if stop():
            raise Interrupted
        truth = labels if own else judged.truth
        predicted = shares.argmax(axis=1)
        right = int((predicted == truth).sum())
        rows[key] = interval(of_count(right, len(truth))) | {"train_photos": len(labels)}
        if best is None or right > best[0]:
            best = (right, probes.PROBES[key].subject, predicted)
        if key == "logistic":
            probabilities = shares
    assert best is not None
    return ProbeResult(rows, (best[1], best[2]), probabilities, photos)


def _as_photos(judged: JudgedPart) -> list[Photo]:
    return [
        Photo(path, int(label), judged.split)
        for path, label in unhurried(zip(judged.paths, judged.truth.tolist(), strict=True))
    ]


def pairs_across(run: Path, judged: JudgedPart, pairs: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Pairs of a training photo and a judged photo that show the same picture.

    Args:
        run: Folder of the run.
        judged: The judged photos.
        pairs: Pairs from a data check; files of the same content are found without one.
    """
    if judged.split == "train":
        return ()
    listed = [photo for photo in photos_file.read(run) if photo.split == "train"]
    trained, contents = (
        {photo.path for photo in listed},
        {photo.content: photo.path for photo in listed if photo.content},
    )
    own = dict(zip(judged.paths, judged.contents, strict=True))
    result = {(contents[content], path) for path, content in own.items() if content in contents}
    for one, other in pairs:
        for first, second in ((one, other), (other, one)):
            if first in trained and second in own:
                result.add((first, second))
    return tuple(sorted(result, key=lambda pair: (pair[1], pair[0])))


def scratch_run(run: Path, record: RunRecord, judged: JudgedPart) -> ScratchRun | None:
    """The newest run from scratch on the same folder, compared on its stored validation predictions; None for none."""
    if judged.split != "val" or record.target or record.spec.backbone.weights == "none":
        return None
    for where in sorted(run.parent.iterdir(), reverse=True):  # the names of runs begin with their time
        try:
            if where == run or b'"none"' not in (where / runs.RUN).read_bytes():  # much faster than reading the record
                continue
            other = runs.read(where, only_known=False)
            same = other.spec.dataset.folder == record.spec.dataset.folder and not other.target
            if not same or other.spec.backbone.weights != "none" or not other.epochs:
                continue
            stored = judged_photos.stored(where, other, judged.folder)
        except (OSError, ValueError, UserError):
            continue
        compared = _against_scratch(where, record, other, judged, stored) if stored is not None else None
        if compared is not None:
            return compared
    return None


def _against_scratch(
    where: Path, record: RunRecord, other: RunRecord, judged: JudgedPart, stored: JudgedPart
) -> ScratchRun | None:
    def photos(part: JudgedPart) -> list[JudgedPhoto]:
        return [JudgedPhoto(path, content) for path, content in zip(part.paths, part.contents, strict=True)]

    own, theirs = comparison.match(photos(judged), photos(stored))
    if not len(own):
        return None
    names, others = np.array(record.classes, object), np.array(other.classes, object)
    right = judged.predicted[own].argmax(axis=1) == judged.truth[own]
    right_scratch = others[stored.predicted[theirs].argmax(axis=1)] == names[judged.truth[own]]
    better, worse, _, _ = comparison.pairs(right_scratch, right).counts
    return ScratchRun(str(where), where.name, better, worse, int(right_scratch.sum()), len(own))


def table_columns(record: RunRecord, judged: JudgedPart, tables: Sequence[Path]) -> Generator[Event, None, Columns]:
    """Columns of tables about the judged photos: of the given tables, and of the one by which the run was split.

    Raises:
        UserError: A given table cannot be read or names none of the photos.
    """
    columns: Columns = {}
    folder = str(paths.expanded(judged.folder).absolute())
    for file in tables:
        columns |= photo_table.read_columns(paths.expanded(file).absolute(), folder, judged.paths)
    own = paths.expanded(record.spec.dataset.split_table).absolute() if record.spec.dataset.split_table else None
    if own is not None and own not in tables and own.is_file():
        try:
            columns = photo_table.read_columns(own, folder, judged.paths) | columns
        except UserError as error:
            yield Warned(f"There are no slices by the table of the split: {error.title}", error.hint)
    return columns


def slice_values(judged: JudgedPart, stop: Stop) -> Generator[Event, None, SliceValues]:
    """Size, aspect ratio, brightness, sharpness and camera of the judged photos; none where their folder is gone.

    Of very many photos, evenly chosen ones are measured; the values of the others are unknown.
    """
    if not judged.paths or not paths.is_folder(judged.folder):
        return SliceValues()
    from studio.data.images import photo_values
    from studio.jobs.workers import map_ordered

    yield Stage("slices", "Measuring photos")
    places = np.arange(0, len(judged.paths), math.ceil(len(judged.paths) / MOST_MEASURED))
    files = [str(Path(judged.folder, judged.paths[place])) for place in unhurried(places)]
    pace = Pace("slices", len(files))
    rows: list[photo_values.MeasuredPhoto] = []
    with closing(map_ordered(photo_values.measured, files)) as results:
        for values in results:
            if stop():
                raise Interrupted
            if values is None:
                yield pace.late(files[len(rows)])
                continue
            rows.append(values)
            if (progress := pace.at(len(rows))) is not None:
                yield progress
    yield pace.end(len(rows))
    table = np.full((len(judged.paths), len(photo_values.PhotoValues._fields)), np.nan)
    table[places] = [row.values for row in rows]
    cameras = [""] * len(judged.paths)
    for place, row in zip(places.tolist(), rows, strict=True):
        cameras[place] = row.camera
    numbers = dict(zip(photo_values.PhotoValues._fields, table.T, strict=True))
    if len(places) < len(cameras):
        return SliceValues(numbers)  # most cameras are unknown then, and must not form a slice
    return SliceValues(numbers, {"camera": cameras})


def train_numbers(run: Path, record: RunRecord, judged: JudgedPart) -> list[float]:
    """The target values of the training photos; empty if they are no longer known."""
    try:
        dataset = judged_photos.listed(run, record, judged.folder)
    except UserError:  # the baseline is then the mean of the judged photos
        return []
    return [photo.target for photo in dataset.photos if photo.split == "train" and math.isfinite(photo.target)]
