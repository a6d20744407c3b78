from __future__ import annotations

import numpy as np
import pytest

from studio.evaluate import probe
from studio.evaluate.photo_map import neighbors
from studio.evaluate.photo_map import rows as blocks
from studio.evaluate.photo_map.neighbors import Neighbors
from studio.evaluate.photo_map.rows import ArrayRows


def nearest(features: np.ndarray, k: int = 5) -> Neighbors:
    steps = neighbors.nearest(ArrayRows(features), np.arange(len(features)), k)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def random(photos: int, features: int = 12) -> np.ndarray:
    return np.random.default_rng(2).standard_normal((photos, features)).astype(np.float32)


def groups(photos: int = 60) -> tuple[np.ndarray, np.ndarray]:
    labels = np.arange(photos) % 2
    centers = np.array([[4.0, 0, 0], [0, 4.0, 0]])
    return (centers[labels] + np.random.default_rng(3).standard_normal((photos, 3)) * 0.3).astype(np.float32), labels


@pytest.mark.parametrize("block", [4, 16])  # with fewer and with more photos at once than neighbors
def test_the_neighbors_are_scikit_learns(monkeypatch, block) -> None:
    from sklearn.neighbors import NearestNeighbors

    monkeypatch.setattr(blocks, "BLOCK", block)
    values = random(70)
    distances, places = NearestNeighbors(n_neighbors=6, metric="cosine", algorithm="brute").fit(values).kneighbors()
    result = nearest(values, 6)
    assert result.places.tolist() == places.tolist()
    assert 1 - result.similarity == pytest.approx(distances, abs=1e-6)


def test_the_neighbors_of_one_photo_are_the_same(monkeypatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 16)
    values = random(40)
    order, similarity = neighbors.most_similar(ArrayRows(values), np.arange(40), 7, 5)
    assert order.tolist() == nearest(values).places[7].tolist()
    assert similarity == pytest.approx(nearest(values).similarity[7], abs=1e-6)


def test_copies_come_in_the_order_of_the_photos(monkeypatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 4)
    values = np.tile(np.array([[1, 2], [2, -1]], np.float32), (5, 1))
    assert nearest(values, 3).places[:3].tolist() == [[2, 4, 6], [3, 5, 7], [0, 4, 6]]


@pytest.mark.parametrize(("photos", "k"), [(0, 0), (1, 0), (2, 1), (3, 2)])
def test_of_few_photos_all_others_are_neighbors(photos, k) -> None:
    result = nearest(random(photos))
    assert result.places.shape == (photos, k)
    assert all(place not in row for place, row in enumerate(result.places.tolist()))
    assert neighbors.suspects(result, np.zeros(photos, np.int64), 2)[0].tolist() == []


def test_votes_are_those_of_the_quick_probe_without_the_photo_itself() -> None:
    values, labels = groups(50)
    result = neighbors.votes(nearest(values, 30), labels, 2)
    for photo in (0, 17):
        others = np.arange(50) != photo
        expected = probe.knn(values[others], labels[others], values[[photo]], 2)
        assert result[photo] == pytest.approx(expected[0], abs=1e-4)


def test_photos_among_those_of_another_class_are_suspects() -> None:
    values, labels = groups()
    labels[[4, 31]] = 1 - labels[[4, 31]]
    wrong, better = neighbors.suspects(nearest(values, 20), labels, 2)
    assert sorted(wrong.tolist()) == [4, 31]
    assert (better == 1 - labels[wrong]).all()


def test_nothing_is_suspect_where_labels_and_features_agree_or_all_features_are_equal() -> None:
    values, labels = groups()
    assert not len(neighbors.suspects(nearest(values, 20), labels, 2)[0])
    alike = neighbors.suspects(nearest(np.ones((40, 3), np.float32), 20), np.arange(40) % 2, 2)[0]
    assert len(alike) <= 20  # half of them at most: the neighbors are arbitrary, and no error may come of it
    assert not len(neighbors.suspects(nearest(values, 20), np.zeros(60, np.int64), 1)[0])


def test_photos_of_tiny_classes_are_not_suspect_because_others_are_near() -> None:
    chance = np.random.default_rng(0)
    labels = np.repeat(np.arange(100), 3)
    values = (chance.normal(size=(100, 64))[labels] + 1.6 * chance.normal(size=(300, 64))).astype(np.float32)
    wrong, _better = neighbors.suspects(nearest(values, 20), labels, 100)
    assert len(wrong) <= 3, "no label is wrong"
    values[labels == 7] = values[0]  # three equal photos beside a fourth one, which has another label
    assert 0 in neighbors.suspects(nearest(values, 20), labels, 100)[0]


@pytest.mark.parametrize(("k", "found"), [(0, 0), (1, 1), (3, 3), (4, 4), (5, 4), (99, 4)])
def test_one_photo_has_at_most_all_others_as_neighbors(k: int, found: int) -> None:
    places, similarity = neighbors.most_similar(ArrayRows(random(5)), np.arange(5), 2, k)
    assert len(places) == len(similarity) == found
    assert 2 not in places
    assert np.isfinite(similarity).all()


def test_a_class_that_has_as_many_votes_as_another_is_not_suspect() -> None:
    labels = np.array([0, 0, 0, 1, 1])
    for second, suspect in ((1, []), (4, [0])):
        places = np.array([[3, second], [2, 0], [0, 1], [4, 0], [3, 1]], np.int32)
        found = Neighbors(places, np.ones((5, 2), np.float32))
        assert neighbors.suspects(found, labels, 2)[0].tolist() == suspect


def test_comparisons_are_counted_up_to_all(monkeypatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 4)
    assert list(neighbors.nearest(ArrayRows(random(6)), np.arange(6), 2)) == [16, 24, 32, 36]
