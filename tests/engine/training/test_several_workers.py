"""Training in several processes gives the metrics of a single one, and survives the loss of a worker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from several_workers import start
from tiny import exact_results, record, recorded
from worker_program import settings

from studio.engine.training.run_files import checkpoints

pytestmark = pytest.mark.slow

TOLERANCE = 1e-5
"""Relative difference of losses: both add the same numbers in float32, in another order, and each step amplifies it."""

THAWED = {"thaw": ["blocks.6"]}
CASES: dict[str, dict[str, Any]] = {
    "thawed": {"freeze": THAWED, "epochs": 3, "batch_size": 5, "backbone_lr": 1e-3, "clip_norm": 1.0},
    "phases": {"freeze": THAWED, "epochs": 2, "head_epochs": 2, "batch_size": 4, "schedule": "cosine"},
    "everything, augmented": {
        "freeze": {"base": "none"},
        "epochs": 2,
        "batch_size": 4,
        "augment": {"steps": [{"kind": "flip"}]},
    },
    "frozen": {"epochs": 2, "batch_size": 4},
    "frozen, augmented": {"epochs": 2, "batch_size": 4, "augment": {"steps": [{"kind": "flip"}]}},
    "small batches": {"freeze": THAWED, "epochs": 2, "batch_size": 1, "optimizer": "sgd", "balance": "sampling"},
}


def succeeded(ends: list[Any]) -> None:
    assert [end.returncode for end in ends] == [0] * len(ends), "\n".join(end.stdout + end.stderr for end in ends)


def numbers(run: Path) -> list[dict[str, Any]]:
    return record(run)["epochs"]


def flat(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [number for key in sorted(value) if key != "seconds" for number in flat(value[key])]
    if isinstance(value, list):
        return [number for one in value for number in flat(one)]
    return [float(value)] if isinstance(value, int | float) else []


def assert_same_metrics(one: Path, other: Path) -> None:
    assert len(numbers(one)) == len(numbers(other)) > 0
    np.testing.assert_allclose(flat(numbers(one)), flat(numbers(other)), rtol=TOLERANCE, atol=1e-6)
    assert record(one)["best_epoch"] == record(other)["best_epoch"]


def alone(photos: Path, run: Path, choices: dict[str, Any]) -> Path:
    """The run of this process."""
    spec = settings(photos, choices)
    list(recorded(spec, run, run.parent / "cache alone"))
    return run


def test_workers_give_the_metrics_of_one_process(photos, tmp_path):
    jobs = [("train", photos, tmp_path / f"2 {name}", tmp_path / "cache", choices) for name, choices in CASES.items()]
    ends = start(2, *jobs)
    succeeded(ends)
    assert not ends[1].stdout
    assert len(list((tmp_path / "cache").glob("*/*.rows"))) >= 2  # both computed, into the same cache
    for name, choices in CASES.items():
        run = alone(photos, tmp_path / f"1 {name}", dict(choices))
        together = tmp_path / f"2 {name}"
        assert_same_metrics(run, together)
        assert record(together)["status"] == "done"
        assert record(together)["machine"]["workers"] == 2
        assert record(together)["frozen_unchanged"]
    assert exact_results(tmp_path / "1 frozen") == exact_results(tmp_path / "2 frozen")  # worker 0 trains it alone


def test_a_killed_worker_ends_the_run_which_other_numbers_of_workers_resume(photos, tmp_path):
    choices = CASES["thawed"]
    run = tmp_path / "run"
    leader, killed = start(2, ("train", photos, run, tmp_path / "cache", {**choices, "dies_in_epoch": 1}))
    assert killed.returncode == -9
    assert leader.returncode == 2, leader.stderr
    assert "Worker 2 of 2" in leader.stdout
    assert "thaw resume" in leader.stdout
    failed = record(run)
    assert failed["status"] == "failed"
    assert [epoch["epoch"] for epoch in failed["epochs"]] == [1]
    state = checkpoints.read(run)
    assert state is not None
    assert state.workers == 2
    succeeded(start(3, ("resume", photos, run, tmp_path / "cache", {})))
    assert record(run)["status"] == "done"
    assert any("resumes with 3" in warning["title"] for warning in record(run)["warnings"])
    assert_same_metrics(alone(photos, tmp_path / "one", dict(choices)), run)
