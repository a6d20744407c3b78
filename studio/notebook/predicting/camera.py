"""Predictions on the frames of a camera."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from studio.commands import results
from studio.events import CameraFrame, Event
from studio.events.runs import WeightsChoice
from studio.jobs.protocol import never
from studio.notebook.photo_folder import PathLike
from studio.notebook.predictions import Prediction, check_epoch, prediction_of
from studio.system import paths

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class SeenFrame:
    """A picture of a camera with its prediction.

    Attributes:
        pixels: (H, W, 3) uint8 RGB.
        prediction: Its prediction, whose path is the name of the camera.
    """

    pixels: NDArray[np.uint8]
    prediction: Prediction


def watch_camera(
    source: PathLike, camera: int | PathLike = 0, *, epoch: WeightsChoice | None = None, device: str = "auto"
) -> Generator[SeenFrame, None, None]:
    """Predict what a camera sees, at most five times a second, until the loop over it ends.

    Args:
        source: Folder of a run, or an exported head with its card beside it.
        camera: Number of the camera, or a video file, five frames of which are taken per second of its own time.
        epoch: "best" or "last" of a run; None for its result.
        device: `auto`, `cpu`, `mps` or `cuda:N`.

    Yields:
        The newest picture: those taken while the loop works on one are dropped.

    Raises:
        UserError: There is no run or head at `source`, the extra `camera` is not installed, or there is no camera or
            video.
    """
    check_epoch(epoch)
    place = paths.expanded(Path(source))
    seen = camera if isinstance(camera, int) else str(paths.expanded(Path(camera)))
    work = results.watch_camera(place, seen, device, epoch)
    with closing(cast("Generator[Event, None, None]", work(never))) as events:
        for event in events:
            if isinstance(event, CameraFrame):
                yield SeenFrame(event.pixels, prediction_of(event.prediction, place))
