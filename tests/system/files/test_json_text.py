"""JSON of strangers: a document that is nested too deeply is an error of the file, not of the program."""

from __future__ import annotations

import pytest

from studio.runs import folder, head_card, model_card
from studio.spec import UserError
from studio.system.files import json_text

DEEP = "[" * 100_000


def test_a_document_that_is_nested_too_deeply_is_a_value_error():
    assert json_text.loads('{"a": [1]}') == {"a": [1]}
    with pytest.raises(ValueError, match="nested too deeply"):
        json_text.loads(DEEP)


def test_a_card_and_a_record_that_are_nested_too_deeply_are_refused(tmp_path):
    (tmp_path / "a.json").write_text(DEEP)
    head = tmp_path / "a.safetensors"
    head.write_bytes(b"")
    assert not head_card.is_card(tmp_path / "a.json")
    assert not model_card.is_whole(head)
    with pytest.raises(UserError, match="nested too deeply"):
        head_card.read_card(head)
    (tmp_path / "run.json").write_text(DEEP)
    with pytest.raises(UserError, match="nested too deeply"):
        folder.read(tmp_path)
