"""Base of the fake jobs: it records which commands were called."""

from __future__ import annotations

from collections.abc import Callable

from studio.events import Events
from studio.jobs.protocol import Work


class FakeWork:
    """Fake commands.

    Attributes:
        calls: Names of the commands called, in order.
    """

    def __init__(self) -> None:
        self.calls: list[str] = []

    def _work(self, name: str, make: Callable[..., Events], *arguments: object) -> Work:
        self.calls.append(name)
        return lambda stop: make(stop, *arguments)
