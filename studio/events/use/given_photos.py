"""Events about given photos, for which the window shows the answers of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.events.runs import WeightsChoice
from studio.events.use.predictions import PredictionTrace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class GivenPhoto:
    """The answer of a run for one photo, with the probabilities of the most probable classes only.

    Attributes:
        path: Path of the photo.
        answer: Name of the class that is answered; "" in regression, and where the photo cannot be read.
        top: The most probable classes with their probabilities, the most probable first; () in regression.
        others: Number of the other classes.
        number: Predicted number in the unit of the targets; None in classification.
        epoch: Epoch of the weights; 0 where it is unknown.
        sure: False where the decision rule leaves the photo without an answer.
        unlike: True where the photo is unlike all training photos; None where that is unknown.
        distance: Its distance to them as a multiple of the limit beyond which it is unlike; None where it is unknown.
        why: Why it cannot be predicted; "" where it was.
    """

    path: str
    answer: str = ""
    top: tuple[tuple[str, float], ...] = ()
    others: int = 0
    number: float | None = None
    epoch: int = 0
    sure: bool = True
    unlike: bool | None = None
    distance: float | None = None
    why: str = ""


@dataclass(frozen=True)
class PhotosPredicted:
    """The next answers of a run, in the order in which they were computed.

    Attributes:
        run: Folder of the run.
        photos: The answers.
    """

    run: str
    photos: tuple[GivenPhoto, ...]


@dataclass(frozen=True)
class PhotoTraced:
    """The steps from a given photo to its prediction.

    Attributes:
        run: Folder of the run.
        weights: Which weights predicted: those of the best or of the last epoch.
        trace: The steps.
    """

    run: str
    weights: WeightsChoice
    trace: PredictionTrace


@dataclass(frozen=True, eq=False)
class CameraSeen:
    """A picture from a camera with the answer of a run for it.

    Attributes:
        run: Folder of the run.
        pixels: (H, W, 3) uint8 RGB.
        photo: The answer, whose path is the name of the camera.
    """

    run: str
    pixels: NDArray[np.uint8]
    photo: GivenPhoto


@dataclass(frozen=True)
class ExportStep:
    """One of several exports begins, or cannot be made.

    Attributes:
        form: Name of its format.
        why: Why it cannot be made; "" where it begins.
    """

    form: str
    why: str = ""
