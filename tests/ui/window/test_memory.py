"""Memory that a job has freed is returned to the operating system."""

from __future__ import annotations

import pytest

from studio.ui.store import state_store


@pytest.mark.slow
def test_memory_is_released_once_the_former_data_set_is_gone(make_window, qtbot, monkeypatch):
    jobs: list[list[str]] = []
    window = make_window(built=False)
    monkeypatch.setattr(state_store.memory, "release_unused", lambda: jobs.append(list(window.store.state.jobs)))
    window.open_folder("/nowhere/photos")
    qtbot.waitUntil(lambda: bool(jobs))
    assert window.store.state.dataset is not None
    assert "scan" not in jobs[-1]
