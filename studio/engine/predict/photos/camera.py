"""Predictions of what a camera sees, a few times a second, with OpenCV, which is an optional package."""

from __future__ import annotations

import contextlib
import os
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
from studio.jobs.workers import run_in_thread, run_one
from studio.runs import decision_file
from studio.spec import UserError
from studio.spec.decision import DecisionRule

INTERVAL_S = 0.2
"""Smallest number of seconds between two predicted frames."""

MOST_MISSED = 50
"""Consecutive frames that a camera may fail to deliver before it counts as disconnected."""

SILENT = "0"
"""Log level without OpenCV's own messages about cameras on stderr: the error says what happened."""


def watch(
    source: Path, camera: int | str = 0, device: str = "auto", stop: Stop = never, which: WeightsChoice | None = None
) -> Events:
    """Predict the frames of a camera, at most five per second, until it is stopped.

    Args:
        source: Folder of a run, or an exported head with its card beside it.
        camera: Number of the camera, or path or address of a video, of which five frames per second of video are used.
        device: Device to compute on.
        stop: Checked for each frame.
        which: The last or the best epoch of a run; None for its result.

    Yields:
        `CameraFrame` for each predicted frame; `Waiting` while the camera gives none.

    Raises:
        UserError: OpenCV is not installed, there is no camera or video, or the camera was unplugged.
    """
    library = _library()
    _require_source(camera)
    name = name_of(camera)
    capture = yield from run_one(library.VideoCapture, camera)
    try:  # before the weights are loaded, so that a missing camera is reported at once
        _require_opened(capture, camera)
        rule = decision_file.of_source(source) or DecisionRule()
        notes: list[Warned] = []
        model = yield from predict.load(source, device, stop, which, notes)
        novelty = novelty_file.of_source(source, which, model.head)
    except BaseException:
        capture.release()
        raise
    frames = _frames(capture, camera) if isinstance(camera, int) else _frames_of_video(library, capture)
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


def name_of(camera: int | str) -> str:
    """What predictions call a camera: “camera 0”, or the path of a video."""
    return f"camera {camera}" if isinstance(camera, int) else camera


def _library() -> Any:
    """OpenCV.

    Raises:
        UserError: It is not installed, or cannot be loaded.
    """
    os.environ.setdefault("OPENCV_LOG_LEVEL", SILENT)
    try:
        import cv2
    except ModuleNotFoundError as error:
        raise UserError(
            "The camera needs the package opencv-python-headless, which is not installed.",
            "Install it: pip install 'thaw-studio[camera]'.",
        ) from error
    except ImportError as error:  # opencv-python without the libraries of a desktop
        raise UserError(
            f"The package opencv-python cannot be loaded: {error}.",
            "Replace it: pip uninstall opencv-python, then pip install 'thaw-studio[camera]'.",
        ) from error
    return cv2


def _require_source(camera: int | str) -> None:
    """Raise a `UserError` if the number is below 0 or there is no such file; addresses are not checked."""
    if isinstance(camera, int) and camera < 0:
        raise UserError(f"There is no camera {camera}.", "Cameras are numbered from 0.")
    if isinstance(camera, str) and "://" not in camera and not Path(camera).is_file():
        raise UserError(f"There is no video {camera}.", "Give the number of a camera, or the path of a video.", camera)


def _require_opened(capture: Any, camera: int | str) -> None:
    """Raise a `UserError` if the camera or video could not be opened."""
    if capture.isOpened():
        return
    if isinstance(camera, int):
        raise UserError(
            f"There is no camera {camera}, or another program uses it.", "Connect it, or close that program."
        )
    raise UserError(f"{camera} cannot be opened as a video.", "Check the file, or the address.", camera)


def _frames(capture: Any, camera: int) -> Generator[NDArray[np.uint8], None, None]:
    """The newest frame, (H, W, 3) RGB, at most once in `INTERVAL_S`; frames in between are dropped."""
    try:
        last, missed = float("-inf"), 0
        while missed < MOST_MISSED:
            if not capture.grab():  # without a pause: otherwise the next frame would be an old one from the buffer
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
        raise UserError(f"Camera {camera} no longer delivers frames.", "Connect it again, then start again.")
    finally:
        capture.release()


def _frames_of_video(library: Any, capture: Any) -> Generator[NDArray[np.uint8], None, None]:
    """Frames of a video, (H, W, 3) RGB, at least `INTERVAL_S` of its time apart, up to its end."""
    try:
        due = float("-inf")
        while capture.grab():
            now = capture.get(library.CAP_PROP_POS_MSEC) / 1000
            if now < due - 1e-3:  # timestamps are rounded to milliseconds
                continue
            read, pixels = capture.retrieve()
            if read:
                due = now + INTERVAL_S
                yield np.ascontiguousarray(pixels[..., ::-1])
    finally:
        capture.release()


@contextlib.contextmanager
def _closed(frames: Generator[Any, None, None]) -> Generator[None, None, None]:
    """Close the camera at the end; if a thread still waits for a frame, that thread closes it."""
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):  # the generator is running in another thread
            frames.close()
