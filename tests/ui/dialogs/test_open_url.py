"""Folders by URL in the window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from studio.commands import window as real
from studio.ui.dialogs.open_url import OpenUrlDialog


def test_only_a_url_is_opened(show, qtbot):
    opened = []
    dialog = show(OpenUrlDialog("", opened.append), 480, 200)
    for text in ("", "photos", "/home/me/photos", "s3://"):
        dialog.url.setText(text)
        assert not dialog.open_button.isEnabled()
        assert "s3://" in dialog.open_button.toolTip()
        dialog.accept()
    assert opened == []
    dialog.url.setText("  S3://bucket/photos/ ")
    qtbot.keyClick(dialog.url, Qt.Key.Key_Return)
    assert opened == ["s3://bucket/photos"]


def test_the_window_scans_a_folder_by_url_and_does_not_watch_it(make_window, fake_commands, qtbot, shared_photos: Path):
    fsspec = pytest.importorskip("fsspec")
    files = fsspec.filesystem("memory")
    photos = sorted(shared_photos.rglob("*.jpg"))
    for photo in photos:
        files.pipe(f"/window/{photo.relative_to(shared_photos).as_posix()}", photo.read_bytes())
    try:
        window = make_window(commands=replace(fake_commands, scan=real.for_window().scan), pages=("images",))
        window.dialogs.browse_url()
        dialog = window.findChild(OpenUrlDialog)
        dialog.url.setText("memory://window")
        dialog.accept()
        state = lambda: window.store.state  # noqa: E731
        qtbot.waitUntil(lambda: state().dataset is not None and state().dataset.checked and not state().jobs)
        assert state().spec.dataset.folder == "memory://window"
        assert len(state().dataset.photos) == len(photos)
        assert window.store.watch._dataset is None
        assert window.settings.recent[0] == "memory://window"
    finally:
        files.rm("/window", recursive=True)
    window.open_folder(str(shared_photos))
    qtbot.waitUntil(lambda: state().dataset is not None and state().dataset.checked and not state().jobs)
    assert window.store.watch._dataset is not None


def test_a_folder_by_url_that_is_gone_is_reported(make_window, fake_commands, qtbot):
    pytest.importorskip("fsspec")
    window = make_window(commands=replace(fake_commands, scan=real.for_window().scan), pages=("images",))
    window.open_folder("memory://nowhere")
    qtbot.waitUntil(lambda: "images" in window.store.state.faults)
    assert "memory://nowhere" in window.store.state.faults["images"].title
