"""A plot of curves over epochs. Import it only when a page with plots is built: pyqtgraph is slow to import.

Items are created once and get new data. The range follows the data until the user zooms; after that the view still
scrolls with the newest point if that was visible.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QMouseEvent
from PySide6.QtWidgets import QWidget

from studio.formatting.language import tr
from studio.ui.plots.plot_parts import EpochAxis, FramedPlot, Line, Numbers, plain_plot, spread_out, style_axes
from studio.ui.theme import theme

MOST_FOR_VALUES = 0.45
"""Largest share of the width for the values at the lines' ends: even in the narrowest plot they fit, in any font."""

NARROW_EDGE = 0.04
"""Share of the expected epochs that stays empty after the last one."""

ANCHORS = ((0.0, 0.5), (0.0, 0.5))
"""Anchor of a text at a vertical line: at its right."""


class CurvePlot(FramedPlot):
    """Curves over epochs.

    Signals:
        hovered: Epoch nearest to the pointer; -1 when it left.
        zoomed: True once the user set the range, False when it follows the data again.
        menu_requested: Global position of a right click.
    """

    hovered = Signal(int)
    zoomed = Signal(bool)
    menu_requested = Signal(object)

    def __init__(
        self,
        name: str,
        unit: str,
        lines: tuple[Line, ...],
        words: Callable[[float], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._lines = lines
        self._words = words
        self._axes = (name, unit)
        self._data: dict[str, tuple[Numbers, Numbers]] = {}
        self._newest = 0.0
        self._expected = 0.0
        self._fitting = False
        self.follows = True
        self.setMinimumHeight(140)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("{name} over epochs").format(name=name))
        self._axis = EpochAxis()
        self.plot = plain_plot(self, {"bottom": self._axis})
        self._box = self.plot.getPlotItem().getViewBox()
        self._curves = {line.key: self.plot.plot([], []) for line in lines}
        self._ends = {line.key: pg.TextItem(anchor=(0, 0.5)) for line in lines if line.ends}
        for label in self._ends.values():
            self.plot.addItem(label, ignoreBounds=True)
            label.setVisible(False)
        self._border = pg.InfiniteLine(angle=90, movable=False, label="", labelOpts={"anchors": ANCHORS})
        self._best = pg.ScatterPlotItem(size=13, symbol="star", pxMode=True)
        for item in (self._border, self._best):
            self.plot.addItem(item, ignoreBounds=True)
            item.setVisible(False)
        self._hair = pg.InfiniteLine(angle=90, movable=False)
        self._hair.setVisible(False)
        self.plot.addItem(self._hair, ignoreBounds=True)
        self._box.sigRangeChangedManually.connect(self._range_chosen)
        self._box.sigRangeChanged.connect(self._place_ends)
        self._box.sigTransformChanged.connect(self._place_ends)
        self._box.sigResized.connect(self._resized)
        self.plot.scene().sigMouseMoved.connect(self._moved)
        self.plot.scene().sigMouseClicked.connect(self._clicked)
        theme.when_changed(self.recolor)
        self.recolor()
        self.follow()

    def show_line(self, key: str, x: Numbers, y: Numbers) -> None:
        """Set the points of a curve; call `fit` after the last curve."""
        self._data[key] = (x, y)
        self._curves[key].setData(x, y, connect="finite")

    def legend(self) -> str:
        """Names of the lines beside a sample stroke, as HTML."""
        strokes = {Qt.PenStyle.SolidLine: "—", Qt.PenStyle.DashLine: "- -"}
        shades = theme.current()
        named = [line for line in self._lines if line.ends]
        colors = (getattr(shades, line.color_role) for line in named)
        parts = (
            f'<span style="color:{color}">{strokes.get(line.style, "—")}&nbsp;{line.name}</span>'
            for color, line in zip(colors, named, strict=True)
        )
        return "&nbsp; ".join(parts)

    def line_data(self, key: str) -> tuple[Numbers, Numbers]:
        """The points of a curve."""
        x, y = self._curves[key].getData()
        empty = np.zeros(0)
        return (empty if x is None else x), (empty if y is None else y)

    def measure(self, name: str, unit: str, words: Callable[[float], str]) -> None:
        """Plot another metric from now on; its points follow."""
        self._axes, self._words = (name, unit), words
        self.setAccessibleName(tr("{name} over epochs").format(name=name))
        self.recolor()

    def expect(self, epochs: int) -> None:
        """Extend the axis to this epoch in advance; 0 where no more epochs will come."""
        self._expected = float(epochs)

    def fit(self) -> None:
        """Fit the range to the points, unless the user set one; then keep the newest point visible."""
        last = max((float(x[-1]) for x, _ in self._data.values() if len(x)), default=0.0)
        for axis in (self.plot.getAxis("left"), self._axis):
            if axis.style["showValues"] != (last > 0):  # each call costs a layout of the axis at the next paint
                axis.setStyle(showValues=last > 0)  # an empty plot has no scale
        if self.follows:
            self._fit_all(last)
        else:
            (left, right), _ = self._box.viewRange()
            if left <= self._newest <= right and last > self._newest:
                step = last - self._newest
                self._box.setXRange(left + step, right + step, padding=0)
        self._newest = last
        self._place_ends()

    def follow(self) -> None:
        """Show everything, and follow new points."""
        self.follows = True
        self._newest = 0.0
        self.fit()
        self.zoomed.emit(False)

    def point_at(self, epoch: int) -> None:
        """Move the vertical line of the readout to an epoch; -1 hides it."""
        self._hair.setVisible(epoch > 0)
        if epoch > 0:
            self._hair.setValue(epoch)

    def mark_border(self, epoch: float, words: str, high: bool) -> None:
        """Draw a vertical line after an epoch at which another phase begins; 0 hides it.

        Args:
            epoch: The last epoch of the phase before.
            words: Text beside the line.
            high: True for the upper end, where falling curves leave space.
        """
        self._border.setVisible(epoch > 0)
        if epoch > 0:
            self._border.setValue(epoch)
            self._border.label.setFormat(words)
            self._border.label.setPosition(0.94 if high else 0.06)

    def mark_best(self, x: float, y: float) -> None:
        """Draw a star at a point; NaN hides it."""
        shown = math.isfinite(x) and math.isfinite(y)
        self._best.setVisible(shown)
        self._best.setData([x] if shown else [], [y] if shown else [])

    def marks(self) -> tuple[float, tuple[float, float] | None]:
        """Position of the border (0: hidden), and the best point."""
        xs, ys = self._best.getData()
        best = (float(xs[0]), float(ys[0])) if len(xs) else None
        return (float(self._border.value()) if self._border.isVisible() else 0.0), best

    def recolor(self) -> None:
        """Redraw in the current palette."""
        shades = theme.current()
        name, unit = self._axes
        style_axes(self.plot, f"{name}, {unit}" if unit else name, tr("Epoch"), upright_grid=False)
        self._hair.setPen(pg.mkPen(shades.muted, width=1))
        self._border.setPen(pg.mkPen(shades.warm, width=1, style=Qt.PenStyle.DashLine))
        self._border.label.setColor(QColor(shades.warm))
        self._border.label.setFont(theme.scaled(0.85))
        self._best.setBrush(QColor(shades.good))
        self._best.setPen(pg.mkPen(shades.card, width=1))
        for line in self._lines:
            color = QColor(getattr(shades, line.color_role))
            if not line.ends:
                color.setAlpha(110)
            self._curves[line.key].setPen(pg.mkPen(color, width=line.width, style=line.style))
        self._place_ends()

    # ------------------------------------------------------------------------------------------ what happens

    def _fit_all(self, last: float) -> None:
        metrics = QFontMetrics(theme.scaled(0.9))
        ends = {line: self._data.get(line.key, (None, np.zeros(0)))[1][-1:] for line in self._lines if line.ends}
        texts = [f"{self._words(float(value[0]))}  " for value in ends.values() if len(value)]
        longest = max((metrics.horizontalAdvance(text) for text in texts), default=0)
        names = longest / max(1.0, float(self._box.width()))
        right = max(last, 1.0) / (1 - min(names, MOST_FOR_VALUES))
        self._axis.last = max(last, self._expected, 1.0)
        edge = self._expected * (1 + NARROW_EDGE)  # without it the last tick would be cut off
        ranges = {"xRange": (0.0, max(right, edge))}
        finite = [y[np.isfinite(y)] for key, (_, y) in self._data.items() if key in self._ends or len(y) < 3]
        live = [y[np.isfinite(y)] for key, (_, y) in self._data.items() if key not in self._ends and len(y)]
        values = np.concatenate([*finite, np.zeros(0)])
        if len(values) < 4 and live:  # before the first epochs there is only the live curve
            values = np.concatenate([values, *live])
        if len(values):
            low, high = float(values.min()), float(values.max())
            room = (high - low) * 0.12 or max(abs(high) * 0.1, 0.01)
            floor = min(0.0, low) - room / 2  # half the height of a name at the line's end
            ranges["yRange"] = self._calm((max(low - room, floor), high + room), room)
        self._fitting = True  # each new range places the values at the ends, four times in all
        self._box.setRange(**ranges, padding=0)
        self._fitting = False

    def _calm(self, fitting: tuple[float, float], room: float) -> tuple[float, float]:
        """The vertical range to show: while a training runs, the current one if it fits roughly; else `fitting`.

        The live curve would change the range with each step, mostly by less than a pixel, and each new range costs a
        layout of the axis.

        Args:
            fitting: Range that fits the points.
            room: Margin in it above and below the points; the current range may differ by half of it.
        """
        present = self._box.viewRange()[1]
        is_right = all(abs(old - new) <= room / 2 for old, new in zip(present, fitting, strict=True))
        return (present[0], present[1]) if is_right and self._newest > 0 and self._expected > 0 else fitting

    def _place_ends(self) -> None:
        """Write the values at the lines' ends without overlap; the names are in the legend."""
        if self._fitting:
            return
        shades = theme.current()
        _, (bottom, top) = self._box.viewRange()
        height = max(1.0, float(self._box.height()))
        font = theme.scaled(0.9)
        gap = 1.15 * QFontMetrics(font).height() * (top - bottom) / height
        newest = max((float(x[-1]) for x, _ in self._data.values() if len(x)), default=0.0)
        ends = []
        for line in self._lines:
            _, y = self._data.get(line.key, (np.zeros(0), np.zeros(0)))
            label = self._ends.get(line.key)
            if label is None:
                continue
            label.setVisible(bool(len(y)) and bool(np.isfinite(y[-1])))
            if label.isVisible():
                label.setFont(font)
                label.setText(self._words(float(y[-1])), color=getattr(shades, line.color_role))
                ends.append((float(y[-1]), label))
        ends.sort(key=lambda end: end[0])
        for place, (_, label) in zip(spread_out([value for value, _ in ends], gap, bottom, top), ends, strict=True):
            label.setPos(newest, place)
            label.updateTransform(force=True)  # pyqtgraph does not move it where the data came before the first paint

    def _resized(self, _box: object) -> None:
        """Fit again: the fixed width in pixels of the values at the ends is now another share of the plot's width."""
        if self.follows:
            self._fit_all(self._newest)
            self._place_ends()

    def _range_chosen(self, _axes: object) -> None:
        self.follows = False
        self.zoomed.emit(True)

    def _moved(self, place: QPointF) -> None:
        epochs = sorted({round(float(one)) for key, (x, _) in self._data.items() if key in self._ends for one in x})
        if not epochs or not self._box.sceneBoundingRect().contains(place):
            self.hovered.emit(-1)
            return
        under = self._box.mapSceneToView(place).x()
        self.hovered.emit(min(epochs, key=lambda epoch: abs(epoch - under)))

    def _clicked(self, event: object) -> None:
        button = event.button()  # type: ignore[attr-defined]
        if button is Qt.MouseButton.RightButton:
            self.menu_requested.emit(event.screenPos().toPoint())  # type: ignore[attr-defined]
        elif event.double():  # type: ignore[attr-defined]
            self.follow()

    def leaveEvent(self, event: QEvent) -> None:
        """Hide the readout when the pointer leaves."""
        self.hovered.emit(-1)
        super().leaveEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show everything again on a double click."""
        self.follow()
        super().mouseDoubleClickEvent(event)
