"""Tests of comparisons in blocks: their size changes no result."""

import numpy as np
import pytest

from studio.evaluate import blocks, near_features, novelty, probe


@pytest.mark.parametrize(("others", "rows"), [(0, 1024), (10, 1024), (40_000, 50), (10_000_000, 16)])
def test_blocks_are_a_few_megabytes_and_never_single_photos(others: int, rows: int) -> None:
    assert blocks.rows_at_once(others) == rows


def test_small_blocks_give_the_same_results(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = np.random.default_rng(5)
    train, photos = (numbers.normal(size=(count, 12)).astype(np.float32) for count in (90, 70))
    labels = numbers.integers(0, 4, len(train))

    def results() -> list[np.ndarray]:
        return [
            probe.knn(train, labels, photos, 5),
            novelty.distances(novelty.unit(train), photos),
            *near_features.nearest(train, photos),
        ]

    whole = results()
    monkeypatch.setattr(blocks, "CELLS", 1)
    for one, other in zip(whole, results(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_class_means_are_those_of_the_photos_of_each_class() -> None:
    numbers = np.random.default_rng(6)
    train, photos = (numbers.normal(size=(count, 6)).astype(np.float32) for count in (40, 9))
    labels = numbers.integers(0, 3, len(train))  # class 3 has no photo
    units = train / np.linalg.norm(train, axis=1, keepdims=True)
    means = np.stack([units[labels == label].mean(axis=0) for label in range(3)])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    cosines = (photos / np.linalg.norm(photos, axis=1, keepdims=True)) @ means.T
    shares = probe.centroid(train, labels, photos, 4)
    assert (shares[:, 3] == 0).all()
    assert (shares.argmax(axis=1) == cosines.argmax(axis=1)).all()
