"""Tests of file system calls with a timeout."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from studio.jobs import timeouts


def test_only_existing_folders_are_returned(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert timeouts.folders([]) == []
    paths = [str(tmp_path), str(tmp_path / "file"), str(tmp_path / "none"), "~nobody-of-this-name/x", "\0"]
    assert timeouts.folders(paths) == [str(tmp_path)]


def test_a_folder_on_a_server_that_does_not_answer_counts_as_existing(
    tmp_path: Path, dead_server: Callable[[Path], None]
) -> None:
    (tmp_path / "dead").mkdir()
    dead_server(tmp_path / "dead")
    paths = [str(tmp_path / "none"), *(str(tmp_path / "dead" / name) for name in "abc"), str(tmp_path)]
    assert timeouts.folders(paths) == paths[1:]  # would never return if it waited for the server
