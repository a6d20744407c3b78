"""Hints for names of photos and classes that a folder does not have."""

from __future__ import annotations

import pytest

from studio.data.journal import values
from studio.data.journal.photo_names import PhotoNames
from studio.spec import UserError


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (2, "The classes are “0-class”, “1-class”."),
        (8, f"The classes are {', '.join(f'“{place}-class”' for place in range(8))}."),
        (9, f"The classes are {', '.join(f'“{place}-class”' for place in range(8))}, …."),
    ],
)
def test_up_to_eight_classes_are_listed(number: int, hint: str) -> None:
    classes = [f"{place}-class" for place in range(number)]
    assert values.require_class("1-class", classes) == "1-class"
    with pytest.raises(UserError, match="no class “bees”") as caught:
        values.require_class("bees", classes)
    assert caught.value.hint == hint
    with pytest.raises(UserError) as caught:
        values.require_class("1-CLASS", classes[:2])
    assert caught.value.hint.startswith("Did you mean “1-class”")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("x/1.jpg", "Did you mean “a/1.jpg” or “b/1.jpg” or “c/1.jpg”?"),
        ("x/zebra.jpg", "Did you mean “a/zebra.JPG”?"),
        ("x/zebro.jpg", "Did you mean “a/zebra.JPG”?"),
        ("x/q", "Give its path relative to the folder, “ants/1.jpg” for example."),
    ],
)
def test_up_to_three_photos_of_a_similar_name_are_named(name: str, hint: str) -> None:
    photos = ["a/1.jpg", "a/zebra.JPG", "b/1.jpg", "c/1.jpg", "d/1.jpg"]
    with pytest.raises(UserError) as caught:
        PhotoNames("/photos", photos).find([name])
    assert caught.value.hint == hint
