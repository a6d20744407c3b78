"""The wheel with its extra `onnx`, installed in an environment of its own and used from another folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
USER_FOLDERS = ("XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def thaw(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Runs the installed program in an empty folder, and returns its JSON document."""
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("uv, which builds the wheel, is not installed")
    place = tmp_path_factory.mktemp("elsewhere")
    python = place / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"

    def run(*words: str) -> None:
        done = subprocess.run([uv, *words], cwd=place, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    run("build", "--quiet", "--wheel", "--out-dir", str(place / "wheel"), str(ROOT))
    run("venv", "--quiet", "--python", sys.executable, str(place / "env"))
    (wheel,) = (place / "wheel").glob("*.whl")
    install = [uv, "pip", "install", "--quiet", "--python", str(python), f"{wheel}[onnx]"]
    # What this environment was installed from is in uv's cache, so that the network is not needed.
    if subprocess.run([*install, "--offline"], cwd=place, capture_output=True, check=False).returncode:
        done = subprocess.run(install, cwd=place, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"the packages that the wheel needs cannot be installed here: {done.stderr.strip()[:200]}")
    (place / "empty").mkdir()
    # With bytecode, which the first call writes: each call would compile torch without.
    hidden = ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment |= dict.fromkeys(USER_FOLDERS, str(place / "user"))

    def call(*words: str) -> Any:
        command = [str(python.with_name("thaw")), *words, "--json"]
        done = subprocess.run(
            command, cwd=place / "empty", env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    call.place = place  # type: ignore[attr-defined]
    return call


def test_the_installed_program_trains_predicts_and_exports(thaw: Any, tmp_path: Path) -> None:
    run = tmp_path / "run"
    trained = thaw("demo", "--headless", "--epochs", "2", "--out", str(run))
    photos = [str(photo) for photo in sorted((thaw.place / "user").rglob("*.png"))[:5]]
    assert photos
    assert trained["epochs"]
    head = tmp_path / "head.safetensors"
    thaw("export", str(run), "--out", str(head))
    whole = thaw("export", str(run), "--format", "onnx", "--out", str(tmp_path / "model.onnx"))
    certificate = whole["certificate"]
    assert certificate["passed"]
    assert certificate["same_class"] == certificate["photos"] > 0
    assert Path(whole["file"]).is_file()
    answers, exported = (thaw("predict", str(source), *photos)["predictions"] for source in (run, head))
    assert [row["probabilities"] for row in answers] == [row["probabilities"] for row in exported]
