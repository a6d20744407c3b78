"""Predictions of a camera's frames, with a camera of the test."""

from __future__ import annotations

import builtins
from types import SimpleNamespace

import numpy as np
import pytest

from studio.engine.predict import predict
from studio.engine.predict.photos import camera
from studio.engine.predict.photos.camera import watch
from studio.events import CameraFrame, ImagePrediction
from studio.jobs.protocol import Interrupted
from studio.spec import PreprocessSpec, UserError

BLUE = np.zeros((40, 60, 3), np.uint8)
BLUE[..., 0] = 200  # as OpenCV orders channels


class Capture:
    """A camera that gives a number of frames."""

    def __init__(self, frames: int, opened: bool = True) -> None:
        self.left, self.opened, self.released = frames, opened, False

    def isOpened(self):
        return self.opened

    def grab(self):
        self.left -= 1
        return self.left >= 0

    def retrieve(self):
        return True, BLUE

    def release(self):
        self.released = True


@pytest.fixture
def plugged(monkeypatch, tmp_path):
    class Runtime:
        def put(self, key, pixels):
            return {key: np.ones(2, np.float32)}

        def finish(self):
            return {}

        def close(self):
            pass

    spec = PreprocessSpec()
    model = SimpleNamespace(runtime=Runtime(), head={}, preprocess=spec, epoch=1)

    def load(*_):
        yield from ()
        return model

    monkeypatch.setattr(predict, "load", load)
    said = ImagePrediction("camera 0", (1.0,), "a")
    monkeypatch.setattr(predict, "answer", lambda *_: said)
    monkeypatch.setattr(camera.novelty_file, "of_source", lambda *_: None)
    monkeypatch.setattr(camera.decision_file, "of_source", lambda *_: None)
    monkeypatch.setattr(camera, "INTERVAL_S", 0.0)

    def plug(capture):
        library = SimpleNamespace(VideoCapture=lambda _source: capture, CAP_PROP_POS_MSEC=0)
        monkeypatch.setattr(camera, "_library", lambda: library)
        return tmp_path

    return plug


def test_frames_are_predicted_in_rgb_until_the_camera_is_disconnected(plugged):
    capture = Capture(3)
    events = []
    with pytest.raises(UserError, match="Camera 0 no longer delivers frames"):
        events.extend(iter_of(watch(plugged(capture)), events))
    frames = [event for event in events if isinstance(event, CameraFrame)]
    assert len(frames) == 3
    assert frames[0].pixels[0, 0].tolist() == [0, 0, 200]
    assert capture.released


def iter_of(steps, events):
    for event in steps:
        events.append(event)
    return []


def test_a_stop_releases_the_camera(plugged):
    capture = Capture(10**9)
    asked = iter([False, False, True])
    with pytest.raises(Interrupted):
        list(watch(plugged(capture), stop=lambda: next(asked, True)))
    assert capture.released


def test_a_missing_camera_is_a_user_error(plugged):
    capture = Capture(0, opened=False)
    with pytest.raises(UserError, match="no camera 0"):
        list(watch(plugged(capture)))
    assert capture.released


def test_a_missing_camera_library_is_a_user_error(monkeypatch, tmp_path):
    real = builtins.__import__

    def without(name, *more):
        if name == "cv2":
            raise ModuleNotFoundError(name)
        return real(name, *more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UserError, match="opencv-python-headless, which is not installed") as caught:
        list(watch(tmp_path))
    assert "thaw-studio[camera]" in caught.value.hint


class Video(Capture):
    """A video of ten frames per second."""

    def __init__(self, frames: int, opened: bool = True) -> None:
        super().__init__(frames, opened)
        self.all = frames

    def get(self, _what):
        return 100.0 * (self.all - self.left - 1)


def test_a_video_gives_five_frames_per_second_of_its_time_and_ends(plugged, monkeypatch, tmp_path):
    capture = Video(11)
    source = plugged(capture)
    monkeypatch.setattr(camera, "INTERVAL_S", 0.2)
    (tmp_path / "a.mp4").write_bytes(b"")
    frames = [event for event in watch(source, str(tmp_path / "a.mp4")) if isinstance(event, CameraFrame)]
    assert len(frames) == 6  # at 0, 200, … 1000 ms
    assert capture.released
    with pytest.raises(UserError, match="cannot be opened as a video"):
        list(watch(plugged(Video(0, opened=False)), str(tmp_path / "a.mp4")))


@pytest.mark.parametrize("camera_of_user", [-1, "/nowhere/a.mp4"])
def test_an_impossible_camera_is_a_user_error_before_the_weights_are_loaded(plugged, monkeypatch, camera_of_user):
    source = plugged(Capture(0))
    monkeypatch.setattr(predict, "load", lambda *_: pytest.fail("loaded"))
    with pytest.raises(UserError, match="There is no"):
        list(watch(source, camera_of_user))
