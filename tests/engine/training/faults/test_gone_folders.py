"""Runs whose cache folder or own folder is deleted while they train."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from tiny import LAST_BLOCK, finish, load, only, record, recorded, run_spec
from torch import device
from trimming import few

from studio.data.scan import listing
from studio.engine.extraction import extract
from studio.engine.training import run as training
from studio.events import Checkpoint, Epoch, Event, FeaturesComputed, Progress, Stage, Step
from studio.jobs import progress
from studio.jobs.protocol import never
from studio.runs import folder
from studio.runs.files import lock
from studio.spec import DatasetSpec, UserError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="folders in use cannot be removed there")


@pytest.fixture(autouse=True)
def every_step_is_told(monkeypatch):
    monkeypatch.setattr(progress, "EVERY", 0.0)  # otherwise the reported steps depend on the speed of the machine


def until(events: Iterator[Event], kind: type, number: int = 1) -> Event:
    for event in events:
        number -= isinstance(event, kind)
        if number == 0:
            return event
    raise AssertionError("it did not come so far")


@pytest.mark.slow
def test_a_run_survives_the_deletion_of_the_cache_during_extraction(photos, tmp_path):
    base, dataset, cache = load(), listing(DatasetSpec(str(photos))), tmp_path / "cache"
    asked = []

    def remove() -> bool:
        asked.append(0)
        if len(asked) == 12:
            shutil.rmtree(cache, ignore_errors=True)
        return False

    for cut in ("pixels", "features"):
        asked.clear()
        _, extraction = finish(extract.extract(base, dataset, cut, device("cpu"), remove, cache))
        _, whole = finish(extract.extract(base, dataset, cut, device("cpu"), never, tmp_path / "other"))
        every = np.arange(24)
        assert np.array_equal(extraction.rows.take(every), whole.rows.take(every))


def test_a_run_survives_the_deletion_of_the_cache_before_its_first_row(photos, tmp_path):
    running = recorded(run_spec(photos, epochs=1), tmp_path / "run", tmp_path / "cache")
    (tmp_path / "cache").mkdir()
    next(event for event in running if isinstance(event, Stage) and event.name == "extract")
    shutil.rmtree(tmp_path / "cache")
    assert only(list(running), Epoch)


@pytest.mark.slow
@pytest.mark.parametrize("moment", few([FeaturesComputed, Step, Checkpoint], [Step]))
def test_a_run_survives_the_deletion_of_the_cache_while_it_trains(photos, tmp_path, moment):
    spec = run_spec(photos, LAST_BLOCK, epochs=2, head_epochs=1, batch_size=4)
    list(recorded(spec, tmp_path / "whole", tmp_path / "other"))
    running = recorded(spec, tmp_path / "run", tmp_path / "cache")
    until(running, moment)
    shutil.rmtree(tmp_path / "cache")
    assert only(list(running), Epoch)
    for name in ("head.safetensors", "thawed.safetensors", "predictions.csv"):
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@pytest.mark.parametrize(
    ("moment", "number"),
    few(
        [(Stage, 1), (Progress, 3), (FeaturesComputed, 1), (Step, 1), (Checkpoint, 1), (Epoch, 2)],
        [Stage, Step, Checkpoint],
    ),
)
def test_deletion_of_the_run_folder_ends_the_run_with_an_error(photos, tmp_path, moment, number):
    spec = run_spec(photos, epochs=3, batch_size=4, checkpoint_minutes=1e-9)
    run = tmp_path / "run"
    running = recorded(spec, run, tmp_path / "cache")
    until(running, folder.RunStarted)
    until(running, moment, number)
    shutil.rmtree(run)
    with pytest.raises(UserError, match="is gone") as fault:
        list(running)
    assert str(run) in fault.value.title
    assert fault.value.hint
    assert not run.exists(), "a deleted run is not created again in part"


@pytest.mark.slow
@pytest.mark.parametrize("moment", few([Step, Epoch], [Epoch]))
def test_a_moved_run_resumes_in_its_new_folder(photos, tmp_path, moment):
    spec = run_spec(photos, epochs=3, batch_size=4, checkpoint_minutes=1e-9)
    list(recorded(spec, tmp_path / "whole", tmp_path / "cache"))
    running = recorded(spec, tmp_path / "run", tmp_path / "cache")
    until(running, Checkpoint, 3)
    until(running, moment)
    moved = (tmp_path / "run").rename(tmp_path / "moved")
    with pytest.raises(UserError, match="is gone"):
        list(running)
    assert not (tmp_path / "run").exists()
    assert not lock.is_held(moved)
    list(folder.record_events(training.resume(moved, cache=tmp_path / "cache"), moved, resumed=True))
    assert record(moved)["status"] == "done"
    for name in ("head.safetensors", "predictions.csv"):
        assert (moved / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
