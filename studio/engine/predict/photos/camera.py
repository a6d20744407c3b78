"""Predictions of what a camera sees, a few times a second, with OpenCV, which is an optional package."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.data.images.preprocess import frame
from studio.engine.device import memory
from studio.engine.predict import novelty_file, predict
from studio.events import CameraFrame, Events, ImagePrediction, Warned
from studio.events.runs import WeightsChoice
from studio.jobs.protocol import Interrupted, Stop, never
from studio.jobs.workers import run_in_thread
from studio.runs import decision_file
from studio.spec import UserError
from studio.spec.decision import DecisionRule

INTERVAL_S = 0.2
"""Least seconds between two predicted frames."""

MOST_MISSED = 50
"""Frames in a row that a camera may fail to give before it counts as gone."""


def watch(
    source: Path, camera: int = 0, device: str = "auto", stop: Stop = never, which: WeightsChoice | None = None
) -> Events:
    """Predict the frames of a camera, at most five per second, until it is stopped.

    Args:
        source: Folder of a run, or an exported head with its card beside it.
        camera: Number of the camera.
        device: Device to compute on.
        stop: Checked for each frame.
        which: The last or the best epoch of a run; None for its result.

    Yields:
        `CameraFrame` for each predicted frame; `Waiting` while the camera gives none.

    Raises:
        UserError: OpenCV is not installed, or there is no camera, or it was unplugged.
    """
    library = _library()
    rule = decision_file.of_source(source) or DecisionRule()
    notes: list[Warned] = []
    model = yield from predict.load(source, device, stop, which, notes)
    novelty = novelty_file.of_source(source, which, model.head)
    name = f"camera {camera}"
    frames = _frames(library, camera)
    with closing(model.runtime), _closed(frames):
        yield from predict.announce(model, rule)
        steps = run_in_thread(frames, name)
        with closing(steps):
            for pixels in steps:
                if stop():
                    raise Interrupted
                if not isinstance(pixels, np.ndarray):
                    yield pixels
                    continue
                framed = frame(Image.fromarray(pixels), model.preprocess)
                with memory.must_fit(memory.SINGLE_PHOTO):
                    ready = {**model.runtime.put(b"frame", framed), **model.runtime.finish()}
                prediction = predict.answer(model, rule, novelty, name, ready[b"frame"])
                yield CameraFrame(pixels, prediction) if isinstance(prediction, ImagePrediction) else prediction


def _library() -> Any:
    """OpenCV.

    Raises:
        UserError: It is not installed.
    """
    try:
        import cv2
    except ImportError as error:
        raise UserError(
            "The camera needs the package opencv-python-headless, which is not installed.",
            "Install it: pip install 'thaw-studio[camera]'.",
        ) from error
    return cv2


def _frames(library: Any, camera: int) -> Generator[NDArray[np.uint8], None, None]:
    """The newest frame, (H, W, 3) RGB, at most once in `INTERVAL_S`; frames in between are dropped."""
    capture = library.VideoCapture(camera)
    try:
        if not capture.isOpened():
            raise UserError(f"There is no camera {camera}, or another program uses it.", "Plug one in, or close that.")
        last, missed = float("-inf"), 0
        while missed < MOST_MISSED:
            if not capture.grab():  # always, or the frames would be old ones that waited
                missed += 1
                time.sleep(INTERVAL_S / 10)
                continue
            if time.monotonic() - last < INTERVAL_S:
                continue
            read, pixels = capture.retrieve()
            if not read:
                missed += 1
                continue
            missed, last = 0, time.monotonic()
            yield np.ascontiguousarray(pixels[..., ::-1])
        raise UserError(f"Camera {camera} gives no pictures any more.", "Plug it in again, then start again.")
    finally:
        capture.release()


@contextlib.contextmanager
def _closed(frames: Generator[Any, None, None]) -> Generator[None, None, None]:
    """Close the camera at the end, unless its thread still waits for a frame: it closes it then."""
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):  # the generator runs in its thread
            frames.close()
