"""The choices that follow from the entries of a journal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from studio.data.journal.actions import NO_CHOICE, ROWS, Choice
from studio.data.journal.entries import Action, Entry, PhotoKey
from studio.events import PhotoChoice

Finding = tuple[str, frozenset[PhotoKey]]
"""Kind of a finding, and the photos that it concerns."""


@dataclass(frozen=True)
class Choices:
    """The choices in effect.

    Attributes:
        photos: Choices by photo, without photos whose choices were all taken back.
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
    row = ROWS[action.kind]
    if row.choose is None:
        change = accepted.discard if row.takes_back else accepted.add
        change((action.value, frozenset(action.photos)))
        return
    for key in action.photos:
        choice = row.choose(photos.pop(key, NO_CHOICE), action.value)
        if choice != NO_CHOICE:
            photos[key] = choice
