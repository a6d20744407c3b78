"""Measures how long the user waits: for a list, for a report, and for a stop while a photo's disk does not answer.

    uv run python tests/bench/answers.py [--times 5]

Prints the shortest, median and longest time of each in milliseconds. Needs named pipes, so it does not run on Windows.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from studio.data import scan
from studio.evaluate.classification import report
from studio.events import DatasetScanned, Event, Waiting
from studio.jobs import workers
from studio.spec import DatasetSpec


def listing(folder: Path) -> Callable[[], object]:
    """List 5,000 files without opening them."""
    for name in ("ants", "bees"):
        (folder / name).mkdir(parents=True)
        for number in range(2500):
            (folder / name / f"{number}.jpg").touch()
    return lambda: scan.listing(DatasetSpec(str(folder)))


def judging(_folder: Path) -> Callable[[], object]:
    """Make a report on 2,000 predictions of ten classes."""
    random = np.random.default_rng(1)
    truth = random.integers(0, 10, 2000)
    scores = random.random((2000, 10)).astype(np.float32)
    scores[np.arange(2000), truth] += 1
    names = tuple("abcdefghij")
    return lambda: report(truth, scores / scores.sum(1, keepdims=True), names)


def hanging(photo: Path) -> None:
    """Create a pipe in place of a photo: opening it blocks, as on a server that does not answer."""
    photo.unlink()
    os.mkfifo(photo)


def photos(folder: Path) -> list[Path]:
    """A folder of two classes with four tiny files each, which are not photos, and the pipe."""
    files = [folder / name / f"{number}.png" for name in ("ants", "bees") for number in range(4)]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"\0")
    return files


def closing_a_scan(folder: Path) -> Callable[[], object]:
    """Stop a scan that waits for a photo."""
    hung = photos(folder)[1]
    scanning: Iterator[Event] = scan.scan(DatasetSpec(str(folder)))
    next(event for event in scanning if isinstance(event, DatasetScanned))
    hanging(hung)
    next(event for event in scanning if isinstance(event, Waiting))
    return scanning.close  # type: ignore[attr-defined]


def closing_a_pool(folder: Path) -> Callable[[], object]:
    """Stop work on several files, one of which blocks."""
    files = photos(folder)
    hanging(files[0])
    work = workers.map_ordered(Path.read_bytes, files, workers=2)
    assert next(work) is None
    return work.close


MEASURED = {
    "list 5,000 files": listing,
    "report on 2,000 predictions": judging,
    "end a scan whose photo hangs": closing_a_scan,
    "end work on files of which one hangs": closing_a_pool,
}


def main() -> None:
    """Measure each and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    print(f"{'ms':40}{'shortest':>10}{'median':>10}{'longest':>10}")
    for name, prepare in MEASURED.items():
        took = []
        for _ in range(options.times):
            with ExitStack() as stack:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                act = prepare(folder / "photos")
                began = time.perf_counter()
                act()
                took.append(1000 * (time.perf_counter() - began))
                for pipe in (file for file in folder.rglob("*") if file.is_fifo()):
                    os.close(os.open(pipe, os.O_RDWR | os.O_NONBLOCK))
        print(f"{name:40}{min(took):10.1f}{statistics.median(took):10.1f}{max(took):10.1f}", flush=True)


if __name__ == "__main__":
    main()
