"""The columns of a table of predictions, and the text of each row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studio.events import ImagePrediction, ImageSkipped

CLASS = ("path", "predicted", "probability", "sure", "unlike", "distance", "reason")
NUMBER = ("path", "number", "unlike", "distance", "reason")
SHARE = "p_"
"""Prefix of the name of a column with the probability of a class."""

_TEXT = {True: "true", False: "false", None: ""}


@dataclass(frozen=True)
class Columns:
    """The columns of a table.

    Attributes:
        classes: Names of the classes; () in regression.
    """

    classes: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns."""
        return (*CLASS, *(f"{SHARE}{name}" for name in self.classes)) if self.classes else NUMBER

    def row(self, event: ImagePrediction | ImageSkipped) -> list[str]:
        """The row of a photo as text; without a prediction only its path and the reason."""
        if isinstance(event, ImageSkipped):
            empty = [""] * len(self.names)
            empty[0], empty[self.names.index("reason")] = event.path, event.reason
            return empty
        doubt = [_TEXT[event.unlike], "" if event.distance is None else f"{event.distance:.9g}", ""]
        if not self.classes:
            return [event.path, f"{event.number:.9g}", *doubt]
        shares = [f"{share:.9g}" for share in event.probabilities]
        return [event.path, event.predicted, f"{max(event.probabilities):.9g}", _TEXT[event.sure], *doubt, *shares]


@dataclass(frozen=True)
class Answered:
    """What a row says about a photo, for sorting it into a folder.

    Attributes:
        path: Path of the photo.
        predicted: Name of the class that is answered.
        sure: False where the model does not answer.
        unlike: True where the photo is unlike all training photos.
    """

    path: str
    predicted: str
    sure: bool
    unlike: bool


def answered(row: Sequence[str]) -> Answered | None:
    """What a row of text says; None where it has no class."""
    path, predicted, _, sure, unlike = row[:5]
    return Answered(path, predicted, sure == "true", unlike == "true") if predicted else None
