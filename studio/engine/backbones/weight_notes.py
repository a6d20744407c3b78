"""Notes on loaded weights, stored for later runs that show them without loading the weights. Does not import torch."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import asdict
from typing import Any, TypeVar

from studio.events import Event, Stage, Warned

Loaded = TypeVar("Loaded")


def record(loading: Generator[Event, None, Loaded], notes: list[Event]) -> Generator[Event, None, Loaded]:
    """Yield the events of `loading`, append them to `notes`, and return its result."""
    while True:
        try:
            event = next(loading)
        except StopIteration as end:
            loaded: Loaded = end.value
            return loaded
        notes.append(event)
        yield event


def to_rows(notes: Iterable[Event], backbone: str) -> list[dict[str, Any]]:
    """Convert notes to rows of a JSON file, without the stage “Loading …”, which each run reports itself."""
    rows: list[dict[str, Any]] = []
    for note in notes:
        if isinstance(note, Warned):
            rows.append({"warned": asdict(note)})
        elif isinstance(note, Stage) and note.name == "weights" and note.title != f"Loading {backbone}":
            rows.append({"title": note.title})
    return rows


def as_events(rows: Iterable[dict[str, Any]]) -> Iterator[Event]:
    """Convert rows of a JSON file to events."""
    for row in rows:
        yield Warned(**row["warned"]) if "warned" in row else Stage("weights", row["title"])
