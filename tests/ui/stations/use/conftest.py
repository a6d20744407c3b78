"""What tests of the Use page share: the window with a finished run, and photos on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes import Fakes
from PIL import Image

from studio.ui.stations.use.page import UsePage
from studio.ui.window import MainWindow


@pytest.fixture
def trained(make_window: Any, qtbot: Any, fakes: Fakes) -> MainWindow:
    """A window with a finished run, at the Use page."""
    window = make_window(pages=("use",))
    window.open_folder("/nowhere/photos", "use")
    qtbot.waitUntil(lambda: window.store.state.dataset is not None and not window.store.state.jobs)
    window.store.submit("train", fakes.train(window.store.state.spec))  # the button would also build the Head page
    qtbot.waitUntil(lambda: window.store.state.run is not None and window.store.state.run.status == "done")
    qtbot.waitUntil(lambda: not window.store.state.jobs)
    return window


@pytest.fixture
def use(trained: MainWindow) -> UsePage:
    """The Use page of that window."""
    page = trained.pages["use"]
    assert isinstance(page, UsePage)
    return page


@pytest.fixture
def photos(tmp_path: Path) -> list[str]:
    """Three photos of different answers, in a folder."""
    paths = []
    for name in ("a sure one.png", "unsure.png", "unlike.png"):
        Image.new("RGB", (24, 16), (200, 90, 40)).save(tmp_path / name)
        paths.append(str(tmp_path / name))
    return paths
