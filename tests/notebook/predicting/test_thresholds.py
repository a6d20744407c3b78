"""Thresholds of a run in the library: the document of `thaw threshold --json`, with the same refusals."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import studio
from studio.cli.main import main

STORED = Path(__file__).parents[2] / "stored_runs" / "v0.1"


@pytest.fixture
def run(tmp_path):
    return studio.open_run(shutil.copytree(STORED / "frozen", tmp_path / "frozen"))


def test_a_threshold_is_chosen_shown_and_removed(run, capsys):
    assert run.threshold()["rule"] is None
    assert "no thresholds are chosen" in repr(run.threshold())
    chosen = run.threshold("warm", rule="recall=1")
    assert [(one["class"], one["rule"]) for one in chosen["rule"]["thresholds"]] == [("warm", "recall=1")]
    assert "recall=1" in repr(chosen)
    assert "<table>" in chosen._repr_html_()
    both = run.threshold(temperature="fit", coverage=0.5)
    assert [one["class"] for one in both["rule"]["thresholds"]] == ["warm"]
    assert both["rule"]["temperature"] != 1
    assert main(["threshold", str(run.path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rule"] == json.loads(json.dumps(both["rule"]))
    assert run.threshold("warm", remove=True)["rule"]["thresholds"] == ()
    assert run.threshold(at=0.9, clear=True)["answered"]["value"] == 0.75
    assert run.threshold(clear=True)["rule"] is None
    assert not (Path(run.path) / "decision.json").exists()


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"classes": "blue", "at": 0.5}, "no class “blue”"),
        ({"classes": "warm"}, "classes need rule, at or remove"),
        ({"rule": "f2"}, "rule cannot be 'f2'"),
        ({"at": 1.5}, "at cannot be 1.5"),
        ({"at": 0.5, "rule": "f1"}, "exclude each other"),
        ({"confidence": 0.5, "coverage": 0.5}, "exclude each other"),
        ({"temperature": 0}, "temperature cannot be 0"),
        ({"known": 0}, "known cannot be 0"),
        ({"coverage": True}, "coverage cannot be True"),
    ],
)
def test_other_choices_are_refused(run, choices, words):
    with pytest.raises(studio.UserError, match=words):
        run.threshold(**choices)
    assert not (Path(run.path) / "decision.json").exists()
