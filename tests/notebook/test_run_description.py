"""Description and choices of a run in the library."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import studio

STORED = Path(__file__).parents[1] / "stored_runs" / "v0.1"


def test_the_description_of_a_run_is_stored(tmp_path):
    run = studio.open_run(shutil.copytree(STORED / "frozen", tmp_path / "run"))
    assert (run.description.title, run.choices) == ("", ())
    run.describe(title="first try", tags=["good", "good"])
    run.describe(starred=True)
    for one in (run, studio.open_run(tmp_path / "run")):
        described = one.description
        assert (described.title, described.note, described.starred, described.tags) == (
            "first try",
            "",
            True,
            ("good",),
        )
    with pytest.raises(studio.UserError, match="cannot be a title"):
        run.describe(title="x" * 300)


def test_a_run_goes_to_the_trash_and_back(tmp_path):
    run = studio.open_run(shutil.copytree(STORED / "frozen", tmp_path / "run"))
    run.discard()
    assert not (tmp_path / "run").exists()
    run.restore()
    assert (tmp_path / "run" / "run.json").is_file()
