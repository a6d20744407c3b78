from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray
from trimming import few

from studio.evaluate import probe

Data = tuple[NDArray[np.float32], NDArray[np.int64]]


def blobs(photos: int, classes: int = 3, width: int = 16, seed: int = 0, spread: float = 1.0) -> Data:
    centers = np.random.default_rng(99).normal(0, 1, (classes, width))
    random = np.random.default_rng(seed)
    labels = np.arange(photos) % classes
    return (centers[labels] + random.normal(0, spread, (photos, width)) + 2).astype(np.float32), labels


def test_knn_equals_that_of_scikit_learn() -> None:
    from sklearn.neighbors import KNeighborsClassifier

    (train, labels), (photos, _) = blobs(90), blobs(40, seed=1)

    def weights(distances):
        return np.exp((1 - distances) / probe.TEMPERATURE)

    model = KNeighborsClassifier(probe.K, metric="cosine", weights=weights, algorithm="brute").fit(train, labels)
    assert probe.knn(train, labels, photos, 3) == pytest.approx(model.predict_proba(photos), abs=1e-4)


def test_the_nearest_class_mean_is_the_most_similar_one() -> None:
    (train, labels), (photos, _) = blobs(90), blobs(40, seed=1)
    unit = train / np.linalg.norm(train, axis=1, keepdims=True)
    means = np.stack([unit[labels == k].mean(axis=0) for k in range(3)])
    cosines = photos @ (means / np.linalg.norm(means, axis=1, keepdims=True)).T
    assert probe.centroid(train, labels, photos, 3).argmax(1).tolist() == cosines.argmax(1).tolist()


