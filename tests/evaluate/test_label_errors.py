from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from studio.evaluate import label_errors

PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "data" / "label-errors"


@pytest.mark.real_data
def test_the_published_label_errors_of_cifar_10_come_first() -> None:
    if not PUBLISHED.is_dir():
        pytest.skip("the published label errors are not beside the project")
    probabilities = np.load(PUBLISHED / "cifar10_test_set_pyx.npy")
    labels = np.load(PUBLISHED / "cifar10_test_set_original_labels.npy")
    published = json.loads((PUBLISHED / "cifar10_mturk.json").read_text())
    order = label_errors.ranked(probabilities, labels)
    assert sorted(order.tolist()) == list(range(10_000))
    assert set(order[:275].tolist()) == {row["id"] for row in published}
    # Most of the five people who looked at it did not choose the given label.
    confirmed = {row["id"] for row in published if row["mturk"]["given"] < 3}
    assert len(confirmed) == 54
    assert confirmed <= set(order[:275].tolist())
    candidates = set(label_errors.candidates(probabilities, labels).tolist())
    assert len(candidates & set(order[:275].tolist())) > 200


def test_photos_are_ranked_by_the_margin_of_their_label() -> None:
    probabilities = np.array([[0.6, 0.4, 0.0], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4], [0.5, 0.25, 0.25]])
    labels = np.array([0, 0, 2, 1])
    assert label_errors.margins(probabilities, labels) == pytest.approx([0.2, -0.7, 0.1, -0.25])
    assert label_errors.ranked(probabilities, labels).tolist() == [1, 3, 2, 0]
    assert label_errors.candidates(probabilities, labels).tolist() == [1, 3]


def test_planted_label_errors_come_first() -> None:
    random = np.random.default_rng(0)
    true = random.integers(0, 5, 300)
    probabilities = random.dirichlet(np.ones(5), 300) * 0.3
    probabilities[np.arange(300), true] += 0.7
    labels, planted = true.copy(), random.choice(300, 20, replace=False)
    labels[planted] = (true[planted] + 1) % 5
    assert set(label_errors.ranked(probabilities, labels)[:20].tolist()) == set(planted.tolist())
    found = set(label_errors.candidates(probabilities, labels).tolist())
    assert found <= set(planted.tolist())
    assert len(found) >= 10


def test_degenerate_inputs() -> None:
    assert label_errors.ranked(np.zeros((0, 3)), np.zeros(0, int)).tolist() == []
    assert label_errors.candidates(np.zeros((0, 3)), np.zeros(0, int)).tolist() == []
    assert label_errors.ranked(np.ones((2, 1)), np.zeros(2, int)).tolist() == [0, 1]
    undefined = np.array([[0.1, 0.9], [np.nan, np.nan]])
    assert label_errors.ranked(undefined, np.array([0, 1])).tolist() == [0, 1]
    perfect = np.eye(3)
    assert label_errors.candidates(perfect, np.arange(3)).tolist() == []


@pytest.mark.parametrize("labels", [[0, 2], [-1, 0], [0], [0.0, 1.0]])
def test_labels_that_do_not_fit_are_refused(labels: list[float]) -> None:
    with pytest.raises(ValueError, match=r"belong together|must be integers"):
        label_errors.ranked(np.full((2, 2), 0.5), np.array(labels))


@pytest.mark.parametrize("label", [-1, 3])
def test_the_message_names_the_labels_that_are_allowed(label: int) -> None:
    with pytest.raises(ValueError, match=r"integers from 0 to 2\."):
        label_errors.margins(np.full((2, 3), 1 / 3), np.array([0, label]))
    assert len(label_errors.margins(np.full((2, 3), 1 / 3), np.array([0, 2]))) == 2


def test_a_photo_counts_from_the_mean_of_the_other_class_on() -> None:
    labels = np.array([0, 0, 1, 1])
    for share, found in ((0.74, []), (0.76, [1])):
        shares = np.array([[0.9, 0.1], [1 - share, share], [0.4, 0.6], [0.1, 0.9]])
        assert label_errors.candidates(shares, labels).tolist() == found, "from 0.75 on"


def test_a_row_that_is_not_finite_is_no_label_error() -> None:
    shares = np.array([[np.nan, np.nan], [0.25, 0.75], [np.inf, 0.1]])
    assert label_errors.margins(shares, np.array([0, 0, 0])).tolist() == [0.0, -0.5, 0.0]
