"""What is known of a folder after each of its photos was opened once; the findings for any choices follow from it.

Excluded photos are opened, too, so that the findings after a change of the journal need no photo opened again.
"""

from __future__ import annotations

import dataclasses
import os
import time
from collections import Counter
from collections.abc import Collection, Generator, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from studio.data.bit_depth import value_range
from studio.data.bit_depth.deep import RangeInfo
from studio.data.checks import data_check, duplicates, trainable
from studio.data.checks.duplicates import NearContents
from studio.data.images import decode, framing, measuring
from studio.data.images.facts_table import FactsTable
from studio.data.images.small_pictures import SmallPictures
from studio.events import (
    Dataset,
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
from studio.jobs.workers import map_ordered
from studio.spec import ValueRange
from studio.system.process import memory


@dataclass(frozen=True)
class CheckedFolder:
    """Results of opening every photo of a folder, some 90 bytes per photo.

    Attributes:
        skipped: Photos that cannot be read, with the reasons.
        range_infos: Value ranges of those of more than 8 bits, by path.
        notes: Notes on single photos.
        facts: Facts of each readable photo.
        near: Contents of files that show the same picture.
        start: Time in seconds at which the first photo was opened.
    """

    skipped: tuple[Skipped, ...] = ()
    range_infos: Mapping[str, RangeInfo] = dataclasses.field(default_factory=dict)
    notes: tuple[PhotoNote, ...] = ()
    facts: FactsTable = dataclasses.field(default_factory=FactsTable)
    near: tuple[NearContents, ...] = ()
    start: float = 0.0


def check(listed: Dataset) -> Generator[Event, None, CheckedFolder]:
    """Open every photo of a listed data set, excluded ones included, and compare them."""
    yield Stage("check", "Checking photos")
    start = time.time()
    small = SmallPictures(len(listed.photos))
    folder = yield from _opened(listed, small)
    yield Stage("duplicates", "Comparing photos")
    near = yield from duplicates.near_contents(folder.facts, small)
    del small
    memory.release_unused()  # otherwise 1 KB per photo stays allocated after the threads have decoded them
    return dataclasses.replace(folder, near=near, start=start)


def with_findings(
    dataset: Dataset, folder: CheckedFolder, before: Dataset | None = None
) -> Generator[Event, None, Dataset]:
    """The data set without unreadable photos, with its findings, notes and value ranges.

    Args:
        dataset: The listed data set with the choices applied.
        folder: Result of `check` for its photos.
        before: An earlier result for the same folder, whose value ranges remain valid where the photos of more than 8
            bits are the same.
    """
    own = {photo.path for photo in dataset.excluded}
    skipped = [item for item in folder.skipped if item.path not in own]
    checked = dataclasses.replace(without(dataset, skipped), checked=True)
    used = checked.files
    infos = {path: one for path, one in folder.range_infos.items() if path in used}
    notes = [note for note in folder.notes if note.path in used]
    if infos:
        if before is not None and {path for path in folder.range_infos if path in before.files} == set(infos):
            deep = before.deep
        else:
            yield Stage("measure", "Measuring the value range")
            deep = yield from _deep(checked, infos.values())
        notes += _beyond(infos, deep) if deep is not None else []
        checked = dataclasses.replace(checked, deep=deep)
    notes.sort(key=lambda note: note.path)
    facts = folder.facts.of_photos(photo.path for photo in checked.photos)
    findings = yield from data_check.find(checked, facts, {item.path: item.reason for item in skipped}, folder.near)
    groupings = (*(one for one in dataset.groupings if one[0] == "folder"), *_groupings(facts))
    sizes = framing.shapes(zip(map(int, facts.column("width")), map(int, facts.column("height")), strict=True))
    notes = [*dataset.notes, *notes]
    return dataclasses.replace(checked, notes=tuple(notes), findings=findings, sizes=sizes, groupings=groupings)


def _groupings(facts: FactsTable) -> list[tuple[str, int]]:
    """Number of groups by date and by camera: 0 if no photo states it; else a photo that does not is its own group."""
    groups = []
    for name, values in (("date", facts.texts("day")), ("camera", facts.texts("camera"))):
        distinct = set(values) - {""}
        groups.append((name, len(distinct) + values.count("") if distinct else 0))
    return groups


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


def _opened(listed: Dataset, small: SmallPictures) -> Generator[Progress | Waiting, None, CheckedFolder]:
    """Open every photo once; the small pictures are put into `small`."""
    pace = Pace("check", len(listed.photos))
    # A `Path` for each photo would intern its name, and the interpreter's table of strings never shrinks.
    root = str(Path(listed.folder))

    def check_one(photo: Photo) -> str | decode.PhotoCheck:
        try:
            return decode.check(os.path.join(root, photo.path))  # noqa: PTH118
        except decode.Unreadable as error:
            return error.reason

    skipped: list[Skipped] = []
    range_infos: dict[str, RangeInfo] = {}
    notes: list[PhotoNote] = []
    facts = FactsTable(len(listed.photos))
    with closing(map_ordered(check_one, listed.photos)) as results:
        done = 0
        for result in results:
            photo = listed.photos[done]
            if result is None:
                yield pace.late(str(Path(root, photo.path)))
                continue
            done += 1
            if isinstance(result, str):
                skipped.append(Skipped(photo.path, result))
            else:
                small.add(result.facts.small)
                facts.add(photo.path, result.facts)
                if result.range_info is not None:
                    range_infos[photo.path] = result.range_info
                notes += [PhotoNote(photo.path, result.note)] if result.note else []
            progress = pace.at(done)
            if progress:
                yield progress
    yield pace.end(len(listed.photos))
    return CheckedFolder(tuple(skipped), range_infos, tuple(notes), facts)


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
