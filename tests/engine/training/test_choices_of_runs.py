"""Runs train on the photos that the journal leaves, record its choices, and keep them when they are resumed."""

from __future__ import annotations

import csv
import shutil

import pytest
from photos_with_journal import PhotosWithJournal, result_of
from tiny import record, recorded, run_spec

from studio.commands.evaluation import evaluation
from studio.engine.training import run as training
from studio.engine.training.run_files import checkpoints
from studio.events import Epoch, FeaturesComputed, RunStarted
from studio.runs import folder as runs
from studio.runs.reopen import stored_events


def listed(run):
    """Split and label of each photo in the run's list."""
    with (run / "photos.csv").open(newline="") as table:
        return {row["path"]: (row["split"], row["label"]) for row in csv.DictReader(table)}


def train(spec, run, cache, kind=None):
    """Train a run, up to the first event of a type."""
    events = []
    running = recorded(spec, run, cache)
    for event in running:
        events.append(event)
        if isinstance(event, kind or ()):
            break
    running.close()
    return events


def resume(run, cache, epochs=None):
    return list(runs.record_events(training.resume(run, epochs, cache=cache), run, resumed=True))


@pytest.fixture
def chosen(photos):
    folder = PhotosWithJournal(photos)
    folder.do("exclude", "cold/00.jpg", "warm/01.jpg")
    folder.do("relabel", "cold/02.jpg", value="warm")
    folder.do("split", "cold/03.jpg", value="test")
    return folder


def test_a_run_uses_the_photos_of_the_listing_and_cached_features(photos, tmp_path):
    folder, cache = PhotosWithJournal(photos), tmp_path / "cache"
    spec = run_spec(photos, epochs=1)
    train(spec, tmp_path / "before", cache)
    folder.do("exclude", "cold/00.jpg")
    folder.do("relabel", "cold/02.jpg", value="warm")
    events = train(spec, tmp_path / "run", cache)
    used = {path: (split, str(("cold", "warm").index(kind))) for path, (kind, split) in folder.used().items()}
    assert listed(tmp_path / "run") == used
    assert len(used) == 23
    assert used["cold/02.jpg"][1] == "1"
    assert [event.computed for event in events if isinstance(event, FeaturesComputed)] == [0]
    assert runs.read(tmp_path / "run").choices == folder.listing().choices.photos
    assert {"path": "cold/00.jpg", "reason": "excluded by your choice", "count": 1} in record(tmp_path / "run")[
        "skipped"
    ]
    started = next(event for event in stored_events(tmp_path / "run") if isinstance(event, RunStarted))
    assert started.choices == folder.listing().choices.photos


@pytest.mark.slow
def test_a_resumed_or_extended_run_keeps_its_choices_after_the_journal_changed(chosen, tmp_path):
    spec, cache = run_spec(chosen.root, epochs=2, batch_size=4, schedule="constant"), tmp_path / "cache"
    train(spec, tmp_path / "whole", cache)
    train(spec, tmp_path / "run", cache, Epoch)
    train(spec, tmp_path / "early", cache, FeaturesComputed)
    chosen.journal().undo(3)
    chosen.do("exclude", "warm/05.jpg")
    chosen.root = chosen.root.rename(chosen.root.with_name("moved"))
    shutil.copytree(chosen.root, tmp_path / "photos")  # a folder without a journal at the old place
    for name in ("run", "early"):
        resume(tmp_path / name, cache)
        assert listed(tmp_path / name) == listed(tmp_path / "whole")
        assert runs.read(tmp_path / name).choices == runs.read(tmp_path / "whole").choices
        tensors, expected = (checkpoints.read(tmp_path / one).tensors for one in (name, "whole"))
        assert all((tensors[key] == expected[key]).all() for key in expected)
    resume(tmp_path / "run", cache, 3)
    assert listed(tmp_path / "run") == listed(tmp_path / "whole")
    assert "cold/03.jpg" not in listed(tmp_path / "run"), "a test photo"
    assert len(runs.read(tmp_path / "run").choices) == 4


def test_a_run_without_choices_keeps_all_its_photos(photos, tmp_path):
    spec, cache = run_spec(photos, epochs=2), tmp_path / "cache"
    train(spec, tmp_path / "run", cache, Epoch)
    PhotosWithJournal(photos).do("exclude", "cold/00.jpg")
    resume(tmp_path / "run", cache)
    assert len(listed(tmp_path / "run")) == 24
    assert runs.read(tmp_path / "run").choices == ()


def test_the_test_photos_of_a_run_are_those_of_its_own_choices(chosen, tmp_path):
    run = tmp_path / "run"
    train(run_spec(chosen.root, epochs=1), run, tmp_path / "cache")
    chosen.journal().undo(3)
    trained = next(path for path, (split, _) in listed(run).items() if split == "train")
    chosen.do("split", trained, value="test")
    dataset = result_of(evaluation._photos(run, runs.read(run), "test", str(chosen.root)))
    assert [photo.path for photo in dataset.photos] == ["cold/03.jpg"]
