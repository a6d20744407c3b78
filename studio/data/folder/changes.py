"""Changes in a folder of photos since it was listed."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterable

from studio.events import Dataset

MAX_FOLDERS = 500
"""Maximum number of folders whose modification times are read; a data set with more classes is checked less often."""


def count_changes(shown: Dataset, now: Dataset) -> tuple[int, int]:
    """Number of added and of removed photos.

    Unreadable photos count as neither: they are listed among the left-out files.
    """
    if shown.files_hash == now.files_hash:  # comparing two sets of 50,000 photos would block the window
        return 0, 0
    left_out, now_left_out = ({item.path for item in dataset.skipped} for dataset in (shown, now))
    return len(now.files - shown.files - left_out), len(shown.files - now.files - now_left_out)


def count_changed_targets(shown: Dataset, now: Dataset) -> int:
    """Number of photos with another regression target; 0 for classes."""
    if not shown.target and not now.target:
        return 0
    before = {photo.path: photo.target for photo in shown.photos}
    return sum(before.get(photo.path, photo.target) != photo.target for photo in now.photos)


def count_moved(before: Dataset, now: Dataset) -> int:
    """Number of photos that are in another part of the split since the photos changed, without those the user moved."""
    if before.folder != now.folder or before.files_hash == now.files_hash:
        return 0
    parts = {photo.path: photo.split for photo in before.photos}
    moved = [photo.path for photo in now.photos if parts.get(photo.path, photo.split) != photo.split]
    choices = [one for dataset in (before, now) for one in dataset.choices.photos] if moved else []
    return len(set(moved).difference(one.path for one in choices if one.split is not None))


def folders(dataset: Dataset) -> list[str]:
    """Paths of the data set's folder and of those with its photos; at most `MAX_FOLDERS`."""
    names = dict.fromkeys([""])
    for path in dataset.files:
        folder = path.rpartition("/")[0]
        while folder not in names:
            names[folder] = None
            folder = folder.rpartition("/")[0]
        if len(names) > MAX_FOLDERS:
            break
    return [os.path.join(dataset.folder, name) for name in names][:MAX_FOLDERS]  # noqa: PTH118


def first_folders(folder: str) -> list[str]:
    """Paths of a folder that is not yet listed, and of its subfolders; at most `MAX_FOLDERS`."""
    paths = [folder]
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        inside = (entry.path for entry in entries if entry.is_dir())
        paths += sorted(itertools.islice(inside, MAX_FOLDERS - 1))
    return paths


def stamps(paths: Iterable[str]) -> tuple[int, ...]:
    """Modification time of each folder in nanoseconds; 0 for a deleted folder."""
    return tuple(_stamp(path) for path in paths)


def _stamp(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116
    except OSError:
        return 0
