from __future__ import annotations

import numpy as np
import pytest

from studio.evaluate.photo_map import pca
from studio.evaluate.photo_map import rows as blocks
from studio.evaluate.photo_map.rows import ArrayRows


def projected(features: np.ndarray, components: int = 2) -> pca.Projection:
    steps = pca.project(ArrayRows(features), blocks.finite_places(ArrayRows(features)), components)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def random(photos: int, features: int) -> np.ndarray:
    values = np.random.default_rng(1).standard_normal((photos, features)) * np.linspace(3, 1, features) ** 2 + 5
    return values.astype(np.float32)


def test_the_components_are_close_even_where_the_rounds_do_not_suffice(monkeypatch) -> None:
    values = random(60, 40)
    expected = projected(values)
    monkeypatch.setattr(pca, "DIRECT", 4)
    monkeypatch.setattr(pca, "ROUNDS", 2)
    assert projected(values).explained == pytest.approx(expected.explained, rel=0.05)


@pytest.mark.parametrize(("photos", "features"), [(80, 40), (40, 80)])
def test_it_can_be_stopped_between_the_rounds_of_features_without_a_structure(monkeypatch, photos, features) -> None:
    values = np.random.default_rng(0).standard_normal((photos, features)).astype(np.float32)
    rows = ArrayRows(values)
    few = len(list(pca.project(rows, blocks.finite_places(rows))))
    monkeypatch.setattr(pca, "DIRECT", 4)
    steps = list(pca.project(rows, blocks.finite_places(rows)))
    assert len(steps) > few + 20
    assert steps == sorted(steps)


@pytest.mark.parametrize(("photos", "features"), [(60, 12), (12, 60), (40, 40), (3, 7)])
@pytest.mark.parametrize("direct", [1024, 4], ids=["all-vectors", "first-vectors"])
def test_the_components_are_scikit_learns(monkeypatch, photos, features, direct) -> None:
    from sklearn.decomposition import PCA

    monkeypatch.setattr(blocks, "BLOCK", 16)
    monkeypatch.setattr(pca, "DIRECT", direct)
    values = random(photos, features)
    theirs = PCA(2, svd_solver="full").fit(values)
    result = projected(values)
    expected = theirs.transform(values)
    signs = np.sign((result.positions * expected).sum(axis=0))
    assert result.positions == pytest.approx(expected * signs, abs=2e-4 * float(np.abs(expected).max()))
    assert result.explained == pytest.approx(theirs.explained_variance_ratio_, abs=1e-5)


def test_of_very_many_photos_and_features_a_sample_gives_the_axes(monkeypatch) -> None:
    monkeypatch.setattr(pca, "LARGE", 20)
    monkeypatch.setattr(pca, "SAMPLE", 30)
    values = np.zeros((50, 40), np.float32)
    values[:, 3], values[:, 7] = np.arange(50) * 2, np.arange(50) % 5
    positions = projected(values).positions
    assert np.corrcoef(positions[:, 0], values[:, 3])[0, 1] == pytest.approx(1, abs=1e-3)
    assert len(positions) == 50


@pytest.mark.parametrize("values", [np.ones((1, 5)), np.ones((6, 5)), np.full((6, 5), 1e4), np.zeros((0, 5))])
def test_equal_photos_have_one_position(values) -> None:
    result = projected(values.astype(np.float32))
    assert not result.positions.any()
    assert not result.explained.any()


def test_two_photos_lie_on_the_first_axis() -> None:
    result = projected(np.array([[0, 0, 0], [3, 4, 0]], np.float32))
    assert np.abs(result.positions) == pytest.approx(np.array([[2.5, 0], [2.5, 0]]), abs=1e-6)
    assert result.explained == pytest.approx([1, 0])


def test_fewer_features_than_components() -> None:
    assert projected(random(9, 1)).positions[:, 1].tolist() == [0.0] * 9


def test_rows_with_nan_or_infinity_are_left_out() -> None:
    values = random(6, 4)
    values[2, 1], values[4, 0] = np.nan, np.inf
    assert blocks.finite_places(ArrayRows(values)).tolist() == [0, 1, 3, 5]
    assert projected(values).positions == pytest.approx(projected(values[[0, 1, 3, 5]]).positions)


def test_the_principal_components_are_reproducible_bit_for_bit() -> None:
    assert (projected(random(50, 30)).positions == projected(random(50, 30)).positions).all()


@pytest.mark.parametrize("shape", [(12, 30), (30, 12)])
def test_rows_are_counted_up_to_three_times_their_number(shape: tuple[int, int]) -> None:
    rows = ArrayRows(np.random.default_rng(0).normal(size=shape).astype(np.float32))
    counts = list(pca.project(rows, blocks.finite_places(rows), 2))
    assert counts == [shape[0], 2 * shape[0], 3 * shape[0]]


def test_the_scale_of_the_features_changes_no_share_of_the_variance() -> None:
    values = np.random.default_rng(2).standard_normal((12, 5)).astype(np.float32)
    expected = projected(values)
    assert 0 < expected.explained[1] < expected.explained[0] < 1
    for scale in (0.01, 100.0):
        again = projected(values * np.float32(scale))
        assert again.explained == pytest.approx(expected.explained, rel=1e-3)
        assert np.abs(again.positions) == pytest.approx(np.abs(expected.positions) * scale, rel=1e-2, abs=1e-3 * scale)


def test_features_far_from_zero_have_the_same_components() -> None:
    values = np.random.default_rng(2).standard_normal((12, 5)).astype(np.float32)
    expected, moved = projected(values), projected(values + np.float32(300))
    assert moved.explained == pytest.approx(expected.explained, rel=1e-3)
    assert np.abs(moved.positions) == pytest.approx(np.abs(expected.positions), abs=1e-3)


def test_no_photos_have_no_positions() -> None:
    found = projected(np.zeros((0, 4), np.float32))
    assert (found.positions.shape, found.explained.tolist()) == ((0, 2), [0.0, 0.0])
