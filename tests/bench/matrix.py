"""Measures the confusion matrix of 1,000 classes: its painting, its orders, and the event loop while it is scrolled.

    uv run python tests/bench/matrix.py [--classes 1000] [--photos 50]

Set QT_QPA_PLATFORM or DISPLAY to choose the screen; without both it is `offscreen`. The delay of a tick is the time by
which a 10 ms timer is late: a click would have waited as long.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

TICK_MS = 10
REPEATS = 20


def main() -> None:
    """Show the card, and print a line per measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--classes", type=int, default=1000)
    parser.add_argument("--photos", type=int, default=50, help="photos per class")
    options = parser.parse_args()
    if not any(name in os.environ for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtWidgets import QApplication

    from studio.ui.stations.evaluate.matrix_card import MatrixCard
    from studio.ui.theme import theme

    app = QApplication([])
    theme.apply(app, "light")
    card = MatrixCard()
    theme.style(card)
    card.resize(900, 700)
    card.show()
    app.processEvents()
    names = tuple(f"n{label:08d} species of insect {label}" for label in range(options.classes))
    every = [_counts(options.classes, options.photos, seed) for seed in range(REPEATS)]

    def show(turn: int) -> None:
        card.show_counts(every[turn], names)
        card.matrix.viewport().repaint()

    matrix = card.matrix
    print(f"{options.classes} classes, {options.photos} photos each, platform {app.platformName()}")
    _report("other counts, shown and painted", show)
    _report("painted again, whole", lambda _: matrix.viewport().repaint())
    for order in ("confusion", "similarity", "name"):
        _report(f"sorted by {order}", lambda _, order=order: matrix.sort_by(order))
    for side in (4, 14, 30):
        while matrix.geometry_now.side < side:
            matrix.zoom_in()
        _report(f"painted again, cells of {matrix.geometry_now.side:g}", lambda _: matrix.viewport().repaint())
        _ticks(app, matrix, f"scrolled, cells of {matrix.geometry_now.side:g}")


def _counts(classes: int, photos: int, seed: int) -> Any:
    random = np.random.default_rng(seed)
    truth = np.repeat(np.arange(classes), photos)
    guesses = np.where(random.random(len(truth)) < 0.8, truth, random.integers(0, classes, len(truth)))
    return np.bincount(truth * classes + guesses, minlength=classes**2).reshape(classes, classes).astype(np.int64)


def _report(words: str, work: Callable[[int], None]) -> None:
    times = []
    for turn in range(REPEATS):
        began = time.perf_counter()
        work(turn)
        times.append(1000 * (time.perf_counter() - began))
    print(f"{words:40} median {statistics.median(times):6.1f} ms, worst {max(times):6.1f} ms")


def _ticks(app: Any, matrix: Any, words: str) -> None:
    """Scroll for two seconds, and measure how late the ticks of a timer are."""
    from PySide6.QtCore import QElapsedTimer, Qt, QTimer

    late: list[float] = []
    since = QElapsedTimer()
    bars = (matrix.verticalScrollBar(), matrix.horizontalScrollBar())

    def tick() -> None:
        late.append(max(0.0, since.nsecsElapsed() / 1e6 - TICK_MS))
        since.restart()
        for bar in bars:
            bar.setValue((bar.value() + 37) % max(1, bar.maximum()))

    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    since.start()
    timer.start(TICK_MS)
    end = time.monotonic() + 2
    while time.monotonic() < end:
        app.processEvents()
        time.sleep(0.0005)
    timer.stop()
    late.sort()
    print(f"{words:40} {len(late)} ticks, p99 late {late[int(len(late) * 0.99) - 1]:.1f} ms, worst {late[-1]:.1f} ms")


if __name__ == "__main__":
    main()
