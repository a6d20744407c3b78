"""Scan of a folder: its photos, classes, split and problems, as a data set.

Listing takes a second and comes first, so that a window can show the photos at once; opening every photo takes longer
and comes second. Training, which decodes every photo anyway, uses the list alone and drops unreadable photos with
`without`; it opens photos beforehand only if the split depends on near duplicates, dates or cameras.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Generator, Iterable

from studio.data import checked_folder, labeled, regression
from studio.data.checks import trainable
from studio.data.folder import background, folder_list, ignored_files, layout, walk
from studio.data.folder_memory import FolderMemory
from studio.data.journal import listing as choice_listing
from studio.data.splits import split_groups, validation_split
from studio.data.splits.division import Divider
from studio.events import Dataset, DatasetScanned, Event, Photo, PhotoChoice, Skipped, Split, Stage
from studio.jobs.progress import Pace
from studio.jobs.worker_pauses import unhurried
from studio.jobs.workers import run_in_thread
from studio.spec import DatasetSpec, UserError
from studio.system.process.memory import release_unused


def scan(
    spec: DatasetSpec,
    check: bool = True,
    memory: FolderMemory | None = None,
    may_open: bool = False,
    may_write: bool = True,
) -> Generator[Event, None, None]:
    """Job that lists a folder and, with `check`, opens all of its photos.

    Args:
        spec: The data set.
        check: Open the photos.
        memory: Remembers the listing and the result of the check.
        may_open: Open photos before the first list, too, if the split depends on their content; otherwise that of the
            first list is provisional.
        may_write: Add choices that were made while a nested folder was open to the folder's journal; otherwise they
            only apply.

    Yields:
        Stage and Progress of the listing, and `DatasetScanned`; with `check`, those of the check, and `DatasetScanned`
            again with the readable photos and the findings. `Waiting` while the disk does not answer. The generator
            may be closed at any yield; it leaves no thread behind, except one that waits for a server that does not
            answer.

    Raises:
        UserError: The folder cannot be used; see `listing`.
    """
    yield Stage("scan", "Listing photos")
    divider = Divider(spec, may_open)
    listed, dataset = yield from run_in_thread(_list_both(spec, divider, may_write), spec.folder)
    _ready(dataset)
    if memory is not None:
        memory.listed(spec, listed)
    yield DatasetScanned(dataset)
    if check:
        folder = yield from checked_folder.check(listed)
        provisional = listed
        listed = yield from run_in_thread(divider.finish(listed, folder), spec.folder)
        if memory is not None:
            memory.divided(spec, provisional, listed)
        # The choices may have changed meanwhile.
        taken_over = dataset.choices.taken_over
        dataset = yield from run_in_thread(choice_listing.with_choices(listed, None, spec.folders), spec.folder)
        dataset = yield from checked_folder.with_findings(dataset, folder)
        dataset = dataclasses.replace(dataset, choices=dataclasses.replace(dataset.choices, taken_over=taken_over))
        _ready(dataset)
        if memory is not None:
            memory.checked(spec, listed, folder, dataset)
        yield DatasetScanned(dataset)
        del folder, provisional, listed, dataset
        release_unused()  # the memory that the split and the check have used


def chosen_again(spec: DatasetSpec, memory: FolderMemory) -> Generator[Event, None, Dataset]:
    """The data set after a change of its journal; photos that the memory knows are neither listed nor opened again.

    Args:
        spec: The data set.
        memory: The folder as it was listed and checked last.
    """
    memorized = memory.of(spec)
    if memorized is None:
        listed, dataset = yield from run_in_thread(_list_both(spec, Divider(spec)), spec.folder)
        memory.listed(spec, listed)
    else:
        dataset = yield from run_in_thread(
            choice_listing.with_choices(memorized.listed, None, spec.folders), spec.folder
        )
        if memorized.folder is not None:
            dataset = yield from checked_folder.with_findings(dataset, memorized.folder, memorized.dataset)
            memory.checked(spec, memorized.listed, memorized.folder, dataset)
    _ready(dataset)
    return dataset


def _ready(dataset: Dataset) -> None:
    """Compute cached values here, so that the window need not while it draws or compares 50,000 photos."""
    dataset.counts()
    dataset.columns.prepare()
    _ = (
        dataset.files,
        dataset.files_hash,
        dataset.shown_paths,
        dataset.kinds_by_path,
        dataset.choices.by_path,
        dataset.choices.fingerprint,
    )


def list_photos(
    spec: DatasetSpec,
    run_choices: Iterable[PhotoChoice] | None = None,
    run_classes: Collection[str] | None = None,
) -> Generator[Event, None, Dataset]:
    """Like `listing`, with progress; can be closed even while the disk does not answer.

    Args:
        spec: The data set.
        run_choices: Choices about photos that a run recorded; None for those in the folder's journal.
        run_classes: Classes of that run; None for a new one.
    """
    return (yield from run_in_thread(_list(spec, run_choices, run_classes), spec.folder))


def require_photos(dataset: Dataset) -> None:
    """Raise a `UserError` if a data set has no photos."""
    if not dataset.photos:
        raise UserError(
            f"There are no photos in {dataset.folder}.",
            "Choose a folder that has one folder of photos per class.",
            dataset.folder,
        )


def listing(spec: DatasetSpec) -> Dataset:
    """List the data set in a folder as it is used: with the user's choices applied, unreadable photos included.

    Photos are opened only if the split depends on near duplicates, dates or cameras and the groups are not stored yet.

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


