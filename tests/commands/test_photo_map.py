"""The job that maps photos, on features that are given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from studio.commands import photo_map as commands
from studio.engine.predict import folder_features
from studio.evaluate.photo_map import tsne
from studio.evaluate.photo_map.rows import ArrayRows
from studio.events import Dataset, Photo, PhotosMapped, Progress, Stage, ValueRanges
from studio.jobs.protocol import Interrupted, never
from studio.spec import BackboneSpec


@dataclass
class Extracted:
    dataset: Dataset
    rows: ArrayRows


@pytest.fixture
def dataset(monkeypatch) -> Dataset:
    """Forty photos of two classes, of which one is among those of the other class and one has no features."""
    labels = np.arange(40) % 2
    values = np.eye(2, 6)[labels] * 4 + np.random.default_rng(0).standard_normal((40, 6)) * 0.2
    values[7] = values[8]
    values[20] = np.nan
    photos = tuple(Photo(f"{'ab'[label]}/{number:02}.jpg", int(label), "train") for number, label in enumerate(labels))
    given = Dataset("/photos", ("a", "b"), photos)

    def of_folder(*_arguments):
        yield Stage("extract", "Computing features")
        return Extracted(given, ArrayRows(values.astype(np.float32)))

    monkeypatch.setattr(folder_features, "of_folder", of_folder)
    return given


def steps(dataset: Dataset, method="pca", stop=never):
    return commands.mapped(dataset, BackboneSpec(), ValueRanges(), method, "cpu", stop)


def test_the_principal_components_come_first_then_neighbors_and_label_errors(dataset) -> None:
    events = list(steps(dataset))
    first, known, last = [event for event in events if isinstance(event, PhotosMapped)]
    assert (first.method, first.complete, first.neighbors) == ("pca", False, None)
    assert known.suspects == last.suspects
    assert last.complete
    assert len(last.paths) == 39  # without the photo that has no features
    assert "a/20.jpg" not in last.paths
    assert last.neighbors is not None
    assert last.neighbors.shape == (39, 30)
    (suspect,) = last.suspects
    assert (suspect.path, suspect.label, suspect.suggested, suspect.agree, suspect.of) == ("b/07.jpg", "b", "a", 10, 10)
    assert {event.stage for event in events if isinstance(event, Progress)} == {"pca", "neighbors"}


def test_tsne_replaces_them_in_steps(dataset, monkeypatch) -> None:
    monkeypatch.setattr(commands, "SHOWN_EVERY", 0.0)
    monkeypatch.setattr(commands.libraries, "import_libraries", lambda *names: iter(()))
    moved = np.ones((39, 2), np.float32)
    monkeypatch.setattr(tsne, "embed", lambda near, start: iter([(50, start), (tsne.ITERATIONS, moved)]))
    maps = [event for event in steps(dataset, "tsne") if isinstance(event, PhotosMapped)]
    assert [(one.method, one.iterations, one.complete) for one in maps] == [
        ("pca", 0, False),
        ("pca", 0, False),
        ("tsne", 50, False),
        ("tsne", 750, True),
    ]
    assert maps[-1].positions is moved
    assert maps[-1].suspects


def test_the_map_keeps_principal_components_if_opentsne_is_missing(dataset, monkeypatch) -> None:
    def missing(*names):
        if tsne.LIBRARY in names:
            raise ImportError("No module named 'openTSNE'")
        yield from ()

    monkeypatch.setattr(commands.libraries, "import_libraries", missing)
    events = list(steps(dataset, "tsne"))
    assert isinstance(events[-1], PhotosMapped)
    assert (events[-1].method, events[-1].complete) == ("pca", True)
    assert any("openTSNE cannot be loaded" in getattr(event, "title", "") for event in events)


@pytest.mark.parametrize("stage", ["pca", "neighbors", "tsne"])
def test_each_stage_can_be_stopped(dataset, monkeypatch, stage) -> None:
    monkeypatch.setattr(commands.libraries, "import_libraries", lambda *names: iter(()))
    monkeypatch.setattr(tsne, "embed", lambda near, start: iter([(50, start), (tsne.ITERATIONS, start)]))
    reached: list[str] = []

    def follow() -> None:
        for event in steps(dataset, "tsne", lambda: stage in reached):
            reached.extend([event.name] if isinstance(event, Stage) else ())

    with pytest.raises(Interrupted):
        follow()
