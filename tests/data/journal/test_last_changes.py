"""When each choice was changed last: by its entry, or by the undo or redo of that."""

from __future__ import annotations

from typing import Any

import pytest

from studio.data.journal.actions import YES
from studio.data.journal.entries import Action, Entry, Header, Line, PhotoKey, Redo, Undo
from studio.data.journal.history import History
from studio.data.journal.last_changes import Change, action_of, last_changes

PHOTO, OTHER = PhotoKey("x", "a/1.jpg", 1), PhotoKey("y", "a/2.jpg", 1)


def relabeled(time: str, value: str, photo: PhotoKey = PHOTO, *origins: str) -> Entry:
    return Entry(time, (Action("relabel", value, (photo,)),), origins)


@pytest.mark.parametrize(
    ("lines", "own", "changes"),
    [
        ([Header(1)], False, []),
        ([relabeled("1", "ants")], False, [("1", "ants")]),
        ([relabeled("1", "ants"), relabeled("2", "bees")], False, [("2", "bees")]),
        ([relabeled("1", "ants"), relabeled("2", "bees"), Undo("3")], False, [("3", "ants")]),
        ([relabeled("1", "ants"), Undo("2")], False, [("2", "")]),
        ([relabeled("1", "ants"), Undo("2"), Redo("3")], False, [("3", "ants")]),
        ([relabeled("1", "ants"), Undo("2"), relabeled("3", "bees", OTHER)], False, [("2", ""), ("3", "bees")]),
        ([relabeled("1", "a"), relabeled("2", "b", OTHER), Undo("3"), Undo("4")], False, [("4", ""), ("3", "")]),
        ([relabeled("1", "a"), relabeled("2", "b", OTHER), Undo("3"), Undo("4"), Redo("5")], False,
         [("5", "a"), ("3", "")]),
        ([relabeled("1", "a"), relabeled("2", "b", PHOTO, "/in")], False, [("2", "b")]),
        ([relabeled("1", "a"), relabeled("2", "b", OTHER, "/in")], True, [("1", "a")]),
    ],
)  # fmt: skip
def test_a_choice_is_as_old_as_its_last_change(lines: list[Line], own: bool, changes: list[tuple[str, str]]) -> None:
    found = last_changes(lines, History().after(lines).choices, own)
    assert [(change.time, change.value) for change in found.values()] == changes


@pytest.mark.parametrize(
    ("kind", "value", "back", "now"),
    [("exclude", "", "restore", YES), ("accept", "blank", "reopen", YES), ("split", "val", "split", "val")],
)
def test_a_choice_and_its_opposite_change_the_same_property(kind: Any, value: str, back: Any, now: str) -> None:
    made = Entry("1", (Action(kind, value, (PHOTO,)),))
    taken_back = Entry("2", (Action(back, value if kind == "accept" else "", (PHOTO,)),))
    for lines, expected in (([made], Change("1", now)), ([made, taken_back], Change("2", ""))):
        ((subject, change),) = last_changes(lines, History().after(lines).choices).items()
        assert (subject.kind, subject.photos, change) == (kind, frozenset({PHOTO}), expected)
        action = action_of(kind, change.value, subject.finding, (PHOTO,))
        assert action == lines[-1].actions[0], "the action that makes the same choice"
