"""A disk that fills up at any moment of a run: a clear message, no partly written file, and a run that resumes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny import LAST_BLOCK, LITE0, SMALL, only, record, recorded, run_spec
from trimming import few

from studio.engine.export import feature_vectors, head
from studio.engine.training import run as training
from studio.events import Checkpoint, Epoch, Event, FeaturesComputed, RunStarted, Stage
from studio.runs import folder as runs
from studio.runs import index
from studio.runs.files import end_note
from studio.spec import DatasetSpec, UserError

FILES = ("head.safetensors", "best/head.safetensors", "predictions.csv")


def fill(disk: Path) -> Path:
    """Fill the disk to its last byte."""
    filler = disk / "filler"
    with filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    return filler


def until(running: Iterator[Event], kind: type, number: int) -> None:
    for event in running:
        number -= isinstance(event, kind)
        if number == 0:
            return


def half_written(folder: Path) -> list[str]:
    whole = (".kept", ".lock", ".holder.json", ".end.json")
    return [file.name for file in folder.rglob(".*") if not file.name.endswith(whole)]


def resumed(run: Path, cache: Path) -> list[Event]:
    return list(runs.record_events(training.resume(run, cache=cache), run, resumed=True))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("moment", "number"),
    few(
        [(Stage, 1), (FeaturesComputed, 1), (Checkpoint, 1), (Epoch, 1), (Checkpoint, 2), (Epoch, 2)],
        [Stage, Checkpoint],
    ),
)
def test_a_full_disk_of_the_run_is_reported(photos, tmp_path, small_disk, moment, number):
    spec = run_spec(photos, epochs=2, batch_size=8, checkpoint_minutes=1e-9)
    list(recorded(spec, tmp_path / "whole", tmp_path / "cache"))
    run = small_disk / "run"
    running = recorded(spec, run, tmp_path / "cache")
    until(running, RunStarted, 1)
    until(running, moment, number)
    filler = fill(small_disk)
    with pytest.raises(UserError, match="disk is full") as fault:
        list(running)
    assert str(run) in fault.value.title
    assert "space" in fault.value.hint
    assert half_written(run) == []
    record(run)
    summary = index.summary(run)
    assert (summary.state, summary.failure) == ("failed", fault.value.title)
    filler.unlink()
    assert only(resumed(run, tmp_path / "cache"), Epoch)
    for name in FILES:
        assert (run / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name
    assert not (run / end_note.FILE).exists()


@pytest.mark.slow
def test_a_full_disk_of_the_cache_is_named(photos, tmp_path, small_disk):
    cache = small_disk / "cache"
    running = recorded(run_spec(photos, LAST_BLOCK, epochs=1), tmp_path / "run", cache)
    started = next(event for event in running if isinstance(event, RunStarted))
    filler = fill(small_disk)
    with pytest.raises(UserError, match=r"disk is full|are available") as fault:
        list(running)
    assert str(small_disk) in fault.value.title
    assert started.run not in fault.value.title
    assert record(tmp_path / "run")["failure"]["title"] == fault.value.title
    filler.unlink()
    assert only(resumed(tmp_path / "run", cache), Epoch)


@pytest.mark.slow
def test_a_run_resumes_after_a_full_disk_of_the_cache_during_extraction(photos, tmp_path, small_disk):
    cache = small_disk / "cache"
    fillers: list[Path] = []

    def stop() -> bool:
        if not fillers and any(keys.stat().st_size for keys in cache.glob("*/*.keys")):
            fillers.append(fill(small_disk))
        return False

    spec = run_spec(photos, LAST_BLOCK, LITE0, epochs=1)
    with pytest.raises(UserError, match="disk is full") as fault:
        list(recorded(spec, tmp_path / "run", cache, stop))
    assert str(cache) in fault.value.title
    fillers[0].unlink()
    assert only(resumed(tmp_path / "run", cache), FeaturesComputed)[0].reused > 0


@pytest.mark.parametrize(
    "what", few(["features.npz", "features.csv", "head.safetensors", "head.pt"], ["features.csv", "head.pt"])
)
def test_a_full_disk_of_an_exported_file_is_reported(photos, tmp_path, small_disk, what):
    list(recorded(run_spec(photos, epochs=1), tmp_path / "run", tmp_path / "cache"))
    (small_disk / what).write_text("what was there before")
    fill(small_disk)

    def writing() -> Iterator[Event]:
        if what.startswith("head"):
            return iter(head.export(tmp_path / "run", small_disk / what))
        return iter(feature_vectors.write(DatasetSpec(str(photos)), SMALL, small_disk / what, cache=tmp_path / "cache"))

    with pytest.raises(UserError) as fault:
        list(writing())
    assert str(small_disk / what) in fault.value.title
    assert "space" in fault.value.title + fault.value.hint
    assert sorted(file.name for file in small_disk.iterdir()) == sorted(["filler", what])
    assert (small_disk / what).read_text() == "what was there before"
