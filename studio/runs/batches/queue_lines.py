"""The lines of the terminal's queue, as they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from studio.spec import RunSpec

WAITING, FAILED = "waiting", "failed"


class Numbered(Protocol):
    """A run in a queue."""

    @property
    def number(self) -> int:
        """Its number in the queue."""


Queued = TypeVar("Queued", bound=Numbered)


def moved(runs: Sequence[Queued], number: int, place: int) -> tuple[Queued, ...]:
    """The runs with one, given by its number, moved to a position (0: the first); unchanged if missing."""
    rest = [one for one in runs if one.number != number]
    rest[max(0, place) : max(0, place)] = [one for one in runs if one.number == number]
    return tuple(rest)


@dataclass(frozen=True)
class QueueLine:
    """A run in the queue.

    Attributes:
        number: Its number in the queue.
        spec: All its settings.
        state: “waiting”, “failed”, or the state of the run that has begun, in words.
        failure: Why it last failed; "" otherwise.
        run: Folder of the run once it has begun; "" before.
    """

    number: int
    spec: RunSpec
    state: str = WAITING
    failure: str = ""
    run: str = ""


@dataclass(frozen=True)
class QueueView:
    """The queue.

    Attributes:
        lines: The runs, the next one first.
        running: True while another process trains them.
        worker: That process: “process 4711”; "" where it is unknown.
        error: Why the file cannot be used; "" otherwise.
    """

    lines: tuple[QueueLine, ...] = ()
    running: bool = False
    worker: str = ""
    error: str = ""
