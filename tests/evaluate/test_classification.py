from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.evaluate.classification import calibration_error, cross_entropy, macro_f1, report
from studio.evaluate.intervals import wilson

NAMES = tuple("abcdefghij")


def from_confusion(matrix: list[list[int]], sure: float = 0.8) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Labels and probabilities with this confusion matrix."""
    k = len(matrix)
    pairs = [(t, p) for t in range(k) for p in range(k) for _ in range(matrix[t][p])]
    probabilities = np.full((len(pairs), k), (1 - sure) / (k - 1), np.float32)
    for row, (_, predicted) in enumerate(pairs):
        probabilities[row, predicted] = sure
    return np.array([true for true, _ in pairs]), probabilities


def some(photos: int = 1000, seed: int = 0) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    random = np.random.default_rng(seed)
    truth = random.integers(0, 10, photos)
    probabilities = random.dirichlet(np.ones(10), photos).astype(np.float32)
    probabilities[np.arange(photos), truth] += 0.3
    return truth, probabilities / probabilities.sum(axis=1, keepdims=True)


def test_a_confusion_matrix_equals_one_computed_by_hand() -> None:
    result = report(*from_confusion([[50, 10], [5, 35]]), classes=("ants", "bees"))
    assert result.confusion.tolist() == [[50, 10], [5, 35]]
    assert result.confusion.dtype == np.int64
    assert result.value("accuracy") == pytest.approx(0.85)
    assert result.interval("accuracy") == wilson(85, 100)
    ants, bees = result.classes
    assert (ants.name, ants.images, bees.name, bees.images) == ("ants", 60, "bees", 40)
    assert ants.precision == pytest.approx(50 / 55)
    assert round(ants.precision, 2) == 0.91
    assert ants.recall == pytest.approx(50 / 60)
    assert round(ants.recall, 2) == 0.83
    assert ants.f1 == pytest.approx(2 * (50 / 55) * (50 / 60) / (50 / 55 + 50 / 60))
    assert ants.recall_interval == wilson(50, 60)
    assert bees.precision == pytest.approx(35 / 45)
    assert bees.recall == pytest.approx(35 / 40)
    assert result.value("macro_f1") == pytest.approx((ants.f1 + bees.f1) / 2)


def test_metrics_equal_those_of_scikit_learn() -> None:
    from sklearn import metrics

    truth, probabilities = some()
    predicted = probabilities.argmax(axis=1)
    whole = probabilities.astype(float) / probabilities.sum(axis=1, keepdims=True, dtype=float)
    result = report(truth, probabilities, NAMES)
    assert result.value("accuracy") == pytest.approx(metrics.accuracy_score(truth, predicted))
    assert result.value("macro_f1") == pytest.approx(metrics.f1_score(truth, predicted, average="macro"))
    assert result.value("loss") == pytest.approx(metrics.log_loss(truth, whole), rel=1e-5)
    np.testing.assert_array_equal(result.confusion, metrics.confusion_matrix(truth, predicted))
    recalls = metrics.recall_score(truth, predicted, average=None)
    assert [score.recall for score in result.classes] == pytest.approx(recalls)
    precisions = metrics.precision_score(truth, predicted, average=None)
    assert [score.precision for score in result.classes] == pytest.approx(precisions)


@pytest.mark.filterwarnings("ignore:A single label was found")
def test_scores_are_scikit_learns_to_the_last_bit() -> None:
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    random = np.random.default_rng(4)
    for count in (1, 2, 3, 7, 30):
        labels = np.arange(count)
        truth, predicted = random.integers(0, count, (2, 41))
        probabilities = np.full((41, count), 0.1 / count, np.float32)
        probabilities[np.arange(41), predicted] = 0.9
        result = report(truth, probabilities, [str(label) for label in labels])
        assert np.array_equal(result.confusion, confusion_matrix(truth, predicted, labels=labels))
        rows = precision_recall_fscore_support(truth, predicted, labels=labels, zero_division=0)
        scores = [(one.precision, one.recall, one.f1, one.images) for one in result.classes]
        assert scores == list(zip(*(row.tolist() for row in rows), strict=True))


def test_classes_without_photos_stay_in_the_report() -> None:
    result = report(*from_confusion([[3, 0, 0], [0, 0, 0], [1, 0, 4]]), classes=("a", "never", "c"))
    assert result.confusion.shape == (3, 3)
    never = result.classes[1]
    assert (never.images, never.precision, never.recall, never.f1) == (0, 0.0, 0.0, 0.0)
    assert never.recall_interval == (0.0, 1.0)


def test_cross_entropy_by_hand_and_when_surely_wrong() -> None:
    probabilities = np.array([[0.5, 0.5], [0.9, 0.1]], np.float32)
    assert cross_entropy(np.array([0, 1]), probabilities) == pytest.approx((math.log(2) + math.log(10)) / 2)
    wrong = cross_entropy(np.array([1]), np.array([[1.0, 0.0]], np.float32))
    assert 80 < wrong < 90


def test_calibration_error_by_hand() -> None:
    truth = np.array([0, 0, 0, 1, 0])
    # Four photos at 0.8 of which three are right: gap 0.05. One at 0.6 that is right: gap 0.4.
    probabilities = np.array([[0.8, 0.2]] * 4 + [[0.6, 0.4]])
    assert calibration_error(truth, probabilities) == pytest.approx((4 * 0.05 + 1 * 0.4) / 5)
    assert calibration_error(np.zeros(5, int), np.array([[1.0, 0.0]] * 5)) == 0.0
    assert calibration_error(np.ones(5, int), np.array([[1.0, 0.0]] * 5)) == 1.0


def test_a_report_can_be_made_without_photos() -> None:
    result = report(np.zeros(0, np.int64), np.zeros((0, 2), np.float32), ("a", "b"))
    assert (
        result.value("accuracy"),
        result.value("loss"),
        result.value("calibration_error"),
        result.interval("accuracy"),
    ) == (0.0, 0.0, 0.0, (0.0, 1.0))
    assert result.confusion.tolist() == [[0, 0], [0, 0]]
    assert result.verdict == "Not yet"


def test_classes_without_photos_have_empty_scores() -> None:
    result = report(np.zeros(0, np.int64), np.zeros((0, 2), np.float32), ("a", "b"))
    values = [
        (score.images, score.precision, score.recall, score.f1, score.recall_interval) for score in result.classes
    ]
    assert values == [(0, 0.0, 0.0, 0.0, (0.0, 1.0))] * 2


def test_predictions_that_are_not_numbers() -> None:
    truth, probabilities = from_confusion([[5, 0], [0, 5]])
    probabilities[3] = np.nan
    result = report(truth, probabilities, ("a", "b"))
    assert result.verdict == "Diverged"
    assert "not numbers" in result.advice


@pytest.mark.parametrize(
    ("truth", "shape"),
    [
        (np.array([0, 1]), (2, 3)),
        (np.array([0, 1]), (3, 2)),
        (np.array([0, 2]), (2, 2)),
        (np.array([-1, 0]), (2, 2)),
        (np.array([0.0, 1.0]), (2, 2)),
    ],
)
def test_wrong_shapes_and_labels_are_refused(truth: NDArray[Any], shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r"classes and|Labels must"):
        report(truth, np.full(shape, 0.5, np.float32), ("a", "b"))


def test_no_classes_are_refused() -> None:
    with pytest.raises(ValueError, match="no classes"):
        report(np.zeros(0, np.int64), np.zeros((0, 0), np.float32), ())


def test_macro_f1_alone_is_that_of_the_report():
    random = np.random.default_rng(3)
    truth, table = random.integers(0, 4, 60), random.random((60, 5))
    whole = report(truth, table, list("abcde"))
    assert macro_f1(truth, table, 5) == whole.value("macro_f1")


def test_a_report_is_good_only_with_a_low_loss() -> None:
    truth = np.tile([0, 1], 50)
    sure, doubtful = (np.where(truth[:, None] == [0, 1], share, 1 - share) for share in (0.95, 0.52))
    assert report(truth, sure, ("ants", "bees")).verdict == "Good"
    judged = report(truth, doubtful, ("ants", "bees"))
    assert (judged.verdict, "the loss is 0.65" in judged.advice) == ("Fair", True)
