"""`thaw train --seeds K`, and the repetitions in `thaw runs`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from terminal import QUICK

STORED = Path(__file__).parents[2] / "stored_runs" / "v0.1" / "frozen"


@pytest.mark.slow
def test_a_run_is_repeated_with_several_seeds(shared_photos, thaw, tmp_path):
    out = tmp_path / "runs"
    status, text, _ = thaw("train", shared_photos, *QUICK, "--epochs", 1, "--seeds", 2, "--out", out)
    assert status == 0
    first, second, last = text.splitlines()
    assert first.startswith("Seed 7: validation accuracy ")
    assert second.endswith(f"in {out / 'seed-8'}")
    assert "seeds 7, 8: validation accuracy: mean " in last
    assert last.endswith("(t distribution)")
    assert last in thaw("runs", out)[1]


def test_runs_that_differ_only_in_their_seed_are_listed_with_their_mean(thaw, tmp_path):
    for seed, accuracy in ((7, None), (9, 0.5)):
        record = json.loads((STORED / "run.json").read_text())
        record["spec"]["train"]["seed"] = seed
        if accuracy is not None:
            for epoch in record["epochs"]:
                epoch["val_accuracy"] = accuracy
        (tmp_path / str(seed)).mkdir()
        (tmp_path / str(seed) / "run.json").write_text(json.dumps(record))
    document = json.loads(thaw("runs", tmp_path, "--json")[1])
    values = {run["seed"]: run["accuracy"] for run in document["runs"]}
    (group,) = document["repetitions"]
    assert group["values"] == [values[7], values[9]]
    assert group["mean"] == pytest.approx(sum(values.values()) / 2)
    assert (group["seeds"], group["method"]) == ([7, 9], "t distribution")
    assert 0 <= group["low"] <= group["mean"] <= group["high"] <= 1
    assert "all frozen, seeds 7, 9: validation accuracy: mean " in thaw("runs", tmp_path)[1]


def test_one_seed_and_a_folder_in_use_are_refused(shared_photos, thaw, tmp_path):
    for number in (0, 1, 101):
        status, _, error = thaw("train", shared_photos, *QUICK, "--seeds", number)
        assert status == 2
        assert "--seeds must be from 2 to 100" in error
    (tmp_path / "mine").write_text("mine")
    status, _, error = thaw("train", shared_photos, *QUICK, "--seeds", 2, "--out", tmp_path)
    assert status == 2
    assert "not an empty folder" in error
