"""Scan of a folder: its photos, classes, split and problems, as a data set.

Listing takes a second and comes first, so that a window can show the photos at once; opening every photo takes longer
and comes second. Training, which decodes every photo anyway, uses the list alone and drops unreadable photos with
`without`.
"""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Collection, Generator, Iterable
from contextlib import closing
from pathlib import Path

from studio.data import ignored_files, layout, regression, splits, walk
from studio.data.bit_depth import value_range
from studio.data.bit_depth.deep import Statement
from studio.data.checks import trainable
from studio.data.images import decode, measuring
from studio.events import (
    Dataset,
    DatasetScanned,
    DeepPhotos,
    EstimatedRange,
    Event,
    Photo,
    PhotoNote,
    Progress,
    Skipped,
    Stage,
    StatedRange,
    Waiting,
)
from studio.jobs.progress import Pace
from studio.jobs.workers import map_ordered, run_in_thread
from studio.spec import DatasetSpec, ValueRange


def scan(spec: DatasetSpec, check: bool = True) -> Generator[Event, None, None]:
    """List a folder and, with `check`, open all of its photos.

    Yields:
        Stage and Progress of the listing, and `DatasetScanned`; with `check`, those of the check, and `DatasetScanned`
            again with the readable photos. `Waiting` while the disk does not answer. The generator may be closed at
            any yield; it leaves no thread behind, except one that waits for a server that does not answer.

    Raises:
        UserError: The folder cannot be used; see `listing`.
    """
    yield Stage("scan", "Listing photos")
    dataset = yield from list_photos(spec)
    _ready(dataset)
    yield DatasetScanned(dataset)
    if check:
        yield Stage("check", "Checking photos")
        skipped, statements, notes = yield from _check(dataset)
        checked = dataclasses.replace(without(dataset, skipped), checked=True)
        if statements:
            yield Stage("measure", "Measuring the value range")
            deep = yield from _deep(checked, statements.values())
            notes += _beyond(statements, deep)
            checked = dataclasses.replace(checked, deep=deep)
        notes.sort(key=lambda note: note.path)
        checked = dataclasses.replace(checked, notes=(*dataset.notes, *notes))
        _ready(checked)
        yield DatasetScanned(checked)


def _ready(dataset: Dataset) -> None:
    """Compute cached counts here, so that the window need not while it draws or compares 50,000 photos."""
    dataset.counts()
    _ = dataset.files


def list_photos(spec: DatasetSpec) -> Generator[Progress | Waiting, None, Dataset]:
    """Like `listing`, with progress; may be closed even while the disk does not answer."""
    return (yield from run_in_thread(_list(spec), spec.folder))


def listing(spec: DatasetSpec) -> Dataset:
    """The data set from a listing of its folder; no photo is opened.

    Raises:
        UserError: The folder is missing, a file, empty, unreadable or has no class folders; or the validation share is
            needed and out of bounds; or the file of targets cannot be used.
    """
    steps = _list(spec)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: Dataset = end.value
            return found


def without(dataset: Dataset, skipped: Iterable[Skipped]) -> Dataset:
    """The data set without photos that proved unreadable. Classes, labels and splits of the others stay.

    `checked` is not changed: set it with `dataclasses.replace` after all photos were opened.
    """
    more = {item.path: item for item in skipped}
    if not more:
        return dataset
    skipped_by_path = {item.path: item for item in dataset.skipped} | more
    smaller = dataclasses.replace(
        dataset,
        photos=tuple(photo for photo in dataset.photos if photo.path not in more),
        skipped=tuple(skipped_by_path[path] for path in sorted(skipped_by_path)),
    )
    return dataclasses.replace(smaller, problems=trainable.find(smaller))


