"""The split that a run recorded: it continues and is replayed with it, also where the program would now make another.

A later version may divide the same photos differently, and so does a table of groups that was edited since.
"""

from __future__ import annotations

from pathlib import Path

from studio.events import Dataset
from studio.formatting.numbers import many
from studio.runs.files import photos_file
from studio.runs.files.record import RunRecord
from studio.spec.structs import replace

HINT = "New runs use the split that is made now."


def applied(run: Path, record: RunRecord, dataset: Dataset) -> tuple[Dataset, int]:
    """The data set with the recorded split, and the number of photos that are in another part now.

    The data set is unchanged where its split was found in the folder, or where it has not exactly the run's photos.

    Args:
        run: Folder of the run.
        record: Its record.
        dataset: The photos that are listed now, with the settings of the run.
    """
    then = {photo.path: photo.split for photo in photos_file.read(run)}
    now = {photo.path: photo.split for photo in dataset.photos}
    if dataset.split_found or not then or then.keys() - now.keys():
        return dataset, 0
    left_out = {skipped.path for skipped in record.skipped}
    others = now.keys() - then.keys() - left_out
    if len(others) != sum(record.counts.get("test", {}).values()):  # the list of a run has no test photos
        return dataset, 0
    then.update(dict.fromkeys(others, "test"))
    photos = tuple(
        photo if then.get(photo.path, photo.split) == photo.split else replace(photo, split=then[photo.path])
        for photo in dataset.photos
    )
    moved = sum(one is not other for one, other in zip(photos, dataset.photos, strict=True))
    return (replace(dataset, photos=photos), moved) if moved else (dataset, 0)


def words(moved: int) -> str:
    """The sentence for a run whose split is not the one that the program makes now."""
    return f"The program now divides these photos differently ({many(moved, 'photo')}); the run keeps its own split."
