"""Photos of a folder matched with those that a journal identifies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from studio.data.journal.entries import PhotoKey


def match_photos(keys: Iterable[PhotoKey], contents: Mapping[str, str]) -> dict[str, PhotoKey]:
    """Keys by the path of the photo that each one identifies, without keys whose photo is gone.

    A key identifies the photo with its content and path. If there is none, the photo may have been renamed: then it is
    one with the same content, but never a copy that existed when the choice was made; of several such photos, the one
    whose path has most names at its end in common.

    Args:
        keys: Photos in the journal.
        contents: Hashes of files by their relative paths.
    """
    paths_by_content: defaultdict[str, set[str]] = defaultdict(set)
    for path, content in contents.items():
        paths_by_content[content].add(path)
    keys_by_path: dict[str, PhotoKey] = {}
    renamed: list[PhotoKey] = []
    for key in keys:
        paths = paths_by_content.get(key.content)
        if paths is None:
            continue
        if key.path in paths:
            keys_by_path[key.path] = key
            paths.remove(key.path)
        else:
            renamed.append(key)
    for key in sorted(renamed, key=lambda key: key.path):
        candidates = sorted(paths_by_content[key.content].difference(key.others))
        if candidates:
            best = max(candidates, key=lambda path: _alike(path, key.path))
            keys_by_path[best] = key
            paths_by_content[key.content].remove(best)
    return keys_by_path


def _alike(path: str, other: str) -> int:
    """Number of equal names at the end of two paths."""
    count = 0
    for name, same in zip(reversed(path.split("/")), reversed(other.split("/")), strict=False):
        if name != same:
            break
        count += 1
    return count
