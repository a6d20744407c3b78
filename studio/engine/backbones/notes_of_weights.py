"""Notes on loaded weights, stored so that a later run that does not load them shows the same; free of torch."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import asdict
from typing import Any, TypeVar

from studio.events import Event, Stage, Warned

Loaded = TypeVar("Loaded")


def noted(loading: Generator[Event, None, Loaded], notes: list[Event]) -> Generator[Event, None, Loaded]:
    """The events of a generator, which are added to `notes`; returns what it returns."""
    while True:
        try:
            event = next(loading)
        except StopIteration as end:
            loaded: Loaded = end.value
            return loaded
        notes.append(event)
        yield event


def written(notes: Iterable[Event], backbone: str) -> list[dict[str, Any]]:
    """Notes as rows of a file, without the line “Loading …”, which each run has of its own."""
    rows: list[dict[str, Any]] = []
    for note in notes:
        if isinstance(note, Warned):
            rows.append({"warned": asdict(note)})
        elif isinstance(note, Stage) and note.name == "weights" and note.title != f"Loading {backbone}":
            rows.append({"title": note.title})
    return rows


def as_events(rows: Iterable[dict[str, Any]]) -> Iterator[Event]:
    """The rows of a file as events."""
    for row in rows:
        yield Warned(**row["warned"]) if "warned" in row else Stage("weights", row["title"])
