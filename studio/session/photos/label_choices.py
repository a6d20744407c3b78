"""Requests that mark labels as right, although an evaluation or the map doubts them. Free of Qt."""

from __future__ import annotations

from collections.abc import Iterable

from studio.spec.journal import LABEL_ERROR, JournalAction, JournalRequest


def accept(paths: Iterable[str]) -> JournalRequest:
    """The request to call the labels of photos right."""
    return JournalRequest(tuple(JournalAction("accept", (path,), LABEL_ERROR) for path in paths))


def reopen(paths: Iterable[str]) -> JournalRequest:
    """The request to take that back."""
    return JournalRequest(tuple(JournalAction("reopen", (path,), LABEL_ERROR) for path in paths))
