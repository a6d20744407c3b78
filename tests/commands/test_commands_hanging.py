"""Jobs of the window whose photos cannot be read: each can be stopped, and its thread runs the next one.

These tests would hang if a stopped job waited for its photo, which is blocked until the test is over.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from waiting import wait_for

from studio.commands import dataset, network, results, runs, training, window
from studio.events import Cancelled, DatasetScanned, Done, Event, Preview, RunOpened, Waiting
from studio.jobs.job import Job
from studio.jobs.protocol import Work
from studio.spec import BackboneSpec, DatasetSpec, RunSpec, TrainSpec

Hang = Callable[[Path], None]
SMALL = BackboneSpec(image_size=32)


def stopped(work: Work) -> list[Event]:
    """Events of a job that waits for its photos and is then stopped."""
    job = Job("job", work)
    thread = threading.Thread(target=job.run, daemon=True)
    thread.start()
    wait_for(lambda: any(isinstance(event, Waiting) for event in job.mailbox.copy()), alive=thread.is_alive)
    job.cancel()
    thread.join()
    return list(job.mailbox)


JOBS: dict[str, Callable[[Path], Work]] = {
    "scan": lambda photos: dataset.scan(DatasetSpec(str(photos))),
    "preview": lambda photos: dataset.preview(str(photos / "cold" / "00.jpg"), SMALL),
    "augmented": lambda photos: network.augmented(
        str(photos / "cold" / "00.jpg"), RunSpec(DatasetSpec(str(photos)), SMALL)
    ),
    "outputs": lambda photos: window.for_window().outputs(SMALL, "conv_stem", str(photos / "cold" / "00.jpg")),
    "train": lambda photos: training.train(RunSpec(DatasetSpec(str(photos)), SMALL), photos.parent / "run"),
    "extract": lambda photos: results.extract(DatasetSpec(str(photos)), SMALL, photos.parent / "f.npz"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", JOBS)
def test_a_job_on_a_dead_server_can_be_stopped(photos, dead_server: Hang, name):
    dead_server(photos)
    events = stopped(JOBS[name](photos))
    waits = [event for event in events if isinstance(event, Waiting)]
    assert waits[0].path.startswith(str(photos))
    assert isinstance(events[-1], Cancelled)


def test_a_preview_of_another_photo_follows_one_that_hangs(photos, hang: Hang):
    hang(photos / "cold" / "00.jpg")
    assert isinstance(stopped(JOBS["preview"](photos))[-1], Cancelled)
    after = Job("preview", dataset.preview(str(photos / "warm" / "00.jpg"), SMALL))
    after.run()
    assert isinstance(after.mailbox[-1], Done)
    assert any(isinstance(event, Preview) for event in after.mailbox)


@pytest.mark.slow
def test_a_run_whose_photos_are_on_a_dead_server_can_be_stopped_from_opening(photos, tmp_path, dead_server: Hang):
    spec = RunSpec(DatasetSpec(str(photos)), SMALL, train=TrainSpec(epochs=1, device="cpu"))
    trained = Job("train", training.train(spec, tmp_path / "run"))
    trained.run()
    assert isinstance(trained.mailbox[-1], Done)
    opened = Job("open_run", runs.open_run(tmp_path / "run"))
    opened.run()
    assert [event.missing for event in opened.mailbox if isinstance(event, RunOpened)] == [0]
    dead_server(photos)
    events = stopped(runs.open_run(tmp_path / "run"))
    assert isinstance(events[-1], Cancelled)
    assert not any(isinstance(event, DatasetScanned) for event in events)
