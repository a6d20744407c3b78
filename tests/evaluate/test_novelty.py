"""Distances to known features, and the limit that keeps a share of known photos."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from studio.evaluate import blocks, novelty


def drawn(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, 12)).astype(np.float32)


@pytest.mark.parametrize("known", [1, 3, 5, 40])
def test_distances_are_those_of_scikit_learn(known, monkeypatch):
    monkeypatch.setattr(blocks, "CELLS", 1)
    rows, others = drawn(known, 0), drawn(30, 1)
    nearest = NearestNeighbors(n_neighbors=min(known, novelty.NEAREST), metric="cosine").fit(rows)
    expected = nearest.kneighbors(others)[0].mean(axis=1)
    assert novelty.distances(novelty.unit(rows), others) == pytest.approx(expected, abs=1e-5)


def test_distances_of_empty_or_equal_features_are_defined():
    assert novelty.distances(np.zeros((0, 4), np.float32), np.ones((3, 4))).tolist() == [0, 0, 0]
    assert novelty.distances(novelty.unit(np.ones((2, 4))), np.zeros((1, 4))).tolist() == [1]
    assert len(novelty.distances(novelty.unit(np.ones((2, 4))), np.zeros((0, 4)))) == 0


@pytest.mark.parametrize("kept", [0.01, 0.5, 0.95, 1.0])
@pytest.mark.parametrize("count", [1, 19, 20, 21, 300])
def test_the_limit_keeps_at_least_the_share(count, kept):
    values = np.random.default_rng(count).random(count)
    limit = novelty.limit(values, kept)
    assert (values <= limit).mean() >= kept - 1e-9
    assert (values < limit).mean() < kept
    assert novelty.limit(values[:0], kept) == float("inf")


def test_the_document_names_the_farthest_photos_first() -> None:
    paths = ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]
    found = novelty.document(paths, np.array([0.4, 1.2, np.nan, 3.0]), 0.95)
    assert found["photos"] == [{"path": "d.jpg", "distance": 3.0}, {"path": "b.jpg", "distance": 1.2}]
    assert (found["share"]["value"], found["share"]["n"], found["known_kept"]) == (2 / 3, 3, 0.95)
    assert novelty.document(paths, np.full(4, 0.99), 0.95)["photos"] == []


def test_a_photo_at_the_limit_is_not_unlike_the_training_photos() -> None:
    multiples = np.array([1.0, 1.5, np.nan, 0.2, 3.0])
    found = novelty.document(["a", "b", "c", "d", "e"], multiples, 0.95)
    assert [(row["path"], row["distance"]) for row in found["photos"]] == [("e", 3.0), ("b", 1.5)]
    assert (found["share"]["value"], found["share"]["n"], found["known_kept"]) == (0.5, 4, 0.95)
