"""The choices that follow from the entries of a journal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import cast

from studio.data.journal.entries import Action, Entry, PhotoKey
from studio.events import PhotoChoice, Split


@dataclass(frozen=True, slots=True)
class Choice:
    """The choice about one photo.

    Attributes:
        excluded: True where it is left out.
        label: Name of its class; "" for that of its folder.
        split: Name of its split; None for the one that it has anyway.
    """

    excluded: bool = False
    label: str = ""
    split: Split | None = None


NO_CHOICE = Choice()

Finding = tuple[str, frozenset[PhotoKey]]
"""Kind of a finding, and the photos that it concerns."""


@dataclass(frozen=True)
class Choices:
    """The choices in effect.

    Attributes:
        photos: Choices by photo, without those that choose nothing.
        accepted: Accepted findings.
    """

    photos: dict[PhotoKey, Choice] = field(default_factory=dict)
    accepted: frozenset[Finding] = frozenset()

    def keys(self) -> set[PhotoKey]:
        """All photos that a choice or an accepted finding is about."""
        return set(self.photos).union(*(photos for _, photos in self.accepted))


def choices_of(entries: Iterable[Entry]) -> Choices:
    """The choices after all entries."""
    photos: dict[PhotoKey, Choice] = {}
    accepted: set[Finding] = set()
    for entry in entries:
        for action in entry.actions:
            _do(action, photos, accepted)
    return Choices(photos, frozenset(accepted))


def choices_of_run(run_choices: Iterable[PhotoChoice]) -> Choices:
    """The choices in the record of a run."""
    return Choices(
        {
            PhotoKey(one.content, one.path, one.size, one.others): Choice(one.excluded, one.label, one.split)
            for one in run_choices
        }
    )


def _do(action: Action, photos: dict[PhotoKey, Choice], accepted: set[Finding]) -> None:
    if action.kind == "accept":
        accepted.add((action.value, frozenset(action.photos)))
        return
    if action.kind == "reopen":
        accepted.discard((action.value, frozenset(action.photos)))
        return
    for key in action.photos:
        choice = _after(action, photos.pop(key, NO_CHOICE))
        if choice != NO_CHOICE:
            photos[key] = choice


def _after(action: Action, choice: Choice) -> Choice:
    """The choice about a photo after an action on it."""
    excluded, label, split = choice.excluded, choice.label, choice.split
    match action.kind:
        case "exclude":
            excluded = True
        case "restore":
            excluded = False
        case "relabel":
            label = action.value
        case _:
            split = cast("Split | None", action.value or None)
    return Choice(excluded, label, split)
