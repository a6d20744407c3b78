"""Tests of the evaluation of predicted numbers, against scikit-learn and against values computed by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from epochs import number_epoch
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from studio.evaluate import regression
from studio.formatting import numbers


def some(count: int = 60, noise: float = 1.0, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    truth = random.uniform(0, 100, count)
    return truth, truth + random.normal(0, noise, count)


def test_the_figures_are_those_of_scikit_learn() -> None:
    truth, guess = some(noise=9.0)
    result = regression.report(truth.astype(np.float32), guess.astype(np.float32), truth)
    assert result.photos == 60
    assert result.value("mae") == pytest.approx(mean_absolute_error(truth, guess), rel=1e-5)
    assert result.value("rmse") == pytest.approx(root_mean_squared_error(truth, guess), rel=1e-5)
    assert result.value("r2") == pytest.approx(r2_score(truth, guess), rel=1e-5)
    assert result.value("baseline_mae") == pytest.approx(
        mean_absolute_error(truth, np.full(60, truth.mean())), rel=1e-5
    )
    assert (result.lowest, result.highest) == pytest.approx((truth.min(), truth.max()), rel=1e-6)


@pytest.mark.parametrize("truth", [[3.0, 3.0, 3.0], [1.0, 2.0, 4.5]])
@pytest.mark.parametrize("off", [0.0, 0.7])
def test_metrics_equal_scikit_learns_without_variance_or_error(truth: list[float], off: float) -> None:
    guess = np.array(truth) + off
    result = regression.report(np.array(truth), guess, np.array(truth))
    assert tuple(map(result.value, ("mae", "rmse", "r2"))) == (
        mean_absolute_error(truth, guess),
        root_mean_squared_error(truth, guess),
        r2_score(truth, guess),
    )


def test_the_baseline_is_the_mean_of_the_training_photos_and_not_of_the_judged_ones() -> None:
    result = regression.report(np.array([1.0, 3.0]), np.array([1.0, 3.0]), np.array([10.0, 20.0]))
    assert result.value("baseline_mae") == pytest.approx((14 + 12) / 2)


@pytest.mark.slow
def test_the_interval_covers_the_true_mean_error_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(5)
    mean = math.sqrt(2 / math.pi)  # of |N(0, 1)|
    hits = 0
    for _ in range(200):
        low, high = regression.mean_interval(np.abs(random.normal(size=80)))
        hits += low <= mean <= high
    assert 180 <= hits <= 199


def test_the_interval_is_reproducible_and_continuous_where_the_formula_changes() -> None:
    values = np.abs(np.random.default_rng(1).normal(size=regression.MANY))
    assert regression.mean_interval(values[:50]) == regression.mean_interval(values[:50])
    drawn, limit = regression.mean_interval(values[:-1]), regression.mean_interval(values)
    assert drawn == pytest.approx(limit, rel=0.01)


@pytest.mark.parametrize(
    ("guess", "train_mae", "verdict", "says"),
    [
        (lambda truth, noise: truth + noise, None, "Good", "always predicting the mean would be off by"),
        (lambda truth, noise: np.full_like(truth, 1000.0), None, "Not yet", "the mean of the training photos"),
        (lambda truth, noise: truth + 8 + noise, None, "Biased", "too high on average"),
        (lambda truth, noise: truth - 8 + noise, None, "Biased", "too low on average"),
        (lambda truth, noise: truth + noise, 0.01, "Overfitting", "train for fewer epochs"),
        (lambda truth, noise: -truth, 0.01, "Not yet", "train for fewer epochs"),
        (lambda truth, noise: truth + 22 * noise, None, "Low R²", "less than half of the variance"),
        (lambda truth, noise: truth + noise + 60.0 * (np.arange(200) == 7), None, "Outliers", "far off, one by 6"),
    ],
)
def test_the_verdict_of_a_regression_run(guess: object, train_mae: float | None, verdict: str, says: str) -> None:
    random = np.random.default_rng(0)
    truth, noise = random.uniform(0, 100, 200), random.normal(size=200)
    result = regression.report(truth, guess(truth, noise), truth, train_mae)  # type: ignore[operator]
    assert result.verdict == verdict
    assert says in result.advice


def test_too_few_photos_are_named() -> None:
    truth, guess = some(8)
    result = regression.report(truth, guess, truth)
    assert result.verdict == "Too few photos"
    assert "only 8 validation photos" in result.advice


@pytest.mark.parametrize("count", [0, 1])
def test_very_few_photos_give_a_verdict_and_finite_metrics(count: int) -> None:
    result = regression.report(np.ones(count), np.ones(count), np.array([2.0, 4.0]))
    assert all(
        math.isfinite(value)
        for value in (result.value("mae"), result.value("rmse"), result.value("r2"), *result.interval("mae"))
    )
    assert result.verdict in ("Not yet", "Too few photos")


def test_the_report_says_that_predictions_are_not_finite() -> None:
    result = regression.report(np.array([1.0, 2.0]), np.array([1.0, np.nan]), np.array([1.0]))
    assert result.verdict == "Not yet"
    assert "not numbers" in result.advice
    assert math.isnan(result.value("mae"))


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="do not belong together"):
        regression.report(np.ones(3), np.ones((3, 1)), np.ones(3))


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.214, "3.21"), (12345.6, "12,346"), (0.000421, "0.000421"), (0, "0"), (-2.5, "−2.50"), (6.022e23, "6.02e+23")],
)
def test_numbers_of_any_size_are_written_in_three_figures(value: float, text: str) -> None:
    assert numbers.figures(value) == text


def test_a_regression_report_can_be_made_without_photos() -> None:
    result = regression.report(np.zeros(0), np.zeros(0), np.array([1.0, 3.0]))
    assert (result.photos, result.value("mae"), result.interval("mae"), result.value("rmse"), result.value("r2")) == (
        0,
        0.0,
        (0.0, 0.0),
        0.0,
        0.0,
    )
    assert (result.value("baseline_mae"), result.lowest, result.highest, result.verdict) == (0.0, 0.0, 0.0, "Not yet")


def test_from_many_photos_on_the_interval_is_the_normal_limit() -> None:
    values = np.random.default_rng(4).exponential(size=regression.MANY)
    reach = 1.959964 * values.std(ddof=1) / math.sqrt(len(values))
    assert regression.mean_interval(values) == pytest.approx((values.mean() - reach, values.mean() + reach), abs=1e-9)
    assert regression.mean_interval(values[1:]) != pytest.approx(
        (values[1:].mean() - reach, values[1:].mean() + reach), abs=1e-5
    )
    assert regression.mean_interval(values, seed=1) == regression.mean_interval(values), "nothing is drawn"


def test_a_shift_of_two_photos_is_named_and_of_one_is_not() -> None:
    truth, train = np.array([10.0, 90.0]), np.array([0.0, 100.0])
    assert "8.00 too high" in regression.report(truth, truth + 8, train).advice
    assert "too high" not in regression.report(truth[:1], truth[:1] + 8, train).advice


def test_overfitting_begins_at_half_as_much_again() -> None:
    assert regression._overfit(3.0, (2.5, 3.5), 2.0)
    assert not regression._overfit(2.99, (2.5, 3.5), 2.0)
    assert not regression._overfit(3.0, (2.0, 4.0), 2.0), "chance may explain it"
    assert regression.MANY == 500


def test_the_normal_limit_is_not_below_zero_unless_values_are() -> None:
    rare = np.zeros(regression.MANY)
    rare[0] = 1.0
    low, high = regression.mean_interval(rare)
    assert low == 0.0 < high
    rare[1] = -0.001
    low, high = regression.mean_interval(rare)
    reach = 1.959964 * rare.std(ddof=1) / math.sqrt(len(rare))
    assert (low, high) == pytest.approx((rare.mean() - reach, rare.mean() + reach))
    assert low < 0


def test_exact_predictions_are_good_and_shifts_are_named_from_half_the_error_on() -> None:
    truth, train = np.linspace(0, 100, 40), np.array([0.0, 100.0])
    exact = regression.report(truth, truth, train)
    assert (exact.verdict, exact.value("r2")) == (regression.GOOD, 1.0)
    noise = np.tile([-1.0, 1.0], 20)
    for shift, side in ((0.49, ""), (0.51, "high"), (-0.51, "low"), (-0.49, "")):
        advice = regression.report(truth, truth + noise + shift, train).advice
        assert (f"{abs(shift):.3f} too {side}" in advice) == bool(side), shift
    even = np.tile([-1.0, 3.0], 2)  # two standard errors are 2, the shift is 1
    assert "too high" not in regression.report(truth[:4], truth[:4] + even, train).advice, "chance may explain it"


def test_a_single_photo_has_no_r2() -> None:
    one = regression.report(np.array([3.0]), np.array([3.5]), np.array([1.0, 2.0]))
    assert one.value("r2") == 0.0
    two = regression.report(np.array([3.0, 5.0]), np.array([3.5, 5.0]), np.array([1.0, 2.0]))
    assert two.value("r2") == pytest.approx(1 - 0.25 / 2)


def test_the_worst_prediction_is_named_by_its_distance() -> None:
    truth = np.array([1.0, *[50.0] * 8, 100.0])
    guess = truth.copy()
    guess[0] += 30.0
    report = regression.report(truth, guess, np.array([0.0, 100.0]))
    assert (report.verdict, "one by 30.0" in report.advice) == (regression.OUTLIERS, True)
    exact = regression.report(np.array([3.0]), np.array([3.0]), np.array([1.0, 2.0]))
    assert exact.value("r2") == 0.0


def test_losses_above_that_of_the_mean_suggest_no_longer_training() -> None:
    truth = np.linspace(0, 100, 40)
    guess = np.full(40, 45.0) + np.linspace(0, 25, 40)
    for losses, longer in (((1.2, 1.1, 0.9), True), ((1.9, 1.8, 1.7), False)):
        epochs = [number_epoch(at, 1 / at, loss, 1.0, 9.0, 9.0) for at, loss in enumerate(losses, 1)]
        advice = regression.report(truth, guess, np.array([0.0, 100.0]), epochs=epochs).advice
        assert ("rain longer" in advice) == longer, advice


def test_the_advice_names_two_findings_at_most() -> None:
    truth = np.linspace(0, 100, 40)
    guess = truth + 2.0
    guess[7] += 60.0
    advice = regression.report(truth, guess, np.array([0.0, 100.0]), train_mae=0.1).advice
    assert "too high" in advice
    assert "training photos are off by only" in advice
    assert "far off" not in advice
    assert "one by 62.0" in regression.report(truth, guess, np.array([0.0, 100.0])).advice


@pytest.mark.parametrize(
    ("photos", "mae", "ends", "says"),
    [
        (1, 2.0, (2.0, 2.0), "With only 1 validation photo, the error on other photos is unknown."),
        (2, 1.0, (0.5, 1.5), "With only 2 validation photos, the mean error may lie anywhere from 0.500 to 1.50."),
        (3, 1.0, (0.5, 1.5), "With only 3 validation photos, the mean error may lie anywhere from 0.500 to 1.50."),
        (2, 2.0, (1.5, 2.5), ""),
        (2, 1.9, (1.5, 2.5), "With only 2 validation photos, the mean error may lie anywhere from 1.50 to 2.50."),
    ],
)
def test_a_wide_interval_of_the_error_in_words(photos: int, mae: float, ends: tuple[float, float], says: str) -> None:
    assert regression._too_few(photos, mae, ends) == says


def test_findings_at_their_limits() -> None:
    assert regression._biased(np.tile([-1.0, 1.0, 1.0, 1.0], 10), 1.0, True).startswith("The predicted numbers are 0.5")
    assert regression._biased(np.tile([0.0, 2.0], 2), 1.0, True) == "", "two standard errors are 1, as the shift"
    truth, guess = np.zeros(4), np.array([0.0, 0.0, 0.0, 4.0])
    assert regression._outliers(truth, guess, 1.0, 2.0) == ""
    assert "one by 4.00" in regression._outliers(truth, guess, 1.0, 2.01)
    assert regression._low_r2(0.5, True) == ""
    assert regression._low_r2(0.494, True).startswith("R² is 0.49: less than half")


@pytest.mark.parametrize("numbers", [[0.0, 100.0], [50.0, 50.0]])
def test_an_error_as_large_as_that_of_the_baseline_is_not_yet_good(numbers: list[float]) -> None:
    found = regression.report(np.array(numbers), np.full(2, 50.0), np.array([0.0, 100.0]))
    assert found.verdict == regression.NOT_YET
