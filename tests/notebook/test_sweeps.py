"""`studio.sweep` in a notebook or a script."""

from __future__ import annotations

import json

import pytest
from tiny import SMALL

import studio


@pytest.mark.slow
def test_a_sweep_is_an_object_with_its_runs_and_its_winner(shared_photos, tmp_path):
    space = {"settings": {"lr": [0.001, 0.01]}}
    options = {"epochs": 1, "device": "cpu", "progress": False}
    result = studio.sweep(shared_photos, space, SMALL, **options)
    assert [run.complete for run in result.runs] == [True, True]
    assert result.best is not None
    assert result.best.summary.path == result.runs[0].run.path
    assert (result.criterion, result.test) == ("lowest validation loss", None)
    assert "likely too good" in repr(result)
    assert "<table>" in result._repr_html_()
    file = tmp_path / "space.json"
    file.write_text(json.dumps(space))
    named = studio.sweep(shared_photos, file, SMALL, out=tmp_path / "out", **options)
    assert [run.value for run in named.runs] == [run.value for run in result.runs]
    assert named.folder == str(tmp_path / "out")


def test_a_wrong_space_and_a_wrong_setting_are_refused(shared_photos):
    with pytest.raises(studio.UserError, match="“lrr”"):
        studio.sweep(shared_photos, {"settings": {"lrr": [1]}})
    with pytest.raises(TypeError, match="epoch"):
        studio.sweep(shared_photos, {"settings": {"lr": [1]}}, epoch=3)
