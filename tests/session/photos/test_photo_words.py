"""Texts about the photos that the Images page shows."""

from __future__ import annotations

import pytest

from studio.events import AppliedChoices, Dataset, Photo, PhotoChoice
from studio.session.photos import photo_words
from studio.session.photos.photo_filter import PhotoFilter

PHOTOS = tuple(Photo(f"{number}.jpg", 0, "train") for number in range(5))
DATA = Dataset("/photos", ("a",), PHOTOS)
FEWER = Dataset(
    "/photos",
    ("a",),
    PHOTOS[1:],
    choices=AppliedChoices((PhotoChoice("0.jpg", "0" * 32, 1, excluded=True),)),
    excluded=PHOTOS[:1],
)


@pytest.mark.parametrize(
    ("dataset", "shown", "selected", "title"),
    [
        (None, 0, 0, "Photos"),
        (DATA, 5, 0, "Photos · 5"),
        (DATA, 5, 1, "Photos · 5"),
        (DATA, 2, 2, "Photos · 2 of 5 · 2 selected"),
        (FEWER, 5, 0, "Photos · 4 + 1 excluded"),
        (FEWER, 4, 3, "Photos · 4 of 5 · 3 selected"),
    ],
)
def test_the_title_counts_shown_excluded_and_selected_photos(dataset, shown, selected, title):
    assert photo_words.title(dataset, shown, selected) == title


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (PhotoFilter(paths=frozenset({"x.jpg"})), "The photos of this finding are left out"),
        (PhotoFilter(text=" cat "), "No photo has “cat” in its path."),
        (PhotoFilter(text="cat", split="val"), "No photo matches the search and the filters."),
        (PhotoFilter(text="cat", paths=frozenset({"x.jpg"})), "No photo matches the search and the filters."),
        (PhotoFilter(text="cat", answer="wrong"), "No photo matches the search and the filters."),
        (PhotoFilter(paths=frozenset({"x.jpg"}), answer="wrong"), "No photo matches the filters."),
        (PhotoFilter(split="val"), "No photo matches the filters."),
        (PhotoFilter(paths=frozenset({"x.jpg"}), split="val"), "No photo matches the filters."),
    ],
)
def test_an_empty_list_says_which_filter_leaves_it_empty(shown, words):
    assert photo_words.why_none(shown).startswith(words)
