from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from studio.data import checked_folder, scan
from studio.data.checks import trainable
from studio.events import Dataset, Photo, Problem, Skipped
from studio.spec import DatasetSpec, UserError

FOUR = ("ants/a.png", "ants/b.png", "bees/a.png", "bees/b.png")
Build = Callable[..., Path]


def listed(folder: Path, val_fraction: float = 0.5) -> Dataset:
    return scan.listing(DatasetSpec(str(folder), val_fraction))


# ------------------------------------------------------------------------------------------------- faults


def test_errors_name_the_path_and_what_to_do(build: Build, tmp_path: Path) -> None:
    file = tmp_path / "photo.jpg"
    file.write_text("x")
    cases = {
        str(tmp_path / "nowhere"): "There is no folder",
        str(file): "is a file, not a folder",
        str(build("void/", root="a") / "void"): "is empty",
        str(build("x.png", "y.png", root="flat")): "contains 2 photos but no folder for each class",
        str(build("x.txt", root="texts")): "contains no photos and no folders",
        str(build("train/x.png", "val/y.png", root="flat-split")): "contains photos but no folder for each class",
    }
    for folder, words in cases.items():
        with pytest.raises(UserError) as caught:
            listed(Path(folder))
        assert words in caught.value.title
        assert folder in caught.value.title
        assert caught.value.hint
    with pytest.raises(UserError, match="no folder"):
        scan.listing(DatasetSpec(""))


def test_a_root_that_may_not_be_read(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    root = build(*FOUR)

    def refuse(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(UserError, match="not permitted") as caught:
        listed(root)
    assert str(root) in caught.value.title


def test_a_share_out_of_bounds_matters_only_where_it_is_used(build: Build) -> None:
    with pytest.raises(UserError, match="Validation share"):
        listed(build(*FOUR), val_fraction=1.0)
    both = [f"{part}/{name}/a.png" for part in ("train", "val") for name in ("ants", "bees")]
    assert listed(build(*both, root="b"), val_fraction=1.0).split_found


# ------------------------------------------------------------------------------------------------- problems


def titles(dataset: Dataset) -> list[str]:
    assert all(problem.hint for problem in dataset.problems)
    return [problem.title for problem in dataset.problems]


def test_a_folder_without_photos_is_a_problem(build: Build) -> None:
    root = build("ants/", "bees/")
    assert titles(listed(root)) == [f"“{root}” contains no photo that can be read."]


def test_a_single_class_is_a_problem(build: Build) -> None:
    assert titles(listed(build("ants/a.png", "ants/b.png", "bees/"))) == ["There are photos of only one class, “ants”."]


def test_a_parent_of_the_data_set_is_recognized(build: Build) -> None:
    (problem,) = listed(build(*(f"insects/{path}" for path in FOUR))).problems
    assert problem.hint == "If the folders inside “insects” are the classes, open “insects” itself."


def test_a_class_with_one_photo(build: Build) -> None:
    dataset = listed(build(*FOUR, "wasps/only.png"))
    assert titles(dataset) == ["The class “wasps” has only one photo, “wasps/only.png”."]
    assert dataset.photos[-1] == Photo("wasps/only.png", 2, "train")


def test_a_class_for_validation_that_is_not_in_train(build: Build) -> None:
    both = [f"{part}/{name}/a.png" for part in ("train", "val") for name in ("ants", "bees")]
    dataset = listed(build(*both, "val/wasps/a.png"))
    assert dataset.classes == ("ants", "bees", "wasps")
    assert titles(dataset) == ["The class “wasps” has photos for validation (“val/wasps”) but none for training."]


def test_no_validation_photos(build: Build) -> None:
    dataset = listed(build("train/ants/a.png", "train/bees/a.png", "val/ants/"))
    assert titles(dataset) == ["There are no photos for validation."]


def test_a_class_left_empty_by_unreadable_photos_is_a_problem(build: Build) -> None:
    dataset = listed(build(*FOUR))
    train = next(photo.path for photo in dataset.photos if photo.label == 1 and photo.split == "train")
    smaller = checked_folder.without(dataset, [Skipped(train, "empty file")])
    assert train not in {photo.path for photo in smaller.photos}
    assert Skipped(train, "empty file") in smaller.skipped
    assert smaller.classes == dataset.classes
    assert any("“bees”" in title for title in titles(smaller))
    neither = checked_folder.without(dataset, [Skipped(path, "empty file") for path in FOUR[2:]])
    assert titles(neither) == [
        "There are photos of only one class, “ants”.",
        "The class “bees” has no readable photo for training.",
    ]
    assert checked_folder.without(dataset, []) is dataset


def test_one_more_check_is_a_function_and_a_line(build: Build, monkeypatch: pytest.MonkeyPatch, thaw) -> None:
    def even_classes(dataset: Dataset, photos: Sequence[Photo]) -> Iterator[Problem]:
        if len(photos) % 2:
            yield Problem(f"{len(photos)} photos are an odd number.", "Add one photo.")

    monkeypatch.setattr(trainable, "CHECKS", (*trainable.CHECKS, even_classes))
    root = build(*FOUR, "ants/c.png")
    assert titles(listed(root)) == ["5 photos are an odd number."]
    status, _, err = thaw("scan", root)
    assert (status, err.splitlines()[-1]) == (2, "thaw: 5 photos are an odd number. Add one photo.")


def numbered(*rows: tuple[float, str], found: bool = False) -> Dataset:
    """A data set of a regression: target and split of each photo."""
    photos = tuple(Photo(f"{at}.png", 0, split, target) for at, (target, split) in enumerate(rows))
    return Dataset("/photos", ("",), photos, target="age", split_found=found)


TRAIN, VAL, TEST = "train", "val", "test"
NONE_LEFT = "No photo with a number is left for validation."
ALL_SAME = "Every training photo has the same age, 2.5: there is nothing to learn."


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(1, TRAIN), (2, TRAIN), (1, VAL)], []),
        ([(1, TRAIN), (2, TRAIN)], [NONE_LEFT]),
        ([(1, TRAIN), (1, VAL)], ["There is only 1 photo with a number for training."]),
        ([(1, VAL), (2, VAL)], ["There is no photo with a number for training."]),
        ([(2.5, TRAIN), (2.5, TRAIN), (3, VAL)], [ALL_SAME]),
        ([(2.5, TRAIN), (2.5, TRAIN), (3, TEST)], [ALL_SAME, NONE_LEFT]),
        ([(1, TEST), (2, TEST)], ["“/photos” contains no photo that can be read."]),
    ],
)  # fmt: skip
def test_a_regression_needs_two_photos_with_numbers_that_differ(rows, expected) -> None:
    assert [problem.title for problem in trainable.find(numbered(*rows))] == expected


