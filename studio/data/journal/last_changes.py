"""The last change of each choice in a journal, which tells whose choice is newer when two journals have one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from studio.data.journal.actions import ROWS, YES, opposite
from studio.data.journal.choices import Choices
from studio.data.journal.entries import Action, Entry, Line, PhotoKey, Redo, Undo
from studio.spec.journal import ActionKind


@dataclass(frozen=True, slots=True)
class Subject:
    """Subject of one choice.

    Attributes:
        kind: `exclude`, `relabel`, `split` or `accept`.
        photos: The photo; for `accept` those of the finding.
        finding: The finding, for `accept`.
    """

    kind: ActionKind
    photos: frozenset[PhotoKey]
    finding: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """The last change of a choice.

    Attributes:
        time: Time of the entry, or of its undo or redo.
        value: The value that it has now: a class, a split, `YES`, or "".
    """

    time: str
    value: str


def last_changes(lines: Iterable[Line], choices: Choices, own: bool = False) -> dict[Subject, Change]:
    """The last change of each choice.

    Args:
        lines: All lines of the journal.
        choices: The choices that follow from them.
        own: Without changes by entries that were taken over from another journal.
    """
    values = dict(_values(choices))
    return {subject: Change(time, values.get(subject, "")) for subject, time in _times(lines, own).items()}


def action_of(kind: ActionKind, value: str, finding: str, photos: tuple[PhotoKey, ...]) -> Action:
    """The action that gives choices of one kind a value."""
    back = opposite(kind)
    if back is None:
        return Action(kind, value, photos)
    return Action(kind if value else back, finding, photos)


def _times(lines: Iterable[Line], own: bool) -> dict[Subject, str]:
    entries: list[Entry] = []
    position = 0
    times: dict[Subject, str] = {}
    for line in lines:
        match line:
            case Entry():
                del entries[position:]
                entries.append(line)
                position += 1
                entry = line
            case Undo():
                position -= 1
                entry = entries[position]
            case Redo():
                entry = entries[position]
                position += 1
            case _:
                continue
        if not (own and entry.origins):
            times |= dict.fromkeys(_subjects(entry), line.time)
    return times


def _subjects(entry: Entry) -> Iterator[Subject]:
    for action in entry.actions:
        row = ROWS[action.kind]
        kind = row.takes_back or action.kind
        if row.about == "finding":
            yield Subject(kind, frozenset(action.photos), action.value)
        else:
            for key in action.photos:
                yield Subject(kind, frozenset({key}))


def _values(choices: Choices) -> Iterator[tuple[Subject, str]]:
    for key, choice in choices.photos.items():
        for kind, row in ROWS.items():
            if row.value_of is not None:
                yield Subject(kind, frozenset({key})), row.value_of(choice)
    for finding, photos in choices.accepted:
        yield Subject("accept", photos, finding), YES
