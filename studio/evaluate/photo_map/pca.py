"""Principal components of features, from their covariance in blocks: memory does not grow with the number of photos."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.evaluate.photo_map.rows import Places, Rows, blocks

LARGE = 4096
"""Most features whose covariance is computed, and most photos whose inner products are."""

SAMPLE = 2048
"""Photos that the axes are computed from where both numbers exceed `LARGE`; all photos are projected."""

DIRECT = 1024
"""Size up to which all eigenvectors are computed; of larger matrices only the first, which takes far less time."""

SPARE, ROUNDS = 8, 500


@dataclass(frozen=True)
class Projection:
    """Photos on their first principal components.

    Attributes:
        positions: (N, K) float32; the sign of each axis is such that its largest entry is positive.
        explained: (K,) share of the variance on each axis.
    """

    positions: NDArray[np.float32]
    explained: NDArray[np.float64]


def project(rows: Rows, places: Places, components: int = 2) -> Generator[int, None, Projection]:
    """Project the rows at `places`; yields the number of rows read so far, of three times their number.

    Positions on axes beyond the rank of the features (of a single photo, or of equal ones) are 0.
    """
    number, features = len(places), rows.shape[1]
    if not number:
        return Projection(np.zeros((0, components), np.float32), np.zeros(components))
    mean = np.zeros(features)
    for part, block in blocks(rows, places):
        mean += block.sum(axis=0, dtype=np.float64)
        yield part.stop
    mean /= max(1, number)
    axes, variances, total = yield from _axes(rows, places, mean, components)
    positions = np.zeros((number, components), np.float32)
    for part, block in blocks(rows, places):
        positions[part, : axes.shape[1]] = (block - mean) @ axes
        yield 2 * number + part.stop
    explained = np.zeros(components)
    explained[: len(variances)] = variances / total if total > 0 else 0.0
    return Projection(positions, explained)


def _axes(
    rows: Rows, places: Places, mean: NDArray[np.float64], components: int
) -> Generator[int, None, tuple[NDArray[np.float64], NDArray[np.float64], float]]:
    """The first axes (D, k), the variance along each (k,), and the total variance."""
    number, features = len(places), rows.shape[1]
    if features > LARGE and number > LARGE:
        places = places[np.linspace(0, number - 1, SAMPLE).astype(np.int64)]
    if features <= len(places):
        covariance = np.zeros((features, features))
        for part, block in blocks(rows, places):
            centered = (block - mean).astype(np.float32)
            covariance += centered.T @ centered
            yield number + part.stop
        total = float(np.trace(covariance))
        vectors, values = yield from _largest(covariance, components, 2 * number)
    else:  # the matrix of inner products of the photos has the same eigenvalues, and is smaller
        centered = np.concatenate([(block - mean).astype(np.float32) for _, block in blocks(rows, places)])
        yield 2 * number
        products = (centered @ centered.T).astype(np.float64)
        total = float(np.trace(products))
        sides, values = yield from _largest(products, components, 2 * number)
        vectors = centered.T @ sides / np.sqrt(np.maximum(values, np.finfo(float).tiny))
    # Float32 products of centered rows are exact to about 1e-6: axes below are noise, not structure.
    vectors = np.where(values > 1e-6 * max(total, np.finfo(float).tiny), vectors, 0.0)
    values = np.where(values > 1e-6 * total, values, 0.0)
    if total <= 1e-10 * number * float((mean**2).sum()):
        vectors, values = np.zeros_like(vectors), np.zeros_like(values)
    leading = vectors[np.abs(vectors).argmax(axis=0), np.arange(vectors.shape[1])] if features else np.zeros(0)
    return vectors * np.where(leading < 0, -1.0, 1.0), values, total


def _largest(
    matrix: NDArray[np.float64], components: int, done: int
) -> Generator[int, None, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """The eigenvectors (n, k) of the largest eigenvalues (k,) of a symmetric matrix, the largest first.

    Yields `done` between its rounds: features without structure need all `ROUNDS`, which take half a minute.
    """
    size = len(matrix)
    count = min(components, size)
    if size <= DIRECT:
        values, vectors = np.linalg.eigh(matrix)
        return vectors[:, ::-1][:, :count], values[::-1][:count]
    # Subspace iteration: deterministic, and only the leading vectors are computed.
    basis = np.linalg.qr(np.random.default_rng(0).standard_normal((size, min(size, count + SPARE))))[0]
    values = np.zeros(basis.shape[1])
    for _ in range(ROUNDS):
        basis = np.linalg.qr(matrix @ basis)[0]
        inner, turn = np.linalg.eigh(basis.T @ matrix @ basis)
        basis, before, values = basis @ turn[:, ::-1], values, inner[::-1]
        if np.abs(values[:count] - before[:count]).max() <= 1e-12 * max(abs(values[0]), np.finfo(float).tiny):
            break
        yield done
    return basis[:, :count], values[:count]
