from __future__ import annotations

import itertools

import numpy as np
import pytest

from studio.evaluate.photo_map import neighbors, tsne
from studio.evaluate.photo_map.neighbors import Neighbors
from studio.evaluate.photo_map.rows import ArrayRows


def near(features: np.ndarray) -> Neighbors:
    steps = neighbors.nearest(ArrayRows(features), np.arange(len(features)), tsne.NEIGHBORS)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def groups(photos: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    labels = np.arange(photos) % 3
    values = np.eye(3)[labels] * 4 + np.random.default_rng(seed).standard_normal((photos, 3)) * 0.4
    return values.astype(np.float32), labels


def test_few_or_equal_photos_keep_their_positions() -> None:
    values, _ = groups(4)
    assert "at least 5" in tsne.cannot_run(near(values), values[:, :2])
    assert "same features" in tsne.cannot_run(near(np.ones((9, 3), np.float32)), np.zeros((9, 2), np.float32))
    assert not tsne.cannot_run(near(groups(9)[0]), groups(9)[0][:, :2])


@pytest.mark.parametrize(("photos", "value"), [(500, 30.0), (31, 10.0), (5, 4 / 3)])
def test_the_perplexity_fits_the_number_of_photos(photos, value) -> None:
    k = min(tsne.NEIGHBORS, photos - 1)
    some = Neighbors(np.zeros((photos, k), np.int32), np.zeros((photos, k), np.float32))
    assert tsne.perplexity(some) == pytest.approx(value)


@pytest.mark.slow
def test_similar_photos_are_neighbors_for_any_number_of_steps() -> None:
    pytest.importorskip("openTSNE")
    values, labels = groups(45)
    found = near(values)
    results = [list(tsne.embed(found, values[:, :2], seconds))[-1] for seconds in (1e-9, 10.0)]
    assert [done for done, _ in results] == [tsne.ITERATIONS] * 2
    places = results[0][1]
    assert (places == results[1][1]).all()
    gaps = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(gaps, np.inf)
    assert (labels[gaps.argmin(axis=1)] == labels).mean() > 0.95


@pytest.mark.parametrize("photos", [5, 6, 20])
def test_copies_and_few_photos_have_finite_positions(photos) -> None:
    pytest.importorskip("openTSNE")
    values = groups(photos)[0]
    values[1::2] = values[0]
    first = itertools.islice(tsne.embed(near(values), values[:, :2]), 3)
    assert all(np.isfinite(places).all() and places.shape == (photos, 2) for _, places in first)


def test_both_phases_are_computed_to_their_end(monkeypatch) -> None:
    pytest.importorskip("openTSNE")
    monkeypatch.setattr(tsne, "EARLY", 3)
    monkeypatch.setattr(tsne, "LATE", 2)
    values = groups(9)[0]
    done = [number for number, _ in tsne.embed(near(values), values[:, :2], 1e-9)]
    assert done == [0, 0, 0, 0, 1, 2, 3, 4, 5]


def test_affinities_are_computed_in_steps_and_are_those_of_the_library(monkeypatch) -> None:
    affinity = pytest.importorskip("openTSNE.affinity")
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    monkeypatch.setattr(tsne, "ROWS", 7)
    found = near(groups(20)[0])
    steps = tsne._attraction(found, np.zeros((20, 2), np.float32))
    numbers = []
    while True:
        try:
            numbers.append(next(steps)[0])
        except StopIteration as end:
            attraction = end.value
            break
    assert numbers == [0] * 4
    distances = np.sqrt(np.maximum(0.0, 2.0 - 2.0 * found.similarity.astype(np.float64)))
    index = PrecomputedNeighbors(found.places.astype(np.int64), distances)
    expected = affinity.PerplexityBasedNN(knn_index=index, perplexity=tsne.perplexity(found), n_jobs=1)
    own = affinity.PrecomputedAffinities(attraction)
    assert np.allclose(own.P.toarray(), expected.P.toarray(), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(("photos", "early", "late"), [(9, 50.0, 50.0), (660, 55.0, 660.0)])
def test_the_schedule_is_the_published_one(photos, early, late, monkeypatch) -> None:
    library = pytest.importorskip("openTSNE")
    given, phases = {}, {}

    class Embedding:
        def __init__(self, start, affinities, **options) -> None:
            given.update(start=start, affinities=affinities, options=options)
            given["attraction"] = affinities.P.sum()

        def optimize(self, steps, inplace, exaggeration, momentum, learning_rate) -> None:
            scale = given["affinities"].P.sum() / given["attraction"]
            key = round(scale, 9), exaggeration, momentum, learning_rate, inplace
            phases.setdefault(key, []).append(steps)

        def __array__(self, dtype=None, copy=None) -> np.ndarray:
            return np.asarray(given["start"], dtype)

    monkeypatch.setattr(library, "TSNEEmbedding", Embedding)
    values = groups(photos)[0]
    numbers = [number for number, _ in tsne.embed(near(values), values[:, :2], 1e9)]
    assert given["start"].std(axis=0).max() == pytest.approx(1e-4)
    assert given["options"] == {"n_jobs": 1, "random_state": 0}
    assert phases == {
        (12.0, 1.0, 0.5, early, True): [1, 50, 50, 50, 50, 49],
        (1.0, 1.0, 0.8, late, True): [50] * 10,
    }
    assert numbers == [0, 0, 0, 0, 1, *range(51, 250, 50), *range(250, 751, 50)]
