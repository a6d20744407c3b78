"""`thaw replay`: its text, its JSON document and its exit statuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from terminal import QUICK, refused
from tiny import trained

import studio

STORED = Path(__file__).parents[2] / "stored_runs" / "v0.1"


@pytest.fixture
def run(photos, tmp_path):
    trained(photos, tmp_path / "run", batch_size=8)
    return tmp_path / "run"


def test_a_replay_with_the_same_result_has_status_0(run, photos, thaw, tmp_path):
    status, text, _ = thaw("replay", run, "--out", tmp_path / "again")
    assert status == 0
    assert text.splitlines() == [
        "Same: all losses, metrics and weights of run are equal bit for bit, over 2 epochs.",
        f"Run: {tmp_path / 'again'}",
    ]
    (photos / "cold" / "00.jpg").write_bytes(b"another")
    status, text, _ = thaw("replay", run, "--json")
    document = json.loads(text)
    assert status == 5
    assert (document["result"], document["largest_difference"]) == ("cannot", None)
    assert "cold/00.jpg" in document["why"]
    assert document["photos"]["changed"] == ["cold/00.jpg"]
    refused(thaw("replay", run, "--out", tmp_path / "again"), "is not empty")
    refused(thaw("replay", tmp_path / "none"), "There is no run")


@pytest.mark.slow
def test_a_replay_with_differences_has_status_4_and_names_them(run, thaw):
    record = json.loads((run / "run.json").read_text())
    record["epochs"][0]["val_loss"] += 0.25
    record["versions"]["torch"] = "1.0"
    (run / "run.json").write_text(json.dumps(record))
    status, text, _ = thaw("replay", run)
    assert status == 4
    assert text.startswith("Differs by up to 0.25: the results are not those of run.\n")
    assert "torch 1.0 then" in text
    assert "epoch 1, validation loss: 0.25" in text
    status, text, _ = thaw("replay", run, "--json", "--cached")
    document = json.loads(text)
    assert status == 4
    assert document["result"] == "differs"
    assert document["largest_difference"] == pytest.approx(0.25)
    assert document["differences"][0]["what"] == "validation loss"
    assert studio.replay(run, progress=False).result == "differs"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["frozen", "fine_tuned", "regression", "twelve_bits", "stopped"])
def test_replays_of_version_0_1_name_what_the_records_lack(name, thaw):
    photos = STORED / ("photos_12bit" if name == "twelve_bits" else "photos")
    status, text, _ = thaw("replay", STORED / name, "--data", photos, "--json")
    document = json.loads(text)
    assert status in (0, 4), document
    assert document["largest_difference"] < 1e-3
    assert any("processor" in sentence for sentence in document["unchecked"])


@pytest.mark.slow
def test_a_run_of_the_terminal_is_replayed(shared_photos, thaw, tmp_path):
    assert thaw("train", shared_photos, *QUICK, "--epochs", 1, "--out", tmp_path / "run")[0] == 0
    assert thaw("replay", tmp_path / "run")[0] == 0


@pytest.mark.slow
def test_each_event_is_a_line_for_other_programs(run, thaw):
    status, text, _ = thaw("replay", run, "--events")
    events = [json.loads(line) for line in text.splitlines()]
    assert status == 0
    assert {"Stage", "Progress"} < {one["event"] for one in events}
    assert (events[-1]["event"], events[-1]["result"]) == ("RunReplayed", "same")
