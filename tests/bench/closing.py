"""Measures how long it takes until the process ends after the window was closed in the middle of work.

    uv run python tests/bench/closing.py PHOTOS [--times 1] [--big vit_large_patch16_224] [--moments N ...]

For each moment, opens the real window in a separate process with an empty cache, works until that moment, closes the
window, and waits for the end of the process. The large backbone has random weights: nothing is downloaded.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from parts import delays, staged

from studio.spec.structs import replace

MOMENTS = (
    "just painted",
    "importing torch, 0.5 s",
    "importing torch, 2 s",
    "idle",
    "a folder is listed",
    "a large network is loaded, 0.3 s",
    "a large network is loaded, 1.5 s",
    "a run loads its network",
    "extraction, first photos",
    "extraction, 2 s",
    "frozen training",
    "thawed training, 1 s",
)


def main() -> None:
    """Close a window at every moment and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--big", default="vit_large_patch16_224")
    parser.add_argument("--moments", nargs="+", type=int, default=range(len(MOMENTS)))
    options = parser.parse_args()
    print(f"{'closed while':36}{'seconds until the process ended':>36}  stage")
    worst = 0.0
    for number in options.moments:
        ended = [_closed(options.photos, number, options.big) for _ in range(options.times)]
        worst = max(worst, *(seconds for seconds, _ in ended))
        result = ", ".join(f"{seconds:.2f}" for seconds, _ in ended)
        print(f"{MOMENTS[number]:36}{result:>36}  {ended[-1][1]}", flush=True)
    print(f"worst {worst:.2f} s")


def _closed(photos: Path, number: int, big: str) -> tuple[float, str]:
    """Seconds from closing to the end of the process, and the stage of work."""
    with tempfile.TemporaryDirectory() as home:
        environment = delays.environment_of(Path(home))
        out = Path(home, "closed.json")
        arguments = {"photos": str(photos), "number": number, "big": big, "out": str(out)}
        done = subprocess.run(
            [sys.executable, __file__, "--inside", json.dumps(arguments)], env=environment, check=False
        )
        ended = time.monotonic()
        if done.returncode or not out.exists():
            sys.exit(f"{MOMENTS[number]}: the window ended with status {done.returncode}")
        result = json.loads(out.read_text())
        return ended - result["left"], result["stage"]


# ------------------------------------------------------------------------------------- inside the process of the window


def inside(arguments: dict[str, Any]) -> None:
    """Open the window as the user does, and close it at its moment."""

    def drive(window: Any) -> _Driver:
        return _Driver(window, arguments)

    staged.window(drive)


class _Driver:
    def __init__(self, window: Any, arguments: dict[str, Any]) -> None:
        from PySide6.QtCore import QTimer

        self.window, self.store, self.arguments = window, window.store, arguments
        self._steps = self._to(arguments["number"])
        self._until: Callable[[], bool] = lambda: True
        self.timer = QTimer(window, interval=5)
        self.timer.timeout.connect(self._go_on)
        self.timer.start()

    def _go_on(self) -> None:
        if not self._until():
            return
        try:
            self._until = next(self._steps)
        except StopIteration:
            self._leave()

    def _leave(self) -> None:
        self.timer.stop()
        jobs = self.store.state.jobs
        at = next((f"{name}: {job.stage.name if job.stage else ''}" for name, job in jobs.items()), "-")
        Path(self.arguments["out"]).write_text(json.dumps({"left": time.monotonic(), "stage": at}))
        self.window.leave()  # as after the question “Stop the training and close?”

    def _to(self, number: int) -> Iterator[Callable[[], bool]]:
        """The user's actions before closing."""
        store = self.store
        if number == 0:
            return
        yield lambda: "warm_up" in store.state.jobs
        if number in (1, 2):
            yield _after((0.5, 2)[number - 1])
            return
        yield lambda: store.state.engine_ready
        if number == 3:
            return
        self.window.open_folder(self.arguments["photos"])
        if number == 4:
            yield _after(0.1)
            return
        yield lambda: store.state.dataset is not None and store.state.dataset.checked and not store.state.jobs
        spec = store.state.spec
        if number in (5, 6):
            store.choose(replace(spec, backbone=replace(spec.backbone, name=self.arguments["big"], weights="none")))
            store.looking.inspect()
            yield _after((0.3, 1.5)[number - 5])
            return
        from studio.spec import FreezePlan

        thaw = ("blocks.6",) if number == 11 else ()
        train = replace(spec.train, epochs=500)
        store.choose(replace(spec, train=train, freeze=FreezePlan("all", thaw=thaw)))
        store.train()
        if number == 7:
            yield lambda: self._stage() == "weights"
        elif number in (8, 9):
            yield lambda: self._stage() == "extract"
            yield _after((0, 2)[number - 8])
        else:
            yield lambda: self._stage() == "train"
            yield _after(1)

    def _stage(self) -> str:
        job = self.store.state.jobs.get("train")
        assert job is not None, self.store.state.faults
        return job.stage.name if job.stage is not None else ""


def _after(seconds: float) -> Callable[[], bool]:
    due = time.monotonic() + seconds
    return lambda: time.monotonic() >= due


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside(json.loads(sys.argv[2]))
    else:
        main()
