"""The error of a run whose photos have changed, with the differences by class and by photo."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from studio.spec import UserError


@dataclass(frozen=True)
class PhotoEntry:
    """A photo in the list of a run.

    Attributes:
        kind: Its class, or its target as text.
        split: Its split.
        content: Hash of the file's content.
    """

    kind: str
    split: str
    content: str


Photos = Mapping[str, PhotoEntry]
"""Photos by their paths."""


def changed_photos_error(run: str, folder: str, then: Photos, now: Photos, *, target: bool = False) -> UserError:
    """Return the error for a run that cannot be resumed because its photos have changed.

    Args:
        run: Name of the run.
        folder: Folder of the photos.
        then: The photos that the run began with; empty if their list is lost.
        now: The photos that are in the folder now.
        target: True for regression.
    """
    if not then:
        return UserError(
            f"The photos in {folder} are not those that the run {run} began with, and the list of those is lost.",
            "Start a new run with the current photos.",
            folder,
        )
    parts, hints = ([], []) if target else _classes(then, now)
    old, new = {one.kind for one in then.values()}, {one.kind for one in now.values()}
    # Photos of classes that are new or gone are not listed one by one.
    listed = (new - old) | (old - new) if parts else set()
    missing = [path for path, one in then.items() if path not in now and one.kind not in listed]
    added = [path for path, one in now.items() if path not in then and one.kind not in listed]
    both = [path for path in then if path in now]
    changes = {
        "is gone": missing,
        "is new": added,
        "was changed": [path for path in both if then[path].content != now[path].content],
        f"has another {'number' if target else 'class'}": [path for path in both if then[path].kind != now[path].kind],
        "is in another split": [path for path in both if then[path].split != now[path].split],
    }
    parts += [f"{paths[0]} {what}{_more(len(paths) - 1)}" for what, paths in changes.items() if paths]
    if missing or changes["was changed"]:
        hints.append("put the photos back as they were")
    if added:
        hints.append("move the new photos out of the folder")
    if target and changes["has another number"]:
        hints.append("put the numbers back as they were")
    if not hints:
        hints.append("put the photos back as they were")
    differences = "; ".join(parts) or "their order has changed"
    hint = " and ".join(hints)
    return UserError(
        f"The photos in {folder} are no longer those that the run {run} began with: {differences}.",
        f"To resume the run, {hint}; or start a new run with the current photos.",
        folder,
    )


def _classes(then: Photos, now: Photos) -> tuple[list[str], list[str]]:
    """Clauses about new and missing classes, and hints on what to do about them."""
    before, after = Counter(one.kind for one in then.values()), Counter(one.kind for one in now.values())
    new = [kind for kind in after if kind not in before]
    missing = [kind for kind in before if kind not in after]
    parts = [f"class “{kind}” is new ({_photos(after[kind])})" for kind in new]
    parts += [f"class “{kind}” is gone ({_photos(before[kind])})" for kind in missing]
    hints = []
    if new:
        hints.append(f"move {_list_of(new)} out of the folder")
    if missing:
        hints.append(f"put {_list_of(missing)} back")
    return parts, hints


def _list_of(kinds: list[str]) -> str:
    return ", ".join(f"“{kind}”" for kind in kinds[:4]) + (f" and {len(kinds) - 4} more" if len(kinds) > 4 else "")


def _photos(number: int) -> str:
    return "1 photo" if number == 1 else f"{number:,} photos"


def _more(number: int) -> str:
    return f" (and {number:,} more)" if number else ""
