"""Listing of folders on disk: the entries of one, and all photos below one.

Fifty thousand photos must be listed in a few seconds, and the entries of a folder listing suffice for that: only links
and folders need another system call. Links are followed, because data sets are built from them, but no folder is
entered twice for one class, so that a link to a parent does not cause an endless walk.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from studio.data.folder import ignored_files
from studio.events import Skipped
from studio.system import remote

READ_ALREADY = "a link to a folder that is already listed"
"""Reason for leaving out a folder whose photos are listed under another name."""


@dataclass
class Entries:
    """Entries of a folder, each in one of the three lists. Names are sorted.

    Attributes:
        folders: Names of folders and of links to folders.
        photos: Names of files with the suffix of a photo.
        skipped: Left-out entries, with paths relative to the root of the walk.
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
    listing = Entries()
    if url := remote.url_of(root):
        _sort_remote(url, inside, listing)
        return listing
    with os.scandir(_full(root, inside)) as items:
        for entry in items:
            reason = _sort(entry, listing)
            if reason:
                listing.skipped.append(Skipped(join(inside, _printable(entry.name)), reason))
    listing.folders.sort()
    listing.photos.sort()
    return listing


def photos(root: str, inside: str) -> Iterator[list[str] | Skipped]:
    """All photos in a folder and the folders below it.

    Yields:
        For each folder the paths of its photos, relative to `root`; and left-out entries in between.
    """
    seen = {_identity(root, "")} if inside else set()  # a class must not contain the data set, whose root was listed
    waiting = [inside]
    while waiting:
        folder = waiting.pop()
        try:
            identity = _identity(root, folder)
            if identity in seen:
                yield Skipped(folder, READ_ALREADY)
                continue
            seen.add(identity)
            listing = entries(root, folder)
        except OSError as error:
            yield Skipped(folder, cause(error))
            continue
        yield from listing.skipped
        yield [join(folder, name) for name in listing.photos]
        waiting.extend(join(folder, name) for name in reversed(listing.folders))


def join(folder: str, name: str) -> str:
    """Relative path with a forward slash; `folder` may be ""."""
    return f"{folder}/{name}" if folder else name


def cause(error: OSError) -> str:
    """Reason why a folder cannot be listed."""
    if isinstance(error, PermissionError):
        return "cannot be opened: permission denied"
    return f"cannot be opened: {(error.strerror or 'unknown error').lower()}"


def _sort(entry: os.DirEntry[str], listing: Entries) -> str:
    """Sort an entry into one of the lists; returns a reason for leaving it out, or ""."""
    name = entry.name
    if not name.isascii() and _printable(name) != name:
        return "its name is not valid text: rename it"
    try:
        if entry.is_dir():
            if reason := ignored_files.folder_reason(name):
                return reason
            listing.folders.append(name)
        elif reason := ignored_files.file_reason(name):
            return reason
        elif entry.is_file():
            listing.photos.append(name)
        elif entry.is_symlink() and not os.path.exists(entry.path):  # noqa: PTH110
            return "a link that leads nowhere"
        else:
            return "a pipe, a device or a socket, not a photo"  # opening it could block forever
    except OSError as error:  # a link to itself
        return cause(error)
    return ""


def _sort_remote(url: str, inside: str, listing: Entries) -> None:
    """Sort the entries of a folder on a server."""
    for entry in remote.entries(join(url, inside)):
        if entry.is_folder:
            reason = ignored_files.folder_reason(entry.name)
            (listing.folders if not reason else []).append(entry.name)
        else:
            reason = ignored_files.file_reason(entry.name)
            (listing.photos if not reason else []).append(entry.name)
        if reason:
            listing.skipped.append(Skipped(join(inside, entry.name), reason))


def _identity(root: str, inside: str) -> tuple[int, int]:
    if remote.url_of(root):
        return (-1, hash(inside))
    status = os.stat(_full(root, inside))  # noqa: PTH116  (a Path for each folder costs more than the call)
    # Some Windows drives give no file numbers: there, every folder counts as a separate one.
    return (status.st_dev, status.st_ino) if status.st_ino else (-1, hash(inside))


def _full(root: str, inside: str) -> str:
    return os.path.join(root, *inside.split("/")) if inside else root  # noqa: PTH118


def _printable(name: str) -> str:
    """The name with invalid text (bytes of another encoding) replaced, so that it can be shown."""
    return name.encode("utf-8", "replace").decode("utf-8")
