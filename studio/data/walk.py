"""Going through folders on disk: what lies in one, and every photo below one.

Fifty thousand photos must be listed in a few seconds, and what the listing of a folder says about its entries is
enough for that: only links and folders are asked about further. Links are followed, because people build data sets
of them, but no folder is entered twice for one class, so a link that leads back up ends the walk instead of running
for ever.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from studio.data import ignored_files
from studio.events import Skipped

READ_ALREADY = "a link to a folder that is read already"
"""Why a folder is left out whose photos are there under another name."""


@dataclass
class Entries:
    """What lies directly in a folder; everything in it is in one of the three. Names are sorted.

    Attributes:
        folders: Names of folders and of links to folders.
        photos: Names of files with the ending of a photo.
        skipped: What is left out, with paths relative to the root of the walk.
    """

    folders: list[str] = field(default_factory=list)
    photos: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def entries(root: str, inside: str) -> Entries:
    """List one folder.

    Args:
        root: Absolute path of the data set.
        inside: Folder relative to it with forward slashes, "" for the root.

    Raises:
        OSError: It cannot be listed.
    """
    found = Entries()
    with os.scandir(_full(root, inside)) as listing:
        for entry in listing:
            reason = _sort(entry, found)
            if reason:
                found.skipped.append(Skipped(join(inside, _printable(entry.name)), reason))
    found.folders.sort()
    found.photos.sort()
    return found


def photos(root: str, inside: str) -> Iterator[list[str] | Skipped]:
    """Every photo in a folder and the folders below it.

    Yields:
        For each folder the paths of its photos, relative to `root`; and what is left out, in between.
    """
    seen = {_identity(root, "")} if inside else set()  # a class must not hold the data set, and the root may be read
    waiting = [inside]
    while waiting:
        folder = waiting.pop()
        try:
            identity = _identity(root, folder)
            if identity in seen:
                yield Skipped(folder, READ_ALREADY)
                continue
            seen.add(identity)
            found = entries(root, folder)
        except OSError as error:
            yield Skipped(folder, cause(error))
            continue
        yield from found.skipped
        yield [join(folder, name) for name in found.photos]
        waiting.extend(join(folder, name) for name in reversed(found.folders))


def join(folder: str, name: str) -> str:
    """Relative path with a forward slash; `folder` may be ""."""
    return f"{folder}/{name}" if folder else name


def cause(error: OSError) -> str:
    """Why a folder cannot be listed, in words."""
    if isinstance(error, PermissionError):
        return "cannot be opened: permission denied"
    return f"cannot be opened: {(error.strerror or 'unknown error').lower()}"


def _sort(entry: os.DirEntry[str], found: Entries) -> str:
    """Put an entry where it belongs; gives the reason where it belongs nowhere."""
    name = entry.name
    if not name.isascii() and _printable(name) != name:
        return "its name is not valid text: rename it"
    try:
        if entry.is_dir():
            if reason := ignored_files.folder_reason(name):
                return reason
            found.folders.append(name)
        elif reason := ignored_files.file_reason(name):
            return reason
        elif entry.is_file():
            found.photos.append(name)
        elif entry.is_symlink() and not os.path.exists(entry.path):  # noqa: PTH110
            return "a link that leads nowhere"
        else:
            return "a pipe, a device or a socket, not a photo"  # opening it could wait for ever
    except OSError as error:  # A link that leads to itself.
        return cause(error)
    return ""


def _identity(root: str, inside: str) -> tuple[int, int]:
    status = os.stat(_full(root, inside))  # noqa: PTH116  (a Path for each folder costs more than the call)
    # Some Windows drives number no files: then every folder is its own.
    return (status.st_dev, status.st_ino) if status.st_ino else (-1, hash(inside))


def _full(root: str, inside: str) -> str:
    return os.path.join(root, *inside.split("/")) if inside else root  # noqa: PTH118


def _printable(name: str) -> str:
    """The name with what is not valid text (bytes of another encoding) replaced, so that it can be shown."""
    return name.encode("utf-8", "replace").decode("utf-8")
