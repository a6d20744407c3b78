"""The notebook of the README runs."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import tiny_network

from studio.formatting.numbers import plain_percent
from studio.notebook import training

README = Path(__file__).parents[2] / "README.md"


@pytest.mark.parametrize("network", ["tiny", pytest.param("bundled", marks=pytest.mark.slow)])
def test_the_snippet_of_the_readme_runs(network, photos, monkeypatch, capsys):
    snippets = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    (snippet,) = [text for text in snippets if "import studio" in text]
    assert len(snippet.splitlines()) <= 12
    monkeypatch.chdir(photos.parent)
    shutil.copytree(photos / "warm", "new-photos")
    if network == "tiny":
        monkeypatch.setattr(training, "_backbone", lambda *_, **_settings: tiny_network.TINY)
    names: dict = {}
    exec(compile(snippet, "README.md", "exec"), names)
    out, err = capsys.readouterr()
    run = names["run"]
    assert "24 photos, 2 classes" in out
    assert f"accuracy {plain_percent(run.accuracy)}" in out
    assert "12 predictions" in out
    assert "Training: 5 of 5 epochs" in err
    assert len(run.epochs) == 5
    assert Path("head.safetensors").is_file()
    assert Path("head.json").is_file()
