"""The user's choices of the judged photos: part and epoch of the run shown, or two runs that are compared."""

from __future__ import annotations

from dataclasses import dataclass

from studio.events import RunsCompared, Split
from studio.events.runs import WeightsChoice


@dataclass(frozen=True)
class JudgedChoice:
    """The user's choice of part and epoch of the run shown.

    Attributes:
        run: Id of the run that it was chosen for; for another run, the default applies.
        part: The part.
        weights: Whether the weights are those of the best or of the last epoch; None for the result of the run.
        table: Path of a CSV file by whose columns the photos are sliced; "" for none.
    """

    run: str = ""
    part: Split = "val"
    weights: WeightsChoice | None = None
    table: str = ""


@dataclass(frozen=True)
class RunPair:
    """Two runs that the user compares.

    Attributes:
        a: Folder of the first run.
        b: Folder of the second run.
        part: Split whose photos are compared.
        result: The comparison; None until it is computed.
    """

    a: str
    b: str
    part: Split = "val"
    result: RunsCompared | None = None
