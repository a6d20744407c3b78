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


def test_features_that_tell_no_photos_apart_have_no_pairs() -> None:
    random = np.random.default_rng(0)
    flat = (random.normal(size=(40, 2)) @ random.normal(size=(2, 64))).astype(np.float32)
    assert near_features.pairs(flat[:30], flat[30:]) == []
