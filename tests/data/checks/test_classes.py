"""Checks of classes: how many photos they have, and names that look alike."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from studio.data.checks import classes
from studio.data.folder import layout
from studio.events import AppliedChoices, Dataset, Photo, PhotoChoice, Skipped


def evidence(*counts: tuple[int, int, int], names: str = "abcdef", **settings: Any) -> Any:
    """Evidence of classes with these numbers of photos for training, validation and testing."""
    photos = [
        Photo(f"{name}/{split}{number:04}", label, split)
        for label, (name, numbers) in enumerate(zip(names, counts, strict=False))
        for split, of_split in zip(("train", "val", "test"), numbers, strict=True)
        for number in range(of_split)
    ]
    return SimpleNamespace(dataset=Dataset("/photos", tuple(names[: len(counts)]), tuple(photos), **settings))


def test_a_class_of_less_than_ten_photos_without_those_for_testing_is_tiny() -> None:
    hits = list(classes.tiny_class(evidence((8, 2, 0), (8, 1, 5), (1, 0, 0), (0, 0, 3), (0, 4, 0))))
    assert [(hit.name, hit.detail) for hit in hits] == [
        ("c", "1 for training, none for validation"),
        ("e", "0 for training, 4 for validation"),
        ("b", "8 for training, 1 for validation"),
    ]
    assert [len(hit.members) for hit in hits] == [1, 4, 9]
    assert not list(classes.tiny_class(evidence((2, 1, 0), target="age")))


@pytest.mark.parametrize(
    ("counts", "smaller"),
    [
        ([(50, 0, 0), (10, 0, 0), (11, 0, 0)], ["b"]),
        ([(49, 0, 0), (10, 0, 0), (9, 0, 9)], ["c"]),
        ([(10, 0, 0), (49, 1, 0), (5, 4, 99)], ["c", "a"]),
        ([(4, 0, 99), (1, 0, 0), (0, 0, 9)], []),
        ([(0, 0, 9), (0, 0, 1)], []),
    ],
)
def test_a_class_is_underrepresented_if_another_has_five_times_its_photos(
    counts: list[tuple[int, int, int]], smaller: list[str]
) -> None:
    hits = list(classes.imbalance(evidence(*counts)))
    assert [hit.name for hit in hits] == smaller
    assert not list(classes.imbalance(evidence(*counts, target="age")))


def test_underrepresented_classes_are_named_with_both_numbers() -> None:
    (hit,) = classes.imbalance(evidence((9_000, 1_000, 5), (1_500, 0, 0)))
    assert hit.detail == "1,500 photos, “a” has 10,000"


@pytest.mark.parametrize(
    ("counts", "found", "reasons"),
    [
        ([(9, 1, 0), (0, 0, 0)], False, [("b", "none of its files can be read")]),
        ([(9, 1, 0), (0, 10, 0)], True, [("b", "no photo for training")]),
        ([(9, 1, 0), (0, 10, 0)], False, []),
        ([(9, 1, 0), (0, 9, 0)], True, []),  # tiny
        ([(9, 1, 0), (10, 0, 0)], True, [("b", "no photo for validation")]),
        ([(10, 0, 0), (10, 0, 0)], True, []),
        ([(9, 1, 0), (0, 0, 4)], True, []),
    ],
)
def test_an_empty_class(counts: list[tuple[int, int, int]], found: bool, reasons: list[tuple[str, str]]) -> None:
    hits = list(classes.empty_class(evidence(*counts, split_found=found)))
    assert [(hit.name, hit.detail) for hit in hits] == reasons
    assert not list(classes.empty_class(evidence(*counts, split_found=found, target="age")))


@pytest.mark.parametrize(("excluded", "label"), [(True, ""), (False, "a"), (False, "")])
def test_a_class_whose_photos_were_all_excluded(excluded: bool, label: str) -> None:
    choice = PhotoChoice("b/1", "", 1, excluded, label, None if excluded or label else "val")
    (hit,) = classes.empty_class(evidence((9, 1, 0), (0, 0, 0), choices=AppliedChoices(photos=(choice,))))
    assert (hit.detail == "your choices left no readable photo") is bool(excluded or label)


def test_a_folder_without_photos_is_named() -> None:
    skipped = (Skipped("train/x", layout.EMPTY), Skipped("train/y", "a text"))
    (hit,) = classes.empty_class(evidence((9, 1, 0), skipped=skipped))
    assert (hit.name, hit.detail) == ("x", "the folder “train/x” holds no photos")


@pytest.mark.parametrize(
    ("names", "alike"),
    [
        (("Ant", "ant", "bee"), {"Ant": "like “ant”", "ant": "like “Ant”"}),
        (("a b", "ab", "A_B"), {"a b": "like “ab”, “A_B”", "ab": "like “a b”, “A_B”", "A_B": "like “a b”, “ab”"}),
        (("1 2", "12"), {}), (("1 2", "1_2"), {"1 2": "like “1_2”", "1_2": "like “1 2”"}),
        (("a1", "a 1"), {"a1": "like “a 1”", "a 1": "like “a1”"}), (("ant", "bee"), {}),
    ],
)  # fmt: skip
def test_names_that_differ_in_case_or_spaces_are_alike(names: tuple[str, ...], alike: dict[str, str]) -> None:
    for target, expected in (("", alike), ("age", {})):
        one: Any = SimpleNamespace(dataset=Dataset("/photos", names, (), target=target))
        assert {hit.name: hit.detail for hit in classes.class_names_alike(one)} == expected
