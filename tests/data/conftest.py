"""Fixture that builds small folders of photos."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

Build = Callable[..., Path]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Write tiny photos (text files for other suffixes) at relative paths; returns their root."""

    def make(*paths: str, root: str = "photos") -> Path:
        folder = tmp_path / root
        folder.mkdir(parents=True, exist_ok=True)
        for number, path in enumerate(paths):
            file = folder / path
            if path.endswith("/"):
                file.mkdir(parents=True)
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            if file.suffix in (".png", ".jpg"):
                Image.new("RGB", (6, 4), (number % 256, 90, 20)).save(file)
            else:
                file.write_text("not a photo")
        return folder

    return make
