"""Folders of photos with a journal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from photos_with_journal import PhotosWithJournal, write_files


@pytest.fixture
def folder(tmp_path: Path) -> PhotosWithJournal:
    return PhotosWithJournal(write_files(tmp_path / "photos"))


@pytest.fixture
def hashed_files(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that are hashed."""
    from studio.data import content_hashes

    names: list[str] = []
    original: Callable[[str], str] = content_hashes.content_of

    def count(file: str) -> str:
        names.append(Path(file).name)
        return original(file)

    monkeypatch.setattr(content_hashes, "content_of", count)
    return names
