"""The model card of an export says how the file was compared, and what it takes and gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.commands.evaluation import model_card
from studio.events import Certificate

CERTIFICATE = Certificate(
    file="m.xml", format="openvino", precision="float32", runtime="openvino 1", photos=40, same_class=40,
    largest_difference=0.0004, thresholds_same=39, unlike_same=38, known_difference="It rounds differently.",
)  # fmt: skip


def test_the_comparison_has_the_decision_rule_and_known_differences(tmp_path: Path) -> None:
    export = model_card._export(tmp_path / "m.xml", CERTIFICATE, "")
    assert "40 of 40 validation photos the same as by the run, largest difference 0.0004" in export.proof
    assert "decision rule for 39 of 40, the same “unlike” for 38 of 40" in export.proof
    assert export.proof.endswith("(m.xml.certificate.json). It rounds differently.")
    assert export.finds_unlike


@pytest.mark.parametrize(("target", "output"), [("", "`probabilities`"), ("age", "`value`")])
def test_other_programs_learn_inputs_and_outputs(tmp_path: Path, target: str, output: str) -> None:
    words = " ".join(model_card._export(tmp_path / "m.xml", CERTIFICATE, target).usage)
    assert "input `image`, uint8, N × height × width × 3, RGB" in words
    assert f"outputs {output}" in words
    assert "`unlike`" in words
    assert ("thresholds" in words) == (not target)
