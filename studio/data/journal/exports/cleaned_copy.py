"""A copy of a data set with the user's choices applied, for use elsewhere: class folders with copies or links.

It is written under a temporary name and then renamed, so that a copy that was interrupted never looks complete.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

from studio.data.folder import folder_list
from studio.events import Dataset, Photo, Progress
from studio.jobs.progress import Pace
from studio.jobs.protocol import Interrupted, Stop
from studio.spec import DatasetSpec, UserError
from studio.system.files import output_file


def write(
    dataset: Dataset, out: Path, links: bool, stop: Stop, spec: DatasetSpec | None = None
) -> Generator[Progress, None, int]:
    """Write the photos in use to a new folder; returns their number.

    Where the folder has a split, or a choice moved a photo to another part of it, there are folders `train`, `val` and
    `test` with the class folders in them.

    Args:
        dataset: The data set with the choices applied.
        out: The new folder.
        links: Write links to the photos, not copies.
        stop: Checked before each photo.
        spec: The data set as listed: its folders, and its file or pattern of labels if the classes are not folders.

    Raises:
        UserError: The folder exists, is among the photos, or cannot be written, or a photo cannot be read.
    """
    spec = spec or DatasetSpec(dataset.folder)
    sources = [str(Path(dataset.folder, inside)) for inside in spec.folders or ("",)]
    _require_new(out, sources)
    class_folders, has_splits = _class_folders(dataset, spec)
    by_split = has_splits or any(choice.split for choice in dataset.choices.photos)
    place = _link if links else shutil.copy2
    pace = Pace("copy", len(dataset.photos))
    temporary: Path | None = None
    try:
        temporary = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
        temporary.chmod(0o755)
        names = _Names(dataset, by_split, class_folders)
        for number, photo in enumerate(dataset.photos, 1):
            if stop():
                raise Interrupted
            target = temporary / names.name(photo)
            target.parent.mkdir(parents=True, exist_ok=True)
            _place(place, Path(dataset.folder, photo.path), target)
            if (progress := pace.at(number)) is not None:
                yield progress
        _require_new(out, sources)  # it may have been created meanwhile
        temporary.rename(out)
        temporary = None
    except OSError as error:
        raise output_file.unwritable(out, error) from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
    yield pace.end(len(dataset.photos))
    return len(dataset.photos)


class _Names:
    """Paths in the copy: the class, and the path in the class folder, with a number where it is taken."""

    def __init__(self, dataset: Dataset, by_split: bool, class_folders: frozenset[str]) -> None:
        self._classes, self._by_split, self._class_folders = dataset.classes, by_split, class_folders
        self._taken: set[str] = set()

    def name(self, photo: Photo) -> Path:
        """Path of a photo relative to the copy."""
        inside = Path(*self._inside(photo.path.split("/")))
        label = self._classes[photo.label]
        folder = Path(photo.split, label) if self._by_split else Path(label)
        path, number = folder / inside, 2
        while str(path).casefold() in self._taken:  # the copy may be used on a file system that ignores case
            path = folder / inside.with_name(f"{inside.stem}_{number}{inside.suffix}")
            number += 1
        self._taken.add(str(path).casefold())
        return path

    def _inside(self, parts: list[str]) -> list[str]:
        """The path of a photo in its class folder."""
        depths = (depth for depth in range(1, len(parts)) if "/".join(parts[:depth]) in self._class_folders)
        return parts[next(depths, 0) :]


def _class_folders(dataset: Dataset, spec: DatasetSpec) -> tuple[frozenset[str], bool]:
    """Folders that are named for the class of the photos in them, and whether there are folders such as `train`."""
    if any(spec.sources):  # the classes are in a table or in file names
        return frozenset(), dataset.split_found
    _, structure = folder_list.structure_of(spec)
    # Folders for training and testing, without validation, are a split, too.
    has_splits = structure.split_found or any(folder.split == "test" for folder in structure.folders)
    return frozenset(folder.path for folder in structure.folders), has_splits


def _require_new(out: Path, sources: Sequence[str]) -> None:
    if os.path.lexists(out):
        raise UserError(f"“{out}” exists already.", "Choose a new folder, so that nothing is overwritten.", out)
    if not out.parent.is_dir():
        raise UserError(f"There is no folder “{out.parent}”.", "Create it first, or choose another folder.", out.parent)
    if any(out.parent.resolve().is_relative_to(Path(source).resolve()) for source in sources):
        raise UserError(
            f"“{out}” is among the photos, where it would become a class.", "Choose a folder elsewhere.", out
        )


def _place(place: Callable[[Path, Path], object], source: Path, target: Path) -> None:
    if not source.exists():
        raise UserError(f"The photo “{source}” is gone.", "Copy again; nothing was written.", source)
    try:
        place(source, target)
    except PermissionError as error:
        if os.access(source, os.R_OK):
            raise
        raise UserError(
            f"You are not permitted to read “{source}”.", "Change its permissions, or exclude it.", source
        ) from error


def _link(source: Path, target: Path) -> None:
    """Make a symbolic link, or a hard link where the system does not permit those."""
    with contextlib.suppress(OSError, NotImplementedError):
        target.symlink_to(source.resolve())
        return
    target.hardlink_to(source)
