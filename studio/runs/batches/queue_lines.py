"""The lines of the terminal's queue, as they are shown."""

from __future__ import annotations

from dataclasses import dataclass

from studio.spec import RunSpec

WAITING, FAILED = "waiting", "failed"


@dataclass(frozen=True)
class QueueLine:
    """A training in the queue.

    Attributes:
        number: Its number in the queue.
        spec: All its settings.
        state: “waiting”, “failed”, or the state of the run that has begun, in words.
        failure: Reason why it failed the last time; "" otherwise.
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
        lines: The trainings, the next one first.
        running: True while another process trains them.
        worker: That process: “process 4711”; "" where it is unknown.
        error: Reason why the file cannot be read; "" otherwise.
    """

    lines: tuple[QueueLine, ...] = ()
    running: bool = False
    worker: str = ""
    error: str = ""
