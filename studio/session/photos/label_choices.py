"""Requests that mark labels as right, although an evaluation or the map doubts them. Free of Qt."""

from __future__ import annotations

from collections.abc import Iterable

from studio.spec.journal import LABEL_ERROR, JournalAction, JournalRequest


def accept(paths: Iterable[str]) -> JournalRequest:
    """The request to mark the labels of photos as right."""
    return JournalRequest(tuple(JournalAction("accept", (path,), LABEL_ERROR) for path in paths))


def reopen(paths: Iterable[str]) -> JournalRequest:
    """The request to remove these marks."""
    return JournalRequest(tuple(JournalAction("reopen", (path,), LABEL_ERROR) for path in paths))