@pytest.mark.parametrize("photos", [90, 12])
def test_logistic_regression_is_scikit_learns(photos: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also with fewer photos than features, where it is fitted in the space of the photos."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    monkeypatch.setattr(probe, "best_strength", lambda inputs, labels: 0.1)
    (train, labels), (others, _) = blobs(photos), blobs(40, seed=1)
    scaler = StandardScaler().fit(train)
    model = LogisticRegression(C=0.1, max_iter=500, tol=1e-6).fit(scaler.transform(train), labels)
    expected = model.predict_proba(scaler.transform(others))
    assert probe.logistic(train, labels, others, 3) == pytest.approx(expected, abs=0.01)


def test_the_sweep_regularizes_noise_more() -> None:
    clear, noisy = blobs(120, spread=0.2), blobs(120, spread=6.0)
    strengths = [probe.best_strength((x - x.mean(0)) / x.std(0), labels) for x, labels in (clear, noisy)]
    assert strengths[0] > strengths[1]
    assert set(strengths) <= set(probe.STRENGTHS)


@pytest.mark.parametrize("key", probe.PROBES)
def test_every_probe_separates_what_can_be_separated(key: str) -> None:
    (train, labels), (photos, truth) = blobs(90, spread=0.3), blobs(60, seed=1, spread=0.3)
    found = dict(probe.run(train, labels, photos, 3))[key]
    assert found.sum(axis=1) == pytest.approx(1)
    assert (found.argmax(axis=1) == truth).mean() > 0.95


@pytest.mark.parametrize("key", few(probe.PROBES, ["logistic"]))
def test_training_photos_are_judged_by_cross_fit(key: str) -> None:
    random = np.random.default_rng(3)
    noise, labels = random.normal(0, 1, (100, 8)).astype(np.float32), random.integers(0, 2, 100)
    found = dict(probe.run(noise, labels, None, 2))[key]
    assert (found.argmax(axis=1) == labels).mean() < 0.7  # a photo must not find itself


@pytest.mark.parametrize("key", probe.PROBES)
def test_classes_without_or_with_one_training_photo(key: str) -> None:
    train, labels = blobs(13, classes=2)
    labels = labels.copy()
    labels[-1] = 3
    found = dict(probe.run(train, labels, train[:5], 5))[key]
    assert found.shape == (5, 5)
    assert np.isfinite(found).all()
    assert (found[:, [2, 4]] == 0).all()


def test_a_large_data_set_is_sampled_with_every_class() -> None:
    labels = np.concatenate([np.zeros(9000, int), np.ones(3000, int), [2]])
    chosen = probe.sample(labels, 1000)
    counts = np.bincount(labels[chosen])
    assert len(chosen) <= 1003
    assert counts[2] == 1
    assert counts[0] / counts[1] == pytest.approx(3, rel=0.02)


def test_the_similarity_of_the_class_mean_is_a_probability() -> None:
    train = np.array([[1, 0], [0, 1]], np.float32)
    photo = np.array([[4, 3]], np.float32)  # cosines 0.8 and 0.6
    expected = 1 / (1 + np.exp(-0.2 / probe.TEMPERATURE))
    shares = probe.centroid(train, np.array([0, 1]), photo, 3)
    assert shares[0].tolist() == pytest.approx([expected, 1 - expected, 0.0], rel=1e-5)


def test_a_single_class_is_certain() -> None:
    train, photos = np.ones((3, 2), np.float32), np.zeros((2, 2), np.float32)
    assert probe.logistic(train, np.array([1, 1, 1]), photos, 3).tolist() == [[0, 1, 0], [0, 1, 0]]


def test_a_photo_alone_has_no_classifier() -> None:
    shares = probe.cross_fitted(probe.knn, np.ones((1, 2), np.float32), np.array([0]), 2)
    assert shares.tolist() == [[0, 0]]


def test_classes_of_one_or_two_photos_are_probed_without_a_warning() -> None:
    labels = np.arange(40) % 24
    train = np.eye(24, dtype=np.float32)[labels]
    answers = probe.logistic(train, labels, train, 24)
    np.testing.assert_allclose(answers.sum(axis=1), 1)


@pytest.mark.slow
def test_nothing_is_imported_while_the_probes_are_fitted():
    """A job that evaluates imports `LIBRARIES` one at a time, because nothing can stop it within an import."""
    program = (
        "import importlib, sys, numpy as np\n"
        "from studio.evaluate import probe\n"
        "for name in probe.LIBRARIES: importlib.import_module(name)\n"
        "before = set(sys.modules)\n"
        "rows, labels = np.random.default_rng(0).random((40, 8), np.float32), np.arange(40) % 2\n"
        "for _ in probe.run(rows, labels, rows, 2): pass\n"
        "print(*sorted({name for name in set(sys.modules) - before if name.startswith(('sklearn', 'scipy'))}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_each_photo_is_judged_once_by_a_classifier_of_the_other_folds() -> None:
    labels = np.arange(20) % 2
    features = np.arange(20, dtype=np.float32)[:, None]
    seen: list[tuple[set[float], set[float]]] = []

    def classifier(train, own, photos, classes):
        seen.append((set(train.ravel().tolist()), set(photos.ravel().tolist())))
        assert len(own) == len(train)
        return np.full((len(photos), classes), 1 / classes)

    masks = [inside for inside, _ in probe.cross_fit_parts(classifier, features, labels, 2)]
    assert np.sum(masks, axis=0).tolist() == [1] * 20
    assert all(mask.sum() == 4 and labels[mask].sum() == 2 for mask in masks), "equal shares of both classes"
    assert all(len(train) == 16 and not train & judged for train, judged in seen)
    assert probe.cross_fitted(classifier, features, labels, 2).tolist() == [[0.5, 0.5]] * 20


def test_two_classes_have_two_probabilities_and_one_class_has_all() -> None:
    features = np.array([[0.0, 1.0], [0.1, 1.0], [1.0, 0.0], [1.0, 0.1]] * 3, np.float32)
    labels = np.array([0, 0, 2, 2] * 3)
    shares = probe.logistic(features, labels, features[:4], 3)
    assert shares.argmax(axis=1).tolist() == [0, 0, 2, 2]
    assert shares.sum(axis=1) == pytest.approx([1] * 4)
    assert shares[:, 1].tolist() == [0] * 4
    assert probe.logistic(features, np.zeros(12, int), features[:2], 3).tolist() == [[1, 0, 0]] * 2


def test_where_nothing_can_be_held_out_the_strength_is_the_middle_of_the_sweep() -> None:
    strength = probe.best_strength(np.eye(3, dtype=np.float32), np.array([0, 1, 2]))
    assert strength == 0.01 == pytest.approx(probe.STRENGTHS[len(probe.STRENGTHS) // 2])
    assert (probe.STRENGTHS[0], probe.STRENGTHS[-1]) == pytest.approx((1e-5, 10.0))


def test_the_unit_of_a_feature_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "best_strength", lambda inputs, labels: 0.1)
    train, labels = blobs(30, classes=2, width=3)
    scale = np.array([1, 1e-3, 1], np.float32)
    one, other = (probe.logistic(rows, labels, rows[:5], 2) for rows in (train, train * scale))
    assert other == pytest.approx(one, abs=1e-3)


@pytest.mark.parametrize("most", [1, 9, 10, 11])
def test_a_sample_has_as_many_photos_as_stated_and_every_class(most: int) -> None:
    labels = np.array([0, 0, 0, 0, 0, 0, 1, 1, 1, 2])
    chosen = probe.sample(labels, most)
    assert set(labels[chosen]) == {0, 1, 2}
    assert min(most, 10) <= len(chosen) <= min(most + 3, 10)
    assert sorted(set(chosen.tolist())) == chosen.tolist()


@pytest.mark.parametrize("most", [2, 4, 10])
def test_a_sample_has_the_first_the_last_and_evenly_spaced_photos_of_a_shuffled_list(most: int) -> None:
    labels = np.arange(40) % 3
    shuffled = np.random.default_rng(0).permutation(40).tolist()
    ranked = sorted(shuffled, key=lambda photo: labels[photo])  # by class, shuffled within each
    spaced = {ranked[round(place * 39 / (most - 1))] for place in range(most)}
    assert set(probe.sample(labels, most).tolist()) == spaced | {0, 1, 2}
    assert probe.sample(labels, most, seed=1).tolist() != probe.sample(labels, most).tolist()


def test_the_tip_of_knn_states_its_numbers() -> None:
    words = (
        f"The {probe.K} nearest training photos vote, weighted by cosine similarity (temperature {probe.TEMPERATURE})"
    )
    assert probe.PROBES["knn"].tip == words
