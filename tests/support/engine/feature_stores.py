"""Small feature stores of numbered rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from studio.engine.cache.eviction import KEY_BYTES
from studio.engine.cache.store import FeatureStore


def key(number: int) -> bytes:
    return number.to_bytes(KEY_BYTES, "big")


def rows_of(*numbers: int, width: int = 3) -> np.ndarray:
    return np.array([[number + column / 10 for column in range(width)] for number in numbers], np.float32)


def toy_store(folder: Path, width: int = 3) -> FeatureStore:
    return FeatureStore(folder, (width,), "float32", {"backbone": "toy"})


def filled(folder: Path, *numbers: int) -> None:
    with toy_store(folder) as open_store:
        open_store.put([key(number) for number in numbers], rows_of(*numbers))


def read(folder: Path, *numbers: int) -> np.ndarray:
    rows = toy_store(folder).rows([key(number) for number in numbers])
    return rows.take(np.arange(len(numbers)))