def _list(spec: DatasetSpec) -> Generator[Progress, None, Dataset]:
    if spec.targets:
        return (yield from regression.list_photos(spec))
    root, found = layout.find(spec.folder)
    if not found.split_found:
        splits.require_fraction(spec.val_fraction)
    pace = Pace("scan")
    skipped = list(found.skipped)
    listed: list[tuple[str, layout.ClassFolder]] = []
    for folder in found.folders:
        before = len(listed)
        for item in walk.photos(root, folder.path):
            if isinstance(item, Skipped):
                skipped.append(item)
            else:
                listed.extend((path, folder) for path in item)
            progress = pace.at(len(listed))
            if progress:
                yield progress
        if len(listed) == before:
            skipped.append(Skipped(folder.path, "an empty class folder: it holds no photos"))
    yield pace.end(len(listed))
    listed.sort(key=lambda row: row[0])
    classes = tuple(sorted({folder.name for _, folder in listed}))
    dataset = Dataset(
        folder=root,
        classes=classes,
        photos=_divided(listed, classes, found.split_found, spec),
        skipped=ignored_files.grouped(skipped),
        split_found=found.split_found,
        notes=(
            *layout.lookalike_notes(found.folders),
            *(() if found.split_found else layout.repetition_notes(root, found.folders)),
        ),
    )
    return dataclasses.replace(dataset, problems=trainable.find(dataset))


def _divided(
    listed: list[tuple[str, layout.ClassFolder]], classes: tuple[str, ...], split_found: bool, spec: DatasetSpec
) -> tuple[Photo, ...]:
    """Assign the label and split of each photo; photos for training are split where no split was found."""
    labels = {name: label for label, name in enumerate(classes)}
    held: set[str] = set()
    if not split_found:
        by_class: defaultdict[str, list[str]] = defaultdict(list)
        for path, folder in listed:
            if folder.split == "train":
                by_class[folder.name].append(path)
        held = {path for paths in by_class.values() for path in splits.held_out(paths, spec.val_fraction, spec.seed)}
    return tuple(Photo(path, labels[folder.name], "val" if path in held else folder.split) for path, folder in listed)


def _check(
    dataset: Dataset,
) -> Generator[Progress | Waiting, None, tuple[list[Skipped], dict[str, Statement], list[PhotoNote]]]:
    """Open every photo; gives those that cannot be read, what those of more than 8 bits say by path, and notes."""
    pace = Pace("check", len(dataset.photos))
    root = Path(dataset.folder)

    def look(photo: Photo) -> str | decode.PhotoCheck:
        try:
            return decode.check(root / photo.path)
        except decode.Unreadable as error:
            return error.reason

    skipped: list[Skipped] = []
    statements: dict[str, Statement] = {}
    notes: list[PhotoNote] = []
    with closing(map_ordered(look, dataset.photos)) as looks:
        done = 0
        for why in looks:
            photo = dataset.photos[done]
            if why is None:
                yield pace.late(str(root / photo.path))
                continue
            done += 1
            if isinstance(why, str):
                skipped.append(Skipped(photo.path, why))
            else:
                if why.statement is not None:
                    statements[photo.path] = why.statement
                notes += [PhotoNote(photo.path, why.note)] if why.note else []
            progress = pace.at(done)
            if progress:
                yield progress
    yield pace.end(len(dataset.photos))
    return skipped, statements, notes


def _beyond(statements: dict[str, Statement], deep: DeepPhotos) -> list[PhotoNote]:
    """Notes on photos that the estimated range does not fit: it is a compromise, and may cut off much of them."""
    ranges = {one.kind: ValueRange(one.low, one.high) for one in deep.estimated}
    return [
        PhotoNote(path, words)
        for path, one in statements.items()
        if one.bulk is not None and one.kind in ranges and (words := value_range.beyond(one.bulk, ranges[one.kind]))
    ]


def _deep(dataset: Dataset, statements: Collection[Statement]) -> Generator[Progress, None, DeepPhotos]:
    """The photos of more than 8 bits, with a range for those whose files state none."""
    counted = Counter((one.stated.low, one.stated.high) for one in statements if one.stated is not None)
    stated = tuple(StatedRange(low, high, photos) for (low, high), photos in sorted(counted.items()))
    estimated: list[EstimatedRange] = []
    for kind in sorted({one.kind for one in statements if one.stated is None}):
        pace = Pace("measure", min(len(statements), measuring.MOST_PHOTOS))
        steps = measuring.measure(dataset.folder, dataset.photos, kind)
        while True:
            try:
                progress = pace.at(next(steps))
            except StopIteration as end:
                estimated += [end.value] if end.value is not None else []
                break
            if progress:
                yield progress
    return DeepPhotos(len(statements), stated, tuple(estimated))
