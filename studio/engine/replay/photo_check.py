"""Comparison of the photos in a folder with those that a run was trained on, before anything is computed."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from pathlib import Path

from studio.data.images import decode
from studio.data.images.measuring import DataSetReading
from studio.engine.training.run_inputs import without_test
from studio.events import ChangedPhotos, Dataset, Event, Photo, Progress, Stage, Waiting
from studio.jobs.progress import Pace
from studio.jobs.protocol import Interrupted, Stop
from studio.jobs.workers import TICK, map_ordered
from studio.runs.files import photos_file
from studio.runs.files.photos_file import ListedPhoto
from studio.runs.files.record import RunRecord
from studio.system import remote

SHOWN = 5
"""Number of photos that a sentence names."""


def check(run: Path, record: RunRecord, dataset: Dataset, stop: Stop) -> Generator[Event, None, ChangedPhotos | None]:
    """Compare paths, classes, splits and contents; returns None if the run has no list of its photos.

    Args:
        run: Folder of the run.
        record: Its record.
        dataset: The photos in the folder now, with the run's choices applied.
        stop: Checked between two photos.
    """
    then = {photo.path: photo for photo in photos_file.read(run)}
    if not then:
        return None
    yield Stage("check", "Comparing the photos")
    unreadable = {skipped.path for skipped in record.skipped}
    dataset = without_test(dataset)
    now = {photo.path: photo for photo in dataset.photos}
    added = tuple(path for path in now if path not in then and path not in unreadable)
    common = [photo for path, photo in then.items() if path in now]
    moved = tuple(one.path for one in common if _is_moved(one, now[one.path], dataset.classes, record))
    contents = yield from _contents(dataset, record, [one.path for one in common], stop)
    missing = {path for path in then if path not in now and not Path(dataset.folder, path).is_file()}
    missing |= {path for path, content in contents.items() if not content}
    # A photo that exists, but is no longer listed for training or validation, is now in another split or in no class.
    elsewhere = tuple(path for path in then if path not in now and path not in missing)
    changed = tuple(one.path for one in common if contents[one.path] not in ("", one.content))
    # Where the split follows from the contents, a changed photo may have another split, too, which is no cause.
    moved = tuple(path for path in (*moved, *elsewhere) if path not in changed)
    return ChangedPhotos(changed, tuple(path for path in then if path in missing), added, moved)


def sentences(photos: ChangedPhotos, folder: str) -> tuple[str, ...]:
    """Sentences that name the photos, one for each kind of change; () without any."""
    kinds = (
        (photos.changed, "changed"),
        (photos.missing, "gone or unreadable"),
        (photos.added, "new"),
        (photos.moved, "now of another class, number or split"),
    )
    return tuple(f"{_these(paths, what)} (in {folder})." for paths, what in kinds if paths)


def _these(paths: tuple[str, ...], what: str) -> str:
    more = f" and {len(paths) - SHOWN:,} more" if len(paths) > SHOWN else ""
    names = f"{', '.join(paths[:SHOWN])}{more}"
    if what == "changed":
        return f"This file changed: {names}" if len(paths) == 1 else f"These {len(paths):,} files changed: {names}"
    return f"This file is {what}: {names}" if len(paths) == 1 else f"These {len(paths):,} files are {what}: {names}"


def _is_moved(then: ListedPhoto, now: Photo, classes: tuple[str, ...], record: RunRecord) -> bool:
    if record.target:
        return then.split != now.split or then.target != now.target
    # By name: the number of a class depends on the other classes.
    return then.split != now.split or record.classes[then.label : then.label + 1] != (classes[now.label],)


def _contents(
    dataset: Dataset, record: RunRecord, paths: list[str], stop: Stop
) -> Generator[Progress | Waiting, None, dict[str, str]]:
    """Hash of each photo as in the list of a run; "" for one that cannot be read."""
    reading = DataSetReading(dataset.folder, dataset.photos, record.value_range)

    def content_of(path: str) -> str:
        try:
            return reading.digest(decode.contents(Path(dataset.folder, path))).hex()
        except (decode.Unreadable, ValueError):
            return ""

    pace, contents, late = Pace("check", len(paths), "photos"), dict[str, str](), 0.0
    with closing(map_ordered(content_of, paths)) as results:
        for content in results:
            if stop():
                raise Interrupted
            if content is None:
                late += TICK
                path = Path(dataset.folder, paths[len(contents)])
                yield Waiting(remote.url_of(path) or str(path), late)
                continue
            contents[paths[len(contents)]], late = content, 0.0
            if (progress := pace.at(len(contents))) is not None:
                yield progress
    return contents
