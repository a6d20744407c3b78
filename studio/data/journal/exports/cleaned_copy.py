"""A copy of a data set with the user's choices applied, for use elsewhere: class folders with copies or links.

It is written under a temporary name and then renamed, so that a copy that was interrupted never looks complete.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

from studio.data.folder import layout
from studio.events import Dataset, Photo, Progress
from studio.jobs.progress import Pace
from studio.jobs.protocol import Interrupted, Stop
from studio.spec import UserError


def write(dataset: Dataset, out: Path, links: bool, stop: Stop) -> Generator[Progress, None, int]:
    """Write the photos in use to a new folder; returns their number.

    Where the folder has a split, or a choice moved a photo to another part of it, there are folders `train`, `val` and
    `test` with the class folders in them.

    Args:
        dataset: The data set with the choices applied.
        out: The new folder.
        links: Write links to the photos, not copies.
        stop: Checked before each photo.

    Raises:
        UserError: The folder exists, is among the photos, or cannot be written, or a photo cannot be read.
    """
    _require_new(out, dataset.folder)
    depth = _depth(dataset.folder)
    by_split = depth == 2 or any(choice.split for choice in dataset.choices.photos)
    place = _link if links else shutil.copy2
    pace = Pace("copy", len(dataset.photos))
    temporary: Path | None = None
    try:
        temporary = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
        temporary.chmod(0o755)
        names = _Names(dataset, by_split, depth)
        for number, photo in enumerate(dataset.photos, 1):
            if stop():
                raise Interrupted
            target = temporary / names.name(photo)
            target.parent.mkdir(parents=True, exist_ok=True)
            _place(place, Path(dataset.folder, photo.path), target)
            if (progress := pace.at(number)) is not None:
                yield progress
        _require_new(out, dataset.folder)  # it may have been created meanwhile
        temporary.rename(out)
        temporary = None
    except OSError as error:
        raise UserError(
            f"{out} cannot be written ({error.strerror or error}).", "Choose another folder, or free some space.", out
        ) from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
    yield pace.end(len(dataset.photos))
    return len(dataset.photos)


class _Names:
    """Paths in the copy: the class, and the path in the class folder, with a number where it is taken."""

    def __init__(self, dataset: Dataset, by_split: bool, depth: int) -> None:
        self._classes, self._by_split, self._depth = dataset.classes, by_split, depth
        self._taken: set[str] = set()

    def name(self, photo: Photo) -> Path:
        """Path of a photo relative to the copy."""
        inside = Path(*photo.path.split("/")[self._depth :])
        label = self._classes[photo.label]
        folder = Path(photo.split, label) if self._by_split else Path(label)
        path, number = folder / inside, 2
        while str(path).casefold() in self._taken:  # of a file system that ignores case, too
            path = folder / inside.with_name(f"{inside.stem}_{number}{inside.suffix}")
            number += 1
        self._taken.add(str(path).casefold())
        return path


def _depth(folder: str) -> int:
    """Number of folders above a photo that say its split and class: 2 in folders such as `train`."""
    try:
        return layout.find(folder)[1].folders[0].path.count("/") + 1
    except UserError:  # the labels are in the names of the photos
        return 0


def _require_new(out: Path, photos: str) -> None:
    if os.path.lexists(out):
        raise UserError(f"“{out}” exists already.", "Choose a new folder, so that nothing is overwritten.", out)
    if not out.parent.is_dir():
        raise UserError(f"There is no folder {out.parent}.", "Create it first, or choose another folder.", out.parent)
    if out.parent.resolve().is_relative_to(Path(photos).resolve()):
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
