"""Events of sweeps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from studio.events.runs import RunSummary


@dataclass(frozen=True)
class SweepRun:
    """A run of a sweep.

    Attributes:
        settings: Its values of the varied settings, as text by name.
        values: The same as JSON values.
        run: The run as lists show it; None where it did not begin.
        value: Criterion of its result, by which the runs are ranked; None before its first epoch.
        rank: Sort key of its result, lower is better; see `best_epoch.rank`.
        stopped: Epoch after which the median rule stopped it; 0 where it did not.
        failure: Why it failed or did not begin, one sentence; "" otherwise.
    """

    settings: Mapping[str, str]
    values: Mapping[str, Any]
    run: RunSummary | None
    value: float | None = None
    rank: tuple[float, float] = (math.inf, math.inf)
    stopped: int = 0
    failure: str = ""

    @property
    def complete(self) -> bool:
        """True for a run that was trained to its end."""
        return self.run is not None and self.run.state == "done"


@dataclass(frozen=True)
class SweepFinished:
    """The end of a sweep.

    Attributes:
        folder: Folder with its record.
        runs: The runs, best first; runs without a complete training come last.
        best: Index of the winner; None where no run is complete.
        criterion: What the runs are ranked by, in words: “lowest validation loss”.
        caution: What the winner's figure is worth, in sentences.
        test: Metrics of the winner on the test photos, by key, each with `value`, `low`, `high` and `n`; None where
            the data set has none.
        seconds: Training time of all runs.
    """

    folder: str
    runs: tuple[SweepRun, ...]
    best: int | None
    criterion: str
    caution: str
    test: Mapping[str, Any] | None = None
    seconds: float = 0.0
