"""The quick probe: simple classifiers on pretrained features, the baseline that every trained head has to beat.

kNN as in Z. Wu, Y. Xiong, S. X. Yu, D. Lin, "Unsupervised Feature Learning via Non-Parametric Instance Discrimination",
CVPR 2018 (k 20, temperature 0.07, cosine similarity), the nearest class mean, and logistic regression with a sweep of
its regularization. Nothing is chosen on the photos that are judged.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.evaluate.blocks import rows_at_once
from studio.evaluate.probabilities.thresholds import folds

LIBRARIES = ("scipy.sparse", "scipy.spatial", "scipy.stats", "sklearn.base", "sklearn.linear_model")
"""Libraries of `logistic` to import one at a time: together they take 1.5 s, during which nothing could stop a job."""

K = 20
TEMPERATURE = 0.07

STRENGTHS = tuple(10.0**power for power in range(-5, 2))
"""Values of C in the sweep of logistic regression, on standardized features."""

MOST_PHOTOS = 5000
"""Most training photos for logistic regression; of more, a stratified sample is used."""

Features = NDArray[np.float32]
Classifier = Callable[[Features, NDArray[np.int64], Features, int], NDArray[np.float64]]
"""From features (M, D) and labels (M,) of training photos, features (N, D) of others, and K: probabilities (N, K)."""


def knn(train: Features, labels: NDArray[np.int64], photos: Features, classes: int) -> NDArray[np.float64]:
    """Probabilities (N, K): the nearest training photos vote with exp(cosine similarity / temperature)."""
    units, k = _normalized(train), min(K, len(train))
    result = np.zeros((len(photos), classes))
    block = rows_at_once(len(train))
    for start in range(0, len(photos), block):
        similarity = _normalized(photos[start : start + block]) @ units.T
        nearest = np.argpartition(-similarity, k - 1, axis=1)[:, :k]
        # Relative to the most similar photo, because exp(1 / 0.07) is large.
        best = np.take_along_axis(similarity, nearest, axis=1).astype(np.float64)
        votes = np.exp((best - best.max(axis=1, keepdims=True)) / TEMPERATURE)
        rows = np.repeat(np.arange(len(nearest)), k)
        np.add.at(result, (start + rows, labels[nearest.ravel()]), votes.ravel())
    return np.asarray(result / np.maximum(result.sum(axis=1, keepdims=True), np.finfo(float).tiny))


def centroid(train: Features, labels: NDArray[np.int64], photos: Features, classes: int) -> NDArray[np.float64]:
    """Probabilities (N, K) by the cosine similarity with the mean of each class; 0 for classes without photos."""
    sums, units = np.zeros((classes, train.shape[1]), np.float64), _normalized(train)
    for label in range(classes):  # `np.add.at` takes ten times as long, during which no other thread runs
        sums[label] = units[labels == label].sum(axis=0, dtype=np.float64)
    present = np.bincount(labels, minlength=classes) > 0
    means = _normalized(sums.astype(np.float32))
    similarity = (_normalized(photos) @ means.T).astype(np.float64) / TEMPERATURE
    similarity[:, ~present] = -np.inf
    votes = np.exp(similarity - similarity.max(axis=1, keepdims=True))
    return np.asarray(votes / votes.sum(axis=1, keepdims=True))


def logistic(train: Features, labels: NDArray[np.int64], photos: Features, classes: int) -> NDArray[np.float64]:
    """Probabilities (N, K) of logistic regression on standardized features; see `best_strength`."""
    classes_present = np.unique(labels)
    result = np.zeros((len(photos), classes))
    if len(classes_present) < 2:
        result[:, classes_present] = 1.0
        return result
    chosen = sample(labels, MOST_PHOTOS)
    train, labels = train[chosen], labels[chosen]
    mean, spread = train.mean(axis=0), train.std(axis=0)
    spread[spread < 1e-6 * max(1e-12, float(spread.max()))] = 1.0  # a feature that never varies
    inputs, others = (train - mean) / spread, (photos - mean) / spread
    inputs, others = _rotated(inputs, others)
    model = _fitted(inputs, labels, best_strength(inputs, labels))
    result[:, model.classes_] = model.predict_proba(others)
    return result


def best_strength(inputs: Features, labels: NDArray[np.int64]) -> float:
    """The value of C with the lowest cross-entropy on a fifth of the training photos, which the fit does not see."""
    places = folds(labels, 5)
    held = places == 0
    if not places.any() or len(np.unique(labels[~held])) < len(np.unique(labels)):
        return 0.01  # a class has a single photo, so nothing can be held out; a value in the middle of the sweep
    losses = []
    for strength in STRENGTHS:
        model = _fitted(inputs[~held], labels[~held], strength)
        shares = model.predict_proba(inputs[held])
        own = shares[np.arange(int(held.sum())), np.searchsorted(model.classes_, labels[held])]
        losses.append(float(-np.log(np.maximum(own, 1e-12)).mean()))
        if len(losses) > 2 and losses[-1] > losses[-2] > losses[-3]:
            break  # after two rises it only rises further, and large values take longest
    return STRENGTHS[int(np.argmin(losses))]


@dataclass(frozen=True, slots=True)
class Probe:
    """A probe, for terminal, window and report.

    Attributes:
        name: Name within a sentence.
        title: Name in a list.
        subject: Name at the beginning of a sentence.
        tip: Its method, one sentence without a period.
        classify: Computes its probabilities.
    """

    name: str
    title: str
    subject: str
    tip: str
    classify: Classifier


PROBES: Mapping[str, Probe] = {
    "knn": Probe(
        "kNN",
        "kNN",
        "kNN",
        "The 20 nearest training photos vote, weighted by cosine similarity (temperature 0.07)",
        knn,
    ),
    "centroid": Probe(
        "nearest class mean",
        "Nearest class mean",
        "The nearest class mean",
        "The class whose mean feature vector is nearest",
        centroid,
    ),
    "logistic": Probe(
        "logistic regression",
        "Logistic regression",
        "Logistic regression",
        "Its regularization is chosen on a fifth of the training photos",
        logistic,
    ),
}
"""All probes by their keys in the document; a new one needs a function and a row here."""


def cross_fitted(
    classifier: Classifier, features: Features, labels: NDArray[np.int64], classes: int, seed: int = 0
) -> NDArray[np.float64]:
    """Probabilities (N, K) of photos by classifiers that were fitted on other folds of the same photos."""
    result = np.zeros((len(labels), classes))
    for inside, shares in cross_fit_parts(classifier, features, labels, classes, seed):
        result[inside] = shares
    return result


def cross_fit_parts(
    classifier: Classifier, features: Features, labels: NDArray[np.int64], classes: int, seed: int = 0
) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.float64]]]:
    """For each fold, True for its photos (N,), and their probabilities (M, K) by a classifier of the other folds."""
    places = _folds_of_any(labels, seed)
    for fold in np.unique(places):
        inside = places == fold
        if (~inside).any():
            yield inside, classifier(features[~inside], labels[~inside], features[inside], classes)


def run(
    train: Features, labels: NDArray[np.int64], photos: Features | None, classes: int
) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Key and probabilities (N, K) of each probe.

    Args:
        train: (M, D) features of the training photos.
        labels: (M,) their labels.
        photos: (N, D) features of the judged photos; None for the training photos themselves, by cross-fit.
        classes: Number of classes K.
    """
    for key, probe in PROBES.items():
        if photos is None:
            yield key, cross_fitted(probe.classify, train, labels, classes)
        else:
            yield key, probe.classify(train, labels, photos, classes)


