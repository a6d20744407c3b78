"""`thaw runs --trash`, `--restore`, `--trashed` and `--empty-trash`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

STORED = Path(__file__).parents[2] / "stored_runs" / "v0.1"


@pytest.fixture
def runs(tmp_path):
    """Two runs of version 0.1."""
    for name in ("frozen", "regression"):
        shutil.copytree(STORED / name, tmp_path / "runs" / name)
    return tmp_path / "runs"


def names(thaw, runs, *options):
    key = "trashed" if options else "runs"
    return [
        Path(run.get("origin") or run["path"]).name
        for run in json.loads(thaw("runs", runs, *options, "--json")[1])[key]
    ]


def test_runs_are_removed_listed_and_restored(runs, thaw):
    status, out, _ = thaw("runs", "--trash", runs / "frozen", "--trash", runs / "regression")
    assert status == 0
    assert out.count("Moved to the trash") == 2
    assert f"thaw runs --restore {runs / 'frozen'}" in out
    assert names(thaw, runs) == []
    assert sorted(names(thaw, runs, "--trashed")) == ["frozen", "regression"]
    assert "2 runs in the trash" in thaw("runs", runs, "--trashed")[1]
    assert thaw("runs", runs, "--restore", "frozen")[1] == f"Restored: {runs / 'frozen'}\n"
    assert thaw("runs", "--restore", runs / "regression")[0] == 0
    assert sorted(names(thaw, runs)) == ["frozen", "regression"]


def test_the_trash_is_emptied_only_on_request(runs, thaw):
    assert thaw("runs", runs, "--empty-trash")[1] == "0 runs deleted, 0 KB freed\n"
    thaw("runs", "--trash", runs / "frozen")
    status, _, error = thaw("runs", runs, "--empty-trash")
    assert status == 2
    assert "--yes" in error
    assert names(thaw, runs, "--trashed") == ["frozen"]
    document = json.loads(thaw("runs", runs, "--empty-trash", "--yes", "--json")[1])
    assert [Path(run["origin"]).name for run in document["deleted"]] == ["frozen"]
    assert document["freed"] > 0
    assert names(thaw, runs, "--trashed") == []
    status, _, error = thaw("runs", runs, "--restore", "frozen")
    assert status == 2
    assert "no run “frozen” in the trash" in error
