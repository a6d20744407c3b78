"""The Head page alone, and the window with runs, for the tests of its parts."""

from __future__ import annotations

from typing import Any

import pytest
from run_list_use import FRESH
from run_summaries import DONE, INTERRUPTED, PHOTOS

from studio.session.state import AppState
from studio.ui.stations.head.page import HeadPage


class DrawnPage(HeadPage):
    """A page on which another run is drawn not part by part but at once."""

    def show_state(self, state: AppState) -> None:
        super().show_state(state)
        self.parts.finish()


@pytest.fixture
def page(show: Any) -> HeadPage:
    return show(DrawnPage(), 1280, 700)


@pytest.fixture
def window(make_window, fakes, qtbot):
    """The window with a folder open and three runs on disk."""
    fakes.past = (DONE, INTERRUPTED, FRESH)
    window = make_window()
    window.open_folder(PHOTOS)
    qtbot.waitUntil(lambda: bool(window.store.state.run_list.listed and window.store.state.dataset))
    window.show_station("head")
    return window
