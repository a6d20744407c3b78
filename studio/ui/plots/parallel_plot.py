"""Parallel coordinates: a line for each run across one axis per setting. Import it only when it is shown."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent
from PySide6.QtWidgets import QWidget

from studio.formatting.language import tr
from studio.session.runs.settings_axes import SettingsComparison
from studio.ui.plots.plot_parts import plain_plot
from studio.ui.theme import class_colors, theme

MANY = 150
"""Runs from which on lines are thin and not smoothed: drawing them takes a tenth of the time."""

NEAR = 9
"""Pixels from a line within which the pointer is on it."""

SIDE = 0.5
"""Room beside the first and the last axis, in distances of two axes."""

BOTTOM, TOP = -0.06, 1.24
"""Range of the positions shown: room below for the lowest label, above for the titles."""

LABEL_GAP = 6
"""Pixels between an axis and its labels."""


class ParallelPlot(QWidget):
    """Draws the lines, colored by the result; the line under the pointer and the chosen one stand out.

    Signals:
        pointed: Index of the run under the pointer; -1 for none.
        clicked: Index of the run whose line was clicked.
    """

    pointed = Signal(int)
    clicked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumSize(320, 170)
        self.setAccessibleName(tr("Parallel coordinates of the runs"))
        self.plot = plain_plot(self)
        self._box = self.plot.getPlotItem().getViewBox()
        self._box.setMouseEnabled(x=False, y=False)
        for side in ("left", "bottom"):
            self.plot.hideAxis(side)
        self._shown: SettingsComparison | None = None
        self._places: NDArray[np.float64] = np.zeros((0, 0))
        self._chosen = self._pointed = -1
        self._lines = [pg.PlotCurveItem(connect="finite") for _ in range(class_colors.VALUES)]
        self._spot, self._choice = pg.PlotCurveItem(), pg.PlotCurveItem()
        self._marks = pg.ScatterPlotItem(size=9, pxMode=True)
        self._axes: list[pg.PlotCurveItem] = []
        self._texts: list[tuple[pg.TextItem, str, float]] = []
        for item in (*self._lines, self._spot, self._choice, self._marks):
            self.plot.addItem(item, ignoreBounds=True)
        viewport = self.plot.viewport()
        viewport.setMouseTracking(True)
        viewport.installEventFilter(self)
        theme.when_changed(self._recolor)

    def show_comparison(self, shown: SettingsComparison) -> None:
        """Draw other runs."""
        for _ in self.steps(shown):
            pass

    def steps(self, shown: SettingsComparison) -> Iterator[None]:
        """Draw other runs, in steps of some milliseconds: first the lines, then each axis."""
        self._shown, self._chosen, self._pointed = shown, -1, -1
        self._places = np.array([axis.places for axis in shown.axes], np.float64).T  # (runs, axes)
        for item in (*self._axes, *(text for text, _, _ in self._texts)):
            self.plot.removeItem(item)
        self._axes, self._texts = [], []
        count = len(shown.axes)
        self._box.setRange(xRange=(-SIDE, count - 1 + SIDE), yRange=(BOTTOM, TOP), padding=0)
        self.setAccessibleDescription(
            tr("{runs} runs over {value}").format(
                runs=len(shown.runs), value=", ".join(axis.title for axis in shown.axes)
            )
        )
        self._draw_lines()
        self._draw_choice()
        self._recolor()
        yield
        for number, axis in enumerate(shown.axes):
            first = len(self._texts)
            line = pg.PlotCurveItem([number, number], [0, 1])
            line.setZValue(5)
            self.plot.addItem(line, ignoreBounds=True)
            self._axes.append(line)
            self._add_text(_in_two_lines(axis.title), number, 1.0, (0.5, 1.1), 0)
            last = number == len(shown.axes) - 1
            for place, text in axis.ticks:
                self._add_text(text, number, place, (0, 0.5) if not last else (1, 0.5), -1 if last else 1)
            self._fit_texts(first)
            self._color_axes(number, first)
            yield

    def choose(self, run: int) -> None:
        """Let a run stand out; -1 for none."""
        if run != self._chosen:
            self._chosen = run
            self._draw_choice()

    def run_at(self, x: float, y: float) -> int:
        """Index of the run whose line passes nearest to a point of the widget; -1 where none is near."""
        if not len(self._places):
            return -1
        point = self._box.mapSceneToView(self.plot.mapToScene(int(x), int(y)))
        count = self._places.shape[1]
        left = int(np.clip(np.floor(point.x()), 0, max(0, count - 2)))
        share = float(np.clip(point.x() - left, 0, 1))
        right = min(left + 1, count - 1)
        heights = (1 - share) * self._places[:, left] + share * self._places[:, right]
        across, down = self._box.viewPixelSize()
        steps = (self._places[:, right] - self._places[:, left]) * (across / max(down, 1e-12))
        distances = np.abs(heights - point.y()) / max(down, 1e-12) / np.hypot(1, steps)  # at a right angle to the line
        nearest = int(distances.argmin())
        if self._chosen >= 0 and distances[self._chosen] <= distances[nearest] + 1e-9:
            nearest = self._chosen  # the chosen one of lines that coincide
        return nearest if distances[nearest] <= NEAR else -1

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Follow the pointer over the plot."""
        kind = event.type()
        if kind is QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            self._point(self._run_under(event.position()))
        elif kind is QEvent.Type.Leave:
            self._point(-1)
        elif kind is QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
            if event.button() is Qt.MouseButton.LeftButton and (run := self._run_under(event.position())) >= 0:
                self.clicked.emit(run)
            return True
        elif kind is QEvent.Type.Resize:
            self._fit_texts()
        return super().eventFilter(watched, event)  # type: ignore[arg-type]

    def _run_under(self, place: QPointF) -> int:
        return self.run_at(place.x(), place.y())

    def _point(self, run: int) -> None:
        if run != self._pointed:
            self._pointed = run
            self._show_line(self._spot, run)
            self.plot.viewport().setCursor(
                Qt.CursorShape.PointingHandCursor if run >= 0 else Qt.CursorShape.ArrowCursor
            )
            self.pointed.emit(run)

    def _draw_lines(self) -> None:
        """Draw all runs: those of one color in one item, with gaps between them."""
        results = self._places[:, -1]
        bins = np.minimum((results * class_colors.VALUES).astype(int), class_colors.VALUES - 1)
        count = self._places.shape[1]
        for level, item in enumerate(self._lines):
            chosen = self._places[bins == level]
            rows = np.full((len(chosen), count + 1), np.nan)
            rows[:, :count] = chosen
            x = np.tile(np.append(np.arange(count, dtype=float), np.nan), len(chosen))
            item.setData(x, rows.ravel(), antialias=len(self._places) <= MANY)

    def _draw_choice(self) -> None:
        self._show_line(self._choice, self._chosen)
        if self._chosen >= 0:
            self._marks.setData(np.arange(self._places.shape[1]), self._places[self._chosen])
        self._marks.setVisible(self._chosen >= 0)

    def _show_line(self, item: pg.PlotCurveItem, run: int) -> None:
        item.setVisible(0 <= run < len(self._places))
        if 0 <= run < len(self._places):
            item.setData(np.arange(self._places.shape[1]), self._places[run])

    def _add_text(self, text: str, number: int, place: float, anchor: tuple[float, float], side: int) -> None:
        item = pg.TextItem("", anchor=anchor)
        item.setZValue(10)
        item.setPos(number, place)
        self.plot.addItem(item, ignoreBounds=True)
        self._texts.append((item, text, side))

    def _fit_texts(self, first: int = 0) -> None:
        """Shorten labels, from the `first` on, to the room between two axes."""
        if self._shown is None:
            return
        room = self.plot.viewport().width() / (len(self._shown.axes) - 1 + 2 * SIDE)
        for item, text, side in self._texts[first:]:
            font = theme.scaled(0.85, bold=side == 0)
            width = room - 10 if side == 0 else room - 3 * LABEL_GAP
            item.setFont(font)
            metrics, way = QFontMetricsF(font), Qt.TextElideMode.ElideRight
            item.setText("\n".join(metrics.elidedText(line, way, max(24.0, width)) for line in text.split("\n")))
            item.setToolTip(text.replace("\n", " "))

    def _recolor(self) -> None:
        shades = theme.current()
        self.plot.setBackground(QColor(shades.card))
        many = len(self._places) > MANY
        for item, color in zip(self._lines, class_colors.colors()[-class_colors.VALUES :], strict=True):
            item.setPen(pg.mkPen(color, width=1 if many else 1.5))
        self._spot.setPen(pg.mkPen(shades.text, width=2.5, style=Qt.PenStyle.DashLine))
        self._choice.setPen(pg.mkPen(shades.text, width=3))
        self._marks.setBrush(QColor(shades.text))
        self._marks.setPen(pg.mkPen(shades.card, width=2))
        self._color_axes()

    def _color_axes(self, axis: int = 0, text: int = 0) -> None:
        """Color the axes and the labels, from these on."""
        shades = theme.current()
        for line in self._axes[axis:]:
            line.setPen(pg.mkPen(shades.muted, width=1))
        background = QColor(shades.card)
        background.setAlpha(200)
        for item, _, side in self._texts[text:]:
            item.setColor(QColor(shades.text if side == 0 else shades.muted))
            item.fill = pg.mkBrush(background) if side else pg.mkBrush(None)
            item.update()


def _in_two_lines(title: str) -> str:
    """A title with a line break at the space nearest to its middle; a short one has an empty first line."""
    spaces = [place for place, sign in enumerate(title) if sign == " "]
    if not spaces:
        return f" \n{title}"
    middle = min(spaces, key=lambda place: abs(place - len(title) / 2))
    return f"{title[:middle]}\n{title[middle + 1 :]}"
