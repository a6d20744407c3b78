"""OpenVINO counts as working only if its results equal those of torch."""

from __future__ import annotations

import numpy as np
import pytest

from studio.engine.extraction import openvino, openvino_check


@pytest.fixture(autouse=True)
def eligible(monkeypatch):
    monkeypatch.setattr(openvino, "is_eligible", lambda *_: True)


@pytest.mark.slow
def test_it_computes_here():
    pytest.importorskip("openvino")
    result = openvino_check.check()
    assert result.ok
    assert result.difference < 1e-5


@pytest.mark.parametrize("rows", [np.zeros((1, 16)), np.full((1, 16), np.nan)])
def test_wrong_numbers_are_found(monkeypatch, rows):
    monkeypatch.setattr(openvino_check, "_rows", lambda *_: rows)
    result = openvino_check.check()
    assert (result.ok, result.error) == (False, "")


@pytest.mark.parametrize("words", ["no plugin\nfor this CPU", ""])
def test_what_fails_says_why(monkeypatch, words):
    def fail(*_arguments):
        raise RuntimeError(words)

    monkeypatch.setattr(openvino_check, "_rows", fail)
    assert openvino_check.check().error == ("no plugin" if words else "RuntimeError")


def test_where_it_is_not_used_it_is_not_tried(monkeypatch):
    monkeypatch.setattr(openvino, "is_eligible", lambda *_: False)
    assert openvino_check.check() is None
