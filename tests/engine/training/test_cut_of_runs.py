"""The cut of a run, and the warning if it does not follow the last frozen layer."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny import LITE0, SMALL, only, trained

from studio.events import RunStarted, TrainingFinished, Warned
from studio.spec import BackboneSpec, FreezePlan


@pytest.mark.slow
@pytest.mark.parametrize(
    ("thawed", "cut", "words"),
    [
        ("blocks.6", "blocks.5", ()),
        ("blocks.5.1.bn2", "blocks.5.0", ("after blocks.5.0", "blocks.5.1.conv_dw")),
        ("conv_stem", "pixels", ()),
    ],
)
def test_a_run_states_its_cut(photos: Path, tmp_path: Path, thawed: str, cut: str, words: tuple[str, ...]) -> None:
    events = trained(photos, tmp_path / "run", FreezePlan(thaw=(thawed,)), LITE0 if words else SMALL, epochs=1)
    assert only(events, RunStarted)[0].cut == cut
    warnings = [warning.title for warning in only(events, Warned) if "although all layers" in warning.title]
    assert len(warnings) == bool(words)
    assert all(word in warnings[0] for word in words)


@pytest.mark.slow
def test_a_run_that_thaws_only_dropout_trains_its_head_after_the_cut(photos: Path, tmp_path: Path) -> None:
    freeze = FreezePlan(thaw=("classifier.2",))
    backbone = BackboneSpec("mobilenet_v3_small", "none", 32)
    events = trained(photos, tmp_path / "run", freeze, backbone, epochs=1)
    assert only(events, RunStarted)[0].cut == "classifier.1"
    assert only(events, TrainingFinished)[0].frozen_unchanged
