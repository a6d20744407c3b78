from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import metrics

from studio.evaluate import classification
from studio.evaluate.intervals import resamples, wilson
from studio.evaluate.probabilities import calibration, scores

Case = tuple[NDArray[np.int64], NDArray[np.float64]]


def one_hot(predicted: NDArray[np.int64], classes: int, sure: float = 0.9) -> NDArray[np.float64]:
    probabilities = np.full((len(predicted), classes), (1 - sure) / max(1, classes - 1))
    probabilities[np.arange(len(predicted)), predicted] = sure
    return probabilities


def random_case(photos: int, classes: int, seed: int) -> Case:
    random = np.random.default_rng(seed)
    return random.integers(0, classes, photos), random.dirichlet(np.ones(classes), photos)


def cases() -> dict[str, Case]:
    random = np.random.default_rng(5)
    labels = random.integers(0, 6, 40)
    tied = np.round(random.dirichlet(np.ones(6), 40), 1) + 0.1
    return {
        "random": random_case(200, 6, 0),
        "two classes": random_case(30, 2, 1),
        "many classes": random_case(100, 40, 2),
        "a class without photos": (np.array([0, 0, 2, 3, 4, 5]), random.dirichlet(np.ones(6), 6)),
        "a class never predicted": (labels, one_hot(np.where(labels == 2, 1, labels), 6)),
        "ties": (labels, tied / tied.sum(axis=1, keepdims=True)),
        "all equal": (labels, np.full((40, 6), 1 / 6)),
        "one photo": (np.array([3]), one_hot(np.array([3]), 6)),
        "one wrong photo": (np.array([3]), one_hot(np.array([1]), 6)),
        "perfect": (labels, one_hot(labels, 6)),
        "all wrong": (labels, one_hot((labels + 1) % 6, 6)),
        "one class only": (np.full(9, 4), random.dirichlet(np.ones(6), 9)),
    }


