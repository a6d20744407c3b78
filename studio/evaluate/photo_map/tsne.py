"""t-SNE of photos from their nearest neighbors, in steps that can be shown and stopped.

L. van der Maaten, G. Hinton, "Visualizing Data using t-SNE", Journal of Machine Learning Research 9 (2008), 2579-2605,
with the schedule of A. C. Belkina et al., Nature Communications 10 (2019), 5415: 250 iterations with exaggeration 12,
then 500 without, and a learning rate that grows with the number of photos. It begins at the principal components, so
that the large groups keep their positions.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.evaluate.photo_map.neighbors import Neighbors

LIBRARY = "openTSNE"
LIBRARIES = ("scipy.sparse", "scipy.spatial", "scipy.stats", "sklearn.base", "sklearn.neighbors", LIBRARY)
"""Libraries to import one at a time: together they take 1.5 s, during which nothing could stop a job."""

PERPLEXITY = 30
NEIGHBORS = 3 * PERPLEXITY
"""Neighbors of each photo that t-SNE needs."""

EARLY, LATE = 250, 500
ITERATIONS = EARLY + LATE

SEED = 0
"""Seed of the library; positions begin at the principal components, so nothing random follows from it."""

FEWEST = 5
"""With fewer photos the map stays that of the principal components: t-SNE would arrange so few arbitrarily."""

LEAST_RATE = 50.0
"""Least learning rate; with more photos it is their number divided by the exaggeration."""

ROWS = 5000
"""Photos whose affinities are computed at once, during which nothing can stop the job."""

STEP_SECONDS = 0.1
"""Time of a step of several iterations, during which nothing can stop the job."""


def cannot_run(neighbors: Neighbors, start: NDArray[np.float32]) -> str:
    """The reason why t-SNE cannot improve the map; "" where it can."""
    if len(start) < FEWEST:
        return f"t-SNE needs at least {FEWEST} photos."
    if not np.ptp(start, axis=0).any():
        return "All photos have the same features."
    return "" if neighbors.places.shape[1] else "There are no neighbors."


def perplexity(neighbors: Neighbors) -> float:
    """The perplexity for these neighbors: the default, or less where there are few photos."""
    return min(float(PERPLEXITY), max(1.0, int(neighbors.places.shape[1]) / 3))


def embed(
    neighbors: Neighbors, start: NDArray[np.float32], seconds: float = STEP_SECONDS
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Number of iterations and positions (N, 2) after each step, beginning at `start` (N, 2).

    Before the first iteration there are steps of number 0, for the affinities of some photos each.

    Deterministic: the length of the steps changes what is shown on the way, not the result.
    """
    import openTSNE
    from openTSNE.affinity import PrecomputedAffinities

    affinities = PrecomputedAffinities((yield from _attraction(neighbors, start)))
    yield 0, start
    scale = 1e-4 / max(float(start[:, 0].std()), float(start[:, 1].std()))
    embedding = openTSNE.TSNEEmbedding(start.astype(np.float64) * scale, affinities, n_jobs=1, random_state=SEED)
    attraction = affinities.P.copy()
    yield 0, start
    done, size = 0, 1
    for phase, exaggeration, momentum in ((EARLY, 12.0, 0.5), (LATE, 1.0, 0.8)):
        # Not by the library, which would multiply and divide in each step: the rounding would depend on the steps.
        affinities.P = attraction * exaggeration
        rate = max(LEAST_RATE, len(start) / exaggeration)
        end = done + phase
        while done < end:
            steps = min(size, end - done)
            start_time = time.perf_counter()
            embedding.optimize(steps, inplace=True, exaggeration=1.0, momentum=momentum, learning_rate=rate)
            took = time.perf_counter() - start_time
            size = int(np.clip(steps * seconds / max(took, 1e-6), 1, 50))
            done += steps
            yield done, np.asarray(embedding, np.float32).copy()


def _attraction(
    neighbors: Neighbors, start: NDArray[np.float32]
) -> Generator[tuple[int, NDArray[np.float32]], None, Any]:
    """The symmetric affinities (N, N) as a sparse matrix, in steps that yield 0 and `start`.

    The same as those of openTSNE's `PerplexityBasedNN`, which computes all in one call: 2.7 s for 60,000 photos.
    """
    from openTSNE.affinity import joint_probabilities_nn
    from scipy.sparse import vstack

    rows = []
    count = len(neighbors.places)
    for first in range(0, count, ROWS):
        part = slice(first, first + ROWS)
        # Euclidean distances of normalized features: the square is twice (1 - similarity).
        distances = np.sqrt(np.maximum(0.0, 2.0 - 2.0 * neighbors.similarity[part].astype(np.float64)))
        places = neighbors.places[part].astype(np.int64)
        options = {"symmetrize": False, "normalization": "point-wise", "n_reference_samples": count, "n_jobs": 1}
        rows.append(joint_probabilities_nn(places, distances, [perplexity(neighbors)], **options))
        yield 0, start
    conditional = vstack(rows, format="csr")
    transposed = conditional.T.tocsr()
    yield 0, start
    return conditional + transposed
