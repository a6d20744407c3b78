"""An action that is not in the program is undone, counted, written to CSV and read back by its row alone."""

from __future__ import annotations

import dataclasses

import pytest

from studio.data.journal import last_changes, values, words
from studio.data.journal.actions import ROWS, ActionRow
from studio.data.journal.choices import choices_of
from studio.data.journal.entries import Action, Entry, PhotoKey
from studio.data.journal.exports import csv_table

A, B = PhotoKey("0" * 32, "a/1.jpg", 1), PhotoKey("1" * 32, "a/2.jpg", 1)
HOLD_OUT = ActionRow(
    about="photo",
    names="",
    done="held out",
    words=lambda photos, _: f"hold out {photos}",
    past={"hold out": "Held out"},
    choose=lambda choice, _: dataclasses.replace(choice, split="test"),
    value_of=lambda choice: "yes" if choice.split == "test" else "",
)


@pytest.fixture
def entry(monkeypatch) -> Entry:
    monkeypatch.setitem(ROWS, "hold_out", HOLD_OUT)  # type: ignore[misc]
    return Entry("2026-11-26", (Action("hold_out", photos=(A, B)),), origins=("/photos/one",))  # type: ignore[arg-type]


def test_its_choice_follows_and_another_action_replaces_it(entry):
    assert {choice.split for choice in choices_of([entry]).photos.values()} == {"test"}
    back = Entry("2026-11-27", (Action("split", "", (A,)),))
    assert [*choices_of([entry, back]).photos] == [B]


def test_it_has_its_words_in_commands_messages_and_take_overs(entry):
    assert words.actions_words(entry.actions) == "hold out 2 photos"
    assert words.change_words(entry.actions) == "Held out 2 photos: 1.jpg, 2.jpg"
    assert words.takeover_words(entry) == "Took over 2 choices from “one”: 2 photos held out"


def test_its_last_change_is_known_and_given_to_another_journal(entry):
    changes = last_changes.last_changes([entry], choices_of([entry]))
    assert {(subject.kind, change.value) for subject, change in changes.items()} == {("hold_out", "yes")}
    action = last_changes.action_of("hold_out", "", "", (A,))  # type: ignore[arg-type]
    assert (action.kind, action.photos) == ("hold_out", (A,))


def test_it_has_no_value_to_check(entry):
    assert values.require_valid("hold_out", "any", lambda: pytest.fail("no class is named")) == ""  # type: ignore[arg-type]


def test_it_is_a_row_of_the_csv_file(entry, monkeypatch):
    monkeypatch.setitem(ROWS, "split", dataclasses.replace(ROWS["split"], value_of=None))
    lines = csv_table.text_of([entry], {}).splitlines()[1:]
    assert [line.split(",")[:4] for line in lines] == [[key.path, key.content, "hold_out", ""] for key in (A, B)]
