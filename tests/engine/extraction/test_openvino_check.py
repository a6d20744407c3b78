"""OpenVINO counts as working only if its results equal those of torch."""

from __future__ import annotations

import numpy as np
import pytest

from studio.engine.extraction import openvino, openvino_check


@pytest.fixture(autouse=True)
def eligible(monkeypatch):
    monkeypatch.setattr(openvino, "is_eligible", lambda *_: True)


@pytest.mark.slow
def test_openvino_computes_correctly_on_this_machine():
    pytest.importorskip("openvino")
    result = openvino_check.check()
    assert result.ok
    assert result.difference < 1e-5


@pytest.mark.parametrize("rows", [np.zeros((1, 16)), np.full((1, 16), np.nan)])
def test_wrong_results_are_detected(monkeypatch, rows):
    monkeypatch.setattr(openvino_check, "_rows", lambda *_: rows)
    result = openvino_check.check()
    assert (result.ok, result.error) == (False, "")


@pytest.mark.parametrize("words", ["no plugin\nfor this CPU", ""])
def test_a_failed_check_has_the_first_line_of_its_error(monkeypatch, words):
    def fail(*_arguments):
        raise RuntimeError(words)

    monkeypatch.setattr(openvino_check, "_rows", fail)
    assert openvino_check.check().error == ("no plugin" if words else "RuntimeError")


def test_there_is_no_check_where_openvino_is_not_used(monkeypatch):
    monkeypatch.setattr(openvino, "is_eligible", lambda *_: False)
    assert openvino_check.check() is None
