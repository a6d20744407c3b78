"""Cells of tables of photos at their limits."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from studio.data.tables import label_table, photo_lines, photo_table, targets
from studio.runs import project_file
from studio.spec import UserError


@pytest.mark.parametrize(
    ("cell", "path", "wrong"),
    [
        (" a\\b.jpg ", "a/b.jpg", ""),
        ("'a.jpg'", "a.jpg", ""),
        ("x" * 4096, "x" * 4096, ""),
        ("x" * 4097, "x" * 40 + "…", "4,097 characters are too long for a path"),
    ],
)
def test_a_path_has_at_most_4096_characters(cell: str, path: str, wrong: str) -> None:
    assert photo_lines.read_path(cell) == (path, wrong)


@pytest.mark.parametrize(
    ("row", "split", "wrong"),
    [
        (["a", "1", " Train "], "train", ""),
        (["a", "1", "validation"], "val", ""),
        (["a", "1"], None, "“” is neither train, val nor test"),
        (["a", "1", "y" * 41], None, f"“{'y' * 40}” is neither train, val nor test"),
    ],
)
def test_the_split_of_a_row_is_a_word_or_missing(row: list[str], split: str | None, wrong: str) -> None:
    assert photo_lines.read_split(row, 2) == (split, wrong)


@pytest.mark.parametrize(
    ("label", "fault"),
    [
        ("ants", ""),
        ("", "has no class"),
        ("x" * 120, ""),
        ("x" * 121, f"“{'x' * 40}…” is too long for a class"),
        (".", "“.” cannot be the name of a class"),
        ("..", "“..” cannot be the name of a class"),
        ("a/b", "“a/b” cannot be the name of a class"),
        ("a.b", ""),
    ],
)
def test_a_label_must_be_a_valid_folder_name(label: str, fault: str) -> None:
    assert label_table._fault(label) == fault


@pytest.mark.parametrize(
    ("lines", "delimiter"),
    [
        (["a.jpg,ants", "b.jpg,bees"], ","),
        (["a.jpg;ants", "b.jpg;bees"], ";"),
        (["a,1.jpg;ants", "b,2,3.jpg;bees"], ";"),
        (["a\tants, red", "b\tbees", "c\tbees"], "\t"),
        (["a.jpg", "b.jpg"], ","),
        (["a,b;c", "a,b;c"], ","),
        (["a.jpg;ants"], ";"),
        (["a.jpg\tants"], "\t"),
        ([], ","),
    ],
)
def test_the_delimiter_gives_most_lines_the_same_number_of_cells(lines: list[str], delimiter: str) -> None:
    assert label_table._delimiter(lines) == delimiter


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("image,label\na.jpg,ants\n", [("a.jpg", "ants", None)]),
        ("label,image\nants,a.jpg\n", [("a.jpg", "ants", None)]),
        ("label,what\nants,a.jpg\n", [("a.jpg", "ants", None)]),
        ("n,label,path,set\n1,ants,a.jpg,val\n", [("a.jpg", "ants", "val")]),
        ("a.jpg,ants\nb.jpg,bees\n", [("a.jpg", "ants", None), ("b.jpg", "bees", None)]),
        ("image.jpg,label\nb.jpg,bees\n", [("image.jpg", "label", None), ("b.jpg", "bees", None)]),
    ],
)
def test_columns_are_found_by_title_or_position(
    tmp_path: Path, text: str, rows: list[tuple[str, str, str | None]]
) -> None:
    (tmp_path / "t.csv").write_text(text)
    table = label_table.read(tmp_path / "t.csv")
    assert [(line.path, line.value, line.split) for line in table.lines] == rows
    assert table.has_split == (rows[0][2] is not None)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes have names only on Unix")
def test_a_pipe_is_refused_as_a_table_and_as_a_project_without_opening_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")  # opening it would block forever
    readers = (label_table.read, targets.read, project_file.read, lambda file: photo_table.read_rows(file, "a form"))
    for read in readers:
        with pytest.raises(UserError, match="pipe or a device"):
            read(tmp_path / "pipe.csv")


def test_a_file_with_one_column_is_not_a_table(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("\n" + "a.jpg\n" * 20 + "b.jpg,bees\n")
    with pytest.raises(UserError, match="has only one column in line 2"):
        label_table.read(file)
    file.write_text("a.jpg\n" * 19 + "b.jpg,bees\n")
    assert label_table.read(file).lines[-1].value == "bees"


@pytest.mark.parametrize(
    ("lines", "delimiter"),
    [
        (["a.jpg,1", "b.jpg,2"], ","),
        (["a.jpg;1"], ";"),
        (["a.jpg;1,5", "b.jpg;2,5"], ";"),
        (["a,1.jpg;2", "b,1.jpg;3"], ";"),
        (["path;size"], ";"),
        (["a.jpg\t1", "b,2\t2"], "\t"),
        (["a,1", "b;x", "c;y"], ","),
        (["a.jpg"], "\t"),
    ],
)
def test_the_delimiter_of_numbers_leaves_most_numbers_in_the_second_cell(lines: list[str], delimiter: str) -> None:
    assert targets._delimiter(lines) == delimiter
