"""What any work says: how far it is, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """A part of the work begins.

    Attributes:
        name: Short and stable, for programs: `import`, `scan`, `check`, `weights`, `layers`, `extract`, `train`, …
        title: For people: "Computing features".
    """

    name: str
    title: str


@dataclass(frozen=True)
class Progress:
    """How far the current stage is. Sent at most about ten times a second.

    Attributes:
        stage: Name of the stage.
        done: Finished units.
        total: All units; 0 where it is not known.
        unit: What is counted: "photos", "epochs", "MB".
        rate: Units a second over the last seconds; 0 while unknown.
        seconds_left: Estimate; None while unknown.
        detail: How far the unit under way is, for units that take long: "batch 4 of 8"; "" where there is none.
    """

    stage: str
    done: float
    total: float
    unit: str = "photos"
    rate: float = 0.0
    seconds_left: float | None = None
    detail: str = ""


LATE = 3.0
"""Seconds without a file after which the user is told which one is waited for."""


@dataclass(frozen=True)
class Waiting:
    """No photo was read since the last `Progress`. Sent about ten times a second meanwhile.

    Attributes:
        path: What is waited for.
        seconds: How long already; worth telling from `LATE` on.
    """

    path: str
    seconds: float


@dataclass(frozen=True)
class Warned:
    """Something the user should know, while the work goes on."""

    title: str
    hint: str = ""


@dataclass(frozen=True)
class Saved:
    """A file or folder the user asked for now exists.

    Attributes:
        path: Where.
        what: "head", "features", "run", …
    """

    path: str
    what: str


@dataclass(frozen=True)
class Done:
    """The job ended by itself."""


@dataclass(frozen=True)
class Cancelled:
    """The job was asked to stop and did."""


@dataclass(frozen=True)
class Failed:
    """The job could not go on. Only strings: an exception's frames would keep tensors alive.

    Attributes:
        title: What happened, and to which file.
        hint: What to do.
        traceback: Empty where the user can put it right; else for a bug report.
    """

    title: str
    hint: str
    traceback: str = ""
