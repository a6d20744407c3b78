"""What loading weights told, written down, so that it is told again where they are not loaded anew; free of torch."""

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
    """For a file: what was told of the weights, but for the line that comes first each time."""
    rows: list[dict[str, Any]] = []
    for note in notes:
        if isinstance(note, Warned):
            rows.append({"warned": asdict(note)})
        elif isinstance(note, Stage) and note.name == "weights" and note.title != f"Loading {backbone}":
            rows.append({"title": note.title})
    return rows


def told(rows: Iterable[dict[str, Any]]) -> Iterator[Event]:
    """Of a file: the events again."""
    for row in rows:
        yield Warned(**row["warned"]) if "warned" in row else Stage("weights", row["title"])
