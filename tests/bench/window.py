"""Measures the responsiveness of the real window with the real engine: delays of its event loop by stage.

    uv run python tests/bench/window.py PHOTOS [--many 50000] [--epochs 5] [--why MS]

The delay of a 10 ms timer in the window's thread is the time that a click would have waited. The stages: start-up, a
small folder, a folder of many photos (links to smaller copies), another split, the pointer over its grid, the layers, a
frozen run, a run with a thawed last block, the results, every page and dialog again, a run opened from the list,
closing. The process is started as the user starts it, with an empty cache.

Set QT_QPA_PLATFORM or DISPLAY to choose the screen; without both it is `offscreen`.
`--why 50` prints the stacks of all threads whenever the loop was 50 ms late.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import staged

TICK_MS = 10
Steps = Iterator[Callable[[], bool]]
PARTS = ("small", "many", "layers", "frozen", "thawed", "around")
EXEMPT = ("start: paint to pages", "start: imports")
"""Stages of start-up, which are reported separately."""


def main() -> None:
    """Run the window in a separate process and print its measurements."""
    import argparse

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--many", type=int, default=50_000)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--against", type=Path, metavar="DIR", help="another checkout, measured in turns with this one")
    parser.add_argument("--why", type=int, default=0, metavar="MS")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        many = _many(options.photos, Path(home, "many"), options.many)
        arguments = {name: getattr(options, name) for name in ("epochs", "why", "parts")}
        arguments |= {"photos": str(options.photos), "many": str(many)}
        for code in (options.against, None) if options.against else (None,):
            print(f"\n{'this checkout' if code is None else code}")
            _tell(_measured(arguments, code))


def _measured(arguments: dict[str, Any], code: Path | None) -> dict[str, Any]:
    """Run one window to its end, with an empty cache."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, **dict.fromkeys(("XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), home)}
        if not any(name in os.environ for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")):
            environment["QT_QPA_PLATFORM"] = "offscreen"
        environment["PYTHONPATH"] = str(code or Path(__file__).parents[2])
        out = Path(home, "measured.json")
        arguments = {**arguments, "out": str(out), "began": time.monotonic()}
        status = subprocess.run(
            [sys.executable, __file__, "--inside", json.dumps(arguments)], env=environment, check=False
        ).returncode
        ended = time.monotonic()
        if status or not out.exists():
            sys.exit(f"the window ended with status {status}")
        return {**json.loads(out.read_text()), "ended": ended}


def _many(photos: Path, folder: Path, number: int) -> Path:
    """A folder of ten classes whose photos are links to 200 small ones."""
    from PIL import Image

    small = folder.parent / "small"
    small.mkdir()
    sources = sorted(photos.rglob("*.jpg"))[:200]
    for index, source in enumerate(sources):
        with Image.open(source) as image:
            image.convert("RGB").resize((320, 240)).save(small / f"{index}.jpg")
    for index in range(number):
        target = folder / f"class {index % 10}" / f"photo_{index:06d}.jpg"
        if index < 10:
            target.parent.mkdir(parents=True)
        os.link(small / f"{index % len(sources)}.jpg", target)
    return folder


def _tell(measured: dict[str, Any]) -> None:
    paint = measured["paint"]
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, platform {measured['platform']}")
    print(f"first paint {paint:.2f} s after the start of the process; torch imported by then: {measured['torch']}")
    print(f"{'stage':34}{'seconds':>8}{'ticks':>7}{'median':>8}{'p99':>8}{'worst':>8}  ms late")
    after: list[float] = []
    stages: dict[str, list[float]] = measured["stages"]
    for stage, late in stages.items():
        print(_row(stage, late))
        if stage not in EXEMPT:
            after += late
    print(_row("all after start-up", after))
    print(f"garbage collections over 10 ms after start-up: {measured['collections']}")
    print(f"the process was over {measured['ended'] - measured['left']:.2f} s after the window was closed")


def _row(name: str, late: list[float]) -> str:
    if not late:
        return f"{name:34}{'-':>8}"
    ordered = sorted(late)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    seconds = sum(late) / 1000 + len(late) * TICK_MS / 1000
    return f"{name:34}{seconds:8.1f}{len(late):7d}{ordered[len(late) // 2]:8.1f}{p99:8.1f}{ordered[-1]:8.1f}"


# ------------------------------------------------------------------------------------- inside the process of the window


def inside(arguments: dict[str, Any]) -> None:
    """Open the window as the user does, and run the stages."""

    def drive(window: Any) -> _Drive:
        driven = _Drive(window, arguments)
        driven.begin()
        return driven

    staged.window(drive)


class _Drive:
    """Drives the window and measures delays."""

    def __init__(self, window: Any, arguments: dict[str, Any]) -> None:
        self.window, self.arguments = window, arguments
        self.store = window.store
        self.stage = EXEMPT[0]
        self.late: dict[str, list[float]] = {}
        self.collections: list[str] = []

    def begin(self) -> None:
        """Wait for the end of the first paint."""
        from PySide6.QtCore import QTimer

        QTimer.singleShot(0, self._painted)

    def _painted(self) -> None:
        import gc

        from PySide6.QtCore import Qt, QTimer
        from PySide6.QtGui import QGuiApplication

        self.measured: dict[str, Any] = {
            "paint": time.monotonic() - self.arguments["began"],
            "torch": "torch" in sys.modules,
            "platform": QGuiApplication.platformName(),
        }
        assert not self.measured["torch"]
        gc.callbacks.append(self._collecting)
        self._watch = _Watch(self.arguments["why"]) if self.arguments["why"] else None
        self._last = time.perf_counter()
        self.timer = QTimer(self.window, timerType=Qt.TimerType.PreciseTimer, interval=TICK_MS)
        self.timer.timeout.connect(self._tick)
        self.timer.start()
        self._steps = self._use()
        self._until = next(self._steps)
        self.driver = QTimer(self.window, interval=20)
        self.driver.timeout.connect(self._go_on)
        self.driver.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        late = max(0.0, (now - self._last) * 1000 - TICK_MS)
        self._last = now
        stage = self.stage
        job = self.store.state.jobs.get("train")
        if job is not None and job.stage is not None:
            stage = f"{stage}: {job.stage.name}"
        self.late.setdefault(stage, []).append(late)
        if self._watch:
            self._watch.report(late, stage)

    def _collecting(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            self._collected = time.perf_counter()
        elif (took := (time.perf_counter() - self._collected) * 1000) > TICK_MS and self.stage not in EXEMPT:
            self.collections.append(f"{took:.0f} ms (generation {info['generation']}, {self.stage})")

    def _go_on(self) -> None:
        if self._until():
            try:
                self._until = next(self._steps)
            except StopIteration:
                self._leave()
            except BaseException:  # or the window would never close
                self._leave()
                raise

    def _leave(self) -> None:
        from PySide6.QtWidgets import QApplication

        self.driver.stop()
        self.stage = "closing"
        self.measured["left"] = time.monotonic()
        QApplication.instance().aboutToQuit.connect(self._write)
        self.window.leave()

    def _write(self) -> None:
        self._tick()
        self.measured |= {"stages": self.late, "collections": self.collections or "none"}
        Path(self.arguments["out"]).write_text(json.dumps(self.measured))

    def _use(self) -> Steps:
        """The stages in order; each yielded condition is awaited."""
        window, store = self.window, self.store
        yield lambda: len(window.pages) == 5
        self.stage = EXEMPT[1]
        yield lambda: store.state.engine_ready
        self.stage = "idle"
        yield _after(1)

        parts = self.arguments["parts"]
        for name in PARTS:
            if name in parts:
                yield from getattr(self, f"_{name}")()

    def _small(self) -> Steps:
        self.stage = "scan a small folder"
        yield from self._open_small()
        yield _after(0.5)

    def _open_small(self) -> Steps:
        self.window.open_folder(self.arguments["photos"])
        yield self._checked

    def _checked(self) -> bool:
        state = self.store.state
        return state.dataset is not None and state.dataset.checked and not state.jobs

    def _many(self) -> Steps:
        from studio.spec.structs import replace

        window, store = self.window, self.store
        self.stage = "many photos: list"
        window.open_folder(self.arguments["many"])
        yield lambda: store.state.dataset is not None
        self.stage = "many photos: show, check"
        yield _after(6)
        self.stage = "many photos: hover, scroll"
        grid = window.pages["images"].photos.grid
        for number in range(150):
            _move(grid, number)
            yield _after(0.03)
        self.stage = "many photos: other stations"
        for name in ("preprocess", "features", "head", "evaluate", "images"):
            window.show_station(name)
            yield _after(0.7)
        self.stage = "many photos: split again"
        for share in (0.3, 0.25):
            dataset = store.state.dataset
            store.choose(replace(store.state.spec, dataset=replace(store.state.spec.dataset, val_fraction=share)))
            yield lambda before=dataset: store.state.dataset is not before
            yield _after(1.5)
        self.stage = "many photos: checked"
        yield self._checked
        yield _after(0.5)
        self.stage = "back to the small folder"
        yield from self._open_small()

    def _layers(self) -> Steps:
        self.stage = "layers and their outputs"
        yield from self._open_small()
        self.window.show_station("features")
        yield lambda: self.store.state.layers is not None
        tree = self.window.pages["features"].layers.tree
        for path in ("blocks.2", "blocks.5", "conv_stem"):
            tree.choose(path)
            yield _after(1)

    def _frozen(self) -> Steps:
        yield from self._train("frozen", ())

    def _thawed(self) -> Steps:
        yield from self._train("thawed", ("blocks.6",))

    def _train(self, name: str, thaw: tuple[str, ...]) -> Steps:
        from studio.spec import FreezePlan
        from studio.spec.structs import replace

        store, window = self.store, self.window
        self.stage = name
        if store.state.dataset is None:
            yield from self._open_small()
        train = replace(store.state.spec.train, epochs=self.arguments["epochs"])
        store.choose(replace(store.state.spec, train=train, freeze=FreezePlan("all", thaw=thaw)))
        yield _after(0.3)
        store.train()
        yield lambda: "train" not in store.state.jobs
        run = store.state.run
        assert run, store.state.faults
        assert run.status == "done", store.state.faults
        self.stage = f"{name}: results"
        window.show_station("evaluate")
        yield _after(1.5)

    def _around(self) -> Steps:
        window, store = self.window, self.store
        self.stage = "every page, with a run"
        for name in ("images", "preprocess", "features", "head", "evaluate"):
            window.show_station(name)
            yield _after(0.7)
        self.stage = "the cache's window"
        window.dialogs.show_cache()
        yield lambda: "cache" not in store.state.jobs
        yield _after(0.7)
        from studio.ui.dialogs.cache import CacheDialog

        window.findChild(CacheDialog).close()
        self.stage = "a run opened from the list"
        store.runs.choose(store.state.run_list.listed[-1].path)
        yield _after(0.3)
        store.runs.open()
        yield lambda: "open_run" not in store.state.jobs
        yield _after(1)


class _Watch:
    """Samples the stacks of all threads while the loop is late. It needs the interpreter lock, like the window."""

    def __init__(self, late_ms: int) -> None:
        import threading

        self._late = late_ms
        self._seen: list[str] = []
        self._last = time.perf_counter()
        threading.Thread(target=self._look, name="watch", daemon=True).start()

    def report(self, late: float, stage: str) -> None:
        """Report a delay of the loop."""
        seen, self._seen = self._seen, []
        self._last = time.perf_counter()
        if late > self._late:
            print(f"--- {late:.0f} ms late, {stage}", *seen, sep="\n", file=sys.stderr)

    def _look(self) -> None:
        import threading
        import traceback

        own = threading.get_ident()
        while True:
            time.sleep(0.005)
            waited = (time.perf_counter() - self._last) * 1000
            if waited > TICK_MS + self._late / 2 and len(self._seen) < 8:
                for number, frame in sys._current_frames().items():
                    if number != own:
                        who = "window" if number == threading.main_thread().ident else "work"
                        calls = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in traceback.extract_stack(frame)]
                        self._seen.append(f"{waited:4.0f} {who}: {' > '.join(calls[-7:])}")


def _after(seconds: float) -> Callable[[], bool]:
    due = time.monotonic() + seconds
    return lambda: time.monotonic() >= due


def _move(grid: Any, number: int) -> None:
    """Move the pointer to another photo and turn the wheel once."""
    from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
    from PySide6.QtGui import QMouseEvent, QWheelEvent
    from PySide6.QtWidgets import QApplication

    view = grid.viewport()
    at = QPointF(20 + number * 37 % (view.width() - 40), 20 + number * 23 % (view.height() - 40))
    there = view.mapToGlobal(at)
    none, no = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    QApplication.postEvent(view, QMouseEvent(QEvent.Type.MouseMove, at, there, none, none, no))
    turn = QPoint(0, -120 if number % 50 < 40 else 480)
    QApplication.postEvent(view, QWheelEvent(at, there, QPoint(), turn, none, no, Qt.ScrollPhase.NoScrollPhase, False))
    if number % 30 == 29:  # and jump, as by dragging the scroll bar
        bar = grid.verticalScrollBar()
        bar.setValue(bar.maximum() * (number % 7) // 7)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside(json.loads(sys.argv[2]))
    else:
        main()
