"""The model card says what the record and the evaluation say, and shows names as they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from studio.reports import markdown_card
from studio.reports.markdown_card import Export, Facts
from studio.runs import folder as runs
from studio.spec.decision import ClassThreshold, DecisionRule

STORED = Path(__file__).parents[1] / "stored_runs"
EXPORT = Export("m|1.onnx", "onnx, float32, 1.0 MB", "3 of 3 the same", ("Use it.",))


def stored() -> list[Path]:
    return sorted({file.parent for file in STORED.glob("**/run.json")})


@pytest.mark.parametrize("run", stored(), ids=lambda run: run.name)
def test_every_stored_run_has_a_card_from_its_record_alone(run):
    record = runs.read(run, only_known=False)
    facts = Facts("A | run", "", record, record.predicted_epoch, None, "The photos are gone.", DecisionRule())
    card = markdown_card.text(facts, EXPORT)
    assert card.startswith(f"{markdown_card.MARK}\n\n# A \\| run\n")
    assert "The photos are gone." in card
    for name in record.classes[:5] if not record.target else (record.target,):
        assert markdown_card.plain(name) in card
    assert "None were measured for this card" in card
    assert "## License of the weights" in card
    # No cell is lost or made by a name.
    for line in card.splitlines():
        if line.startswith("| File"):
            assert line.replace("\\|", "").count("|") == 3


def test_metrics_slices_and_limits_are_those_of_the_evaluation():
    run = next(one for one in stored() if not runs.read(one, only_known=False).target)
    record = runs.read(run, only_known=False)
    one = {"value": 0.5, "low": 0.25, "high": 0.75, "n": 8, "method": "Wilson"}
    document = {
        "photos": 8,
        "metrics": {"accuracy": one},
        "per_class": [{"name": "a*b", "support": 8, "precision": one, "recall": None}],
        "slices": [{"by": "camera", "slice": "X<1>", **one, "few": True, "photos": []}],
        "decision": {
            "rule": {"thresholds": [{"class": "a", "value": 0.7}], "least_confidence": 0.4},
            "judged_by": "cross-fit, 5 folds",
            "answered": {**one, "value": 0.75},
            "accuracy": None,
        },
        "verdict": {"reasons": [{"severity": "good", "text": "fine"}, {"severity": "bad", "text": "too few"}]},
    }
    rule = DecisionRule((ClassThreshold("a", 0.7),), temperature=1.5, least_confidence=0.4)
    card = markdown_card.text(Facts("t", "my note", record, 1, document, "", rule), EXPORT)
    assert "| accuracy | 50.0\u202f% | 25.0 – 75.0\u202f% | Wilson |" in card
    assert "| a\\*b | 8 | 50.0\u202f% (25.0 – 75.0\u202f%) | – |" in card
    assert "| camera | X\\<1\\> | 50.0\u202f% | 25.0 – 75.0\u202f% | 8 (few) |" in card
    assert "- too few" in card
    assert "fine" not in card
    assert "Decision rule: a from 0.70, no answer below 0.40, temperature 1.50." in card
    assert "\n\nmy note\n\n" in card
    # The metrics of the most probable class are not those of the answers that a user gets.
    assert "answer is 75.0\u202f% (25.0 – 75.0\u202f%), and the accuracy of these answers none (cross-fit" in card
    assert "which finds many" not in card
    card = markdown_card.text(Facts("t", "", record, 1, document, "", rule), replace(EXPORT, finds_unlike=True))
    assert "shows none of them; it then says “unlike” where" in card
    card = markdown_card.text(Facts("t", "", record, 1, document, "", rule), replace(EXPORT, gives_answers=False))
    assert "shows none of them" not in card


def test_the_license_is_that_of_the_weights():
    run = next(one for one in stored() if not runs.read(one, only_known=False).target)
    record = runs.read(run, only_known=False)
    cards = {}
    for weights in ("none", "default", "/home/me/secret/my weights.pt"):
        backbone = record.spec.backbone.__replace__(name="resnet18", weights=weights)
        own = record.__replace__(spec=record.spec.__replace__(backbone=backbone))
        facts = Facts("t", "", own, 1, None, "", DecisionRule())
        cards[weights] = markdown_card.text(facts, replace(EXPORT, proof=""))
    assert "from random weights" in cards["none"]
    assert "its license is not known here" in cards["/home/me/secret/my weights.pt"]
    assert "/home/me" not in cards["/home/me/secret/my weights.pt"]
    assert "IMAGENET1K" in cards["default"].replace("\\", "")
