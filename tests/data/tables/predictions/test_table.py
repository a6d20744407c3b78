"""A table of predictions: continued after a stop and a cut-off row, and never mixed with the rows of another model."""

from __future__ import annotations

import contextlib
import csv
import json
import shutil

import pytest

from studio.data.tables.predictions import csv_file, table
from studio.data.tables.predictions.rows import Answered
from studio.events import ImagePrediction, ImageSkipped
from studio.spec import UserError
from studio.system.files import file_locks

CLASSES = ("a,b", 'quo"te', "zeile\nzwei")
MODEL = {"run": "r", "epoch": 3, "weights": "w", "rule": {"thresholds": []}, "classes": list(CLASSES), "target": ""}
ONE = ImagePrediction("x/1.jpg", (0.1, 0.2, 0.7), "zeile\nzwei", epoch=3, unlike=True, distance=1.5)
TWO = ImagePrediction("x/zwei\nzeilen.jpg", (0.5, 0.3, 0.2), "a,b", epoch=3, sure=False)
BAD = ImageSkipped("x/bad.jpg", "a text, not an image")


@pytest.fixture(params=[".csv", ".parquet"])
def file(request, tmp_path):
    if request.param == ".parquet":
        pytest.importorskip("pyarrow")
    return tmp_path / f"t{request.param}"


def written(file, *events, model=MODEL, classes=CLASSES):
    with table.opened(file, classes, model) as rows:
        known = rows.paths()
        for event in events:
            rows.add(event)
        answers = list(rows.answers()) if known else []
    return known, answers


def content(file):
    if file.suffix == ".csv":
        with file.open(newline="", encoding="utf-8") as opened:
            return list(csv.DictReader(opened))
    import pyarrow.parquet

    return pyarrow.parquet.read_table(file).to_pylist()


def test_rows_are_added_to_those_of_before(file):
    assert written(file, ONE, BAD) == (set(), [])
    known, answers = written(file, TWO)
    assert known == {ONE.path, BAD.path}
    assert answers == [Answered(ONE.path, ONE.predicted, True, True)], "before the new row is written out"
    assert written(file)[0] == {ONE.path, BAD.path, TWO.path}
    rows = content(file)
    assert [row["path"] for row in rows] == [ONE.path, BAD.path, TWO.path]
    assert list(rows[0]) == [*table.CLASS, *(f"p_{name}" for name in CLASSES)]
    one, bad, two = rows
    assert float(one["probability"]) == pytest.approx(0.7)
    assert float(two["p_a,b"]) == pytest.approx(0.5)
    assert (bad["predicted"], bad["reason"]) == ("", BAD.reason)
    if file.suffix == ".csv":
        assert (one["sure"], one["unlike"], two["sure"], two["unlike"], bad["sure"]) == (
            "true",
            "true",
            "false",
            "",
            "",
        )
        assert bad["p_a,b"] == ""
    else:
        assert (one["sure"], one["unlike"], two["sure"], two["unlike"], bad["sure"]) == (True, True, False, None, None)
        assert bad["p_a,b"] is None
    assert [one.name for one in file.parent.iterdir() if one.name.startswith(".")] == []


def test_a_table_without_photos_has_its_columns(file):
    written(file)
    assert content(file) == []
    assert file.exists()


def test_numbers_have_columns_of_their_own(file):
    model = MODEL | {"classes": [], "target": "age"}
    written(file, ImagePrediction("a.jpg", (), "", 2.5, 3, distance=0.25), BAD, model=model, classes=())
    row, bad = content(file)
    assert list(row) == ["path", "number", "unlike", "distance", "reason"]
    assert (float(row["number"]), float(row["distance"])) == (2.5, 0.25)
    assert bad["reason"] == BAD.reason


@pytest.mark.parametrize("cut", [1, 3, 10, 40])
def test_a_row_that_a_kill_cut_off_is_computed_again(tmp_path, cut):
    file = tmp_path / "t.csv"
    written(file, ONE, TWO)
    whole = file.read_bytes()
    file.write_bytes(whole[:-cut])
    assert written(file, TWO)[0] == {ONE.path}
    assert file.read_bytes() == whole


