from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

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


def test_faults_name_the_path_and_the_way_out(build: Build, tmp_path: Path) -> None:
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


def test_no_photo_at_all(build: Build) -> None:
    root = build("ants/", "bees/")
    assert titles(listed(root)) == [f"“{root}” contains no photo that can be read."]


def test_only_one_class(build: Build) -> None:
    assert titles(listed(build("ants/a.png", "ants/b.png", "bees/"))) == ["There are photos of only one class, “ants”."]


def test_a_folder_too_high_up_is_guessed(build: Build) -> None:
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
