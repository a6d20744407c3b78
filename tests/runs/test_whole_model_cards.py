"""Files of whole models, and damaged ones, in place of an exported head are refused in words."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from studio.runs import head_card
from studio.spec import UserError


@pytest.mark.parametrize("name", ["m.onnx", "m.pt2", "m.xml", "M.ONNX"])
def test_a_whole_model_is_named_as_such(tmp_path: Path, name):
    file = tmp_path / name
    file.write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(UserError, match="whole model"):
        head_card.read(file)


def test_the_program_beside_it_is_named(tmp_path: Path):
    (tmp_path / "m.json").write_text(json.dumps({"made_by": "Thaw Studio", "kind": "whole model"}))
    (tmp_path / "m.safetensors.predict.py").touch()
    with pytest.raises(UserError, match="whole model") as error:
        head_card.read(tmp_path / "m.safetensors")
    assert "m.safetensors.predict.py PHOTO" in error.value.hint


@pytest.mark.parametrize("text", ["[]", "{", '{"kind": ["whole model"]}', '{"spec": 3}', ""])
def test_a_card_that_lies_is_refused(tmp_path: Path, text):
    (tmp_path / "m.json").write_text(text)
    with pytest.raises(UserError, match=r"m\.json"):
        head_card.read(tmp_path / "m.safetensors")