def test_a_cut_off_header_is_written_again(tmp_path):
    file = tmp_path / "t.csv"
    written(file, ONE)
    whole = file.read_bytes()
    file.write_bytes(b"path,pre")
    assert written(file, ONE)[0] == set()
    assert file.read_bytes() == whole


def test_rows_that_waited_when_the_program_was_killed_are_taken_over_once(tmp_path):
    pytest.importorskip("pyarrow")
    file, waiting = tmp_path / "t.parquet", tmp_path / ".t.parquet.rows"
    with table.opened(file, CLASSES, MODEL) as rows:
        rows.add(ONE)
        rows._csv.flush()
        shutil.copy(waiting, tmp_path / "left")
    assert not waiting.exists()
    (tmp_path / "left").replace(waiting)  # killed before it was removed
    assert written(file, TWO)[0] == {ONE.path}
    assert [row["path"] for row in content(file)] == [ONE.path, TWO.path]


def test_rows_written_so_far_are_in_the_file_after_an_error(file):
    def stopped():
        with table.opened(file, CLASSES, MODEL) as rows:
            rows.add(ONE)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert [row["path"] for row in content(file)] == [ONE.path]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"weights": "v", "epoch": 4}, "epoch 3 of r, not of epoch 4 of r"),
        ({"rule": {"thresholds": [1]}}, "other thresholds"),
    ],
)
def test_rows_of_another_model_are_refused(file, change, words):
    written(file, ONE)
    before = file.read_bytes()
    with pytest.raises(UserError, match=words):
        written(file, TWO, model=MODEL | change)
    assert file.read_bytes() == before
    assert written(file, model=MODEL | {"run": "moved"})[0] == {ONE.path}, "a run that was moved is the same"


@pytest.mark.parametrize("note", [None, "no json", "[]", json.dumps({"kind": "other"})])
def test_a_file_of_the_user_is_never_replaced(file, note):
    file.write_text("mine")
    if note is not None:
        file.with_name(f"{file.name}.json").write_text(note)
    with pytest.raises(UserError, match="says that it is a table"):
        written(file, ONE)
    assert file.read_text() == "mine"


def test_a_json_file_of_the_user_beside_a_new_table_is_never_replaced(file):
    note = file.with_name(f"{file.name}.json")
    note.write_text('{"mine": 1}')
    with pytest.raises(UserError, match="nothing is overwritten"):
        written(file, ONE)
    assert note.read_text() == '{"mine": 1}'
    assert not file.exists()


def test_other_suffixes_and_folders_that_are_not_there_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"should end in \.csv or \.parquet"):
        written(tmp_path / "t.txt")
    with pytest.raises(UserError, match="There is no folder"):
        written(tmp_path / "gone" / "t.csv")


def test_two_programs_do_not_write_one_table(file):
    with file_locks.held(file.with_name(f".{file.name}.lock"), 0), pytest.raises(UserError, match="Another program"):
        written(file, ONE)


def test_a_full_disk_keeps_what_was_written(small_disk):
    file = small_disk / "t.csv"
    written(file, ONE)
    many = (ImagePrediction(f"{number:>2000}.jpg", (0.1, 0.2, 0.7), "a,b", epoch=3) for number in range(20_000))
    with pytest.raises(UserError, match="cannot be written") as caught:
        written(file, *many)
    assert "Free some space" in caught.value.hint
    assert "same command continues" in caught.value.hint
    with table.opened(small_disk / "t.csv", CLASSES, MODEL) as rows:
        assert len(rows.paths()) > 1000


@pytest.mark.parametrize(("name", "needed"), [("t.csv", False), ("t.parquet", True), ("t.PARQUET", True)])
def test_only_parquet_needs_its_library(tmp_path, monkeypatch, name, needed):
    asked = []
    monkeypatch.setattr(table.parquet_file, "require_library", lambda: asked.append(name) or _stop())

    def _stop():
        raise UserError("no pyarrow", "")

    with contextlib.suppress(UserError), table.opened(tmp_path / name, CLASSES, MODEL):
        pass
    assert asked == [name] * needed


def test_an_empty_file_gets_its_header(tmp_path):
    file = tmp_path / "t.csv"
    file.touch()
    with contextlib.closing(csv_file.CsvFile(file, ["path", "a"])) as rows:
        rows.add(["1.jpg", "2"])
    assert file.read_text(encoding="utf-8") == "path,a\n1.jpg,2\n"
