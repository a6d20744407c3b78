"""The user's choices in words."""

from __future__ import annotations

from collections.abc import Iterable

from studio.events import AppliedChoices, PhotoChoice
from studio.formatting.numbers import many


def summary(choices: Iterable[PhotoChoice]) -> str:
    """The choices about photos in one line: “3 photos excluded, 1 relabeled by your choices”; "" without any."""
    excluded, relabeled, moved = AppliedChoices(tuple(choices)).counts()
    parts = [
        (excluded, "excluded"),
        (relabeled, "relabeled"),
        (moved, "moved to another split"),
    ]
    words = [f"{count:,} {what}" for count, what in parts if count]
    if not words:
        return ""
    first, what = next((count, what) for count, what in parts if count)
    return ", ".join([f"{many(first, 'photo')} {what}", *words[1:]]) + " by your choices"


def choice_words(choice: PhotoChoice) -> str:
    """A choice: “excluded”, “class bees, split test”."""
    if choice.excluded:
        return "excluded"
    parts = [f"class {choice.label}"] if choice.label else []
    parts += [f"split {choice.split}"] if choice.split else []
    return ", ".join(parts)
