"""Labels in file names: found by a pattern, proposed from the names, and refused with a reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studio.data import scan
from studio.data.folder import label_pattern
from studio.events import Dataset
from studio.spec import DatasetSpec, UserError

Build = Callable[..., Path]
NAMES = [f"{name}.{number}.png" for name in ("cat", "dog", "big cat") for number in range(4)]


def listed(folder: Path, pattern: str, **settings: Any) -> Dataset:
    settings = {"split_by": "photo", "split_near": False, **settings}
    return scan.listing(DatasetSpec(str(folder), 0.5, label_pattern=pattern, **settings))


def classes(dataset: Dataset) -> dict[str, str]:
    return {photo.path: dataset.classes[photo.label] for photo in dataset.photos}


def test_classes_are_read_from_the_names_of_files(build: Build) -> None:
    folder = build(*NAMES, "2.png", "notes.txt")
    dataset = listed(folder, r"^(\D+)\.\d")
    assert dataset.classes == ("big cat", "cat", "dog")
    assert classes(dataset) == {name: name.partition(".")[0] for name in NAMES}
    assert dataset.counts() == {"train": [2, 2, 2], "val": [2, 2, 2]}
    reasons = {one.path: one.reason for one in dataset.skipped}
    assert reasons["2.png"] == label_pattern.UNMATCHED
    assert dataset.problems == ()
    groups = listed(folder, r"^\D+", split_by="name", split_pattern=r"\.(\d)")
    assert groups.classes == ("big cat.", "cat.", "dog.")
    for number in range(4):
        assert len({photo.split for photo in groups.photos if f".{number}." in photo.path}) == 1


def test_folders_may_have_any_structure_and_train_and_val_are_found(build: Build) -> None:
    folder = build(*(f"{part}/deep/{name}" for part in ("train", "val", "test") for name in NAMES))
    dataset = listed(folder, r"^(\w+)\.\d")
    assert dataset.split_found
    assert dataset.counts() == {"train": [4, 4], "val": [4, 4], "test": [4, 4]}, "“big cat” has a space: not matched"
    assert len(dataset.skipped) > 0


@pytest.mark.parametrize(
    ("names", "pattern"),
    [
        (NAMES, label_pattern.PROPOSALS[0]),
        (["ant (1).jpg", "ant (2).jpg", "bee (1).jpg", "bee (2).jpg"], label_pattern.PROPOSALS[0]),
        (["ant-a.jpg", "ant-b.jpg", "bee-a.jpg", "bee-b.jpg"], label_pattern.PROPOSALS[1]),
        (["1_a.jpg", "1_b.jpg", "2_a.jpg", "2_b.jpg"], label_pattern.PROPOSALS[2]),
        (["0013035.jpg", "1030023514.jpg"], ""),
        (
            ["12_1b6c7.jpg", "7_f6d3.jpg", "ant_1.jpg", "ant_2.jpg", "bee_1.jpg", "bee_2.jpg"],
            label_pattern.PROPOSALS[1],
        ),
        ([], ""),
    ],
)
def test_a_pattern_is_proposed(names: list[str], pattern: str) -> None:
    assert label_pattern.propose(names) == pattern


def test_mistakes_in_a_pattern_are_errors_with_hints(build: Build) -> None:
    folder = build(*NAMES)
    with pytest.raises(UserError, match="not a regular expression"):
        listed(folder, "(")
    with pytest.raises(UserError, match="No name of a photo") as mistake:
        listed(folder, "^xyz")
    assert label_pattern.PROPOSALS[0] in mistake.value.hint
    with pytest.raises(UserError, match="no folder for each class") as flat:
        listed(folder, "")
    assert f"--label-pattern '{label_pattern.PROPOSALS[0]}'" in flat.value.hint
    assert "Or use a table of them: --labels FILE" in flat.value.hint


def test_scan_and_journal_of_the_terminal_take_the_pattern(build: Build, tmp_path: Path, thaw: Any) -> None:
    folder, pattern = build(*NAMES), r"^(\D+)\.\d"
    _, out, _ = thaw("scan", folder, "--label-pattern", pattern, "--json")
    document = json.loads(out)
    assert document["classes"] == ["big cat", "cat", "dog"]
    thaw("journal", folder, "--label-pattern", pattern, "relabel", folder / "cat.0.png", "dog")
    thaw("journal", folder, "--label-pattern", pattern, "copy", tmp_path / "copy")
    assert (tmp_path / "copy" / "dog" / "cat.0.png").is_file()
    assert len(list((tmp_path / "copy").glob("*/*.png"))) == len(NAMES)
