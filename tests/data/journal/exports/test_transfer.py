"""Export of choices to CSV and their import into the same folder, a copy of it, and another one."""

from __future__ import annotations

import csv
import shutil

import pytest
from photos_with_journal import PhotosWithJournal, result_of

from studio.data.journal.entries import Action
from studio.data.journal.exports.transfer import export, import_csv
from studio.spec import UserError

CLASSES = ("ants", "bees")


def rows_of(file):
    with file.open(newline="", encoding="utf-8") as table:
        return list(csv.DictReader(table))


@pytest.fixture
def chosen(folder):
    """A folder with choices of each kind, some of them undone or replaced."""
    folder.do("exclude", "ants/0.jpg", "bees/0.jpg")
    folder.do("restore", "bees/0.jpg")
    folder.do("relabel", "ants/1.jpg", value="bees")
    folder.do("split", "ants/1.jpg", "bees/2.jpg", value="test")
    folder.do("accept", "ants/2.jpg", "bees/3.jpg", value="near_duplicate")
    folder.do("accept", value="imbalance")
    folder.do("exclude", "bees/1.jpg")
    folder.journal().undo()
    return folder


def test_an_export_has_the_choices_in_effect_and_can_be_imported_into_a_copy(chosen, tmp_path):
    file = tmp_path / "choices.csv"
    assert result_of(export(chosen.journal(), file)) == 5
    rows = rows_of(file)
    assert [(row["path"], row["action"], row["value"]) for row in rows] == [
        ("ants/0.jpg", "exclude", ""),
        ("ants/1.jpg", "relabel", "bees"),
        ("ants/1.jpg", "split", "test"),
        ("bees/2.jpg", "split", "test"),
        ("", "accept", "imbalance"),
        ("ants/2.jpg | bees/3.jpg", "accept", "near_duplicate"),
    ]
    assert all(row["time"].endswith("+00:00") for row in rows)
    copy = PhotosWithJournal(shutil.copytree(chosen.root, tmp_path / "copy"))
    assert result_of(import_csv(copy.journal(), file, CLASSES)) == (6, [])
    assert copy.used() == chosen.used()
    (copy.root / "ants" / "0.jpg").rename(copy.root / "ants" / "renamed.jpg")
    assert copy.excluded() == ["ants/renamed.jpg"]
    assert len(copy.listing().choices.accepted) == 2
    assert copy.journal().undo(9) == 1, "an import is one entry"


def test_names_that_contain_the_separator_are_imported(folder, tmp_path):
    for path in sorted((folder.root / "ants").iterdir()):
        path.rename(path.with_name(f"{path.stem} | a{path.suffix}"))
    (folder.root / "bees" / "0.jpg").write_text((folder.root / "ants" / "0 | a.jpg").read_text())
    journal = folder.journal()
    pairs = [("ants/0 | a.jpg", "ants/1 | a.jpg"), ("ants/2 | a.jpg", "bees/1.jpg"), ("ants/0 | a.jpg", "bees/0.jpg")]
    journal.add([Action("accept", "near_duplicate", result_of(journal.keys_of(pair))) for pair in pairs])
    before = folder.listing().choices.accepted
    result_of(export(folder.journal(), tmp_path / "a.csv"))
    folder.journal().undo()
    result_of(import_csv(folder.journal(), tmp_path / "a.csv", CLASSES))
    assert folder.listing().choices.accepted == before
    assert len(before) == 3


def test_a_class_with_a_trailing_space_is_imported(folder, tmp_path):
    (folder.root / "bees").rename(folder.root / "bees ")
    folder.do("relabel", "ants/0.jpg", value="bees ")
    result_of(export(folder.journal(), tmp_path / "a.csv"))
    folder.journal().undo()
    result_of(import_csv(folder.journal(), tmp_path / "a.csv", ["ants", "bees "]))
    assert folder.used()["ants/0.jpg"][0] == "bees "


def test_an_import_after_undo_restores_the_same_choices(chosen, tmp_path):
    before = chosen.listing().choices
    result_of(export(chosen.journal(), tmp_path / "a.csv"))
    chosen.journal().undo(9)
    result_of(import_csv(chosen.journal(), tmp_path / "a.csv", CLASSES))
    assert chosen.listing().choices == before
    result_of(export(chosen.journal(), tmp_path / "b.csv"))
    plain = [[{**row, "time": ""} for row in rows_of(tmp_path / name)] for name in ("a.csv", "b.csv")]
    assert plain[0] == plain[1]


def test_rows_by_path_alone_and_rows_about_other_photos(folder, tmp_path):
    file = tmp_path / "choices.csv"
    file.write_text("\ufeffpath,action,value\nants/0.jpg,exclude,\nants/9.jpg,exclude,\nbees/1.jpg,split,validation\n")
    number, left_out = result_of(import_csv(folder.journal(), file, CLASSES))
    assert number == 2
    assert [(one.path, one.reason) for one in left_out] == [("line 3", "there is no such photo: ants/9.jpg")]
    assert folder.excluded() == ["ants/0.jpg"]
    assert folder.used()["bees/1.jpg"] == ("bees", "val")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no columns"),
        ("file,what\n", "no columns"),
        ("path,action\nants/0.jpg,delete\n", "line 2: there is no action “delete”"),
        ("path,action,value\nants/0.jpg,exclude,\nants/1.jpg,relabel,bes\n", "line 3: There is no class “bes”"),
        ("path,action,value\nants/0.jpg,split,tst\n", "line 2: There is no split “tst”"),
        ("path,action,value\n,accept,near\n", "line 2: There is no finding “near”"),
        ("path,action,value\n,exclude,\n", "line 2 names no photo"),
        ("action,path\nexclude\n", "line 2 names no photo"),
        ("path,hash,action\nants/0.jpg,a b,exclude\n", "1 paths and 2 hashes"),
        ("path,action\nx.jpg,exclude\n", "No row"),
        ("path,action\n", "has no rows"),
        ('path,action\n"ants/0.jpg,exclude\n', "line 2, is not CSV"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_nothing_is_imported(folder, tmp_path, text, words):
    file = tmp_path / "choices.csv"
    file.write_text(text)
    with pytest.raises(UserError) as error:
        result_of(import_csv(folder.journal(), file, CLASSES))
    assert words in error.value.title
    assert not folder.journal().folder.exists


def test_an_export_never_replaces_a_photo(folder):
    photo = folder.root / "ants" / "0.jpg"
    with pytest.raises(UserError, match=r"should end in \.csv"):
        result_of(export(folder.journal(), photo))
    assert photo.read_text() == "ants 0"
