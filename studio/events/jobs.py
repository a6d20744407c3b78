"""Events of every job: its progress and its end."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """The start of a stage of the job.

    Attributes:
        name: Stable name for code: `import`, `scan`, `check`, `weights`, `extract`, `train`, …
        title: Title for the user: "Computing features".
    """

    name: str
    title: str


@dataclass(frozen=True)
class Progress:
    """Progress of the current stage. Sent at most about ten times a second.

    Attributes:
        stage: Name of the stage.
        done: Number of finished units.
        total: Number of all units; 0 where it is unknown.
        unit: Name of the units: "photos", "epochs", "MB".
        rate: Units per second over the last seconds; 0 while unknown.
        seconds_left: Estimated remaining time; None while unknown.
        detail: Progress within a long unit: "batch 4 of 8"; "" without one.
    """

    stage: str
    done: float
    total: float
    unit: str = "photos"
    rate: float = 0.0
    seconds_left: float | None = None
    detail: str = ""


LATE = 3.0
"""Seconds without a new photo after which the user is told which file the job waits for."""


@dataclass(frozen=True)
class Waiting:
    """The job waits for a file: no photo was read since the last `Progress`. Sent about ten times a second.

    Attributes:
        path: The file.
        seconds: Time waited so far; shown to the user from `LATE` on.
    """

    path: str
    seconds: float


@dataclass(frozen=True)
class Warned:
    """A warning to the user; the job continues."""

    title: str
    hint: str = ""


@dataclass(frozen=True)
class Saved:
    """A file or folder was written at the user's request.

    Attributes:
        path: Its path.
        kind: Its kind: "head", "features", "run", …
    """

    path: str
    kind: str


@dataclass(frozen=True)
class Done:
    """The job is complete."""


@dataclass(frozen=True)
class Cancelled:
    """The job was stopped on request."""


@dataclass(frozen=True)
class Failed:
    """The job ended with an error.

    Attributes:
        title: What happened, and to which file.
        hint: What to do.
        traceback: Traceback of a defect, for a report; "" for an error that the user can correct.
    """

    # Only strings: the frames of an exception would keep tensors alive.
    title: str
    hint: str
    traceback: str = ""
