"""Scan of a folder: its photos, classes, split and problems, as a data set.

Listing takes a second and comes first, so that a window can show the photos at once; opening every photo takes longer
and comes second. Training, which decodes every photo anyway, uses the list alone and drops unreadable photos with
`without`.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Generator, Iterable
from contextlib import closing
from pathlib import Path

from studio.data import background, folder_list, ignored_files, labeled, layout, regression, split_groups, splits, walk
from studio.data.bit_depth import value_range
from studio.data.bit_depth.deep import RangeInfo
from studio.data.checks import data_check, trainable
from studio.data.images import decode, framing, measuring
from studio.data.images.facts import PhotoFacts
from studio.data.journal import listing as choice_listing
from studio.events import (
    Dataset,
    DatasetScanned,
    DeepPhotos,
    EstimatedRange,
    Event,
    Photo,
    PhotoChoice,
    PhotoNote,
    Progress,
    Skipped,
    Split,
    Stage,
    StatedRange,
    Waiting,
)
from studio.jobs.progress import Pace
from studio.jobs.workers import map_ordered, run_in_thread
from studio.spec import DatasetSpec, ValueRange


def scan(spec: DatasetSpec, check: bool = True) -> Generator[Event, None, None]:
    """Job that lists a folder and, with `check`, opens all of its photos.

    Yields:
        Stage and Progress of the listing, and `DatasetScanned`; with `check`, those of the check, and `DatasetScanned`
            again with the readable photos and the findings. `Waiting` while the disk does not answer. The generator
            may be closed at any yield; it leaves no thread behind, except one that waits for a server that does not
            answer.

    Raises:
        UserError: The folder cannot be used; see `listing`.
    """
    yield Stage("scan", "Listing photos")
    dataset = yield from list_photos(spec)
    _ready(dataset)
    yield DatasetScanned(dataset)
    if check:
        yield Stage("check", "Checking photos")
        skipped, range_infos, notes, facts = yield from _check(dataset)
        checked = dataclasses.replace(without(dataset, skipped), checked=True)
        if range_infos:
            yield Stage("measure", "Measuring the value range")
            deep = yield from _deep(checked, range_infos.values())
            notes += _beyond(range_infos, deep)
            checked = dataclasses.replace(checked, deep=deep)
        notes.sort(key=lambda note: note.path)
        findings = yield from data_check.find(checked, facts, {item.path: item.reason for item in skipped})
        sizes = framing.shapes((one.width, one.height) for one in facts.values())
        checked = dataclasses.replace(checked, notes=(*dataset.notes, *notes), findings=findings, sizes=sizes)
        _ready(checked)
        yield DatasetScanned(checked)


def _ready(dataset: Dataset) -> None:
    """Compute cached counts here, so that the window need not while it draws or compares 50,000 photos."""
    dataset.counts()
    _ = dataset.files


def list_photos(
    spec: DatasetSpec,
    run_choices: Iterable[PhotoChoice] | None = None,
    run_classes: Collection[str] | None = None,
) -> Generator[Progress | Waiting, None, Dataset]:
    """Like `listing`, with progress; can be closed even while the disk does not answer.

    Args:
        spec: The data set.
        run_choices: Choices about photos that a run recorded; None for those in the folder's journal.
        run_classes: Classes of that run; None for a new one.
    """
    return (yield from run_in_thread(_list(spec, run_choices, run_classes), spec.folder))


def listing(spec: DatasetSpec) -> Dataset:
    """List the data set in a folder as it is used: without opening photos, and with the user's choices applied.

    Raises:
        UserError: The folder is missing, a file, empty, unreadable or without class folders; or the validation share is
            needed and out of bounds; or the targets file or the journal of choices cannot be used.
    """
    steps = _list(spec)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            dataset: Dataset = end.value
            return dataset


def without(dataset: Dataset, skipped: Iterable[Skipped]) -> Dataset:
    """The data set without unreadable photos; classes, labels and splits of the others do not change.

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


def _list(
    spec: DatasetSpec,
    run_choices: Iterable[PhotoChoice] | None = None,
    run_classes: Collection[str] | None = None,
) -> Generator[Progress, None, Dataset]:
    dataset = yield from _list_folder(spec, run_classes)
    return (yield from choice_listing.with_choices(dataset, run_choices))


