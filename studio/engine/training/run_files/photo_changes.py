"""Says how the photos of a run differ from those it began with: by classes first, then by photos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from studio.spec import UserError


@dataclass(frozen=True)
class Known:
    """One photo of a run.

    Attributes:
        kind: Its class, or its target as text.
        split: What it is used for.
        content: Hash of the file.
    """

    kind: str
    split: str
    content: str


Photos = Mapping[str, Known]
"""By their paths."""


def fault(run: str, folder: str, then: Photos, now: Photos, *, target: bool = False) -> UserError:
    """The refusal to go on with other photos than those a run began with.

    Args:
        run: Its name.
        folder: Of the photos.
        then: The photos it began with; empty where their list is lost.
        now: The photos that are there.
        target: Numbers are learned, not classes.
    """
    if not then:
        return UserError(
            f"The photos in {folder} are not those that the run {run} began with, and the list of those is lost.",
            "Train again with the photos as they are.",
            folder,
        )
    parts, hints = ([], []) if target else _classes(then, now)
    old, new = {one.kind for one in then.values()}, {one.kind for one in now.values()}
    whole = (new - old) | (old - new) if parts else set()  # a class that came or went is said as one
    gone = [path for path, one in then.items() if path not in now and one.kind not in whole]
    added = [path for path, one in now.items() if path not in then and one.kind not in whole]
    both = [path for path in then if path in now]
    changes = {
        "is gone": gone,
        "is new": added,
        "was changed": [path for path in both if then[path].content != now[path].content],
        f"has another {'number' if target else 'class'}": [path for path in both if then[path].kind != now[path].kind],
        "went to another split": [path for path in both if then[path].split != now[path].split],
    }
    parts += [f"{paths[0]} {what}{_more(len(paths) - 1)}" for what, paths in changes.items() if paths]
    if gone or changes["was changed"]:
        hints.append("put the photos back as they were")
    if added:
        hints.append("move the new photos out of the folder")
    if target and changes["has another number"]:
        hints.append("put the numbers back as they were")
    if not hints:
        hints.append("put the photos back as they were")
    said = "; ".join(parts) or "they come in another order"
    hint = " and ".join(hints)
    return UserError(
        f"The photos in {folder} are no longer those that the run {run} began with: {said}.",
        f"To go on with the run, {hint}; or train again with the photos as they are.",
        folder,
    )


def _classes(then: Photos, now: Photos) -> tuple[list[str], list[str]]:
    """Classes that came and went, and what to do about them."""
    before, after = Counter(one.kind for one in then.values()), Counter(one.kind for one in now.values())
    came = [kind for kind in after if kind not in before]
    went = [kind for kind in before if kind not in after]
    parts = [f"class “{kind}” is new ({_photos(after[kind])})" for kind in came]
    parts += [f"class “{kind}” is gone ({_photos(before[kind])})" for kind in went]
    hints = []
    if came:
        hints.append(f"move {_named(came)} out of the folder")
    if went:
        hints.append(f"put {_named(went)} back")
    return parts, hints


def _named(kinds: list[str]) -> str:
    return ", ".join(f"“{kind}”" for kind in kinds[:4]) + (f" and {len(kinds) - 4} more" if len(kinds) > 4 else "")


def _photos(number: int) -> str:
    return "1 photo" if number == 1 else f"{number:,} photos"


def _more(number: int) -> str:
    return f" (and {number:,} more)" if number else ""
