"""Program of `test_on_screen`: scrolls the real window on an X server with mouse wheel events; prints JSON.

Every scrollable view of each page is scrolled, and the pixels on the screen are compared with a new rendering of the
window. In photo grids, with photos of one color each, every tile is compared with the model, and one is clicked.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import states
from fakes import Fakes
from PIL import Image
from PySide6.QtCore import QEvent, QObject, QPoint, QRect
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QTreeView, QWidget

from studio.events import Dataset, DatasetScanned, Figure, Photo, RunSummary
from studio.session.settings import Settings
from studio.session.state import STATIONS, AppState
from studio.spec.structs import replace
from studio.ui.photos.photo_grid import PICTURE_HEIGHT, PhotoGrid
from studio.ui.photos.photo_painter import GAP
from studio.ui.plots.matrix.view import ConfusionMatrix
from studio.ui.theme import theme
from studio.ui.widgets.part_by_part import PartByPart
from studio.ui.widgets.tabs import Tabs
from studio.ui.window import MainWindow

NOTCHES = 3
PATIENCE_S = 10.0
EDGE = 4
"""Pixels at each side that belong to a frame and not to the view."""
CLASSES = 30


class NoTips(QObject):
    """Suppresses tooltips, which would cover the views."""

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        return event.type() == QEvent.Type.ToolTip


def color(number: int) -> tuple[int, int, int]:
    """A unique color for each photo."""
    return (40 + number % 16 * 12, 40 + number // 16 * 12, 40 + number * 7 % 200)


def write_photos(folder: Path, each: int = 5) -> Dataset:
    """Write `each` photos per class, each of one color."""
    photos = []
    for label in range(CLASSES):
        name = f"class {label:02d}"
        (folder / name).mkdir(parents=True)
        for number in range(each):
            path = f"{name}/{number:02d}.png"
            Image.new("RGB", (60, 40), color(label * each + number)).save(folder / path)
            photos.append(Photo(path, label, "val"))
    return Dataset(str(folder), tuple(f"class {label:02d}" for label in range(CLASSES)), tuple(photos), checked=True)


def past(folder: str) -> tuple[RunSummary, ...]:
    """More runs than the list can show without scrolling."""
    spec, when = states.spec(folder), "2026-01-01T10:00:00+00:00"
    return tuple(
        RunSummary(f"/runs/{number}", "done", spec, 10, 2, 3, Figure("accuracy", 0.9), started=when)
        for number in range(40)
    )


def filled(dataset: Dataset) -> AppState:
    """A folder, a network and a run with more rows than any page has room for; every photo is a mistake."""
    spec = states.spec(dataset.folder)
    run = states.run(spec, dataset, 60, wrong=dict.fromkeys(range(len(dataset.photos)), 0.8))
    return replace(states.state(), spec=spec, dataset=dataset).showing(run)


class Screen:
    """The window and its pixels on the screen."""

    def __init__(self, app: QApplication, window: MainWindow) -> None:
        self.app, self.window = app, window

    def until(self, true: Callable[[], bool]) -> bool:
        """Process events until a condition holds, at most `PATIENCE_S`; returns whether it holds."""
        end = time.monotonic() + PATIENCE_S
        while not (holds := true()) and time.monotonic() < end:
            self.app.processEvents()
            time.sleep(0.005)
        return holds

    def settled(self, page: QWidget) -> bool:
        """True if all parts of a page are drawn, and the screen shows them."""
        return not any(parts.is_busy() for parts in page.findChildren(PartByPart)) and self.same(page)

    def seen(self, widget: QWidget) -> QImage:
        """The pixels of the screen at a widget."""
        corner = widget.mapToGlobal(QPoint(0, 0))
        picture = self.app.primaryScreen().grabWindow(0, corner.x(), corner.y(), widget.width(), widget.height())
        return inner(picture.toImage())

    def painted(self, widget: QWidget) -> QImage:
        """The pixels of a new rendering of the widget."""
        corner = widget.mapTo(self.window, QPoint(0, 0))
        return inner(self.window.grab(QRect(corner, widget.size())).toImage())

    def same(self, widget: QWidget) -> bool:
        """True if screen and new rendering are equal."""
        return self.seen(widget) == self.painted(widget)

    def turn(self, view: QAbstractScrollArea) -> bool:
        """Turn the wheel over a view by one notch; returns whether it scrolled."""
        place = view.viewport().mapToGlobal(view.viewport().rect().center())
        xdotool("mousemove", place.x(), place.y())
        bar = view.verticalScrollBar()
        before = bar.value()
        xdotool("click", 5)
        return self.until(lambda: bar.value() != before)


def inner(picture: QImage) -> QImage:
    """The picture without its frame."""
    picture = picture.convertToFormat(QImage.Format.Format_RGB32)
    return picture.copy(picture.rect().adjusted(EDGE, EDGE, -EDGE, -EDGE))


def xdotool(*words: object) -> None:
    """Move or press the mouse of the X server."""
    subprocess.run(["xdotool", *map(str, words)], check=True)


def tiles(screen: Screen, grid: PhotoGrid) -> dict[str, Any]:
    """Photos whose tile has the wrong color, and whether a click on the last visible one selects it."""
    picture, wrong, last = screen.seen(grid.viewport()), [], None
    for row in range(grid.model().rowCount()):
        cell = grid.visualRect(grid.model().index(row, 0)).translated(-EDGE, -EDGE)
        plate = QRect(cell.left(), cell.top() + GAP, cell.width(), PICTURE_HEIGHT - GAP)
        visible = plate.intersected(picture.rect())
        if visible.height() < GAP:
            continue
        pixel = picture.pixelColor(visible.center())
        label, number = divmod_path(grid.photos()[row].path)
        if (pixel.red(), pixel.green(), pixel.blue()) != color(label * 5 + number):
            wrong.append(grid.photos()[row].path)
        else:
            last = grid.photos()[row].path, visible.center()
    if last is None:
        return {"wrong": wrong, "clicked": False}
    place = grid.viewport().mapToGlobal(last[1] + QPoint(EDGE, EDGE))
    xdotool("mousemove", place.x(), place.y(), "click", 1)
    return {"wrong": wrong, "clicked": screen.until(lambda: grid.chosen().endswith(last[0]))}


def divmod_path(path: str) -> tuple[int, int]:
    """Class and number of a photo."""
    name, _, file = path.partition("/")
    return int(name.removeprefix("class ")), int(file.removesuffix(".png"))


def arrived(grid: PhotoGrid, path: str) -> bool:
    """True if the thumbnail is loaded."""
    return grid._thumbnails.get(path, round(2 * PICTURE_HEIGHT * grid.devicePixelRatioF())) is not None


def arrive(screen: Screen, grid: PhotoGrid) -> None:
    """Load all thumbnails first: each new one repaints the grid, which would hide errors of scrolling."""
    for row in range(grid.model().rowCount()):
        grid.scrollTo(grid.model().index(row, 0))
        path = str(Path(grid.model().root, grid.photos()[row].path))
        screen.until(partial(arrived, grid, path))
    grid.verticalScrollBar().setValue(0)


def look(screen: Screen, view: QAbstractScrollArea) -> dict[str, Any]:
    """Scroll a view and compare the screen after each notch of the wheel."""
    if isinstance(view, PhotoGrid):
        arrive(screen, view)
    screen.until(lambda: screen.same(view.viewport()))
    differs = [
        notch
        for notch in range(NOTCHES)
        if screen.turn(view) and not screen.until(lambda: screen.same(view.viewport()))
    ]
    about = {"scrolled": view.verticalScrollBar().value(), "differs": differs}
    return about | (tiles(screen, view) if isinstance(view, PhotoGrid) else {})


def main(folder: Path) -> None:
    """Check every scrollable view and print the results."""
    app = QApplication([])
    app.setCursorFlashTime(0)
    theme.apply(app, "light")
    tips = NoTips()
    app.installEventFilter(tips)
    dataset, fakes = write_photos(folder / "photos"), Fakes()
    fakes.past = past(dataset.folder)
    fakes.relist = lambda _spec: lambda _stop: iter([DatasetScanned(dataset)])  # type: ignore[method-assign]
    window = MainWindow(fakes.commands(), Settings(file=folder / "window.json"))
    window.move(0, 0)
    window.resize(1280, 780)
    window.show()
    screen = Screen(app, window)
    screen.until(lambda: len(window.pages) == len(STATIONS) and window.store.state.engine_ready)
    screen.until(lambda: not window.store.state.jobs)
    before = window.store.state
    window.store.put(replace(filled(dataset), run_list=before.run_list, cache=before.cache))
    results: dict[str, Any] = {}
    for station in STATIONS:
        window.show_station(station)
        page = window.pages[station]
        screen.until(lambda: page.isVisible() and not window.store.state.jobs)  # noqa: B023 - called at once
        screen.until(lambda: screen.settled(page))  # noqa: B023
        for tree in page.findChildren(QTreeView):
            tree.expandAll()
        for matrix in page.findChildren(ConfusionMatrix):
            matrix.zoom(1)
            matrix.zoom(1)
        for tabs in page.findChildren(Tabs) or [None]:
            for title in tabs.titles() if tabs is not None else [""]:
                if tabs is not None:
                    tabs.show_tab(title)
                    screen.until(lambda: screen.settled(page))  # noqa: B023
                for view in page.findChildren(QAbstractScrollArea):
                    name = f"{station}: {view.accessibleName() or view.objectName() or type(view).__name__}"
                    scrolls = view.isVisible() and view.verticalScrollBar().maximum() > 0
                    if scrolls and view.viewport().height() > 40 and name not in results:
                        results[name] = look(screen, view)
    json.dump(results, sys.stdout)
    window.leave()
    window.store.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
