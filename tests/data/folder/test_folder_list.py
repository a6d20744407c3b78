"""Several folders as one data set."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import studio
from studio.data import scan
from studio.data.folder import folder_list
from studio.events import Dataset
from studio.spec import DatasetSpec, UserError

Build = Callable[..., Path]


def listed(*folders: Path) -> Dataset:
    root, inside = folder_list.common([str(folder) for folder in folders])
    return scan.listing(DatasetSpec(root, 0.5, folders=inside, split_by="photo", split_near=False))


def classes(dataset: Dataset) -> dict[str, str]:
    return {photo.path: dataset.classes[photo.label] for photo in dataset.photos}


def test_classes_of_the_same_name_are_one(build: Build) -> None:
    root = build(*(f"{site}/{name}/{n}.png" for site in ("one", "two/deep") for name in ("ants", "bees") for n in "ab"))
    build("three/ants/x.png", "one/stray.png")
    dataset = listed(root / "one", root / "two" / "deep")
    assert dataset.folder == str(root)
    assert dataset.classes == ("ants", "bees")
    assert dataset.counts() == {"train": [2, 2], "val": [2, 2]}
    assert {path.rpartition("/")[0] for path in classes(dataset)} == {
        "one/ants", "one/bees", "two/deep/ants", "two/deep/bees"
    }  # fmt: skip
    assert [one.path for one in dataset.skipped] == ["one/stray.png"]


def test_a_folder_of_photos_is_a_class(build: Build) -> None:
    root = build(*(f"{folder}/{n}.png" for folder in ("x/cats", "y/dogs", "_background") for n in "abc"))
    assert listed(root / "x/cats", root / "y/dogs", root / "_background").classes == ("cats", "dogs", "none of these")


def test_background_with_a_split_of_its_own_keeps_it(build: Build) -> None:
    parts = ("train", "val")
    root = build(*(f"{part}/{name}/a.png" for part in ("one/train", "one/val") for name in ("ants", "bees")))
    build(*(f"two/{part}/{name}/a.png" for part in parts for name in ("cars", "dogs")), "three/a.png", "three/b/a.png")
    names = [str(root / name) for name in ("one", "two")]
    folder, inside = folder_list.common(names)
    dataset = scan.listing(DatasetSpec(folder, folders=inside, background=("two",)))
    assert dataset.counts() == {"train": [1, 1, 2], "val": [1, 1, 2]}
    folder, inside = folder_list.common([str(root / "one" / "train"), str(root / "three")])
    dataset = scan.listing(DatasetSpec(folder, 0.5, folders=inside, background=inside[1:]))
    assert (dataset.classes, len(dataset.photos)) == (("ants", "bees", "none of these"), 4)


def test_either_all_folders_have_splits_or_none_has(build: Build) -> None:
    parts = [f"{part}/{name}/a.png" for part in ("train", "val") for name in ("ants", "bees")]
    root = build(*(f"one/{path}" for path in parts), *(f"two/{path}" for path in parts), "three/ants/a.png")
    dataset = listed(root / "one", root / "two")
    assert dataset.split_found
    assert dataset.counts() == {"train": [2, 2], "val": [2, 2]}
    with pytest.raises(UserError, match=r"“.*three” has none"):
        listed(root / "one", root / "three")


def test_an_unusable_list_of_folders_is_refused_with_the_reason(build: Build) -> None:
    root = build("one/ants/a.png", "two/ants/a.png", "empty/")
    for folders in (("one", "one"), ("one", "one/ants")):
        with pytest.raises(UserError, match="in the list twice"):
            listed(*(root / folder for folder in folders))
    with pytest.raises(UserError, match="There is no folder"):
        listed(root / "one", root / "gone")


def test_terminal_and_library_take_several_folders(build: Build, thaw: Any) -> None:
    root = build(*(f"{site}/{name}/{n}.png" for site in ("one", "two") for name in ("ants", "bees") for n in "ab"))
    document = json.loads(thaw("scan", root / "one", "--also", root / "two", "--json")[1])
    assert (document["folder"], document["photos"]) == (str(root), 8)
    marked = json.loads(thaw("scan", root / "one", "--background", root / "two", "--json")[1])
    assert (marked["classes"], marked["photos"]) == (["ants", "bees", "none of these"], 8)
    background = studio.scan(root / "one", background=[root / "two"], progress=False)
    assert (list(background.classes), background.spec.background) == (marked["classes"], ("two",))
    folder = studio.scan([root / "one", root / "two"], progress=False)
    assert (len(folder), folder.spec.folders) == (8, ("one", "two"))
    folder.relabel("two/ants/a.png", "bees")
    thaw("journal", root / "one", "--also", root / "two", "relabel", root / "one/ants/a.png", "bees")
    document = json.loads(thaw("scan", root / "one", "--also", root / "two", "--json")[1])
    assert document["choices"]["relabeled"] == 2
