"""Near duplicates by features."""

from __future__ import annotations

import numpy as np

from studio.evaluate import near_features


def test_nearly_equal_features_are_pairs_although_all_features_are_alike():
    random = np.random.default_rng(0)
    common = 10 + random.random(64)
    train = (common + random.normal(size=(30, 64))).astype(np.float32)
    judged = (common + random.normal(size=(5, 64))).astype(np.float32)
    judged[3] = train[7] + 0.1 * random.normal(size=64)
    pairs = near_features.pairs(train, judged)
    assert [(one.train, one.judged) for one in pairs] == [(7, 3)]
    assert pairs[0].cosine > 0.95
    assert near_features.pairs(train[:0], judged) == near_features.pairs(train, judged[:0]) == []


def test_features_without_differences_have_no_pairs() -> None:
    random = np.random.default_rng(0)
    flat = (random.normal(size=(40, 2)) @ random.normal(size=(2, 64))).astype(np.float32)
    assert near_features.pairs(flat[:30], flat[30:]) == []


def test_the_scale_of_features_does_not_matter():
    random = np.random.default_rng(3)
    train, judged = (random.normal(size=(count, 8)).astype(np.float32) for count in (12, 4))
    places, cosines = near_features.nearest(train, judged)
    for scale in (1e-6, 1e6):
        again = near_features.nearest(train * np.float32(scale), judged * np.float32(scale))
        assert np.array_equal(places, again[0])
        assert np.allclose(cosines, again[1], atol=1e-4)


def test_the_first_and_last_training_photos_count_among_those_that_are_alike():
    units = np.eye(8, dtype=np.float32)
    judged = units[:1]
    few = units[[0, 1, 2, 3, 4, 5, 6, 6]]
    assert len(near_features.pairs(few, judged)) == 1, "two of eight are alike"
    for alike in ([0, 0, 0, 1, 1, 1, 2, 3], [3, 2, 1, 1, 1, 0, 0, 0], [1, 1, 2, 3, 4, 0, 0, 0]):
        number = sum(alike.count(one) > 1 for one in alike)
        assert bool(near_features.pairs(units[alike], judged)) == (number / 8 <= near_features.ALIKE)
    half = units[[0, 0, 1, 1, 2, 3, 4, 5]]
    assert len(near_features.pairs(half, judged)) == 1, "half of them still tell photos apart"


def test_a_cosine_at_the_limit_counts(monkeypatch):
    train, judged = np.eye(6, dtype=np.float32), np.array([[1, 0.4, 0, 0, 0, 0]], np.float32)
    (pair,) = near_features.pairs(train, judged)
    assert (pair.train, pair.judged) == (0, 0)
    monkeypatch.setattr(near_features, "LEAST", np.float32(pair.cosine))
    assert near_features.pairs(train, judged) == [pair]
    monkeypatch.setattr(near_features, "LEAST", np.nextafter(np.float32(pair.cosine), np.float32(1)))
    assert near_features.pairs(train, judged) == []