@pytest.mark.parametrize("name", cases())
def test_scores_equal_those_of_scikit_learn(name: str) -> None:
    labels, probabilities = cases()[name]
    classes = probabilities.shape[1]
    every, predicted = np.arange(classes), probabilities.argmax(axis=1)
    values = scores.overall(labels, probabilities)
    matrix = scores.confusion(labels, predicted, classes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about classes without photos, which are intended here
        expected = {
            "accuracy": metrics.accuracy_score(labels, predicted),
            "balanced_accuracy": metrics.balanced_accuracy_score(labels, predicted),
            "loss": metrics.log_loss(labels, probabilities, labels=every),
        }
        for k in scores.TOP:
            if k < classes:
                expected[f"top{k}_accuracy"] = metrics.top_k_accuracy_score(labels, probabilities, k=k, labels=every)
        for average in ("macro", "weighted"):
            rows = metrics.precision_recall_fscore_support(
                labels, predicted, labels=every, average=average, zero_division=0
            )
            expected |= {f"{average}_{key}": row for key, row in zip(("precision", "recall", "f1"), rows, strict=False)}
        each = metrics.precision_recall_fscore_support(labels, predicted, labels=every, zero_division=0)
        assert np.array_equal(matrix, metrics.confusion_matrix(labels, predicted, labels=every))
    assert {key: values[key].value for key in expected} == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert set(values) == {*expected, "calibration_error"}
    rows = scores.per_class(matrix, [str(k) for k in every])
    numbers = [(row.precision.value, row.recall.value, row.f1.value, row.support) for row in rows]
    assert numbers == [pytest.approx(row, abs=1e-12) for row in zip(*(part.tolist() for part in each), strict=True)]


@pytest.mark.parametrize("name", cases())
def test_every_interval_contains_its_value_and_names_its_method(name: str) -> None:
    labels, probabilities = cases()[name]
    values = scores.overall(labels, probabilities)
    for key, one in values.items():
        assert one.n == len(labels), key
        assert one.method, key
        if one.is_known:
            assert one.low <= one.value <= one.high, key
            assert one.low >= 0, key
        else:
            assert (key, len(labels)) == ("loss", 1)


def test_the_interval_of_a_model_without_errors_includes_errors() -> None:
    labels = np.repeat(np.arange(3), 10)
    values = scores.overall(labels, one_hot(labels, 3, 0.99))
    assert (values["accuracy"].low, values["accuracy"].high) == wilson(30, 30)
    for key in ("balanced_accuracy", "macro_f1", "weighted_precision"):
        assert 0.8 < values[key].low < 0.97
        assert values[key].high == 1.0


def test_the_numbers_of_a_class_with_few_photos_have_a_note() -> None:
    matrix = np.array([[3, 0], [1, 20]])
    few, many = scores.per_class(matrix, ("few", "many"))
    assert (few.note, many.note) == ("only 3 photos of this class", "")
    assert (few.recall.value, few.recall.low, few.recall.high, few.recall.n) == (1.0, *wilson(3, 3), 3)
    assert (few.precision.value, few.precision.n) == (0.75, 4)
    low, high = wilson(3, 4)
    assert (few.f1.low, few.f1.high) == pytest.approx((2 * low / (1 + low), 2 * high / (1 + high)))
    assert few.f1.value == pytest.approx(6 / 7)


def test_no_photos_at_all() -> None:
    values = scores.overall(np.zeros(0, int), np.zeros((0, 3)))
    assert values["accuracy"].value == values["macro_f1"].value == values["loss"].value == 0.0
    assert all(one.n == 0 for one in values.values())


def test_the_same_seed_gives_the_same_intervals() -> None:
    case = random_case(50, 4, 7)
    assert scores.overall(*case, seed=3) == scores.overall(*case, seed=3)


def test_many_classes_with_few_photos_each() -> None:
    value = scores.overall(*random_case(400, 300, 8))["macro_recall"]
    assert value.low < value.value < value.high


def test_the_report_of_a_run_and_its_evaluation_have_the_same_calibration_error() -> None:
    random = np.random.default_rng(4)
    shares = random.dirichlet([1.0, 1.0, 1.0], 200)
    # Drawn from the probabilities: the gaps have both signs, so that another number of bins gives another error.
    labels = np.array([random.choice(3, p=row) for row in shares])
    in_report = classification.calibration_error(labels, shares)
    assert in_report == pytest.approx(scores.calibration_error(labels, shares).value, abs=1e-12)


def test_a_class_has_the_same_row_in_the_report_of_a_run_and_in_its_evaluation() -> None:
    labels, shares = random_case(60, 3, 5)
    report = classification.report(labels, shares, ("a", "b", "c"))
    matrix = scores.confusion(labels, shares.argmax(axis=1), 3)
    assert tuple(row.in_report for row in scores.per_class(matrix, ("a", "b", "c"))) == report.classes


def test_one_class_has_the_scores_that_it_has_among_all() -> None:
    matrix = np.array([[30, 5, 2], [4, 20, 0], [0, 0, 0]])
    rows = scores.per_class(matrix, ("a", "b", "c"))
    margins = zip(matrix.diagonal(), matrix.sum(axis=1), matrix.sum(axis=0), strict=True)
    assert tuple(scores.of_class(row.name, *map(int, of)) for row, of in zip(rows, margins, strict=True)) == rows
    assert rows[0].precision.value == pytest.approx(30 / 34)


def test_photos_without_an_answer_count_as_missed() -> None:
    """As if each were predicted as a class of its own, which has no photos."""
    random = np.random.default_rng(5)
    labels, answers, sure = random.integers(0, 3, 50), random.integers(0, 3, 50), random.random(50) < 0.7
    matrix = scores.answered(labels, answers, sure, 3)
    predicted = np.where(sure, answers, 3)
    expected = metrics.confusion_matrix(labels, predicted, labels=[0, 1, 2, 3])[:3]
    assert (matrix == expected).all()
    options = {"labels": [0, 1, 2], "average": "macro", "zero_division": 0}
    found = scores.averages(matrix)
    assert found["macro_f1"].value == pytest.approx(metrics.f1_score(labels, predicted, **options))
    assert found["macro_precision"].value == pytest.approx(metrics.precision_score(labels, predicted, **options))
    assert found["balanced_accuracy"].value == pytest.approx(metrics.recall_score(labels, predicted, **options))
    assert found["macro_f1"].low < found["macro_f1"].value < found["macro_f1"].high
    all_sure = scores.answered(labels, answers, np.ones(50, bool), 3)
    assert scores.averages(all_sure) == scores.averages(scores.confusion(labels, answers, 3)), "the same bootstrap"
    names = ("a", "b", "c")
    assert scores.per_class(all_sure, names) == scores.per_class(scores.confusion(labels, answers, 3), names)


@pytest.mark.parametrize("seed", range(2))
def test_the_interval_of_the_calibration_error_step_by_step(seed: int) -> None:
    labels, shares = random_case(60, 3, seed) if seed else (np.arange(60) % 2, one_hot(np.zeros(60, int), 2, 0.95))
    top, guess = shares.max(axis=1), shares.argmax(axis=1)

    bins = np.ceil(top * 15).astype(int) - 1  # (low, high]

    def gaps(right: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        sums = [((right - top[rows]) * (bins[rows] == k)).sum(axis=1) for k in range(15)]
        return np.abs(sums).sum(axis=0) / len(labels)

    random, drawn, chance = np.random.default_rng(1), [], []
    for rows in resamples(len(labels), scores.CALIBRATION_RESAMPLES, 0):
        drawn.append(gaps((guess == labels)[rows], rows))
        chance.append(gaps(random.random(rows.shape) < top, np.arange(len(labels))[None].repeat(len(rows), axis=0)))
    value = float(gaps((guess == labels)[None], np.arange(len(labels))[None])[0])
    low, high = np.quantile(np.concatenate(drawn), [0.025, 0.975])
    low -= 2 * max(float(np.concatenate(drawn).mean()) - value, 0)
    low = 0.0 if value <= np.quantile(np.concatenate(chance), 0.975) else max(0.0, min(low, value))
    found = scores.calibration_error(labels, shares)
    assert (found.value, found.low, found.high) == pytest.approx((value, low, max(high, value)), rel=1e-9)


def test_two_photos_have_a_calibration_interval_and_one_has_none() -> None:
    labels, shares = np.array([0, 0]), np.array([[0.9, 0.1], [0.8, 0.2]])
    assert (
        scores.calibration_error(labels[:1], shares[:1]).low,
        scores.calibration_error(labels[:1], shares[:1]).high,
    ) == (0, 1)
    assert scores.calibration_error(labels, shares).high < 1


def test_the_loss_of_a_probability_that_was_rounded_above_one_is_zero() -> None:
    assert scores.losses(np.array([0, 1]), np.array([[1.0000001, 0], [1, 0]])) == pytest.approx(
        [0, -np.log(np.finfo(np.float32).tiny)], rel=1e-6, abs=1e-12
    )


@pytest.mark.parametrize(("photos", "classes"), [(2, 20), (3, 400), (25, 20), (25, 400)])
def test_low_confidences_have_bins_of_their_own(photos: int, classes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scores, "CALIBRATION_RESAMPLES", 30)
    monkeypatch.setattr(scores, "GAPS", 4 * photos)  # four samples at once
    random = np.random.default_rng(photos)
    labels, shares = random.integers(0, classes, photos), random.dirichlet(np.full(classes, classes / 7), photos)
    shares[:2] *= np.array([[1.5], [0.1]]) / shares[:2].max(axis=1, keepdims=True)  # 1.5 counts as 1
    labels[1] = shares[1].argmax()
    value, drawn = calibration.error_of(calibration.reliability(labels, shares)), []
    for rows in resamples(photos, 30, 4):
        drawn += [calibration.error_of(calibration.reliability(labels[row], shares[row])) for row in rows]
    found = scores.calibration_error(labels, shares, seed=4)
    assert (found.value, found.n) == (pytest.approx(value), photos)
    assert found.high == pytest.approx(max(value, np.quantile(drawn, 0.975)))


def test_a_large_calibration_error_is_not_explained_by_chance() -> None:
    labels, shares = np.arange(40) % 2, np.tile([0.95, 0.05], (40, 1))
    found = scores.calibration_error(labels, shares)
    assert found.value == pytest.approx(0.45)
    assert 0.2 < found.low < found.value < found.high < 0.7
    alone = scores.calibration_error(labels[:1], shares[:1])
    assert (alone.low, alone.high, alone.n) == (0.0, 1.0, 1)


@pytest.mark.parametrize("block", [1, 700, 10_000_000])
def test_every_bootstrap_sample_has_all_photos_and_there_are_as_many_as_stated(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scores, "RESAMPLES", 40)
    monkeypatch.setattr(scores, "BLOCK", block)
    matrix = np.array([[5, 1, 0], [0, 3, 0], [2, 0, 0]])
    blocks = list(scores._resampled(matrix, 0))
    right, true, positive = (np.concatenate(rows) for rows in zip(*blocks, strict=True))
    assert len(right) == 40
    assert set(true.sum(axis=1)) == set(positive.sum(axis=1)) == {11}
    assert (right <= np.minimum(true, positive)).all()


@pytest.mark.parametrize(
    ("photos", "note"),
    [
        (0, "only 0 photos of this class"),
        (1, "only 1 photo of this class"),
        (9, "only 9 photos of this class"),
        (10, ""),
    ],
)
def test_a_class_of_fewer_than_ten_photos_has_a_note(photos: int, note: str) -> None:
    assert scores.of_class("bees", 0, photos, 3).note == note


@pytest.mark.parametrize(("classes", "top"), [(3, []), (4, [3]), (5, [3]), (6, [3, 5])])
def test_top_k_needs_more_than_k_classes(classes: int, top: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scores, "RESAMPLES", 5)
    monkeypatch.setattr(scores, "CALIBRATION_RESAMPLES", 5)
    shares = np.linspace(2, 1, classes)[None] / classes
    keys = scores.overall(np.array([classes - 1]), shares)
    assert [key for key in keys if key.startswith("top")] == [f"top{k}_accuracy" for k in top]


def test_averages_without_photos_may_be_anything_from_0_to_1() -> None:
    found = scores.averages(np.zeros((2, 2), np.int64))
    assert {(one.value, one.low, one.high, one.n) for one in found.values()} == {(0.0, 0.0, 1.0, 0)}
