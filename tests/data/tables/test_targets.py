"""Tests of targets files in many formats, and of the data sets that they define."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.data import scan
from studio.data.tables import targets
from studio.data.tables.photo_lines import Line
from studio.events import Dataset, DatasetScanned
from studio.spec import DatasetSpec, UserError

Build = Callable[..., Path]
FIVE = tuple(f"{name}.png" for name in "abcde")


def listed(folder: Path, text: str | bytes, val_fraction: float = 0.4) -> Dataset:
    file = folder.parent / "targets.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return scan.listing(DatasetSpec(str(folder), val_fraction, targets=str(file), split_by="photo", split_near=False))


def numbers(dataset: Dataset) -> dict[str, float]:
    return {photo.path: photo.target for photo in dataset.photos}


def reasons(dataset: Dataset) -> dict[str, str]:
    return {item.path: item.reason for item in dataset.skipped}


# ------------------------------------------------------------------------------------------------- what is read

EXPECTED = {"a.png": 1.0, "b.png": 2.5, "c.png": -3.0}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("path,age\na.png,1\nb.png,2.5\nc.png,-3\n", "age"),
        ("a.png,1\nb.png,2.5\nc.png,-3", "value"),
        ("path;age\r\na.png;1\r\nb.png;2,5\r\nc.png;-3,0\r\n", "age"),
        ("path\tage\na.png\t1\nb.png\t2,5\nc.png\t-3e0\n", "age"),
        ('"path", "age in years"\n"a.png", "1"\n"b.png", "2.5"\n"c.png", " \u22123 "\n\n\n', "age in years"),
        (b"\xef\xbb\xbfpath,age\na.png,1\nb.png,2.5\nc.png,-3\n", "age"),
        ("path,age\na.png,1\nb.png,2.5\nc.png,-3\n".encode("utf-16"), "age"),
        ("path;Größe\na.png;1\nb.png;2,5\nc.png;-3\n".encode("cp1252"), "Größe"),
        ("Id,score,comment\na,1,good\nb,2.5,\nc,-3,bad, really\n", "score"),
        ("path,2020\na.png,1\nb.png,2.5\nc.png,-3\n", "2020"),
        ("./a.png,1\n.\\b.png,2.5\nx/../c.png,-3\n", "value"),
        ("a.png,1\ra.png,1\rb.png,2.5\rc.png,-3\r", "value"),
        ("photos/a.png,1\nphotos\\b.png,2.5\nphotos/c.png,-3\n", "value"),  # relative to the place of the file
    ],
)
def test_every_format_gives_the_same_numbers(build: Build, text: str | bytes, name: str) -> None:
    dataset = listed(build("a.png", "b.png", "c.png"), text)
    assert numbers(dataset) == EXPECTED
    assert (dataset.target, dataset.classes, dataset.skipped) == (name, (name,), ())
    assert {photo.label for photo in dataset.photos} == {0}


def test_folders_may_be_arranged_in_any_way(build: Build) -> None:
    root = build("a.png", "deep/down/b, the second.png", "other/c.png")
    text = f'path,n\na.png,1\n"deep\\down\\b, the second.png",2.5\n{root}/other/c.png,-3\n'
    assert set(numbers(listed(root, text)).values()) == {1.0, 2.5, -3.0}


def test_paths_may_contain_the_other_delimiter(build: Build) -> None:
    root = build("one, two.png", "three, four.png", "five.png")
    assert len(listed(root, "one, two.png;1\nthree, four.png;2\nfive.png;3\n").photos) == 3


def test_paths_may_be_in_any_unicode_normalization(build: Build) -> None:
    root = build("cafe\u0301.png", "b.png", "c.png")
    assert len(listed(root, "caf\u00e9.png,1\nb.png,2\nc.png,3\n").photos) == 3


def test_a_targets_file_among_the_photos_is_not_listed_as_skipped(build: Build) -> None:
    root = build("a.png", "b.png", "c.png")
    file = root / "numbers.csv"
    file.write_text("a.png,1\nb.png,2\nc.png,3\n")
    assert scan.listing(DatasetSpec(str(root), targets=str(file))).skipped == ()


# ------------------------------------------------------------------------------------------------- the split


def test_the_split_is_reproducible_and_depends_on_the_seed(build: Build) -> None:
    root = build(*(f"{number}.png" for number in range(30)))
    text = "".join(f"{number}.png,{number}\n" for number in range(30))
    first, again = listed(root, text, 0.2), listed(root, "path,n\n" + text, 0.2)
    assert first.photos == again.photos
    assert first.counts() == {"train": [24], "val": [6]}
    other = scan.listing(
        DatasetSpec(str(root), 0.2, 8, str(root.parent / "targets.csv"), split_by="photo", split_near=False)
    )
    assert [photo.split for photo in other.photos] != [photo.split for photo in first.photos]


def test_a_third_column_contains_the_split(build: Build) -> None:
    root = build(*FIVE)
    dataset = listed(root, "path,n,split\na.png,1,Train\nb.png,2,validation\nc.png,3,test\nd.png,4,train\ne.png,5,x\n")
    assert [photo.split for photo in dataset.photos] == ["train", "val", "test", "train"]
    assert dataset.split_found
    assert reasons(dataset) == {"e.png": "“x” is neither train, val nor test (targets.csv, line 6)"}


def test_without_a_header_a_third_column_of_splits_counts_too(build: Build) -> None:
    dataset = listed(build(*FIVE), "a.png,1,train\nb.png,2,val\nc.png,3,train\n")
    assert [photo.split for photo in dataset.photos] == ["train", "val", "train"]


def test_photos_that_are_not_marked_as_test_are_divided(build: Build) -> None:
    dataset = listed(
        build(*FIVE),
        "path,n,split\n" + "".join(f"{name},{at},train\n" for at, name in enumerate(FIVE[1:])) + "a.png,9,test\n",
    )
    assert dataset.counts() == {"train": [2], "val": [2], "test": [1]}
    assert not dataset.split_found


def test_folders_called_train_and_val_are_kept_apart(build: Build) -> None:
    dataset = listed(build("train/a.png", "train/b.png", "val/c.png"), "train/a.png,1\ntrain/b.png,2\nval/c.png,3\n")
    assert [photo.split for photo in dataset.photos] == ["train", "train", "val"]
    assert dataset.split_found


# ------------------------------------------------------------------------------------------------- what is wrong


def test_rows_without_a_number_or_a_photo_are_skipped_with_their_line(build: Build) -> None:
    root = build(*FIVE, "f.png", "g.png", "h.png", "i.png", "notes.txt")
    dataset = listed(
        root,
        "path,n\na.png,1\nb.png,2\nc.png,3\nd.png,about 4\ne.png,inf\nf.png,\ng.png,7\ng.png,8\nlost.png,9\nh.png,NaN\n"
        ",5\nb.png,2.0\n",
    )
    assert numbers(dataset) == {"a.png": 1, "b.png": 2, "c.png": 3}
    assert reasons(dataset) == {
        "d.png": "“about 4” is not a number (targets.csv, line 5)",
        "e.png": "“inf” is not a finite number (targets.csv, line 6)",
        "f.png": "has no number (targets.csv, line 7)",
        "g.png": "two different lines: 7 in line 8 and 8 in line 9 (targets.csv)",
        "h.png": "“NaN” is not a finite number (targets.csv, line 11)",
        "i.png": "has no line in targets.csv",
        "lost.png": "no such photo in the folder (targets.csv, line 10)",
        "targets.csv, line 12": "names no photo",
        "notes.txt": "not a photo: .txt files are not read",
    }
    assert dataset.problems == ()


def test_a_mistyped_first_line_is_not_a_header(build: Build) -> None:
    dataset = listed(build(*FIVE), "a.png,l\nb.png,2\nc.png,3\nd.png,4\ne.png,5\n")
    assert reasons(dataset) == {"a.png": "“l” is not a number (targets.csv, line 1)"}


@pytest.mark.parametrize("number", ["1e300", "-1e31", "1_000", "0x10", "3 m", "1,5", "--1"])
def test_unusable_numbers_are_refused(build: Build, number: str) -> None:
    dataset = listed(build(*FIVE), f'a.png,1\nb.png,2\nc.png,3\nd.png,"{number}"\n')
    assert "line 4" in reasons(dataset)["d.png"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "contains no lines"),
        ("\n \n,\n", "contains no lines"),
        ("path,n\n", "contains a header and no photo"),
        ("a.png\nb.png\n", "only one column in line 1"),
        ("path,n\nx/a.png,1\nx/b.png,2\n", "line 2 names “x/a.png”"),
        ("path,n\na.png,one\nb.png,two\n", "line 2: a.png, “one” is not a number"),
        (b"PK\x03\x04rest", "is a workbook"),
        (b"a.png,1\0\0\0", "is not text"),
    ],
)
def test_unusable_targets_files_are_errors(build: Build, text: str | bytes, says: str) -> None:
    with pytest.raises(UserError) as caught:
        listed(build(*FIVE), text)
    assert says in caught.value.title
    assert "targets.csv" in caught.value.title
    assert caught.value.hint


def test_a_missing_targets_file_and_a_folder_are_errors(build: Build, tmp_path: Path) -> None:
    root = build(*FIVE)
    for name, says in ((str(tmp_path / "none.csv"), "There is no file"), (str(tmp_path), "is a folder")):
        with pytest.raises(UserError) as caught:
            scan.listing(DatasetSpec(str(root), targets=name))
        assert says in caught.value.title
        assert name in caught.value.title


def test_an_unclosed_quote_is_an_error(build: Build) -> None:
    for count in (1, 20_000):
        lines = "".join(f"{number}.png,1\n" for number in range(count))
        with pytest.raises(UserError, match="quotation mark in line 2 is not closed"):
            listed(build(*FIVE), f'a.png,1\n"b.png,2\n{lines}')
    assert numbers(listed(build(*FIVE), 'a.png,1,"x\ny"\nb.png,2,"z\n')) == {"a.png": 1.0, "b.png": 2.0}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a.png,1\n", "only 1 photo with a number for training"),
        ("a.png,5\nb.png,5\nc.png,5\nd.png,5\n", "Every training photo has the same value, 5"),
        ("a.png,1\n", "No photo with a number is left for validation"),
        ("a.png,1,val\nb.png,2,val\n", "is no photo with a number for training"),
    ],
)
def test_targets_that_cannot_be_trained_on_are_problems(build: Build, text: str, says: str) -> None:
    dataset = listed(build(*FIVE), text)
    assert says in " ".join(problem.title for problem in dataset.problems)
    assert all(problem.hint for problem in dataset.problems)


def test_an_unreadable_photo_is_found_by_the_check(build: Build) -> None:
    root = build(*FIVE)
    (root / "a.png").write_bytes(b"")
    file = root.parent / "t.csv"
    file.write_text("".join(f"{name},{at}\n" for at, name in enumerate(FIVE)))
    scans = [
        event
        for event in scan.scan(DatasetSpec(str(root), 0.4, targets=str(file)))
        if isinstance(event, DatasetScanned)
    ]
    assert reasons(scans[-1].dataset) == {"a.png": "empty file"}
    assert scans[-1].dataset.target == "value"
    assert scans[-1].dataset.problems == ()


@pytest.mark.slow
def test_many_lines_are_read_in_their_order(tmp_path: Path) -> None:
    file = tmp_path / "many.csv"
    file.write_text("path,n\n" + "".join(f"folder/{number:05}.jpg,{number / 7}\n" for number in range(50_000)))
    table = targets.read(file)
    assert len(table.lines) == 50_000
    assert table.lines[-1] == Line("folder/49999.jpg", 49999 / 7, None, 50_001)


def test_cells_longer_than_pythons_own_limit_are_read(tmp_path):
    notes = "x" * 200_000
    file = tmp_path / "long.csv"
    file.write_text(f'path,age,notes\na.jpg,1,{notes}\nb.jpg,2,"{notes}\n{notes}"\n{notes}.jpg,3,\n', encoding="utf-8")
    lines = targets.read(file).lines
    assert [(line.path, line.value, line.wrong) for line in lines[:2]] == [("a.jpg", 1.0, ""), ("b.jpg", 2.0, "")]
    assert lines[2].wrong == "200,004 characters are too long for a path"
    assert len(lines[2].path) < 80, "a message shows it"


def test_a_very_long_title_is_shortened(tmp_path):
    file = tmp_path / "title.csv"
    file.write_text(f"path,{'age ' * 50_000}\na.jpg,1\n", encoding="utf-8")
    assert targets.read(file).name.startswith("age age")
    assert len(targets.read(file).name) == 80


@pytest.mark.parametrize(
    ("cell", "delimiter", "number"),
    [
        ("3.5", ",", 3.5), ("3,5", ";", 3.5), ("3,5", ",", None), (" -3 ", ";", -3), ("\u22123,5", "\t", -3.5),
        ("1,000,000", ";", None), ("1.000,5", ";", None), ("1_000", ";", None), ("1e3", ";", 1000), ("", ";", None),
    ],
)  # fmt: skip
def test_a_decimal_comma_is_read_unless_commas_delimit(cell: str, delimiter: str, number: float | None) -> None:
    assert targets._number(cell, delimiter) == number


@pytest.mark.parametrize(
    ("cell", "value", "fault"),
    [
        ("", None, "has no number"), ("1e30", 1e30, ""), ("-1e30", -1e30, ""), ("2e30", 2e30, "“2e30” is too large"),
        ("-2e30", -2e30, "“-2e30” is too large"), ("inf", math.inf, "“inf” is not a finite number"),
        ("y" * 41, None, f"“{'y' * 40}” is not a number"),
        ("0" * 50 + "inf", math.nan, f"“{'0' * 40}” is not a finite number"),
        ("9" * 50, 1e50, f"“{'9' * 40}” is too large"), ("0", 0.0, ""),
    ],
)  # fmt: skip
def test_a_cell_without_a_usable_number_says_why(cell: str, value: float | None, fault: str) -> None:
    assert targets._fault(cell, value) == fault


@pytest.mark.parametrize(
    ("row", "header"),
    [
        (["a.jpg", "x"], False), (["path", "1"], True), (["photos", "1"], False), (["photos"], True),
        (["photos", "age"], True), (["photos", ""], True), ([" Path ", "1"], True),
    ],
)  # fmt: skip
def test_a_header_names_no_photo_and_no_number(row: list[str], header: bool) -> None:
    assert targets._is_header(row, ",") is header


def test_a_third_column_is_a_split_by_its_title_or_by_all_its_cells() -> None:
    def has(header: list[str] | None, *rows: list[str]) -> bool:
        return targets._has_split_column(header, [(number, row) for number, row in enumerate(rows, 1)])

    assert has(None, ["a", "1", "train"], ["b", "2", " Val "])
    assert not has(None, ["a", "1", "train"], ["b", "2"])
    assert not has(None, ["a", "1", "train"], ["b", "2", "x"])
    assert has(["path", "age", " Split "], ["a", "1", "x"])
    assert not has(["path", "age", "site"], ["a", "1", "train"])
    assert not has(["path", "split"], ["a", "train"])
