from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.evaluate.probabilities import calibration

PUBLISHED = Path(__file__).resolve().parents[4] / "shared" / "data" / "label-errors"


def overconfident(
    photos: int = 400, classes: int = 4, factor: float = 2.5, seed: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Labels drawn from probabilities, and those probabilities with logits that are `factor` times as large."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 1.5, (photos, classes))
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = np.array([random.choice(classes, p=row) for row in true])
    return labels, calibration.scaled(true, 1 / factor)


def test_the_temperature_is_scikit_learns() -> None:
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.frozen import FrozenEstimator

    class Scores(ClassifierMixin, BaseEstimator):
        """Takes logits for photos and returns them."""

        def fit(self, logits, labels):
            self.classes_ = np.unique(labels)
            return self

        def decision_function(self, logits):
            return logits

        def predict(self, logits):
            return logits.argmax(axis=1)

    for seed in range(3):
        labels, probabilities = overconfident(seed=seed, factor=(2.5, 0.6, 1.0)[seed])
        logits = calibration.log_probabilities(probabilities)
        model = CalibratedClassifierCV(
            FrozenEstimator(Scores().fit(logits, labels)), method="temperature", ensemble=False
        )
        expected = model.fit(logits, labels).predict_proba(logits)
        own = calibration.temperature(labels, probabilities)
        assert calibration.scaled(probabilities, own) == pytest.approx(expected, abs=1e-4)
        assert own == pytest.approx((2.5, 0.6, 1.0)[seed], rel=0.25)


def test_scaling_lowers_error_and_loss_of_an_overconfident_model() -> None:
    result = calibration.calibration(*overconfident())
    assert result.scaled_error < result.error / 2
    assert result.scaled_loss < result.loss
    assert result.temperature == pytest.approx(2.5, rel=0.2)


@pytest.mark.parametrize(("labels", "expected"), [([0, 1, 0], calibration.LOWEST), ([1, 0, 1], calibration.HIGHEST)])
def test_perfect_and_all_wrong_reach_the_bounds(labels: list[int], expected: float) -> None:
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]])
    assert calibration.temperature(np.array(labels), probabilities) == pytest.approx(expected, rel=1e-6)
    assert np.isfinite(calibration.scaled(probabilities, expected)).all()


def test_the_table_has_fifteen_bins_closed_at_their_upper_ends() -> None:
    probabilities = np.array([[0.6, 0.4], [0.6, 0.4], [1.0, 0.0], [0.8, 0.2]])
    table = calibration.reliability(np.array([0, 1, 0, 1]), probabilities)
    assert len(table) == 15
    counts = {k: one.count for k, one in enumerate(table) if one.count}
    assert counts == {8: 2, 11: 1, 14: 1}
    assert (table[8].accuracy, table[8].confidence) == (0.5, pytest.approx(0.6))
    assert (table[0].accuracy, table[0].confidence) == (0, 0), "a bin without photos"
    assert calibration.error_of(table) == pytest.approx((2 * 0.1 + 0.8 + 0) / 4)


def test_the_temperature_of_a_sample_is_near_that_of_all_photos(monkeypatch: pytest.MonkeyPatch) -> None:
    labels, probabilities = overconfident(800)
    whole = calibration.temperature(labels, probabilities)
    monkeypatch.setattr(calibration, "MOST_NUMBERS", 1000)
    assert calibration.temperature(labels, probabilities) == pytest.approx(whole, rel=0.3)


@pytest.mark.parametrize("photos", [0, 1])
def test_calibration_of_no_or_one_photo(photos: int) -> None:
    result = calibration.calibration(np.zeros(photos, int), np.array([[0.7, 0.3]])[:photos])
    assert result.error == pytest.approx(0.3 * photos)
    assert result.scaled_loss == pytest.approx(result.loss)


@pytest.mark.real_data
def test_the_published_calibration_error() -> None:
    if not PUBLISHED.is_dir():
        pytest.skip("the published label errors are not beside the project")
    probabilities = np.load(PUBLISHED / "cifar10_test_set_pyx.npy")
    labels = np.load(PUBLISHED / "cifar10_test_set_original_labels.npy").astype(int)
    assert calibration.error_of(calibration.reliability(labels, probabilities)) == pytest.approx(0.0326, abs=5e-5)
    assert json.loads((PUBLISHED / "cifar10_mturk.json").read_text())


def test_bins_have_their_edges_and_the_photos_between_them() -> None:
    classes = 40
    shares = np.full((3, classes), 0.0)
    for row, top in enumerate((0.05, 1 / 15, 1.0)):
        shares[row] = (1 - top) / (classes - 1)
        shares[row, 0] = top
    table = calibration.reliability(np.zeros(3, int), shares)
    assert [one.low for one in table] == pytest.approx([k / 15 for k in range(15)])
    assert [one.high for one in table] == pytest.approx([(k + 1) / 15 for k in range(15)])
    assert [one.count for one in table] == [2, *[0] * 13, 1]
    none = calibration.reliability(np.zeros(1, int), np.full((1, 2), np.nan))
    assert [one.count for one in none] == [1, *[0] * 14], "no confidence at all"


def test_probabilities_that_are_not_numbers_count_as_the_smallest() -> None:
    logits = calibration.log_probabilities(np.array([[np.nan, 0.0, 1.0]]))
    smallest = np.log(np.finfo(np.float32).tiny)
    assert logits.tolist() == [[pytest.approx(smallest), pytest.approx(smallest), 0.0]]


def test_each_half_is_scaled_by_the_temperature_of_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted: list[set[int]] = []

    def temperature(labels, probabilities):
        fitted.append(set(labels.tolist()))
        return float(len(fitted) + 1)

    monkeypatch.setattr(calibration, "temperature", temperature)
    shares = np.random.default_rng(0).dirichlet(np.ones(3), 9)
    found = calibration.cross_scaled(np.arange(9), shares)
    assert sorted(map(len, fitted)) == [4, 5]
    assert fitted[0] | fitted[1] == set(range(9))
    for judged, divisor in ((fitted[1], 2.0), (fitted[0], 3.0)):
        rows = sorted(judged)
        assert found[rows] == pytest.approx(calibration.scaled(shares[rows], divisor))
    assert calibration.cross_scaled(np.arange(1), shares[:1]).tolist() == shares[:1].tolist()


def test_a_confidence_outside_of_0_to_1_counts_as_the_end() -> None:
    table = calibration.reliability(np.array([0, 0]), np.array([[np.nan, np.nan], [1.5, 0.0]]))
    assert (table[0].confidence, table[0].accuracy) == (0.0, 1.0)
    assert (table[14].confidence, table[14].count) == (1.0, 1)


def test_the_halves_are_drawn_with_seed_0_unless_another_one_is_given() -> None:
    given = overconfident(12)
    assert calibration.calibration(*given) == calibration.calibration(*given, seed=0)
    assert calibration.calibration(*given) != calibration.calibration(*given, seed=1)
    assert (calibration.cross_scaled(*given) == calibration.cross_scaled(*given, 0)).all()
