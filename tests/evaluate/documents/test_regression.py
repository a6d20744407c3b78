"""The interval of R², and the parts of the document of predicted numbers."""

from __future__ import annotations

import numpy as np
import pytest

from studio.evaluate.documents import regression
from studio.evaluate.intervals import of_mean, resamples


@pytest.mark.parametrize("photos", [4, 12])
def test_the_interval_of_r2_step_by_step(photos: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regression, "RESAMPLES", 40)
    random = np.random.default_rng(photos)
    truth = random.normal(5, 2, photos)
    predicted = truth + random.normal(0.2, 1, photos)

    def level(t: np.ndarray, p: np.ndarray) -> tuple[float, float]:
        error, spread = np.square(p - t), np.square(t - t.mean())
        changes = error / error.mean() - spread / spread.mean()
        return float(np.log(error.mean() / spread.mean())), float(changes.std() / np.sqrt(len(t)))

    own, deviation = level(truth, predicted)
    ratios = []
    for rows in resamples(photos, 40, 0):
        for row in rows:
            value, error = level(truth[row], predicted[row])
            ratios.append((value - own) / max(error, 0.05 * deviation))
    lowest, highest = np.quantile(ratios, [0.025, 0.975])
    found = regression.r2(truth, predicted)
    assert found.value == pytest.approx(1 - np.exp(own))
    assert (found.low, found.high) == pytest.approx(
        (1 - np.exp(own - lowest * deviation), 1 - np.exp(own - highest * deviation))
    )


def test_thirds_of_few_photos() -> None:
    for count, names in ((0, []), (1, ["low"]), (2, ["low", "middle"]), (4, ["low", "middle", "high"])):
        rows = regression.residuals(np.arange(float(count)), np.arange(float(count)) + 1)
        assert [row["size"] for row in rows] == names
        assert all(row["residual"]["value"] == row["mae"]["value"] == 1.0 for row in rows)


def test_the_interval_of_rmse_is_the_root_of_that_of_the_mean_square() -> None:
    truth = np.arange(8.0)
    errors = np.array([3.0, -2.0, 1.0, 4.0, -1.0, 2.0, 0.5, 5.0])
    found, squares = regression.metrics(truth, truth + errors)["rmse"], of_mean(np.square(errors))
    assert (found.low, found.high) == pytest.approx((max(squares.low, 0.0) ** 0.5, squares.high**0.5))
