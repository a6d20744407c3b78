"""After scrolling by wheel, a real X server shows what the window would paint, in every view that scrolls."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).parents[2] / "support" / "window" / "screen_program.py"
VIEWS = (
    "images: Photos",
    "images: Classes",
    "features: Backbones",
    "features: Layers of the backbone; checked layers are frozen",
    "head: Runs",
    "head: Epochs, newest first",
    "evaluate: Photos",
    "evaluate: Confusion matrix",
    "evaluate: Most confused pairs of classes",
    "evaluate: Scores of each class",
)
NEEDED = ("Xvfb", "xdotool")


@pytest.fixture
def x_server() -> Iterator[str]:
    """A separate X display without a window manager."""
    missing = [program for program in NEEDED if not shutil.which(program)]
    if missing:
        pytest.skip(f"not installed here: {', '.join(missing)}")
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1400x900x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        try:
            yield f":{number}"
        finally:
            server.terminate()


@pytest.mark.slow
def test_after_a_turn_of_the_wheel_the_screen_shows_what_the_model_says(x_server: str, tmp_path: Path) -> None:
    surroundings = os.environ | {"DISPLAY": x_server, "QT_QPA_PLATFORM": "xcb", "QT_SCALE_FACTOR": "1"}
    surroundings["PYTHONPATH"] = os.pathsep.join(
        [str(PROGRAM.parents[3]), str(PROGRAM.parents[1]), os.environ.get("PYTHONPATH", "")]
    )
    result = subprocess.run(
        [sys.executable, str(PROGRAM), str(tmp_path)], env=surroundings, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    views: dict[str, dict[str, Any]] = json.loads(result.stdout)
    assert set(VIEWS) <= set(views)
    assert not {name: about for name, about in views.items() if about["differs"]}
    assert all(views[name]["scrolled"] for name in VIEWS)
    grids = [about for name, about in views.items() if name.endswith(": Photos")]
    assert [about["wrong"] for about in grids] == [[], []]
    assert all(about["clicked"] for about in grids)
