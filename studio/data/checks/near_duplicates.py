"""Search for near duplicates: photos resized, recompressed, brightened, mirrored, rotated or cropped a little.

Each photo, in all the ways in which a copy may differ, is compared with each other photo by a coarse descriptor; for
the pairs that agree, the crop is fitted, and a finer descriptor decides. The limits were chosen by measurement
(`docs/benchmarks.md`).
"""

from __future__ import annotations

import mmap
from collections.abc import Generator, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.data.checks import descriptors
from studio.data.checks.descriptors import CELLS, COARSE, FINE, FRAME, MAX_CUT, Array
from studio.data.checks.hash_index import HashIndex, Indices

BLAS_BYTES = 96 << 20
"""Memory that must be free for matrix products."""
MIN_COARSE = 0.75
"""Agreement of coarse descriptors, 1 for equal ones, from which a pair is examined."""

MIN_FINE = 0.9
"""Agreement of fine descriptors from which a pair is a near duplicate."""

MIN_INNER = 0.8
"""Agreement without the frame, too: nearly blank pictures in the same frame are no duplicates."""

MIN_PLAIN = 0.985
"""Agreement of pictures that are often alike by chance: plain ones, such as a blurred background, and uniform sets."""

PLAIN = 7.0
"""Effective number of frequencies below which a picture is plain."""

ALL_PAIRS = 4000
"""Number of photos up to which all pairs are compared; with more photos, only pairs from the hash index."""

MAX_CANDIDATES = 20
"""Number of most similar pictures with which each one is compared closely: in a video, thousands may be similar."""

_BLOCK = 32
_TENTH = CELLS // 10
_WHOLE = (0, 0, 0, 0)
_PARTS = (
    _WHOLE,
    *((left, top, _TENTH - left, _TENTH - top) for left in (0, 4, _TENTH) for top in (0, 4, _TENTH)),
    *((_TENTH, 0, 0, 0), (0, _TENTH, 0, 0), (0, 0, _TENTH, 0), (0, 0, 0, _TENTH)),
    (_TENTH, _TENTH, _TENTH, _TENTH),
)
"""Steps cut off at the left, top, right and bottom."""

_VARIANTS = (
    *((turn, part) for part in _PARTS for turn in (0, 1)),
    *((turn, _WHOLE) for turn in range(2, 8)),
)
"""The ways in which a copy may differ, as (turn, steps cut off at each edge). The first is no difference."""

_BACK = (0, 1, 2, 3, 4, 6, 5, 7)
"""The turn that undoes each turn."""


@dataclass(frozen=True, slots=True)
class Match:
    """Two near duplicates.

    Attributes:
        first: Index of the picture that shows more.
        second: Index of the other one.
        agreement: Of their fine descriptors; 1 for equal ones.
        turn: How the second is turned, an index into `descriptors.TURNS`.
        part: Share of the first that the second shows.
    """

    first: int
    second: int
    agreement: float
    turn: int
    part: float


def search(pictures: NDArray[np.uint8]) -> Generator[int, None, list[Match]]:
    """Find all pairs of near duplicates.

    Args:
        pictures: (n, SIDE, SIDE) gray levels.

    Yields:
        The number of pictures whose duplicates have been searched for; 0 while the index is built.

    Returns:
        The best match of each pair.

    Raises:
        MemoryError: There is too little memory.
    """
    _require_memory()
    best: dict[tuple[int, int], Match] = {}
    base = _base(pictures)
    uniform = _is_uniform(base)
    variants = _VARIANTS[:1] if uniform else _VARIANTS
    index = HashIndex(base) if len(pictures) > ALL_PAIRS else None
    for _ in index.build() if index is not None else ():
        yield 0
    for start in range(0, len(pictures), _BLOCK):
        queries = _queries(pictures[start : start + _BLOCK].astype(np.float32), variants)
        pairs = _all_pairs(queries, base, start) if index is None else _indexed(queries, base, start, index)
        for match in _decided(pictures, *pairs, uniform):
            key = (min(match.first, match.second), max(match.first, match.second))
            if key not in best or match.agreement > best[key].agreement:
                best[key] = match
        yield min(start + _BLOCK, len(pictures))
    return [best[key] for key in sorted(best)]


def _require_memory() -> None:
    # OpenBLAS ends the process if it cannot allocate its buffers, which no `except` can catch.
    try:
        mmap.mmap(-1, BLAS_BYTES).close()
    except OSError as error:
        raise MemoryError from error


def _base(pictures: NDArray[np.uint8]) -> Array:
    """Coarse descriptors (n, 64) of whole pictures."""
    whole = descriptors.operator(0, CELLS, COARSE)
    result = np.empty((len(pictures), COARSE * COARSE), np.float32)
    for start in range(0, len(pictures), 1024):
        part = descriptors.descriptors(pictures[start : start + 1024].astype(np.float32), whole, whole)
        result[start : start + 1024] = part.reshape(len(part), -1)
    return result


