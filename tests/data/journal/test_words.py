"""The user's choices in words."""

from __future__ import annotations

import pytest

from studio.data.journal import words
from studio.data.journal.actions import ROWS
from studio.data.journal.entries import Action, Entry, PhotoKey
from studio.events import PhotoChoice

PHOTOS = tuple(PhotoKey(f"{number:032}", f"ants/{number}.jpg", 1) for number in range(4))


@pytest.mark.parametrize(
    ("kind", "value", "command", "past"),
    [
        ("exclude", "", "exclude 2 photos", "Excluded 2 photos: 0.jpg, 1.jpg"),
        ("restore", "", "restore 2 photos", "Restored 2 photos: 0.jpg, 1.jpg"),
        ("relabel", "bees", "relabel 2 photos as “bees”", "Relabeled 2 photos as “bees”: 0.jpg, 1.jpg"),
        ("relabel", "", "give 2 photos the class of the folder", "Gave 2 photos the class of the folder: 0.jpg, 1.jpg"),
        ("split", "val", "move 2 photos to validation", "Moved 2 photos to validation: 0.jpg, 1.jpg"),
        ("split", "", "move 2 photos back", "Moved 2 photos back: 0.jpg, 1.jpg"),
        ("accept", "blank", "accept 1 finding", "Accepted 1 finding: 0.jpg, 1.jpg"),
        ("reopen", "blank", "no longer accept 1 finding", "No longer accepted: 1 finding: 0.jpg, 1.jpg"),
    ],
)
def test_an_action_in_words_before_and_after_it_is_done(kind, value, command, past):
    actions = [Action(kind, value, PHOTOS[:2])]
    assert words.actions_words(actions) == command
    assert words.change_words(actions) == past


def test_every_kind_of_action_has_a_report():
    for kind, row in ROWS.items():
        assert not words.change_words([Action(kind, "x", PHOTOS)]).startswith("Made"), kind
        assert row.done


def test_different_actions_are_counted_and_many_photos_are_not_named():
    mixed = [Action("exclude", "", PHOTOS[:1]), Action("relabel", "bees", PHOTOS[1:3])]
    assert words.actions_words(mixed) == "3 choices"
    assert words.change_words(mixed) == "Made 3 choices: 0.jpg, 1.jpg, 2.jpg"
    assert words.change_words([Action("exclude", "", PHOTOS)]) == "Excluded 4 photos"
    same = [Action("relabel", "bees", PHOTOS[:2]), Action("relabel", "cats", PHOTOS[2:])]
    assert words.actions_words(same) == "4 choices", "of different classes"


def test_folders_of_equal_names_are_distinguished_by_their_paths():
    entry = Entry("2026-11-26", (Action("exclude", "", PHOTOS[:1]),), origins=("/a/one", "/b/one", "C:\\two\\"))
    assert words.entry_words(entry) == "take over 1 choice from “/a/one”, “/b/one”, “C:\\two\\”"
    apart = Entry("2026-11-26", entry.actions, origins=("/a/one", "C:\\two\\"))
    assert words.entry_words(apart) == "take over 1 choice from “one”, “two”"


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"excluded": True, "label": "bees"}, "excluded"),
        ({"label": "bees"}, "class bees"),
        ({"label": "bees", "split": "test"}, "class bees, split test"),
        ({"split": "val"}, "split val"),
        ({}, ""),
    ],
)
def test_a_choice_in_words(more, text):
    assert words.choice_words(PhotoChoice("ants/1.jpg", "0" * 32, 1, **more)) == text


def test_the_choices_of_a_data_set_in_one_line():
    some = [{"excluded": True}, {"excluded": True}, {"label": "bees"}, {"split": "test"}]
    choices = [PhotoChoice(f"{place}.jpg", "0" * 32, 1, **more) for place, more in enumerate(some)]
    assert words.summary(choices) == "2 photos excluded, 1 relabeled, 1 moved to another split by your choices"
    assert words.summary(choices[2:3]) == "1 photo relabeled by your choices"
    assert words.summary([]) == ""
