"""Steps of a user in the real window with fake work."""

from __future__ import annotations


def open_folder(window, qtbot, folder="/nowhere/photos"):
    window.open_folder(folder)
    qtbot.waitUntil(lambda: window.store.state.dataset is not None and not window.store.state.jobs)
    qtbot.waitUntil(lambda: window.ribbon.button("images").summary().line.startswith("40"))


def train_to_end(window, qtbot):
    qtbot.waitUntil(lambda: "train" not in window.store.state.jobs)
