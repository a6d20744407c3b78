"""The job that maps photos, on features that are given."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from studio.commands import photo_map as commands
from studio.engine.predict import folder_features
from studio.evaluate.photo_map import stored_map, tsne
from studio.evaluate.photo_map.rows import ArrayRows
from studio.events import Dataset, Photo, PhotosMapped, Progress, Stage, ValueRanges
from studio.jobs.protocol import Interrupted, never
from studio.spec import BackboneSpec
from studio.spec.structs import replace as spec_replace
from studio.system import paths

LABELS = np.arange(40) % 2
VALUES = (np.eye(2, 6)[LABELS] * 4 + np.random.default_rng(0).standard_normal((40, 6)) * 0.2).astype(np.float32)
VALUES[7] = VALUES[8]
VALUES[20] = np.nan


@dataclass
class Extracted:
    dataset: Dataset
    rows: ArrayRows


@pytest.fixture
def dataset(monkeypatch, tmp_path) -> Dataset:
    """Forty photos of two classes, of which one is among those of the other class and one has no features."""
    photos = tuple(Photo(f"{'ab'[label]}/{number:02}.jpg", int(label), "train") for number, label in enumerate(LABELS))
    given = Dataset("/photos", ("a", "b"), photos)

    def of_folder(*_arguments):
        yield Stage("extract", "Computing features")
        return Extracted(given, ArrayRows(VALUES))

    monkeypatch.setattr(folder_features, "of_folder", of_folder)
    monkeypatch.setattr(paths, "maps_folder", lambda: tmp_path / "maps")
    return given


def steps(dataset: Dataset, method="pca", stop=never, only_stored=False):
    return commands.mapped(dataset, BackboneSpec(), ValueRanges(), method, "cpu", stop, only_stored)


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


def test_tsne_replaces_the_principal_components_in_steps(dataset, monkeypatch) -> None:
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


def test_a_second_map_of_the_same_features_is_the_stored_one(dataset, monkeypatch) -> None:
    monkeypatch.setattr(commands.libraries, "import_libraries", lambda *names: iter(()))
    moved = np.full((39, 2), 3, np.float32)
    monkeypatch.setattr(tsne, "embed", lambda near, start: iter([(50, start), (tsne.ITERATIONS, moved)]))

    def maps(method="tsne", **more) -> list[PhotosMapped]:
        return [event for event in steps(dataset, method, **more) if isinstance(event, PhotosMapped)]

    assert maps(only_stored=True) == []
    first = maps()[-1]
    monkeypatch.setattr(tsne, "embed", None)
    for more in ({}, {"only_stored": True}):
        (again,) = maps(**more)
        assert (again.positions == moved).all()
        assert (again.neighbors == first.neighbors).all()
        assert (again.suspects, again.paths, again.iterations, again.complete) == (
            first.suspects, first.paths, tsne.ITERATIONS, True,
        )  # fmt: skip
    assert maps("pca", only_stored=True) == []
    relabeled = replace(dataset, photos=tuple(replace(one, label=0) for one in dataset.photos))
    monkeypatch.setattr(folder_features, "of_folder", lambda *_: _extracted(relabeled))
    assert next(one for one in steps(relabeled, "tsne") if isinstance(one, PhotosMapped)).suspects == ()


def _extracted(dataset: Dataset):
    yield Stage("extract", "Computing features")
    return Extracted(dataset, ArrayRows(VALUES))


def test_a_map_is_found_by_its_readout_and_earlier_maps_by_the_published_one(dataset) -> None:
    vit = BackboneSpec("vit_base_patch16_224", image_size=96, crop="fit")
    former = "BackboneSpec(name='vit_base_patch16_224', weights='default', image_size=96, crop='fit', border='mean')"
    names = [photo.path for photo in dataset.photos]
    assert commands._pointer(dataset, vit) == stored_map.pointer_of(dataset.folder, former, names)
    pointers = {
        commands._pointer(dataset, spec_replace(vit, readout=readout)) for readout in ("default", "class", "patches")
    }
    assert len(pointers) == 2
