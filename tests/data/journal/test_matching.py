"""Photos of a folder matched with those of a journal, after copies were made, moved or renamed."""

from __future__ import annotations

import pytest

from studio.data.journal.entries import PhotoKey
from studio.data.journal.matching import match_photos


def key(content: str, path: str, *others: str) -> PhotoKey:
    return PhotoKey(content, path, 1, others)


@pytest.mark.parametrize(
    ("keys", "contents", "matched"),
    [
        ([key("x", "a/1")], {"a/1": "x"}, {"a/1": 0}),
        ([key("x", "a/1")], {"a/1": "y"}, {}),
        ([key("x", "a/1")], {"b/2": "x"}, {"b/2": 0}),
        ([key("x", "a/1")], {"a/1": "x", "b/1": "x"}, {"a/1": 0}),
        ([key("x", "a/1", "b/1")], {"b/1": "x"}, {}),  # a copy that was there when the choice was made
        ([key("x", "a/1", "b/1")], {"b/1": "x", "c/9": "x"}, {"c/9": 0}),
        ([key("x", "a/1")], {"b/2": "x", "c/1": "x", "d/3": "x"}, {"c/1": 0}),
        ([key("x", "t/a/1")], {"u/b/1": "x", "v/a/1": "x", "w/1": "x"}, {"v/a/1": 0}),
        ([key("x", "a/1"), key("x", "b/2")], {"c/1": "x", "c/2": "x"}, {"c/1": 0, "c/2": 1}),
        ([key("x", "b/2"), key("x", "a/1")], {"c/9": "x"}, {"c/9": 1}),
        ([key("x", "a/1"), key("x", "b/2")], {"b/2": "x", "c/3": "x"}, {"b/2": 1, "c/3": 0}),
        ([key("x", "a/1"), key("x", "b/2")], {"b/2": "x"}, {"b/2": 1}),
    ],
)
def test_a_photo_is_the_one_at_its_path_or_else_a_renamed_one(
    keys: list[PhotoKey], contents: dict[str, str], matched: dict[str, int]
) -> None:
    assert match_photos(keys, contents) == {path: keys[place] for path, place in matched.items()}
