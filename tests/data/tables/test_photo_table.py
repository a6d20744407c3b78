"""Tables about photos: columns are matched to photos by path or by a name that only one photo has."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.data.tables import photo_table
from studio.spec import UserError

PHOTOS = ("ants/1.jpg", "ants/2.jpg", "bees/2.jpg", "bees/Käfer.jpg")


def table(folder: Path, text: str) -> Path:
    file = folder / "photos.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_columns_are_in_the_order_of_the_photos(tmp_path: Path) -> None:
    root = str(tmp_path / "photos")
    file = table(
        tmp_path,
        'age;path;site\n3;ants\\1.jpg;north\n4;bees/Ka\u0308fer.jpg;"a;b"\n'
        f"5;{root}/ants/2.jpg;\n6;other.jpg;x\n7;2.jpg;x\n",
    )
    assert photo_table.read_columns(file, root, PHOTOS) == {
        "age": ["3", "5", "", "4"], "site": ["north", "", "", "a;b"],
    }  # fmt: skip


def test_a_name_is_enough_where_only_one_photo_has_it(tmp_path: Path) -> None:
    file = table(tmp_path, "file,age\n1.jpg,3\n2.jpg,4\n")
    assert photo_table.read_columns(file, str(tmp_path), PHOTOS) == {"age": ["3", "", "", ""]}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("path\nants/1.jpg\n", "no second column"),
        ("path,age\nx.jpg,3\n", "names a photo"),
        ('path,age\n"a,3\n', "not CSV"),
    ],
)
def test_a_table_without_values_is_an_error(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        photo_table.read_columns(table(tmp_path, text), str(tmp_path), PHOTOS)
    with pytest.raises(UserError, match="cannot be read"):
        photo_table.read_columns(tmp_path / "no.csv", str(tmp_path), PHOTOS)


@pytest.mark.parametrize(
    ("header", "place"),
    [(["n", "path"], 1), (["n", " File "], 1), (["image", "path"], 1), (["n", "m"], 0), ([], 0), (["id", "n"], 0)],
)
def test_the_column_of_paths_is_the_one_named_so_or_the_first(header: list[str], place: int) -> None:
    assert photo_table.path_column(header) == place


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("path;age", ["path", "age"]), ("path,age", ["path", "age"]), ("path;a,b", ["path;a", "b"]),
        ("path;a;b,c", ["path", "a", "b,c"]), ("path,a,b;c", ["path", "a", "b;c"]), ("path", ["path"]),
    ],
)  # fmt: skip
def test_the_delimiter_is_the_more_frequent_one_in_the_first_line(
    tmp_path: Path, header: str, names: list[str]
) -> None:
    assert photo_table.read_rows(table(tmp_path, f"{header}\n;;;,,,\n"), "")[0] == names
