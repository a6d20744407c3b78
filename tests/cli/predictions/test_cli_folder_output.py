"""`thaw predict --out` and `--sort-into`: the written files, named as text and as JSON."""

from __future__ import annotations

import json

import pytest
from terminal import QUICK, refused

from studio.commands.predictions import folder
from studio.data import sorted_folders
from studio.data.tables.predictions.rows import Answered
from studio.events import ImageSkipped, PhotosSorted, TableWritten
from studio.notebook.predicting.folder_predictions import undo_sorting

SAID = (
    ImageSkipped("a.jpg", "empty file"),
    TableWritten("t.csv", 1200, 200, 1),
    PhotosSorted("d", (("_not sure", 3), ("ants", 1000)), True, 5, (("b.jpg", "file not found"),), "d/sorted.csv"),
)


def test_the_written_files_are_named(thaw, tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "predict", lambda *_: lambda _stop: iter(SAID))
    command = "predict", tmp_path, "photos", "--out", "t.csv", "--sort-into", "d"
    status, out, err = thaw(*command)
    assert status == 2
    assert "1,200 rows in t.csv, 200 of them from before; 1 without a prediction" in out
    assert "1,000  ants" in out
    assert "1,003 links in d; 5 photos were sorted before" in out
    assert "not sorted: b.jpg: file not found" in out
    assert "d/sorted.csv. To undo it: thaw unsort d" in out
    assert "thaw: No prediction for a.jpg: empty file." in err
    data = json.loads(thaw(*command, "--json")[1])
    assert (data["rows"], data["rows_before"], data["without_prediction"]) == (1200, 200, 1)
    assert data["folders"] == {"_not sure": 3, "ants": 1000}
    assert (data["kind"], data["sorted_before"], data["listing"]) == ("links", 5, "d/sorted.csv")
    assert data["not_sorted"] == [{"path": "b.jpg", "reason": "file not found"}]


def test_sorting_is_undone_in_the_terminal(thaw, tmp_path):
    photo = tmp_path / "in" / "a b.jpg"
    photo.parent.mkdir()
    photo.write_text("photo")
    out = tmp_path / "out"
    model = {"run": "r", "epoch": 1, "weights": "w", "rule": {}, "classes": ["ants"], "target": ""}
    with sorted_folders.opened(out, ("ants",), True, model, [str(photo.parent)]) as sorter:
        sorter.place(Answered(str(photo), "ants", True, False))
    made = out / "ants" / "a b.jpg"
    made.unlink()
    made.write_text("mine")
    data = json.loads(thaw("unsort", out, "--json")[1])
    assert data["removed"] == 0
    assert data["left"] == [{"path": str(made), "reason": "it is no longer the link that was made"}]
    assert f"stays: {made}: it is no longer" in thaw("unsort", out)[1]
    made.unlink()
    made.symlink_to(photo)
    assert undo_sorting(out, progress=False) == {}
    assert list(out.iterdir()) == []
    refused(thaw("unsort", out), "No photos were sorted into")


def test_after_ctrl_c_the_command_that_continues_is_named(thaw, tmp_path, monkeypatch):
    def stop(_stop):
        yield SAID[0]
        raise KeyboardInterrupt

    monkeypatch.setattr(folder, "predict", lambda *_: stop)
    status, out, err = thaw("predict", tmp_path, "photos", "--out", "t.csv")
    assert (status, out) == (130, "")
    assert "the same command continues" in err


def test_options_that_do_not_go_together_are_refused(thaw, tmp_path):
    refused(thaw("predict", tmp_path, "photos", "--copy"), "--sort-into")
    refused(thaw("predict", tmp_path, "photos", "--out", "t.csv", "--link"), "--sort-into")
    refused(thaw("predict", tmp_path, "photos", "--out", "t.csv", "--trace"), "--trace shows single photos")
    refused(thaw("predict", tmp_path, "photos", "--sort-into", "d", "--link", "--copy"), "not allowed with")


@pytest.mark.slow
def test_a_run_writes_a_table_in_both_formats(photos, tmp_path, thaw):
    pytest.importorskip("pyarrow")
    assert thaw("train", photos, *QUICK, "--epochs", 1, "--out", tmp_path / "run")[0] == 0
    for name in ("t.csv", "t.parquet"):
        status, out, _ = thaw("predict", tmp_path / "run", photos, "--out", tmp_path / name, "--device", "cpu")
        assert (status, out) == (0, f"24 rows in {tmp_path / name}\n")
    refused(thaw("predict", tmp_path / "run", photos, "--out", tmp_path / "t.xlsx"), "should end in .csv or .parquet")
    refused(thaw("predict", tmp_path / "run", photos, "--sort-into", photos / "new"), "is among the photos")