def _list_folder(spec: DatasetSpec, run_classes: Collection[str] | None) -> Generator[Progress, None, Dataset]:
    """List a data set without the user's choices."""
    if spec.targets:
        return (yield from regression.list_photos(spec))
    if spec.labels or spec.label_pattern:
        return (yield from labeled.list_photos(spec))
    root, structure = folder_list.find(spec.folder, spec.folders) if spec.folders else layout.find(spec.folder)
    if not structure.split_found:
        splits.require_fraction(spec.val_fraction)
    folders = background.named(structure.folders, run_classes)
    pace = Pace("scan")
    skipped = list(structure.skipped)
    listed: list[tuple[str, layout.ClassFolder]] = []
    for folder in folders:
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
            skipped.append(Skipped(folder.path, layout.EMPTY))
    yield pace.end(len(listed))
    listed.sort(key=lambda row: row[0])
    classes = tuple(sorted({folder.name for _, folder in listed}))
    dataset = Dataset(
        folder=root,
        classes=classes,
        photos=(yield from _with_splits(root, listed, classes, structure.split_found, spec)),
        skipped=ignored_files.merge_repeated(skipped),
        split_found=structure.split_found,
        notes=(
            *background.notes(folders),
            *layout.lookalike_notes(folders),
            *(() if structure.split_found else layout.repetition_notes(root, structure.folders)),
        ),
    )
    return dataclasses.replace(dataset, problems=trainable.find(dataset))


def _with_splits(
    root: str,
    listed: list[tuple[str, layout.ClassFolder]],
    classes: tuple[str, ...],
    split_found: bool,
    spec: DatasetSpec,
) -> Generator[Progress, None, tuple[Photo, ...]]:
    """Assign the label and split of each photo; photos for training are divided where no split was found."""
    labels = {name: label for label, name in enumerate(classes)}
    parts: dict[str, Split] = {}
    if not split_found:
        training = ((folder.name, path, folder.path) for path, folder in listed if folder.split == "train")
        has_test = any(folder.split == "test" for _, folder in listed)
        by_class = split_groups.paths_by_class(training)
        parts = yield from split_groups.divide(spec, root, by_class, has_test)
    return tuple(Photo(path, labels[folder.name], parts.get(path, folder.split)) for path, folder in listed)


def _check(
    dataset: Dataset,
) -> Generator[
    Progress | Waiting, None, tuple[list[Skipped], dict[str, RangeInfo], list[PhotoNote], dict[str, PhotoFacts]]
]:
    """Open every photo once.

    Returns:
        Unreadable photos; value ranges of those of more than 8 bits, by path; notes; facts for the data check, by path.
    """
    pace = Pace("check", len(dataset.photos))
    root = Path(dataset.folder)

    def check_one(photo: Photo) -> str | decode.PhotoCheck:
        try:
            return decode.check(root / photo.path)
        except decode.Unreadable as error:
            return error.reason

    skipped: list[Skipped] = []
    range_infos: dict[str, RangeInfo] = {}
    notes: list[PhotoNote] = []
    facts: dict[str, PhotoFacts] = {}
    with closing(map_ordered(check_one, dataset.photos)) as results:
        done = 0
        for result in results:
            photo = dataset.photos[done]
            if result is None:
                yield pace.late(str(root / photo.path))
                continue
            done += 1
            if isinstance(result, str):
                skipped.append(Skipped(photo.path, result))
            else:
                facts[photo.path] = result.facts
                if result.range_info is not None:
                    range_infos[photo.path] = result.range_info
                notes += [PhotoNote(photo.path, result.note)] if result.note else []
            progress = pace.at(done)
            if progress:
                yield progress
    yield pace.end(len(dataset.photos))
    return skipped, range_infos, notes, facts


def _beyond(range_infos: dict[str, RangeInfo], deep: DeepPhotos) -> list[PhotoNote]:
    """Notes on photos whose values do not fit the estimated range, which is a compromise between all photos."""
    ranges = {one.kind: ValueRange(one.low, one.high) for one in deep.estimated}
    return [
        PhotoNote(path, words)
        for path, one in range_infos.items()
        if one.bulk is not None and one.kind in ranges and (words := value_range.beyond(one.bulk, ranges[one.kind]))
    ]


def _deep(dataset: Dataset, range_infos: Collection[RangeInfo]) -> Generator[Progress, None, DeepPhotos]:
    """The photos of more than 8 bits, with a range for those whose files state none."""
    counted = Counter((one.stated.low, one.stated.high) for one in range_infos if one.stated is not None)
    stated = tuple(StatedRange(low, high, photos) for (low, high), photos in sorted(counted.items()))
    estimated: list[EstimatedRange] = []
    for kind in sorted({one.kind for one in range_infos if one.stated is None}):
        pace = Pace("measure", min(len(range_infos), measuring.MAX_PHOTOS))
        steps = measuring.measure(dataset.folder, dataset.photos, kind)
        while True:
            try:
                progress = pace.at(next(steps))
            except StopIteration as end:
                estimated += [end.value] if end.value is not None else []
                break
            if progress:
                yield progress
    return DeepPhotos(len(range_infos), stated, tuple(estimated))