def _is_uniform(base: Array) -> bool:
    """True for sets such as digits, or frames of one camera, of which many photos agree with many others.

    In such a set, only copies that hardly differ can be distinguished from other photos.
    """
    if not len(base):
        return False
    some = base[:: max(1, len(base) // 256)]
    alike = np.count_nonzero(some @ base.T >= MIN_COARSE, axis=1) - 1
    return bool(np.mean(alike >= max(10, len(base) // 50)) > 0.3)


def _queries(block: Array, variants: tuple[tuple[int, tuple[int, ...]], ...]) -> Array:
    """Coarse descriptors (m, variants, 64) of each picture in all the ways in which a copy may differ."""
    result = np.empty((len(block), len(variants), COARSE * COARSE), np.float32)
    of_part: dict[tuple[int, ...], Array] = {}
    for place, (turn, part) in enumerate(variants):
        if part not in of_part:
            left, top, right, bottom = part
            down = descriptors.operator(top, CELLS - bottom, COARSE)
            of_part[part] = descriptors.descriptors(block, down, descriptors.operator(left, CELLS - right, COARSE))
        result[:, place] = descriptors.turned(of_part[part], turn).reshape(len(block), -1)
    return result


def _all_pairs(queries: Array, base: Array, start: int) -> tuple[Indices, Indices, Indices]:
    """Pairs whose coarse descriptors agree: indices of both pictures, and the best variant of the first."""
    own = np.arange(len(queries))
    scores = (queries.reshape(-1, queries.shape[2]) @ base.T).reshape(len(queries), -1, len(base))
    scores[own, :, start + own] = -1
    best = scores.max(axis=1)
    rows, others = np.nonzero(best >= MIN_COARSE)
    chosen = _most_similar(rows, best[rows, others])
    rows, others = rows[chosen], others[chosen]
    return rows + start, others, scores[rows, :, others].argmax(axis=1)


def _indexed(queries: Array, base: Array, start: int, index: HashIndex) -> tuple[Indices, Indices, Indices]:
    """Like `_all_pairs`, for candidates of the index."""
    places, others = index.candidates(queries.reshape(-1, queries.shape[2]))
    rows, ways = np.divmod(places, queries.shape[1])
    scores = np.einsum("ij,ij->i", queries[rows, ways], base[others])
    agree = (scores >= MIN_COARSE) & (rows + start != others)
    rows, others, ways, scores = rows[agree], others[agree], ways[agree], scores[agree]
    # Of the variants of a pair, the best one.
    order = np.lexsort((-scores, others, rows))
    rows, others, ways, scores = rows[order], others[order], ways[order], scores[order]
    best = np.ones(len(rows), bool)
    best[1:] = (np.diff(rows) != 0) | (np.diff(others) != 0)
    chosen = _most_similar(rows[best], scores[best])
    return rows[best][chosen] + start, others[best][chosen], ways[best][chosen]


def _most_similar(rows: Indices, scores: Array) -> Indices:
    """Indices of the pairs with the highest scores, at most `MAX_CANDIDATES` of each row."""
    order = np.lexsort((-scores, rows))
    rank = np.arange(len(rows)) - np.searchsorted(rows[order], rows[order])
    return order[rank < MAX_CANDIDATES]


def _decided(
    pictures: NDArray[np.uint8], firsts: Indices, seconds: Indices, ways: Indices, uniform: bool
) -> Iterator[Match]:
    """The pairs that are near duplicates, examined in batches to limit memory."""
    for start in range(0, len(firsts), 512):
        part = slice(start, start + 512)
        turns = np.array([_VARIANTS[way][0] for way in ways[part]])
        cuts = np.array([_VARIANTS[way][1] for way in ways[part]])
        wholes = pictures[firsts[part]].astype(np.float32)
        copies = pictures[seconds[part]].astype(np.float32)
        target = _target(copies, turns, 0)
        scores = _agreement(wholes, cuts, target) if uniform else _fitted(wholes, cuts, target)
        inner = _agreement(wholes, cuts + FRAME, _target(copies, turns, FRAME))
        plain = uniform | (1 / np.einsum("nij->n", target**4) < PLAIN)
        accepted = (scores >= np.where(plain, MIN_PLAIN, MIN_FINE)) & (inner >= MIN_INNER)
        for place in np.flatnonzero(accepted):
            left, top, right, bottom = (int(cut) for cut in cuts[place])
            share = (CELLS - left - right) * (CELLS - top - bottom) / CELLS**2
            first, second = int(firsts[start + place]), int(seconds[start + place])
            yield Match(first, second, float(scores[place]), int(turns[place]), share)


def _fitted(wholes: Array, cuts: Indices, target: Array) -> Array:
    """The best agreement with a part of each whole picture; changes `cuts` in place to the best parts."""
    scores = _agreement(wholes, cuts, target)
    for step in (2, 1, 1):
        for edge in range(4):
            for change in (-step, step):
                moved = cuts.copy()
                moved[:, edge] = np.clip(moved[:, edge] + change, 0, MAX_CUT)
                changed = _agreement(wholes, moved, target)
                better = changed > scores
                cuts[better], scores[better] = moved[better], changed[better]
    return scores


def _target(copies: Array, turns: Indices, cut: int) -> Array:
    """Fine descriptors of copies turned back, so that each is compared with a part of the upright picture."""
    operator = descriptors.operator(cut, CELLS - cut, FINE)
    result = descriptors.descriptors(copies, operator, operator)
    for turn in np.unique(turns):
        result[turns == turn] = descriptors.turned(result[turns == turn], _BACK[turn])
    return result


def _agreement(wholes: Array, cuts: Indices, target: Array) -> Array:
    operators = descriptors.all_operators(FINE)
    parts = descriptors.descriptors(wholes, operators[cuts[:, 1], cuts[:, 3]], operators[cuts[:, 0], cuts[:, 2]])
    result: Array = np.einsum("nij,nij->n", parts, target)
    return result
