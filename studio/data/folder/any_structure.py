"""Photos of a folder of any structure, where the classes are not those of its folders."""

from __future__ import annotations

import itertools
import posixpath
from collections.abc import Generator, Iterable, Sequence

from studio.data.folder import layout, walk
from studio.events import Progress, Skipped, Split
from studio.jobs.progress import Pace
from studio.spec import UserError


def walk_photos(root: str, folders: Sequence[str] = ()) -> Generator[Progress, None, tuple[list[str], dict[str, str]]]:
    """All photos of a folder of any structure, and the reasons of what is left out, by path.

    Args:
        root: Absolute path of the folder.
        folders: Paths in it of the only folders to list; empty for all.

    Raises:
        UserError: There are no photos.
    """
    pace = Pace("scan")
    paths: list[str] = []
    reasons: dict[str, str] = {}
    for item in itertools.chain.from_iterable(walk.photos(root, inside) for inside in folders or ("",)):
        if isinstance(item, Skipped):
            reasons[item.path] = item.reason
        else:
            paths.extend(item)
        progress = pace.at(len(paths))
        if progress:
            yield progress
    yield pace.end(len(paths))
    if not paths:
        raise UserError(f"“{root}” contains no photos.", "Choose the folder with the photos.", root)
    return paths, reasons


def splits_by_folder(paths: Iterable[str]) -> dict[str, Split]:
    """Splits by the top folders, if all of them are train, val or test, and train and val are there; else {}."""
    parts: dict[str, Split] = {}
    for path in paths:
        top, inside, _ = path.partition("/")
        role = layout.ROLES.get(top.lower())
        if not inside or role is None:
            return {}
        parts[path] = role
    return parts if {"train", "val"} <= set(parts.values()) else {}


def path_inside(path: str, root: str) -> str:
    """`path` relative to `root` with forward slashes; "" where it is outside."""
    whole, start = posixpath.normpath(path.replace("\\", "/")), root.replace("\\", "/").rstrip("/")
    return whole[len(start) + 1 :] if whole.startswith(f"{start}/") else ""
