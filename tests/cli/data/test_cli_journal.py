"""`thaw journal`: choices about photos, their undo, export, import and copy; and other commands that mention them."""

from __future__ import annotations

import json

import pytest
from photos_with_journal import write_files
from trimming import few


@pytest.fixture
def folder(tmp_path):
    return write_files(tmp_path / "photos")


def document(result):
    status, out, _ = result
    assert status == 0, result
    return json.loads(out)


def test_choices_are_made_shown_and_undone(folder, thaw):
    assert "0 to undo" in thaw("journal", folder, "show")[1]
    assert thaw("journal", folder, "exclude", "ants/0.jpg", folder / "bees" / "1.jpg")[1].startswith(
        "2 photos excluded"
    )
    thaw("journal", folder, "relabel", "ants/1.jpg", "ants/2.jpg", "bees")
    thaw("journal", folder, "split", "ants/1.jpg", "test")
    shown = document(thaw("journal", folder, "accept", "blank", "ants/3.jpg", "bees/2.jpg", "--json"))
    assert [(one["path"], one["excluded"], one["label"], one["split"]) for one in shown["photos"]] == [
        ("ants/0.jpg", True, "", None),
        ("ants/1.jpg", False, "bees", "test"),
        ("ants/2.jpg", False, "bees", None),
        ("bees/1.jpg", True, "", None),
    ]
    assert shown["accepted"] == [{"kind": "blank", "photos": [name]} for name in ("ants/3.jpg", "bees/2.jpg")]
    assert (shown["undoable"], shown["redoable"]) == (4, 0)
    _, out, _ = thaw("journal", folder, "show")
    assert "class bees, split test" in out
    assert "2 photos excluded, 2 relabeled, 1 moved to another split by your choices; 4 to undo, 0 to redo" in out
    assert document(thaw("journal", "--json", folder, "undo", "2"))["redoable"] == 2
    assert document(thaw("journal", folder, "redo", "--json"))["photos"] == shown["photos"]
    assert document(thaw("journal", folder, "restore", ".", "--json"))["undoable"] == 4
    assert "excluded" not in thaw("journal", folder, "show")[1]


def test_scan_states_the_number_of_photos_with_choices(photos, thaw):
    thaw("journal", photos, "exclude", "cold/00.jpg", "cold/01.jpg")
    status, out, _ = thaw("scan", photos)
    assert status == 0
    assert "2 photos excluded by your choices" in out
    assert "Left out" not in out
    scanned = document(thaw("scan", photos, "--json"))
    assert (scanned["photos"], scanned["choices"]["excluded"], len(scanned["choices"]["fingerprint"])) == (22, 2, 32)


@pytest.mark.slow
def test_train_states_the_number_of_photos_with_choices_and_records_them(photos, thaw, tmp_path):
    thaw("journal", photos, "exclude", "cold/00.jpg", "cold/01.jpg")
    options = ("--epochs", "1", "--image-size", "32", "--device", "cpu")
    status, out, _ = thaw("train", photos, "--weights", "none", *options, "--out", tmp_path / "run")
    assert status == 0
    assert "2 photos excluded by your choices" in out
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert [choice["path"] for choice in record["choices"]] == ["cold/00.jpg", "cold/01.jpg"]


def test_choices_are_exported_as_csv_and_as_a_cleaned_copy(folder, thaw, tmp_path):
    thaw("journal", folder, "exclude", "ants/0.jpg")
    assert "1 choice written" in thaw("journal", folder, "export", tmp_path / "a.csv")[1]
    thaw("journal", folder, "undo")
    with (tmp_path / "a.csv").open("a") as file:
        file.write("ants/9.jpg,,exclude,,\n")
    status, out, _ = thaw("journal", folder, "import", tmp_path / "a.csv")
    assert status == 0
    assert "Not imported: line 3, there is no such photo: ants/9.jpg" in out
    assert "7 photos linked" in thaw("journal", folder, "copy", tmp_path / "out", "--links")[1]
    assert not (tmp_path / "out" / "ants" / "0.jpg").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    few(
        [
            (["exclude", "ants/7.jpg"], "There is no photo “ants/7.jpg”"),
            (["exclude"], "PHOTO"),
            (["relabel", "ants/0.jpg", "bee"], "There is no class “bee”. Did you mean “bees”?"),
            (["relabel", "ants/0.jpg"], "“thaw journal FOLDER relabel --help”"),
            (["split", "ants/0.jpg", "tset"], "There is no split “tset”. Did you mean “test”?"),
            (["accept", "near_duplicates"], "Did you mean “near_duplicate” or"),
            (["accept", "label_error"], "No photo was named"),
            (["undo"], "nothing to undo"),
            (["redo"], "nothing to redo"),
            (["undo", "0"], "must be 1 or more"),
            (["export", "x.txt"], ".csv"),
            (["import", "no.csv"], "cannot be read"),
            (["erase"], "erase"),
            ([], "ACTION"),
        ],
        [["exclude", "ants/7.jpg"], ["split", "ants/0.jpg", "tset"], ["undo"], ["import", "no.csv"]],
    ),
)
def test_a_mistake_is_a_user_error_and_changes_nothing(folder, thaw, arguments, words):
    status, _, err = thaw("journal", folder, *arguments)
    assert status == 2
    assert words in err
    assert document(thaw("journal", folder, "show", "--json"))["undoable"] == 0
    status, out, _ = thaw("journal", folder, *arguments, "--json")
    assert status == 2
    assert json.loads(out)["error"]


def test_scan_marks_accepted_findings(photos, thaw):
    def marks():
        findings = document(thaw("scan", photos, "--json"))["findings"]
        return {finding["kind"]: finding["accepted"] for finding in findings}

    before = marks()
    assert before
    assert not any(before.values())
    kind = next(iter(before))
    thaw("journal", photos, "accept", kind)
    assert marks() == {**before, kind: True}
    assert "Accepted by you:" in thaw("scan", photos)[1]
    thaw("journal", photos, "reopen", kind)
    assert marks() == before


def test_a_split_by_groups_is_chosen_and_named(photos, thaw):
    options = ("--split-by", "name", "--split-pattern", r"^(\d)", "--test-fraction", "0.3", "--no-split-near")
    assert "split made here by name" in thaw("scan", photos, *options)[1]
    scanned = document(thaw("scan", photos, *options, "--json"))
    assert (scanned["split"], scanned["split_by"]) == ("made", "name")
    assert len(scanned["counts"]) == 2, "there are two groups, 0 and 1"
    status, _, err = thaw("scan", photos, "--split-by", "name")
    assert status == 2
    assert "needs a pattern" in err
