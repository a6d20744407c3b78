"""A photo on a server that no longer answers is named, and a run that waits for it can be stopped.

These tests would hang if anything waited for the photo: its read returns only after the test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tiny import LAST_BLOCK, SMALL, only, record, recorded, run_spec

from studio.engine.export import feature_vectors
from studio.engine.predict import predict
from studio.engine.training import run
from studio.events import DatasetScanned, Epoch, Event, FeaturesComputed, Stage, Waiting
from studio.jobs.protocol import Interrupted
from studio.runs import folder
from studio.runs.files import lock
from studio.spec import AugmentSpec, AugmentStep, DatasetSpec
from studio.spec.structs import replace

Hang = Callable[[Path], None]
VIEWS = AugmentSpec((AugmentStep("flip", 0.5, 0.5),), views=1)
FAR = 0.35
"""Seconds of waiting that count as a server that does not answer."""


class Stop:
    """A stop function that returns True once `asked` is set."""

    def __init__(self) -> None:
        self.asked = False

    def __call__(self) -> bool:
        return self.asked


def waited_for(running: Iterator[Event], stop: Stop) -> Waiting:
    """Follow a run until it waits for a photo, stop it, and check that it ends."""
    word = next(event for event in running if isinstance(event, Waiting) and event.seconds > FAR)
    stop.asked = True
    with pytest.raises(Interrupted):
        list(running)
    return word


@pytest.mark.slow
def test_extraction_can_be_stopped_while_a_server_hangs(photos: Path, tmp_path: Path, hang: Hang) -> None:
    stop, photo = Stop(), photos / "warm" / "05.jpg"
    content = photo.read_bytes()
    list(recorded(run_spec(photos), tmp_path / "whole", tmp_path / "other"))
    running = recorded(run_spec(photos), tmp_path / "run", tmp_path / "cache", stop)
    next(event for event in running if isinstance(event, DatasetScanned))
    hang(photo)
    assert waited_for(running, stop).path == str(photo)
    assert record(tmp_path / "run")["status"] == "cancelled"
    assert not lock.is_held(tmp_path / "run")
    photo.unlink()
    photo.write_bytes(content)
    events = list(folder.record_events(run.resume(tmp_path / "run", cache=tmp_path / "cache"), tmp_path / "run", True))
    assert only(events, Epoch)
    for name in ("head.safetensors", "predictions.csv"):
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_hashing_photos_with_cached_features_can_be_stopped_while_a_server_hangs(
    photos: Path, tmp_path: Path, hang: Hang
) -> None:
    stop = Stop()
    list(recorded(run_spec(photos), tmp_path / "first", tmp_path / "cache"))
    running = recorded(run_spec(photos), tmp_path / "run", tmp_path / "cache", stop)
    next(event for event in running if isinstance(event, DatasetScanned))
    hang(photos / "cold" / "02.jpg")
    assert waited_for(running, stop).path == str(photos / "cold" / "02.jpg")


@pytest.mark.parametrize("later", ["thawed", "views"])
def test_reading_photos_again_in_later_epochs_can_be_stopped_while_a_server_hangs(
    photos: Path, tmp_path: Path, hang: Hang, later: str
) -> None:
    stop = Stop()
    spec = run_spec(photos, LAST_BLOCK, head_epochs=1, epochs=1)
    spec = spec if later == "thawed" else replace(run_spec(photos), augment=VIEWS)
    running = recorded(spec, tmp_path / "run", tmp_path / "cache", stop)
    first = next(event for event in running if isinstance(event, DatasetScanned))
    photo = next(photos / photo.path for photo in first.dataset.photos if photo.split == "train")
    next(event for event in running if isinstance(event, Epoch if later == "thawed" else FeaturesComputed))
    hang(photo)
    assert waited_for(running, stop).path == str(photo)
    assert len(record(tmp_path / "run")["epochs"]) == (later == "thawed"), "finished epochs are kept"


def test_listing_can_be_stopped_while_a_server_hangs(photos: Path, tmp_path: Path, dead_server: Hang) -> None:
    dead_server(photos)
    for running in (
        recorded(run_spec(photos), tmp_path / "run", tmp_path / "cache"),
        feature_vectors.write(DatasetSpec(str(photos)), SMALL, tmp_path / "f.npz", cache=tmp_path / "cache"),
    ):
        assert isinstance(next(running), Stage)
        assert isinstance(word := next(running), Waiting)
        assert word.path == str(photos)
        running.close()  # type: ignore[attr-defined]
    assert not (tmp_path / "run").exists()


def test_a_run_on_a_folder_that_no_longer_answers_can_be_stopped(
    photos: Path, tmp_path: Path, dead_server: Hang
) -> None:
    stop = Stop()
    running = recorded(run_spec(photos), tmp_path / "run", tmp_path / "cache", stop)
    next(event for event in running if isinstance(event, DatasetScanned))
    dead_server(photos / "warm")
    assert waited_for(running, stop).path == str(photos / "warm" / "00.jpg")
    assert record(tmp_path / "run")["status"] == "cancelled"


def test_a_prediction_can_be_stopped_while_a_server_hangs(photos: Path, tmp_path: Path, hang: Hang) -> None:
    list(recorded(run_spec(photos, epochs=1), tmp_path / "run", tmp_path / "cache"))
    ones = [str(photos / "cold" / name) for name in ("00.jpg", "01.jpg")]
    hang(Path(ones[1]))
    with closing(predict.predict(tmp_path / "run", ones)) as predicting:  # type: ignore[type-var]
        assert next(event for event in predicting if isinstance(event, Waiting)).path == ones[1]
