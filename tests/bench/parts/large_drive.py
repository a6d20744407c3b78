"""Drives the real window through what a user does with a large folder of photos."""

from __future__ import annotations

import resource
import time
from pathlib import Path
from typing import Any

from parts import input_events
from parts.window_drive import EXEMPT, Steps, WindowDrive, after, stations

PARTS = ("check", "grid", "choices", "pages", "judged", "second")
TRIM_THRESHOLD, MMAP_THRESHOLD, LARGEST = -1, -3, 2**31 - 1
"""glibc's `M_TRIM_THRESHOLD` and `M_MMAP_THRESHOLD`, and their largest value."""


class LargeDrive(WindowDrive):
    """Stages on one large folder; `facts` are printed below the delays."""

    def _use(self) -> Steps:
        window, store = self.window, self.store
        self.measured["facts"] = []
        yield lambda: len(window.pages) == len(stations())
        self.stage = EXEMPT[1]
        yield lambda: store.state.engine_ready
        _touch_memory(self.arguments["touch"])
        yield after(0.1)  # still within the stage that no goal is for
        self.stage = "idle"
        yield after(1)
        self.before = own_memory()
        yield from self._open()
        for name in PARTS:
            if name in self.arguments["parts"]:
                yield from getattr(self, f"_{name}")()

    # ------------------------------------------------------------------------------------------------ station 1

    def _open(self) -> Steps:
        grid = self.window.pages["images"].photos.grid
        began = time.monotonic()
        self.stage = "open: list, first thumbnails"
        self.window.open_folder(self.arguments["photos"])
        yield lambda: len(grid.photos()) > 0
        listed = time.monotonic() - began
        yield lambda: _pictures(grid) > 0
        first = time.monotonic() - began
        yield lambda: _pictures(grid) == len(grid.visible_rows())
        every, number = time.monotonic() - began, len(grid.photos())
        self._say(
            f"listed after {listed:.2f} s, first thumbnail {first:.2f} s, all {len(grid.visible_rows())} {every:.2f} s"
        )
        self._say(f"memory of the listing and thumbnails: {(own_memory() - self.before) / number:,.0f} bytes a photo")
        yield after(0.5)

    def _check(self) -> Steps:
        """Wait for the data check; without this part, the others are measured while it runs."""
        began, number = time.monotonic(), len(self.store.state.dataset.photos)
        self.stage = "data check"
        yield self._checked
        self._say(f"checked in {time.monotonic() - began:.1f} s")
        self.stage = "after the data check"
        yield after(1.5)
        after_check = (own_memory() - self.before) / number
        self._say(f"memory after the data check, with thumbnails: {after_check:,.0f} bytes a photo")
        assert not self.store.state.faults, self.store.state.faults

    def _grid(self) -> Steps:
        from PySide6.QtCore import Qt

        photos = self.window.pages["images"].photos
        grid, tools = photos.grid, photos.tools
        self.stage = "grid: scroll by wheel"
        for number in range(200):
            input_events.turn(grid, -240 if number < 150 else 480)
            yield after(0.02)
        self.stage = "grid: drag the bar"
        yield from input_events.drag_bar(grid, 150)
        self.stage = "grid: keys"
        grid.setFocus()
        for key in ("Key_End", "Key_Home", *(["Key_PageDown"] * 30), *(["Key_Down"] * 60)):
            input_events.press(grid, getattr(Qt.Key, key))
            yield after(0.02)
        self.stage = "grid: filter"
        for number in range(12):
            tools.class_filter.setCurrentIndex(number % 10 + 1)
            yield after(0.15)
        photos.show_labels(frozenset({1, 3, 5}))
        yield after(0.15)
        for place in (1, 2, 0):
            tools.split_filter.setCurrentIndex(place)
            yield after(0.2)
        photos.clear()
        yield after(0.3)
        self.stage = "grid: sort"
        for place in (1, 2, 3, 0):
            tools.order.setCurrentIndex(place)
            yield after(0.4)
        self.stage = "grid: search"
        for text in (
            "p",
            "ph",
            "photo_0",
            "photo_00",
            "photo_000",
            "photo_0001",
            "photo_00",
            "photo_9",
            "class 7/",
            "",
        ):
            tools.search.setText(text)
            yield after(0.25)
        self.stage = "grid: thumbnail size"
        for place in (0, 1, 2, 3, 4, 5, 4, 3, 2):
            tools.zoom.setValue(place)
            yield after(0.3)

    def _choices(self) -> Steps:
        from PySide6.QtCore import QItemSelectionModel, Qt

        store, photos = self.store, self.window.pages["images"].photos
        grid = photos.grid
        self.stage = "choices: select 1,000"
        chosen = QItemSelectionModel.SelectionFlag.ClearAndSelect
        grid.setFocus()  # for the keys
        for size in (250, 1000):
            grid.selectionModel().select(grid.selection_of([range(100, 100 + size)]), chosen)
            yield after(0.3)
        for name, act in (
            ("exclude 1,000", lambda: input_events.press(grid, Qt.Key.Key_Delete)),
            ("undo", store.journal.undo),
            ("redo", store.journal.redo),
            ("undo again", store.journal.undo),
        ):
            self.stage = f"choices: {name}"
            before = store.state.dataset
            act()
            yield lambda before=before: store.state.dataset is not before and "journal" not in store.state.jobs
            yield after(0.5)
        assert not store.state.dataset.excluded

    # ------------------------------------------------------------------------------------------------ other pages

    def _pages(self) -> Steps:
        self.stage = "all pages, twice"
        for name in stations() * 2:
            self.window.show_station(name)
            yield after(0.8)
        self.window.show_station("images")
        yield after(0.3)

    def _judged(self) -> Steps:
        window, store = self.window, self.store
        self.stage = "run: open from the list"
        window.show_station("head")
        yield lambda: len(store.state.run_list.listed) >= 2
        store.runs.choose(store.state.run_list.listed[0].path)
        yield after(0.3)
        store.runs.open()
        yield lambda: "open_run" not in store.state.jobs and store.state.run is not None
        yield after(0.5)
        self.stage = "run: Evaluate, first time"
        window.show_station("evaluate")
        yield after(0.5)
        yield lambda: not store.state.jobs
        yield after(1)
        assert not store.state.faults, store.state.faults
        page = window.pages["evaluate"]
        self.stage = "run: tabs of Evaluate"
        for title in ("Classes", "Slices", "Threshold", "Quick probe", "Matrix"):
            page.tabs.show_tab(title)
            yield after(0.6)
        self.stage = "run: mistakes"
        for cell in ((0, 1), (3, 3), (5, 2)):
            page.matrix_card.cell_chosen.emit(*cell)
            yield after(0.4)
        page.wall._choose_all()
        for number in range(80):
            input_events.turn(page.wall.photos, -240 if number < 60 else 480)
            yield after(0.02)
        yield from input_events.drag_bar(page.wall.photos, 60)
        self.stage = "run: threshold"
        page.tabs.show_tab("Threshold")
        yield after(0.5)
        yield from _move_threshold(page.threshold_card)
        self.stage = "run: training photos"
        store.judging.show_part("train")
        yield lambda: not store.state.jobs
        yield after(1)
        store.judging.show_part("val")
        yield after(0.5)
        self.stage = "run: right or wrong in Images"
        window.show_station("images")
        photos = window.pages["images"].photos
        yield after(0.3)  # two clicks are never handled in one turn of the loop
        for answer in ("wrong", "right", ""):
            photos._answer_picked(answer)
            yield after(0.5)
        yield from self._compare()

    def _compare(self) -> Steps:
        window, store = self.window, self.store
        self.stage = "compare two runs"
        first, second = (run.path for run in store.state.run_list.listed[:2])
        store.comparison.open(first, second)
        yield after(0.3)
        yield lambda: not store.state.jobs
        yield after(1)
        assert not store.state.faults, store.state.faults
        view = window.pages["evaluate"].comparison
        self.stage = "compare: tabs, swap"
        for place in (1, 2, 3, 0):
            view.photos.choose(place)
            yield after(0.4)
        for number in range(40):
            input_events.turn(view.photos.photos, -240 if number < 30 else 480)
            yield after(0.02)
        store.comparison.open(second, first)
        yield after(0.3)
        yield lambda: not store.state.jobs
        yield after(0.7)
        self.stage = "compare: close"
        store.comparison.close()
        yield after(0.7)

    def _second(self) -> Steps:
        """Two runs in a row, on features that are cached."""
        from studio.spec.structs import replace

        store = self.store
        backbone = replace(store.state.spec.backbone, image_size=32)
        for number in (1, 2):
            self.stage = f"training {number}"
            train = replace(store.state.spec.train, epochs=3, seed=number)
            store.choose(replace(store.state.spec, backbone=backbone, train=train))
            yield after(0.5)
            yield lambda: "inspect" not in store.state.jobs
            store.train()
            yield lambda: "train" not in store.state.jobs
            run = store.state.run
            assert run, store.state.faults
            assert run.status == "done", store.state.faults
            self.stage = f"training {number}: results"
            self.window.show_station("evaluate")
            yield after(0.5)
            yield lambda: not store.state.jobs
            yield after(1)

    def _say(self, line: str) -> None:
        self.measured["facts"].append(line)


