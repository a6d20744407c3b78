"""What changed in a folder of photos since it was listed."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterable

from studio.events import Dataset

MOST_FOLDERS = 500
"""Folders asked for the time of their last change; a data set of more classes is looked through less often."""


def compared(shown: Dataset, now: Dataset) -> tuple[int, int]:
    """How many photos were added and how many are gone.

    A photo that proved unreadable was neither added nor is it gone: it is listed among what was left out.
    """
    left_out, now_left_out = ({item.path for item in dataset.skipped} for dataset in (shown, now))
    return len(now.files - shown.files - left_out), len(shown.files - now.files - now_left_out)


def renumbered(shown: Dataset, now: Dataset) -> int:
    """How many photos have another number to be learned; 0 where classes are."""
    if not shown.target and not now.target:
        return 0
    before = {photo.path: photo.target for photo in shown.photos}
    return sum(before.get(photo.path, photo.target) != photo.target for photo in now.photos)


def folders(dataset: Dataset) -> list[str]:
    """The data set's folder and those that hold its photos, as paths; at most `MOST_FOLDERS`."""
    found = dict.fromkeys([""])
    for path in dataset.files:
        folder = path.rpartition("/")[0]
        while folder not in found:
            found[folder] = None
            folder = folder.rpartition("/")[0]
        if len(found) > MOST_FOLDERS:
            break
    return [os.path.join(dataset.folder, name) for name in found][:MOST_FOLDERS]  # noqa: PTH118


def first_folders(folder: str) -> list[str]:
    """A folder of which nothing is known, and those in it, as paths; at most `MOST_FOLDERS`."""
    found = [folder]
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        inside = (entry.path for entry in entries if entry.is_dir())
        found += sorted(itertools.islice(inside, MOST_FOLDERS - 1))
    return found


def stamps(paths: Iterable[str]) -> tuple[int, ...]:
    """When something was last added to or taken from each folder, in nanoseconds; 0 for a folder that is gone."""
    return tuple(_stamp(path) for path in paths)


def _stamp(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116
    except OSError:
        return 0
