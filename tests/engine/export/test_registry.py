"""A new format of exported heads needs a class and a line: one is added here, offered, and written with its card."""

from __future__ import annotations

import json

import pytest
from tiny import trained

from studio.cli.options.parser import make_parser
from studio.commands import window
from studio.engine.export import head, registry
from studio.engine.export.model import model_registry
from studio.spec import UserError


class Columns:
    """Names and shapes, as text."""

    suffix = ".columns"
    title = "Columns of text"

    def write(self, tensors, about, file) -> None:
        file.write_text("".join(f"{name} {tuple(value.shape)} {about['epoch']}\n" for name, value in tensors.items()))


@pytest.fixture
def columns(monkeypatch) -> None:
    monkeypatch.setattr(registry, "HEAD_FORMATS", [*registry.HEAD_FORMATS, Columns()])


@pytest.mark.usefixtures("columns")
def test_a_new_format_is_offered_and_written(photos, tmp_path, capsys):
    assert window.for_window().export_formats[-1] == ("Columns of text", ".columns")
    with pytest.raises(SystemExit):
        make_parser().parse_args(["export", "--help"])
    assert ".columns" in capsys.readouterr().out
    trained(photos, tmp_path / "run", epochs=1)
    list(head.export(tmp_path / "run", tmp_path / "head.columns"))
    assert "weight (2, 32) 1\n" in (tmp_path / "head.columns").read_text()
    assert json.loads((tmp_path / "head.json").read_text())["epoch"] == 1
    with pytest.raises(UserError, match=r"\.safetensors, \.pt or \.columns"):
        registry.head_format(tmp_path / "head.onnx")


def test_a_suffix_without_a_format_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"head\.npz should end in \.safetensors or \.pt\."):
        registry.head_format(tmp_path / "head.npz")


@pytest.mark.parametrize(("platform", "words"), [("Linux", "this is Linux"), ("Windows", "this is Windows")])
def test_core_ml_is_refused_with_a_reason(monkeypatch, platform, words):
    monkeypatch.setattr("platform.system", lambda: platform)
    with pytest.raises(UserError, match=words) as error:
        model_registry.model_format("coreml")
    assert "--format onnx" in error.value.hint


def test_core_ml_on_a_mac_needs_its_library(monkeypatch):
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "coremltools" else object())
    assert "coremltools" in model_registry.core_ml_missing()
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: object())
    assert "does not write Core ML" in model_registry.core_ml_missing()
