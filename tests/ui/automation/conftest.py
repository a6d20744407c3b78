"""The window with runs on disk."""

from __future__ import annotations

import pytest
from run_list_use import FRESH
from run_summaries import DONE, INTERRUPTED, PHOTOS


@pytest.fixture
def window(make_window, fakes, qtbot):
    """The window with a folder open and three runs on disk."""
    fakes.past = (DONE, INTERRUPTED, FRESH)
    window = make_window(pages=("head",))
    window.open_folder(PHOTOS, "head")
    qtbot.waitUntil(lambda: bool(window.store.state.run_list.listed and window.store.state.dataset))
    return window
