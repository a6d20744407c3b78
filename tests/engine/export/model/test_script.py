"""The program beside an exported model answers for every photo, also where one cannot be read."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image

from studio.engine.export.model import script
from studio.engine.export.model.model_format import ModelFormat


class Dark:
    """A format whose model says how dark a photo is."""

    used: tuple[str, ...] = ()
    script = """
ABOUT = {"classes": ["dark", "light"], "thresholds": {}, "least_confidence": 0, "outputs": ["probabilities"]}


def outputs(image):
    light = image.mean() / 255
    return {"probabilities": np.array([1 - light, light])}
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    file = tmp_path / "model.predict.py"
    file.write_text(script.source(cast(ModelFormat, Dark()), "model"))
    return file


def answers(program: Path, *photos: Path) -> list[dict[str, Any]]:
    command = [sys.executable, str(program), *map(str, photos)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_photo_that_cannot_be_read_does_not_end_the_others(program: Path, tmp_path: Path) -> None:
    light, broken, bomb = (tmp_path / f"{name}.png" for name in ("light", "broken", "bomb"))
    Image.new("RGB", (40, 30), "white").save(light)
    broken.write_bytes(light.read_bytes()[:40] + b"\0" * 30)
    Image.new("1", (14_000, 14_000)).save(bomb)
    found = answers(program, broken, bomb, tmp_path / "none.png", light)
    assert [one["photo"] for one in found] == [str(broken), str(bomb), str(tmp_path / "none.png"), str(light)]
    assert all(one["error"] and one["unreadable"] for one in found[:3])
    assert found[3]["class"] == "light"


@pytest.mark.parametrize("target", ["photo", "distance", "error"])
def test_a_number_of_any_name_leaves_the_other_fields_as_they_are(program: Path, tmp_path: Path, target: str) -> None:
    photo = tmp_path / "a.png"
    Image.new("RGB", (40, 30), "white").save(photo)
    lines = program.read_text()
    start, end = lines.index("ABOUT ="), lines.index("CLASSES, LIMITS")
    about = {"classes": [], "thresholds": {}, "target": target, "outputs": ["value", "unlike", "distance"]}
    answer = '{"value": image.mean(), "unlike": np.bool_(False), "distance": np.float64(0.5)}'
    program.write_text(f"{lines[:start]}ABOUT = {about}\ndef outputs(image): return {answer}\n{lines[end:]}")
    found = runpy.run_path(str(program))["predict"](str(photo))
    assert found == {"photo": str(photo), "value": 255.0, "unlike": False, "distance": 0.5}


def test_an_output_that_is_not_a_number_is_reported(program: Path, tmp_path: Path) -> None:
    photo = tmp_path / "a.png"
    Image.new("RGB", (40, 30), "white").save(photo)
    program.write_text(program.read_text().replace("light = image.mean() / 255", "light = np.nan"))
    with pytest.raises(ValueError, match="the output for it is not a number"):
        runpy.run_path(str(program))["predict"](str(photo))