def sample(labels: NDArray[np.int64], most: int, seed: int = 0) -> NDArray[np.int64]:
    """Indices of `most` photos with the same shares of every class, and a few more so that no class is missing."""
    if len(labels) <= most:
        return np.arange(len(labels))
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    order = shuffled[np.argsort(labels[shuffled], kind="stable")]
    places = np.linspace(0, len(order) - 1, most).round().astype(np.int64)
    firsts = np.unique(labels, return_index=True)[1]  # so that every class stays
    return np.unique(np.concatenate([order[places], firsts]))


def _folds_of_any(labels: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Five folds with about equal shares of every class, even of one with a single photo."""
    random = np.random.default_rng(seed)
    shuffled = random.permutation(len(labels))
    order = shuffled[np.argsort(labels[shuffled], kind="stable")]
    result = np.zeros(len(labels), np.int64)
    result[order] = np.arange(len(labels)) % 5
    return result


def _rotated(inputs: Features, others: Features) -> tuple[Features, Features]:
    """Both in the space that the training photos span, if they are fewer than features: the same fit, but faster."""
    if len(inputs) >= inputs.shape[1]:
        return inputs, others
    axes = np.linalg.svd(inputs, full_matrices=False)[2].T
    return inputs @ axes, others @ axes


def _fitted(inputs: Features, labels: NDArray[np.int64], strength: float) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    # The threads of BLAS busy-wait for each other: while another program was busy, a fit of 3 s took 40 s.
    with threadpool_limits(1, user_api="blas"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # close enough for a probe
        # scikit-learn takes labels with few photos per class for the numbers of a regression.
        warnings.filterwarnings("ignore", "The number of unique classes", UserWarning)
        return LogisticRegression(C=strength, max_iter=200, tol=1e-3).fit(inputs, labels)


def _normalized(rows: Features) -> Features:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, np.finfo(np.float32).tiny), np.float32)
