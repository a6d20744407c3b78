"""What worker 0 publishes for the other workers, as JSON: specs, the data set, results of epochs."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any, TypeVar

import msgspec

from studio.engine.workers.workers import Workers
from studio.events import Dataset, Event
from studio.jobs.protocol import Stop
from studio.spec.encoding import conversion

Result = TypeVar("Result")

TASK = "task"
"""Name of the documents that say what the workers compute next."""


def publish_dataset(workers: Workers, dataset: Dataset) -> None:
    """Publish a data set: its photos with labels, numbers and splits."""
    if workers.several:
        # The rest, such as findings, concerns the user, and what is skipped is never read again.
        plain = Dataset(dataset.folder, dataset.classes, dataset.photos, target=dataset.target)
        workers.publish("data set", msgspec.json.encode(plain))


def receive_dataset(workers: Workers, stop: Stop) -> Dataset:
    """Wait for the data set that worker 0 publishes."""
    return conversion.decode(workers.receive("data set", 0, stop), Dataset)


def in_turn(workers: Workers, stop: Stop, events: Generator[Event, None, Result]) -> Generator[Event, None, Result]:
    """Run a step in worker 0 first, then in the others, which find in the cache what it downloaded or compiled."""
    if not workers.leads:
        workers.receive("first", 0, stop)
    result = yield from events
    if workers.leads and workers.several:
        workers.publish("first", b"")
    return result


def publish_json(workers: Workers, name: str, document: Any) -> None:
    """Publish a document."""
    if workers.several:
        workers.publish(name, json.dumps(document).encode())


def receive_json(workers: Workers, name: str, stop: Stop) -> Any:
    """Wait for a document of worker 0."""
    return json.loads(workers.receive(name, 0, stop))
