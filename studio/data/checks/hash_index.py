"""Index of pictures by a perceptual hash, for folders in which comparing all pairs would take too long.

Each of the 64 bits of the hash says whether a number of the descriptor is above its median over all pictures. Each of
several samples of the bits divides the pictures into buckets; two pictures are a candidate pair if they share the
bucket of one sample (locality-sensitive hashing). Copies differ in few bits, so nearly all of them share a bucket.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from studio.data.checks.descriptors import Array

TABLES, BITS = 24, 16
"""Number of samples, and bits in each."""

MAX_BUCKET = 1000
"""Largest bucket that is searched; a larger one, of pictures that differ elsewhere, would give too many candidates."""

MAX_DIFFERENT = 18
"""Bits of 64 that may differ between candidates."""

Indices = NDArray[np.int64]


class HashIndex:
    """An index of pictures; `build` must run before `candidates`.

    Args:
        base: Coarse descriptors (n, 64).
    """

    def __init__(self, base: Array) -> None:
        self._count = len(base)
        # A bit that is set in half of the pictures distinguishes them best.
        self._middle = np.median(base, axis=0)
        self._base_bits = base > self._middle
        self._hashes = _packed(self._base_bits)
        useful = np.flatnonzero(base.std(axis=0) > 0)
        fixed = np.random.default_rng(1)  # the same samples in each scan
        self._samples = [fixed.choice(useful, BITS, replace=False) for _ in range(TABLES)]
        self._orders: list[NDArray[np.int32]] = []
        self._starts: list[NDArray[np.int32]] = []

    def build(self) -> Iterator[int]:
        """Divide the pictures into buckets; yields after each sample, because one takes a while for many pictures."""
        for number, sample in enumerate(self._samples, 1):
            keys = _key(self._base_bits, sample)
            self._orders.append(np.argsort(keys, kind="stable").astype(np.int32))
            counts = np.bincount(keys, minlength=1 << BITS)
            self._starts.append(np.concatenate(([0], np.cumsum(counts))).astype(np.int32))
            yield number

    def candidates(self, queries: Array) -> tuple[Indices, Indices]:
        """Pairs of an index into `queries`, coarse descriptors (m, 64), and the index of a similar picture."""
        bits = queries > self._middle
        hashes = _packed(bits)
        pairs = []
        for sample, order, starts in zip(self._samples, self._orders, self._starts, strict=True):
            keys = _key(bits, sample)
            first, number = starts[keys], starts[keys + 1] - starts[keys]
            number[number > MAX_BUCKET] = 0
            rows = np.repeat(np.arange(len(keys)), number)
            steps = np.arange(len(rows)) - np.repeat(np.cumsum(number) - number, number)
            others = order[np.repeat(first, number) + steps]
            near = np.bitwise_count(hashes[rows] ^ self._hashes[others]) <= MAX_DIFFERENT
            pairs.append(rows[near] * np.int64(self._count) + others[near])
        rows, others = np.divmod(np.unique(np.concatenate(pairs)), self._count)
        return rows, others


def _packed(bits: NDArray[np.bool_]) -> NDArray[np.uint64]:
    return np.packbits(bits, axis=1).view(np.uint64).ravel()


def _key(bits: NDArray[np.bool_], sample: Indices) -> Indices:
    result: Indices = bits[:, sample] @ (1 << np.arange(BITS, dtype=np.int64))
    return result