def _touch_memory(megabytes: int) -> None:
    """Write to this much memory, and let the allocator have it for good; none with 0.

    Some virtual machines get memory from their host when it is first written to. On that of `docs/benchmarks.md` this
    takes 3 s per GB, and stops the other threads, too, for up to 0.2 s that count as their own.
    """
    if not megabytes:
        return
    import ctypes

    from studio.data import checked_folder, scan
    from studio.system.process import memory

    libc = ctypes.CDLL("libc.so.6")
    libc.malloc.restype = ctypes.c_void_p
    for setting in (MMAP_THRESHOLD, TRIM_THRESHOLD):
        libc.mallopt(setting, LARGEST)
    blocks = [ctypes.c_void_p(libc.malloc(ctypes.c_size_t(100_000_000))) for _ in range(megabytes // 100)]
    for block in blocks:
        ctypes.memset(block, 1, 100_000_000)
    for block in blocks:
        libc.free(block)
    for module in (memory, scan, checked_folder):
        module.release_unused = lambda: None


def own_memory() -> float:
    """Anonymous memory of this process in bytes, without files that are mapped."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines["RssAnon"].split()[0]) * 1024 if "RssAnon" in lines else resource.getpagesize()


def _pictures(grid: Any) -> int:
    """Number of visible photos whose thumbnail is there."""
    paths = {grid._model.path(row) for row in grid.visible_rows()}
    return len(paths & {path for (path, _), pixmap in grid._thumbnails._pixmaps.items() if pixmap is not None})


def _move_threshold(card: Any) -> Steps:
    """Move the slider of the threshold by key."""
    from PySide6.QtCore import Qt

    for _ in range(60):
        input_events.press(card.slider, Qt.Key.Key_Right)
        yield after(0.03)
    yield after(0.5)
