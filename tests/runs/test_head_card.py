"""The card of an exported head."""

from __future__ import annotations

import json

import pytest

from studio.runs import head_card
from studio.spec import DatasetSpec, RunSpec, UserError
from studio.spec.encoding.serialization import to_json

LEAST = {"spec": to_json(RunSpec(DatasetSpec("/photos"))), "classes": ["ants", "bees"]}


@pytest.mark.parametrize(
    ("content", "ours"),
    [
        ('{"made_by": "Thaw Studio"}', True),
        ('{"made_by": "Another"}', False),
        ("{}", False),
        ('["made_by"]', False),
        ("{", False),
        (None, False),
    ],
)
def test_a_card_is_distinguished_from_other_json_files(tmp_path, content, ours):
    if content is not None:
        (tmp_path / "head.json").write_text(content)
    assert head_card.is_card(tmp_path / "head.json") is ours


def test_a_card_of_version_0_1_has_no_epoch_and_scales_each_photo_by_its_own_values(tmp_path):
    (tmp_path / "head.json").write_text(json.dumps({**LEAST, "target": None}))
    card = head_card.read(tmp_path / "head.safetensors")
    assert (card.epoch, card.epochs, card.best_epoch, card.which, card.crc32) == (0, 0, 0, "", None)
    assert (card.classes, card.target, card.decision) == (("ants", "bees"), "", None)
    assert card.value_range.by_photo


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("head.onnx", LEAST, "holds a whole model"),
        ("head.PT2", LEAST, "holds a whole model"),
        ("head.pkl", LEAST, "is not a model that Thaw Studio can read, and was not opened"),
        ("head.pt", {"kind": "whole model"}, "holds a whole model"),
        ("head.pt", {"kind": "head"}, "cannot be read as the card of a head"),
        ("head.pt", [], "cannot be read as the card of a head"),
        ("head.pt", {**LEAST, "classes": 3}, "cannot be read as the card of a head"),
        ("head.pt", {**LEAST, "spec": {"version": 99}}, r"head\.json: "),
        ("head.pt", None, r"The card head\.json is not beside"),
    ],
)
def test_a_file_that_is_not_a_head_is_refused(tmp_path, name, content, words):
    if content is not None:
        (tmp_path / "head.json").write_text(json.dumps(content))
    with pytest.raises(UserError, match=words):
        head_card.read(tmp_path / name)
