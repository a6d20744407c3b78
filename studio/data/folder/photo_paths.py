"""Expansion of the user's paths, files and folders, to the paths of all photos in them."""

from __future__ import annotations

import os
import stat
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from studio.data.folder import ignored_files, walk
from studio.events import Progress, Skipped
from studio.jobs.progress import Pace


@dataclass(frozen=True, slots=True)
class PhotoPaths:
    """The photos in the user's paths.

    Attributes:
        photos: Paths of files to open; those in a folder begin with the folder as the user wrote it.
        skipped: Paths without a photo, and unusable files in folders.
        strays: Files in folders that are not photos by their name, and links to photos already in the list.
    """

    photos: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    strays: tuple[Skipped, ...]


def expand(paths: Sequence[str]) -> Generator[Progress, None, PhotoPaths]:
    """List the photos in the paths without opening any; yields the progress."""
    pace = Pace("scan")
    photos: list[str] = []
    skipped: list[Skipped] = []
    strays: list[Skipped] = []
    for path in paths:
        reason, is_folder = _kind(path)
        if reason:
            skipped.append(Skipped(path, reason))
        elif is_folder:
            before = len(photos), len(skipped)
            for item in walk.photos(os.path.abspath(path), ""):  # noqa: PTH100  (keeps links as they are)
                if not isinstance(item, Skipped):
                    photos += [_joined(path, inside) for inside in item]
                elif ignored_files.is_stray(item) or item.reason == walk.READ_ALREADY:
                    strays.append(Skipped(_joined(path, item.path), item.reason))
                else:
                    skipped.append(Skipped(_joined(path, item.path), item.reason))
                if (progress := pace.at(len(photos))) is not None:
                    yield progress
            if (len(photos), len(skipped)) == before:
                skipped.append(Skipped(path, "a folder without photos"))
        else:
            photos.append(path)
    yield pace.end(len(photos))
    return PhotoPaths(tuple(photos), tuple(skipped), ignored_files.merge_repeated(strays))


def _kind(path: str) -> tuple[str, bool]:
    """Reason why a path is not a photo ("" for a photo or a folder), and whether it is a folder."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116  # without opening it: opening a pipe may block
    except FileNotFoundError:
        broken = os.path.islink(path)  # noqa: PTH114
        return ("a link that leads nowhere" if broken else "file not found"), False
    except OSError as error:
        return walk.cause(error), False
    except ValueError:
        return "cannot be opened: no file can have this name", False
    if stat.S_ISDIR(mode):
        return "", True
    return irregular(mode), False


def irregular(mode: int) -> str:
    """Description of a file that is not a regular one; "" for regular files."""
    kinds = {
        stat.S_IFIFO: "a pipe",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
        stat.S_IFSOCK: "a socket",
    }
    kind = kinds.get(stat.S_IFMT(mode), "")
    return f"{kind}, not a photo" if kind else ""


def _joined(folder: str, inside: str) -> str:
    return os.path.join(folder, *inside.split("/")) if inside else folder  # noqa: PTH118
