"""The folder of a journal: found by the path of the photos' folder, or by their content after that folder was moved.

Journals are in the user's data folder, not among the photos, where nothing is ever written. Each has a subfolder,
named by a hash of the path of its photos.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.data.content_hashes import content_of, hash_of_path, sizes_of
from studio.data.journal.entries import PhotoKey
from studio.data.journal.storage.journal_file import FILE
from studio.jobs import timeouts
from studio.system import paths
from studio.system.files import atomic_files, json_text

ABOUT = "folder.json"
"""Name of the file with the path of the photos' folder and some photos of the journal."""

SAMPLE = 20
"""Number of photos of a journal that are compared with those of a folder."""


@dataclass(frozen=True)
class JournalFolder:
    """The folder of a journal.

    Attributes:
        path: The folder; it may not exist yet.
        moved_from: Path of the photos' folder before it was moved, if the journal was found by content just now.
    """

    path: Path
    moved_from: str = ""

    @property
    def file(self) -> Path:
        """The file of the journal."""
        return self.path / FILE

    @property
    def exists(self) -> bool:
        """True where there is a journal."""
        return self.file.exists()


def folder_for(root: str) -> JournalFolder:
    """The folder of the journal for the photos in `root`, by its path alone."""
    return JournalFolder(paths.journals_folder() / hash_of_path(root))


def find(root: str, photos: Sequence[str]) -> JournalFolder:
    """The folder of the journal for the photos in `root`; if that folder was moved, a copy of its former journal.

    Args:
        root: Absolute path of the photos' folder.
        photos: Relative paths of its photos.
    """
    own = folder_for(root)
    if not own.path.parent.is_dir():
        return own
    has_own = own.exists
    here = _by_name(photos) if not has_own else {}
    candidates = []
    for other in own.path.parent.iterdir():
        if other == own.path:
            continue
        with contextlib.suppress(OSError, ValueError):
            former, sample = _about(other)
            is_same = _continues(other, own.file) if has_own else _are_here(sample, root, here)
            if is_same and _is_gone(sample, former):
                candidates.append(((other / FILE).stat().st_mtime_ns, other, former))
    if not candidates:
        return own
    _, other, former = max(candidates)
    try:
        _copy(other, own, root)
    except OSError:  # nothing can be written: read it where it is
        return JournalFolder(other, former)
    return JournalFolder(own.path, former)


def describe(folder: JournalFolder, root: str, keys: Iterable[PhotoKey]) -> None:
    """Write the file by which a journal is found: the path of the photos' folder, and some of its photos.

    Args:
        folder: The journal's folder.
        root: Absolute path of the photos' folder.
        keys: Photos in the journal.

    Raises:
        OSError: It cannot be written.
    """
    sample = [(key.content, key.path, key.size) for key in itertools.islice(dict.fromkeys(keys), SAMPLE)]
    real = os.path.realpath(root)
    atomic_files.write_text(folder.path / ABOUT, json.dumps({"folder": root, "real": real, "photos": sample}))


def places(other: Path) -> tuple[str, str]:
    """Path of the photos' folder of a journal as it was opened, and without links, with forward slashes.

    Raises:
        OSError: It cannot be read.
        ValueError: The file is damaged.
    """
    about = _document(other)
    folder = str(about.get("folder", ""))
    return folder, str(about.get("real", folder)).replace(os.sep, "/")


def _about(other: Path) -> tuple[str, list[PhotoKey]]:
    """Path of the photos' folder of a journal, and a sample of its photos.

    Raises:
        OSError: It cannot be read.
        ValueError: The file is damaged.
    """
    about = _document(other)
    try:
        return str(about["folder"]), [PhotoKey(str(one[0]), str(one[1]), int(one[2])) for one in about["photos"]]
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError("it is damaged") from error


def _document(other: Path) -> dict[str, Any]:
    about = json_text.loads((other / ABOUT).read_text(encoding="utf-8"))
    if not isinstance(about, dict):
        raise ValueError("it is damaged")
    return about


def _is_gone(sample: Sequence[PhotoKey], former: str) -> bool:
    """True where the photos of a journal are no longer at their path; False where a server does not answer."""

    def is_empty(folder: str) -> bool:
        return not Path(folder).is_dir() or not _are_here(sample, folder, _by_name([key.path for key in sample]))

    try:
        return timeouts.within(timeouts.PATIENCE, is_empty, former)
    except TimeoutError:
        return False


def _continues(other: Path, own: Path) -> bool:
    """True for a copy of this journal that has more entries: the folder was moved, and then moved back."""
    file, size = other / FILE, own.stat().st_size
    if file.stat().st_size <= size:
        return False
    with file.open("rb") as theirs, own.open("rb") as ours:
        head = min(1024, size)  # other journals differ in their first entry
        return theirs.read(head) == ours.read(head) and theirs.read(size - head) == ours.read()


def _by_name(photos: Iterable[str]) -> dict[str, list[str]]:
    """Paths of photos by the names of their files."""
    by_name: dict[str, list[str]] = {}
    for path in photos:
        by_name.setdefault(path.rpartition("/")[2], []).append(path)
    return by_name


def _are_here(keys: Sequence[PhotoKey], root: str, by_name: Mapping[str, Sequence[str]]) -> bool:
    """True where a folder with these photos by name has at least half of the photos `keys`, and at least one."""
    same = sum(_is_here(key, root, by_name.get(key.path.rpartition("/")[2], [])) for key in keys)
    return bool(keys) and 2 * same >= len(keys)


def _is_here(key: PhotoKey, root: str, paths_of_name: Sequence[str]) -> bool:
    """True where a photo is in a folder, under its path or at least its name."""
    paths_of_name = sorted(paths_of_name, key=lambda path: path != key.path)[:SAMPLE]
    for path, size in sizes_of(root, paths_of_name).items():
        with contextlib.suppress(OSError):
            if size == key.size and content_of(Path(root, path)) == key.content:
                return True
    return False


def _copy(other: Path, own: JournalFolder, root: str) -> None:
    """Copy a journal; the other one stays, because its folder may only be on a disk that is not connected."""
    own.path.mkdir(parents=True, exist_ok=True)
    describe(own, root, _about(other)[1])
    with atomic_files.atomic_write(own.file, sync=True) as beside:
        shutil.copyfile(other / FILE, beside)