@pytest.mark.parametrize(("found", "hint"), [(False, "Give numbers to more"), (True, "Mark some photos “val”")])
def test_the_hint_says_where_to_add_numbers(found: bool, hint: str) -> None:
    (problem,) = trainable.find(numbered((1, TRAIN), (2, TRAIN), found=found))
    assert problem.hint.startswith(hint)


@pytest.mark.parametrize(
    ("paths", "found", "is_guessed"),
    [
        (["x/a/1", "x/b/1"], False, True), (["x/a/1", "x/b/1", "x/c/1"], False, True),
        (["x/a/1", "x/a/2"], False, False), (["x/a", "x/b"], False, False), (["x/a/1", "x/b/1"], True, False),
        (["y/a/1", "y/b/1"], False, False),
        (["x/1", "x/a/1", "x/b/1"], False, True),
    ],
)  # fmt: skip
def test_the_folders_in_the_only_class_may_be_the_classes(paths: list[str], found: bool, is_guessed: bool) -> None:
    photos = tuple(Photo(path, 0, TRAIN) for path in paths)
    problem = trainable.find(Dataset("/photos", ("x",), photos, split_found=found))[0]
    assert problem.title == "There are photos of only one class, “x”."
    assert ("open “x” itself" in problem.hint) is is_guessed


@pytest.mark.parametrize(("path", "hint"), [("1.jpg", "Name another class"), ("x/1.jpg", "Add a folder")])
def test_the_advice_for_a_single_class_fits_the_source_of_the_classes(path: str, hint: str) -> None:
    (problem, *_) = trainable.find(Dataset("/photos", ("x",), (Photo(path, 0, TRAIN),)))
    assert problem.hint.startswith(hint)


@pytest.mark.parametrize(
    ("splits", "found", "title"),
    [
        ([], False, "The class “b” has no readable photo for training."),
        ([TEST], False, "The class “b” has no readable photo for training."),
        ([TRAIN], False, "The class “b” has only one photo, “b/0”."),
        ([VAL, VAL], False, "No photo of the class “b” is left for training."),
        ([TRAIN, TRAIN], False, ""), ([TRAIN], True, ""), ([TRAIN, VAL], False, ""),
        ([VAL], True, "The class “b” has photos for validation (“b”) but none for training."),
    ],
)  # fmt: skip
def test_the_hint_says_how_many_photos_a_class_needs(splits: list[Any], found: bool, title: str) -> None:
    photos = [Photo(f"{name}/0", label, split) for label, name in ((0, "a"), (2, "c")) for split in (TRAIN, VAL)]
    photos += [Photo(f"b/{at}", 1, split) for at, split in enumerate(splits)]
    problems = trainable.find(Dataset("/photos", ("a", "b", "c"), tuple(photos), split_found=found))
    assert [problem.title for problem in problems] == ([title] if title else [])
