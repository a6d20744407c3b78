"""Measures the map of many photos: the time of each stage, and of showing the stored map again.

    python tests/bench/photo_map.py [--photos 60000] [--features 1280]

The features are synthetic (100 groups), so nothing is decoded and no network runs; a temporary folder takes the map.
Prints the wall and processor time of each stage, whose difference shows how busy the machine was, and peak memory.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from studio.evaluate.photo_map import neighbors, pca, stored_map, tsne
from studio.evaluate.photo_map.rows import ArrayRows, finite_places
from studio.evaluate.photo_map.stored_map import StoredMap
from studio.system import paths


class Clock:
    """Prints the time since the last stage."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def lap(self, name: str) -> None:
        """Print the times of a stage that has ended."""
        wall, cpu = time.perf_counter(), time.process_time()
        print(f"{name}: {wall - self._wall:.1f} s, {cpu - self._cpu:.1f} CPU-s", flush=True)
        self._wall, self._cpu = time.perf_counter(), time.process_time()


def main() -> None:
    """Map synthetic features."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=60_000)
    parser.add_argument("--features", type=int, default=1280)
    options = parser.parse_args()
    random = np.random.default_rng(0)
    groups = random.standard_normal((100, options.features)).astype(np.float32)
    labels = np.arange(options.photos) % 100
    values = random.standard_normal((options.photos, options.features), dtype=np.float32)
    values += groups[labels]
    with tempfile.TemporaryDirectory() as name:
        paths.maps_folder = lambda: Path(name)
        rows, clock = ArrayRows(values), Clock()
        places = finite_places(rows)
        key = stored_map.key_of(rows, places, "tsne")
        clock.lap("key of the features")
        projection = _result(pca.project(rows, places))
        clock.lap("principal components")
        near = _result(neighbors.nearest(rows, places, tsne.NEIGHBORS))
        clock.lap("neighbors")
        neighbors.suspects(near, labels, 100)
        clock.lap("likely label errors")
        positions, slowest, before = projection.positions, 0.0, time.perf_counter()
        for _, new in tsne.embed(near, projection.positions):
            positions = new
            slowest, before = max(slowest, time.perf_counter() - before), time.perf_counter()
        clock.lap("t-SNE")
        print(f"longest time between two chances to stop: {slowest:.1f} s")
        stored_map.store(key, "pointer", StoredMap(positions, 0.0, near))
        clock.lap("store")
        stored_map.key_of(rows, places, "tsne")
        found = stored_map.load(key, options.photos)
        clock.lap("look up and load")
        assert found is not None
        assert (found.positions == positions).all()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{options.photos:,} photos, {options.features} features: {most:.2f} GB at most")


def _result(steps):
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


if __name__ == "__main__":
    main()
