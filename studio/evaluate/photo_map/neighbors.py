"""Nearest neighbors of photos by the cosine similarity of their features: exact, in blocks."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.evaluate import label_errors, probe
from studio.evaluate.photo_map.rows import Places, Rows, blocks


@dataclass(frozen=True)
class Neighbors:
    """The photos most similar to each of N photos, the most similar first; a photo is not its own neighbor.

    Attributes:
        places: (N, k) int32, positions among the photos.
        similarity: (N, k) float32 cosine similarities.
    """

    places: NDArray[np.int32]
    similarity: NDArray[np.float32]


def nearest(rows: Rows, places: Places, k: int) -> Generator[int, None, Neighbors]:
    """The `k` nearest neighbors of each row at `places`; yields the number of comparisons so far, of N².

    Equally similar photos are in the order of their positions.
    """
    number = len(places)
    k = max(0, min(k, number - 1))
    best_places = np.zeros((number, k), np.int32)
    best = np.zeros((number, k), np.float32)
    done = 0
    for part, block in blocks(rows, places) if k else ():
        own = _normalized(block)
        some = np.zeros((len(own), 0), np.float32)
        where = np.zeros((len(own), 0), np.int32)
        for other, block in blocks(rows, places):
            similarity = own @ _normalized(block).T
            if other == part:
                np.fill_diagonal(similarity, -np.inf)
            some = np.concatenate([some, similarity], axis=1)
            where = np.concatenate(
                [where, np.broadcast_to(np.arange(other.start, other.stop, dtype=np.int32), similarity.shape)], axis=1
            )
            if some.shape[1] > k:
                chosen = _highest(some, k)
                some, where = np.take_along_axis(some, chosen, 1), np.take_along_axis(where, chosen, 1)
            done += similarity.size
            yield done
        order = np.lexsort((where, -some), axis=1)
        best[part], best_places[part] = np.take_along_axis(some, order, 1), np.take_along_axis(where, order, 1)
    return Neighbors(best_places, best)


def most_similar(rows: Rows, places: Places, photo: int, k: int) -> tuple[Places, NDArray[np.float32]]:
    """Positions of the `k` photos most similar to one, the most similar first, and their similarities."""
    own = _normalized(np.asarray(rows.take(places[photo : photo + 1]), np.float32).reshape(1, -1))[0]
    similarity = np.concatenate([_normalized(block) @ own for _, block in blocks(rows, places)])
    similarity[photo] = -np.inf
    order = np.argsort(-similarity, kind="stable")[: max(0, min(k, len(places) - 1))]
    return order.astype(np.int64), similarity[order]


def votes(neighbors: Neighbors, labels: NDArray[np.int64], classes: int) -> NDArray[np.float64]:
    """Class probabilities (N, K) of each photo from its neighbors, like those of the quick probe kNN."""
    k = min(probe.K, neighbors.places.shape[1])
    result = np.zeros((len(labels), classes))
    if not k:
        return result
    near = neighbors.similarity[:, :k].astype(np.float64)
    weights = np.exp((near - near.max(axis=1, keepdims=True)) / probe.TEMPERATURE)
    rows = np.repeat(np.arange(len(labels)), k)
    np.add.at(result, (rows, labels[neighbors.places[:, :k].ravel()]), weights.ravel())
    return np.asarray(result / result.sum(axis=1, keepdims=True))


MAJORITY = 0.5 + 1e-6
"""Share of the votes above which a class has most of them; two classes may have exactly half each."""


def suspects(
    neighbors: Neighbors, labels: NDArray[np.int64], classes: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Photos whose label is likely wrong, the most likely first, and the label that their neighbors suggest.

    These are the candidates of confident learning (`label_errors.candidates`) for which another class has more than
    half of the votes. With more votes than their own alone, nearly all photos of classes of three would be suspects:
    their class cannot have more than two of the neighbors.
    """
    shares = votes(neighbors, labels, classes)
    if not neighbors.places.size:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    candidates = label_errors.candidates(shares, labels)
    others = shares[candidates]
    others[np.arange(len(candidates)), labels[candidates]] = -1.0
    wrong = others.max(axis=1, initial=0.0) > MAJORITY
    return candidates[wrong], others[wrong].argmax(axis=1).astype(np.int64)


def _highest(similarity: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Columns of the `k` highest values of each row; of values equal to the lowest of these, the first columns."""
    chosen = np.argpartition(-similarity, k - 1, axis=1)[:, :k]
    lowest = np.take_along_axis(similarity, chosen, 1).min(axis=1, keepdims=True)
    # Of several values equal to the lowest, such as those of copies of a photo, `argpartition` may pick any.
    for row in np.flatnonzero((similarity >= lowest).sum(axis=1) > k):
        chosen[row] = np.argsort(-similarity[row], kind="stable")[:k]
    return chosen


def _normalized(block: NDArray[Any]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(block, axis=1, keepdims=True)
    return np.asarray(block / np.maximum(lengths, np.finfo(np.float32).tiny), np.float32)
