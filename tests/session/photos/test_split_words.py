"""How the photos of a folder may be divided, in words."""

from __future__ import annotations

import pytest

from studio.events import AcceptedFinding, AppliedChoices, Dataset, Finding, Photo
from studio.formatting.numbers import NARROW
from studio.session.photos import split_words
from studio.spec import DatasetSpec
from studio.spec.structs import replace

SPLITS = ("train", "train", "train", "val", "test")
DATA = Dataset("/photos", ("a",), tuple(Photo(f"{place}.jpg", 0, split) for place, split in enumerate(SPLITS)))


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        (3, ""),
        (2, ""),
        (1, "All photos were taken on one day. One side would be empty."),
        (0, split_words.NONE["date"]),
    ],
)
def test_photos_are_grouped_where_there_are_two_groups(groups, words):
    assert split_words.obstacle(replace(DATA, groupings=(("date", groups),)), "date") == words


def test_groups_by_content_are_known_once_the_photos_were_opened():
    assert split_words.obstacle(DATA, "camera") == split_words.UNCHECKED
    assert split_words.obstacle(DATA, "folder") == split_words.obstacle(DATA, "content") == ""
    assert split_words.obstacle(None, "camera") == ""
    assert set(split_words.NONE) == set(split_words.ONE) <= set(split_words.WAYS)


def test_pairs_across_the_split_are_counted_until_they_are_accepted():
    pairs = (("1.jpg", "3.jpg"), ("4.jpg", "0.jpg"))
    across = Finding("across_split", "error", "", 2, pairs, (), (), "", "")
    other = Finding("near_duplicate", "info", "", 1, (("0.jpg", "1.jpg"),), (), (), "", "")
    data = replace(DATA, findings=(other, across))
    assert [split_words.crossing(each) for each in (None, DATA, data)] == [0, 0, 2]
    one = AcceptedFinding("across_split", ("0.jpg", "4.jpg"))
    assert split_words.crossing(replace(data, choices=AppliedChoices((), (one,)))) == 1
    assert split_words.crossing(replace(data, choices=AppliedChoices((), (AcceptedFinding("across_split"),)))) == 0
    assert split_words.crossing_words(0) == ""
    assert split_words.crossing_words(1).endswith("of the same photo crosses it")
    assert split_words.crossing_words(2).endswith("of the same photo cross it")


def test_numbers_of_the_parts_and_their_origin():
    def said(share=None, **more):
        return split_words.summary(replace(DATA, **more), share)

    assert split_words.summary(None).startswith("Photos held out")
    assert said() == "3 training · 1 validation · 1 test, the same every time"
    assert said(0.5).startswith("2 training · 2 validation · 1 test"), "test photos stay where they are"
    assert said(0.25).startswith("3 training · 1 validation")
    assert said(split_found=True) == "Split found in the folder: 3 training · 1 validation · 1 test"
    assert said(split_pending=True) == "The photos are divided once all were opened."
    train, val = (tuple(photo for photo in DATA.photos if photo.split == split) for split in ("train", "val"))
    assert said(photos=train) == "3 training · 0 validation, the same every time"
    assert said(0.34, photos=train).startswith("2 training · 1 validation")
    assert said(photos=val) == "0 training · 1 validation, the same every time"
    assert said(0.0, photos=val).startswith("1 training · 0 validation")


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({}, "by content, no test set"),
        ({"split_by": "date", "test_fraction": 0.15}, "by day, 15 % test"),
        ({"split_by": "photo"}, "by path, no test set"),
    ],
)
def test_the_options_of_a_folded_card(spec, words):
    assert split_words.options(DatasetSpec("/photos", **spec)).replace(NARROW, " ") == words


def test_the_numbers_of_the_parts():
    assert split_words.summary(DATA) == "3 training · 1 validation · 1 test, the same every time"
    assert split_words.summary(DATA, 0.5) == "2 training · 2 validation · 1 test, the same every time"
    assert (
        split_words.summary(replace(DATA, photos=DATA.photos[:4])) == "3 training · 1 validation, the same every time"
    )
    assert split_words.summary(replace(DATA, split_found=True)).startswith("Split found in the folder: 3 training")
    assert split_words.summary(replace(DATA, split_pending=True)) == "The photos are divided once all were opened."
    assert split_words.summary(None).startswith("Photos held out")
