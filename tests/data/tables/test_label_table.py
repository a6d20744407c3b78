"""Tables of labels: path and class of each photo, with mistakes named by line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studio.data import scan
from studio.data.tables import label_table
from studio.events import Dataset
from studio.spec import DatasetSpec, UserError

Build = Callable[..., Path]
PHOTOS = [f"{part}/{number}.png" for part in ("one", "two") for number in range(4)]


def listed(folder: Path, text: str, name: str = "labels.csv", **settings: Any) -> Dataset:
    (folder / name).write_text(text, encoding="utf-8")
    settings = {"split_by": "photo", "split_near": False, **settings}
    return scan.listing(DatasetSpec(str(folder), 0.5, labels=str(folder / name), **settings))


def classes(dataset: Dataset) -> dict[str, str]:
    return {photo.path: dataset.classes[photo.label] for photo in dataset.photos}


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("", "{path},{label}"),
        ("image,label\n", "{path},{label}"),
        ("id;species\n", "{bare};{label}"),
        ("label\tsize\tfile_name\n", "{label}\t12\t{path}"),
        ("path,class\n", '"{path}","{label}"'),
    ],
)
def test_tables_of_many_forms_are_read(build: Build, head: str, line: str) -> None:
    folder = build(*PHOTOS)
    wanted = {path: "cat" if "/0" in path or "/1" in path else "dog, big" for path in PHOTOS}
    if '"' not in line:
        wanted = {path: label.replace(",", "") for path, label in wanted.items()}
    rows = [line.format(path=path, bare=path[:-4], label=label) for path, label in wanted.items()]
    dataset = listed(folder, head + "\n".join(rows) + "\n")
    assert classes(dataset) == wanted
    assert (dataset.skipped, dataset.split_found) == ((), False)
    assert dataset.counts() == {"train": [2, 2], "val": [2, 2]}


def test_the_split_may_be_in_the_table_or_in_the_folders(build: Build) -> None:
    folder = build(*PHOTOS, *(f"train/{n}.png" for n in "ab"), *(f"val/{n}.png" for n in "ab"))
    rows = [f"{path},{'ab'[number % 2]},{'train' if number < 4 else 'val'}" for number, path in enumerate(PHOTOS)]
    dataset = listed(folder, "path,label,split\n" + "\n".join(rows))
    assert dataset.split_found
    assert dataset.counts() == {"train": [2, 2], "val": [2, 2]}
    by_folder = listed(folder, "".join(f"{part}/{name}.png,{name}\n" for part in ("train", "val") for name in "ab"))
    assert by_folder.counts() == {"train": [1, 1], "val": [1, 1]}


def test_mistakes_are_named_by_line(build: Build) -> None:
    folder = build(*PHOTOS)
    dataset = listed(
        folder,
        "path,label\none/0.png,cat\none/0.png,dog\none/1.png,\ngone.png,cat\none/2.png,cat\ntwo/0.png,dog\n"
        "two/1.png,dog\ntwo/1.png,dog\none/3.png,cat\ntwo/2.png,a/b\n",
    )
    assert {one.path: one.reason for one in dataset.skipped} == {
        "one/0.png": "two different lines: “cat” in line 2 and “dog” in line 3 (labels.csv)",
        "one/1.png": "has no class (labels.csv, line 4)",
        "gone.png": "no such photo in the folder (labels.csv, line 5)",
        "two/2.png": "“a/b” cannot be the name of a class (labels.csv, line 11)",
        "two/3.png": "has no line in labels.csv",
    }
    assert dataset.classes == ("cat", "dog")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("", "contains no lines"),
        ("one/0.png\none/1.png\n", "has only one column in line 1"),
        ("path,label\n", "contains a header and no photo"),
        ("x.png,cat\n", "line 1 names “x.png”"),
        ("one/0.png,\n", "line 1: one/0.png, has no class"),
    ],
)
def test_an_unusable_table_is_refused_with_the_reason(build: Build, text: str, title: str) -> None:
    with pytest.raises(UserError, match=title.replace("(", r"\(")):
        listed(build(*PHOTOS), text)


def test_the_terminal_takes_the_table(build: Build, tmp_path: Path, thaw: Any) -> None:
    folder = build(*PHOTOS)
    table = tmp_path / "table.csv"
    table.write_text("".join(f"{path},{'ab'[number % 2]}\n" for number, path in enumerate(PHOTOS)), encoding="utf-8")
    document = json.loads(thaw("scan", folder, "--labels", table, "--json")[1])
    assert document["counts"] == {"train": {"a": 3, "b": 3}, "val": {"a": 1, "b": 1}}
    thaw("journal", folder, "--labels", table, "relabel", folder / PHOTOS[0], "b")
    document = json.loads(thaw("scan", folder, "--labels", table, "--json")[1])
    assert document["choices"]["relabeled"] == 1
    assert label_table.read(table).has_split is False
