"""`thaw describe`: title, note, star and tags of runs, and lists of runs by them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

STORED = Path(__file__).parents[1] / "stored_runs" / "v0.1"


@pytest.fixture
def runs(tmp_path):
    """Two runs of version 0.1."""
    for name in ("frozen", "regression"):
        shutil.copytree(STORED / name, tmp_path / "runs" / name)
    return tmp_path / "runs"


def names(thaw, *arguments):
    status, out, _ = thaw("runs", *arguments, "--json")
    assert status == 0
    return sorted(run["name"] for run in json.loads(out)["runs"])


def test_a_description_is_stored_shown_and_changed(runs, thaw):
    record = (runs / "frozen" / "run.json").read_bytes()
    options = ["--title", " Ameisen ♥ ", "--note", "two\nlines", "--star"]
    options += ["--tag", "good", "--tag", "good", "--tag", "x"]
    status, out, _ = thaw("describe", runs / "frozen", *options)
    assert status == 0
    assert out == "★ Ameisen ♥\nTags: good, x\ntwo\\nlines\n"
    run = json.loads(thaw("describe", runs / "frozen", "--untag", "x", "--no-star", "--json")[1])
    assert (run["name"], run["title"], run["note"]) == ("frozen", "Ameisen ♥", "two\nlines")
    assert (run["starred"], run["tags"]) == (False, ["good"])
    assert "Ameisen ♥" in thaw("runs", runs)[1]
    assert thaw("describe", runs / "frozen", "--title", "", "--note", "")[1] == "frozen\nTags: good\n"
    assert (runs / "frozen" / "run.json").read_bytes() == record


def test_runs_are_listed_by_star_tag_and_photos(runs, thaw):
    thaw("describe", runs / "frozen", "--star", "--tag", "a", "--tag", "b")
    thaw("describe", runs / "regression", "--tag", "a")
    assert names(thaw, runs) == ["frozen", "regression"]
    assert names(thaw, runs, "--starred") == ["frozen"]
    assert names(thaw, runs, "--tag", "a") == ["frozen", "regression"]
    assert names(thaw, runs, "--tag", "a", "--tag", "b") == ["frozen"]
    folder = json.loads((runs / "frozen" / "run.json").read_text())["spec"]["dataset"]["folder"]
    assert "frozen" in names(thaw, runs, "--photos", folder)
    assert names(thaw, runs, "--photos", runs) == []


@pytest.mark.parametrize("content", [b"", b"not JSON", b'{"title": 7}'])
def test_a_damaged_description_hides_no_run(runs, thaw, content):
    (runs / "frozen" / "description.json").write_bytes(content)
    assert names(thaw, runs) == ["frozen", "regression"]


def test_mistakes_are_user_errors(runs, thaw):
    for arguments, words in [
        ((runs / "nowhere",), "nowhere"),
        ((runs / "frozen", "--title", "x" * 201), "cannot be a title"),
        ((runs / "frozen", "--tag", "a\nb"), "one line"),
    ]:
        status, _, err = thaw("describe", *arguments)
        assert status == 2
        assert words in err
    assert not (runs / "frozen" / "description.json").exists()
