"""Plot of the loss over the learning rate in a range test. Import it only when a page with plots is built."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from studio.formatting.language import tr
from studio.formatting.numbers import learning_rate
from studio.session.plan.rate_advice import RateCurve
from studio.ui.plots.plot_parts import plain_plot, style_axes
from studio.ui.theme import theme

HIGHEST = 1.6
"""Top of the plot as a multiple of the first loss: above it, the loss only diverges."""


class PowerAxis(pg.AxisItem):
    """Axis of powers of ten, written as 1e-4."""

    def tickValues(self, least: float, most: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: ARG002
        """Spacing and positions of the ticks: whole powers."""
        return [(1.0, [float(power) for power in range(math.ceil(least), math.floor(most) + 1)])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:  # noqa: ARG002
        """Text of the ticks."""
        return [learning_rate(10.0**value) for value in values]


class RatePlot(QWidget):
    """The losses as dots, their smoothed curve, the suggested rate and the current one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumSize(320, 150)
        self.plot = plain_plot(self, {"bottom": PowerAxis("bottom")})
        self._box = self.plot.getPlotItem().getViewBox()
        self._box.setMouseEnabled(x=False, y=False)
        self._dots = pg.ScatterPlotItem(size=4, pxMode=True)
        self._curve = pg.PlotCurveItem()
        at_top = {"position": 0.92, "anchors": ((0.0, 0.5), (1.0, 0.5))}
        lower = {"position": 0.74, "anchors": ((0.0, 0.5), (1.0, 0.5))}
        self.suggested = pg.InfiniteLine(angle=90, movable=False, label="", labelOpts=at_top)
        self.present = pg.InfiniteLine(angle=90, movable=False, label="", labelOpts=lower)
        for item in (self._dots, self._curve, self.present, self.suggested):
            self.plot.addItem(item, ignoreBounds=True)
        theme.when_changed(self._recolor)
        self._recolor()

    def show_curve(self, curve: RateCurve) -> None:
        """Draw a test."""
        places = np.log10(curve.rates)
        self._dots.setData(places, curve.losses)
        self._curve.setData(places, curve.smooth)
        first, low = float(curve.smooth[0]), float(min(curve.smooth.min(), curve.losses.min()))
        top = max(HIGHEST * first, low + 1e-6)
        self._box.setRange(
            xRange=(float(places[0]), float(places[-1])), yRange=(low - 0.08 * (top - low), top), padding=0
        )
        self._mark(self.suggested, curve.suggested, "suggested")
        same = curve.suggested is not None and math.isclose(curve.suggested, curve.present)
        self._mark(self.present, None if same else curve.present, tr("set now"))
        self.setAccessibleName(tr("{name}: loss over the learning rate").format(name=curve.name))
        self.setAccessibleDescription(curve.sentence)

    def _mark(self, line: pg.InfiniteLine, rate: float | None, word: str) -> None:
        line.setVisible(rate is not None and rate > 0)
        if rate is not None and rate > 0:
            line.setValue(math.log10(rate))
            line.label.setFormat(f"{word} {learning_rate(rate)}")

    def _recolor(self) -> None:
        shades = theme.current()
        style_axes(self.plot, tr("loss"), tr("learning rate"))
        faint = QColor(shades.muted)
        faint.setAlphaF(0.5)
        self._dots.setBrush(faint)
        self._dots.setPen(pg.mkPen(None))
        self._curve.setPen(pg.mkPen(shades.accent, width=2))
        for line, color, style in (
            (self.suggested, shades.text, Qt.PenStyle.SolidLine),
            (self.present, shades.muted, Qt.PenStyle.DashLine),
        ):
            line.setPen(pg.mkPen(color, width=1, style=style))
            line.label.setColor(QColor(color))
