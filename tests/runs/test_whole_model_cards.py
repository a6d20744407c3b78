"""Files of whole models, and damaged ones, in place of an exported head are refused with a reason."""

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


def test_a_state_dict_of_a_whole_model_is_not_a_head(tmp_path: Path):
    (tmp_path / "m.json").write_text(json.dumps({"made_by": "Thaw Studio", "kind": "whole model"}))
    with pytest.raises(UserError, match="whole model"):
        head_card.read(tmp_path / "m.safetensors")


@pytest.mark.parametrize("name", ["m.pkl", "m.h5", "m", "m.mlmodel"])
def test_a_file_of_another_kind_is_not_opened(tmp_path: Path, name):
    (tmp_path / name).write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(UserError, match="was not opened"):
        head_card.read(tmp_path / name)


@pytest.mark.parametrize("text", ["[]", "{", '{"kind": ["whole model"]}', '{"spec": 3}', ""])
def test_a_contradictory_card_is_refused(tmp_path: Path, text):
    (tmp_path / "m.json").write_text(text)
    with pytest.raises(UserError, match=r"m\.json"):
        head_card.read(tmp_path / "m.safetensors")
