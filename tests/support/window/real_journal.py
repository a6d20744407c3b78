"""Fake work of the window, except that folders are scanned and their journals changed."""

from __future__ import annotations

from typing import Any

from fakes import Fakes

from studio.commands import window as real
from studio.spec import DatasetSpec
from studio.spec.journal import JournalRequest


class RealJournal(Fakes):
    """Fake work, but folders are scanned and their journals changed."""

    def __init__(self) -> None:
        super().__init__()
        self._real = real.for_window()

    def scan(self, spec: DatasetSpec) -> Any:
        return self._real.scan(spec)

    def journal(self, spec: DatasetSpec, asked: JournalRequest) -> Any:
        return self._real.journal(spec, asked)

    def cleaned_copy(self, spec: DatasetSpec, out: str, links: bool) -> Any:
        return self._real.cleaned_copy(spec, out, links)


def settle(window: Any, qtbot: Any) -> None:
    store = window.store
    qtbot.waitUntil(lambda: store.state.dataset is not None and store.state.dataset.checked and not store.state.jobs)


def excluded(window: Any) -> list[str]:
    return [photo.path for photo in window.store.state.dataset.excluded]