def _list_both(
    spec: DatasetSpec, divider: Divider, may_write: bool = False
) -> Generator[Event, None, tuple[Dataset, Dataset]]:
    """List a data set; without the user's choices, and with them."""
    listed = yield from _list_folder(spec, None, divider)
    return listed, (yield from choice_listing.with_choices(listed, None, spec.folders, may_write))


def _list(
    spec: DatasetSpec,
    run_choices: Iterable[PhotoChoice] | None = None,
    run_classes: Collection[str] | None = None,
) -> Generator[Event, None, Dataset]:
    dataset = yield from _list_folder(spec, run_classes, Divider(spec))
    return (yield from choice_listing.with_choices(dataset, run_choices, spec.folders))


def _list_folder(
    spec: DatasetSpec, run_classes: Collection[str] | None, divider: Divider
) -> Generator[Event, None, Dataset]:
    """List a data set without the user's choices."""
    if spec.background and any(spec.sources):
        raise UserError(
            "A background folder cannot be combined with labels or numbers from names or a table.",
            f"Give its photos the label “{background.CLASS}” there, or leave it out.",
        )
    if spec.targets:
        return (yield from regression.list_photos(spec, divider))
    if spec.labels or spec.label_pattern:
        return (yield from labeled.list_photos(spec, divider))
    root, structure = (
        folder_list.find(spec.folder, spec.folders, spec.background) if spec.folders else layout.find(spec.folder)
    )
    if not structure.split_found:
        validation_split.require_fraction(spec.val_fraction)
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
    photos = yield from _with_splits(root, listed, classes, structure.split_found, divider)
    del listed
    dataset = Dataset(
        folder=root,
        classes=classes,
        photos=photos,
        skipped=ignored_files.merge_repeated(skipped),
        split_found=structure.split_found,
        split_pending=divider.is_provisional,
        groupings=divider.groupings,
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
    divider: Divider,
) -> Generator[Event, None, tuple[Photo, ...]]:
    """Assign the label and split of each photo; photos for training are divided where no split was found."""
    labels = {name: label for label, name in enumerate(classes)}
    parts: dict[str, Split] = {}
    if not split_found:
        training = ((folder.name, path, folder.path) for path, folder in listed if folder.split == "train")
        tests = [path for path, folder in listed if folder.split == "test"]
        parts = yield from divider.divide(root, split_groups.paths_by_class(training), tests)
    return tuple(Photo(path, labels[folder.name], parts.get(path, folder.split)) for path, folder in unhurried(listed))
