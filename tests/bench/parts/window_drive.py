"""Drives the real window through its stages and measures the delays of its event loop."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from parts.stacks import Stacks
from parts.thread_clock import TICK_MS, Delay, ThreadClock

Steps = Iterator[Callable[[], bool]]
PARTS = ("small", "many", "layers", "frozen", "thawed", "around")
EXEMPT = ("start: paint to pages", "start: imports")
"""Stages of start-up, which are reported separately."""


class WindowDrive:
    """Drives the window and measures delays."""

    def __init__(self, window: Any, arguments: dict[str, Any]) -> None:
        self.window, self.arguments = window, arguments
        self.store = window.store
        self.stage = EXEMPT[0]
        self.ticks: dict[str, list[Delay]] = {}
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
        self._watch = Stacks(self.arguments["why"]) if self.arguments["why"] else None
        self._clock = ThreadClock()
        self.timer = QTimer(self.window, timerType=Qt.TimerType.PreciseTimer, interval=TICK_MS)
        self.timer.timeout.connect(self._tick)
        self.timer.start()
        self._steps = self._use()
        self._until = next(self._steps)
        self.driver = QTimer(self.window, interval=20)
        self.driver.timeout.connect(self._go_on)
        self.driver.start()

    def _tick(self) -> None:
        delay = self._clock.lap()
        stage = self.stage
        job = self.store.state.jobs.get("train")
        if job is not None and job.stage is not None:
            stage = f"{stage}: {job.stage.name}"
        if self._watch and stage not in self.ticks:
            print(f"--- {stage}", file=sys.stderr)
        self.ticks.setdefault(stage, []).append(delay)
        if self._watch:
            self._watch.report(delay, stage)

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
        self.measured |= {"stages": self.ticks, "collections": self.collections or "none"}
        Path(self.arguments["out"]).write_text(json.dumps(self.measured))

    def _use(self) -> Steps:
        """The stages in order; each yielded condition is awaited."""
        window, store = self.window, self.store
        yield lambda: len(window.pages) == len(stations())
        self.stage = EXEMPT[1]
        yield lambda: store.state.engine_ready
        self.stage = "idle"
        yield after(1)

        parts = self.arguments["parts"]
        for name in PARTS:
            if name in parts:
                yield from getattr(self, f"_{name}")()

    def _small(self) -> Steps:
        self.stage = "scan a small folder"
        yield from self._open_small()
        yield after(0.5)

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
        yield after(6)
        self.stage = "many photos: hover, scroll"
        grid = window.pages["images"].photos.grid
        for number in range(150):
            _move(grid, number)
            yield after(0.03)
        self.stage = "many photos: other stations"
        for name in ("preprocess", "features", "head", "evaluate", "images"):
            window.show_station(name)
            yield after(0.7)
        self.stage = "many photos: split again"
        for share in (0.3, 0.25):
            dataset = store.state.dataset
            store.choose(replace(store.state.spec, dataset=replace(store.state.spec.dataset, val_fraction=share)))
            yield lambda before=dataset: store.state.dataset is not before
            yield after(1.5)
        self.stage = "many photos: checked"
        yield self._checked
        yield after(0.5)
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
            yield after(1)

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
        yield after(0.3)
        store.train()
        yield lambda: "train" not in store.state.jobs
        run = store.state.run
        assert run, store.state.faults
        assert run.status == "done", store.state.faults
        self.stage = f"{name}: results"
        window.show_station("evaluate")
        yield after(1.5)

    def _around(self) -> Steps:
        window, store = self.window, self.store
        self.stage = "every page, with a run"
        for name in ("images", "preprocess", "features", "head", "evaluate"):
            window.show_station(name)
            yield after(0.7)
        self.stage = "the cache's window"
        window.dialogs.show_cache()
        yield lambda: "cache" not in store.state.jobs
        yield after(0.7)
        from studio.ui.dialogs.cache import CacheDialog

        window.findChild(CacheDialog).close()
        self.stage = "a run opened from the list"
        store.runs.choose(store.state.run_list.listed[-1].path)
        yield after(0.3)
        store.runs.open()
        yield lambda: "open_run" not in store.state.jobs
        yield after(1)


def stations() -> tuple[str, ...]:
    """The stations of the measured checkout; earlier ones had five."""
    from studio.session.state import STATIONS

    return STATIONS


def after(seconds: float) -> Callable[[], bool]:
    """A condition that becomes true after a time."""
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
