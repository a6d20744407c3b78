"""Parts that several plots share. Import it only when a page with plots is built: pyqtgraph is slow to import."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFocusEvent, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.formatting import typography
from studio.ui.system import responsiveness
from studio.ui.theme import theme

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """One curve.

    Attributes:
        key: Identifier in code.
        name: Name in the legend.
        color_role: Field of the palette.
        style: Pen style, so that lines differ without color.
        width: Pen width.
        ends: True to write name and value at its end.
    """

    key: str
    name: str
    color_role: str
    style: Qt.PenStyle = Qt.PenStyle.SolidLine
    width: float = 2.0
    ends: bool = True


class EpochAxis(pg.AxisItem):
    """Axis with ticks at whole epochs only, as many as fit, and none after the last expected epoch."""

    WIDTH = 30
    """Minimum width of a number in pixels."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self.last = 1.0

    def tickValues(self, least: float, most: float, size: float) -> list[tuple[float, list[float]]]:
        """Spacing and positions of the ticks."""
        rough = (most - least) * self.WIDTH / max(1.0, size)
        powers = (10**power for power in range(12))
        step = next((base * power for power in powers for base in (1, 2, 5) if base * power >= rough), 10**12)
        first = max(0, math.ceil(least / step))
        final = math.floor(min(most, self.last) / step)
        return [(float(step), [float(place * step) for place in range(first, final + 1)])]


class UninterruptedPlot(pg.PlotWidget):
    """A plot that paints without giving way to other threads: pyqtgraph paints in Python, call by call."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint axes and curves."""
        with responsiveness.uninterrupted():
            super().paintEvent(event)


class FramedPlot(QWidget):
    """A widget with a plot that has a frame while it has the focus.

    Attributes:
        plot: The plot.
    """

    plot: pg.PlotWidget

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Draw a frame."""
        super().focusInEvent(event)
        self.plot.setStyleSheet(f"border: 1px solid {theme.current().accent};")

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Remove the frame."""
        super().focusOutEvent(event)
        self.plot.setStyleSheet("")


def plain_plot(parent: QWidget, axes: dict[str, pg.AxisItem] | None = None) -> pg.PlotWidget:
    """An empty plot that fills its parent, without pyqtgraph's own menu, button, frame, focus and automatic range."""
    plot = UninterruptedPlot(parent, axisItems=axes or {}, enableMenu=False)
    plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    plot.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
    plot.viewport().setAutoFillBackground(False)  # the plot fills it; otherwise the last page stays until it is painted
    plot.setFrameShape(pg.PlotWidget.Shape.NoFrame)
    plot.setAntialiasing(True)
    item = plot.getPlotItem()
    # pyqtgraph always makes this menu, without a parent: it would outlive the plot.
    item.ctrlMenu.setParent(plot, item.ctrlMenu.windowFlags())
    item.hideButtons()
    item.getViewBox().disableAutoRange()
    column = QVBoxLayout(parent)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(plot)
    return plot


def style_axes(plot: pg.PlotWidget, left: str, bottom: str, *, upright_grid: bool = True) -> None:
    """Draw background, axes and grid in the current palette.

    Args:
        plot: The plot.
        left: Name of the vertical axis; any text, since names of classes and targets are the user's.
        bottom: Name of the horizontal axis.
        upright_grid: False for horizontal lines only.
    """
    shades = theme.current()
    plot.setBackground(QColor(shades.card))
    for side, name in (("left", left), ("bottom", bottom)):
        axis = plot.getAxis(side)
        axis.setPen(QColor(shades.border))
        axis.setTextPen(QColor(shades.muted))
        # pyqtgraph reads a label as HTML, and would write 0.4 as 400 with a prefix.
        axis.setLabel(html.escape(typography.one_line(name)), siPrefixEnableRanges=(), color=shades.muted)
        axis.enableAutoSIPrefix(False)
        axis.setStyle(tickLength=-4, tickFont=theme.scaled(0.85))
    plot.showGrid(x=upright_grid, y=True, alpha=0.12 if theme.is_dark() else 0.18)


def spread_out(places: list[float], gap: float, bottom: float, top: float) -> list[float]:
    """Sorted positions moved apart to at least `gap`, as little as possible; from `bottom` to `top` if all fit."""
    groups: list[list[float]] = []  # positions `gap` apart from each other: that of the first one, and their number
    for number, place in enumerate(places):
        groups.append([place - number * gap, 1])
        while len(groups) > 1 and groups[-2][0] > groups[-1][0]:
            mean, size = groups.pop()
            before = groups[-1]
            before[0] = (before[0] * before[1] + mean * size) / (before[1] + size)
            before[1] += size
    firsts = [mean for mean, size in groups for _ in range(int(size))]
    low, high = bottom + gap / 2, top - gap / 2 - gap * (len(places) - 1)  # limits of the first position if all fit
    if low < high:
        firsts = [min(max(first, low), high) for first in firsts]
    return [first + number * gap for number, first in enumerate(firsts)]
