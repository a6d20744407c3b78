"""What tests of the Evaluate page share: the page, a folder with photos, and a finished run of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import states

from studio.events import Dataset
from studio.session.state import AppState
from studio.spec.structs import replace
from studio.ui.stations.evaluate.page import EvaluatePage

WRONG = {0: 0.6, 3: 0.95, 4: 0.7, 7: 0.8}
"""Places among the validation photos: 0 to 4 are ants, 5 to 9 are bees."""


@pytest.fixture
def folder(tmp_path: Path) -> Dataset:
    return states.on_disk(states.dataset(str(tmp_path)))


class DrawnPage(EvaluatePage):
    """A page whose comparison is drawn not part by part but at once."""

    def show_state(self, state: AppState) -> None:
        super().show_state(state)
        self.comparison.parts.finish()


@pytest.fixture
def page(show_page: Any) -> EvaluatePage:
    return show_page(DrawnPage())


@pytest.fixture
def finished(folder: Dataset) -> AppState:
    spec = states.spec(folder.folder)
    state = replace(states.state(), spec=spec, dataset=folder)
    return state.showing(states.run(spec, folder, wrong=WRONG))
