"""Plot of a curve over shares from 0 to 1, with the operating point. Import it only when a page with plots is built."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from studio.formatting.language import tr, translated
from studio.session.evaluation.threshold_view import Plot
from studio.ui.plots.plot_parts import plain_plot, style_axes
from studio.ui.theme import theme


class ProbabilityPlot(QWidget):
    """A precision–recall, ROC, reliability or risk–coverage curve."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: Plot | None = None
        self.setMinimumSize(180, 92)
        self.plot = plain_plot(self)
        self._box = self.plot.getPlotItem().getViewBox()
        self._box.setMouseEnabled(x=False, y=False)
        self._diagonal = pg.PlotCurveItem([0, 1], [0, 1])
        self._curve = pg.PlotCurveItem()
        self._marks = pg.ScatterPlotItem(size=8, pxMode=True)
        self._across, self._down = pg.PlotCurveItem(), pg.PlotCurveItem()
        self._point = pg.ScatterPlotItem(size=11, pxMode=True)
        for item in (self._diagonal, self._curve, self._marks, self._across, self._down, self._point):
            self.plot.addItem(item, ignoreBounds=True)
        theme.when_changed(self._recolor)
        self._recolor()

    @property
    def shown(self) -> Plot | None:
        """The curve and point that are drawn."""
        return self._shown

    def show_plot(self, shown: Plot) -> None:
        """Draw another curve or point."""
        before, self._shown = self._shown, shown
        self._diagonal.setVisible(shown.diagonal)
        if before is None or not (np.array_equal(before.x, shown.x) and np.array_equal(before.y, shown.y)):
            # Only where the curve changed: each call repaints the whole plot, also while the point is moved.
            self._curve.setData(shown.x, shown.y)
        if before is None or before.marks != shown.marks:
            marks = np.array(shown.marks, np.float64).reshape(-1, 2)
            self._marks.setData(marks[:, 0], marks[:, 1])
        point = shown.point
        for item in (self._point, self._across, self._down):
            item.setVisible(point is not None)
        top, low = 1.0, 0.0
        if shown.y_name == "precision" and len(shown.y):
            low = max(0.0, np.floor(10 * float(shown.y.min()) - 0.5) / 10)
        if not shown.diagonal and len(shown.y) and shown.y_name == "share wrong":
            top = max(0.05, min(1.0, float(shown.y.max()) * 1.2))
        # A margin below 0, so that a curve at 0 is not cut off, and pyqtgraph finds room for the tick label at 0.
        span = top - low
        left, bottom = -0.03, low - 0.07 * span
        self._box.setRange(xRange=(left, 1.06), yRange=(bottom, low + 1.12 * span), padding=0)
        if point is not None:
            self._point.setData([point[0]], [point[1]])
            # From the edge of the plot: the dots of a line that begins outside move with the part that is repainted.
            self._across.setData([left, point[0]], [point[1], point[1]])
            self._down.setData([point[0], point[0]], [bottom, point[1]])
        self.setAccessibleName(tr("{y} over {x}").format(y=translated(shown.y_name), x=translated(shown.x_name)))
        self.setAccessibleDescription(shown.sentence)
        if before is None or (before.x_name, before.y_name) != (shown.x_name, shown.y_name):
            self._recolor()

    def _recolor(self) -> None:
        shades = theme.current()
        names = ("", "") if self._shown is None else (translated(self._shown.y_name), translated(self._shown.x_name))
        left, bottom = (name if len(name) < 34 else f"{name[:32]}…" for name in names)
        style_axes(self.plot, left, bottom)
        self._curve.setPen(pg.mkPen(shades.accent, width=2))
        self._diagonal.setPen(pg.mkPen(shades.muted, width=1, style=Qt.PenStyle.DashLine))
        for item in (self._across, self._down):
            item.setPen(pg.mkPen(shades.text, width=1, style=Qt.PenStyle.DotLine))
        self._point.setBrush(QColor(shades.text))
        self._point.setPen(pg.mkPen(shades.card, width=2))
        self._marks.setBrush(QColor(shades.accent))
        self._marks.setPen(pg.mkPen(shades.card, width=1))
