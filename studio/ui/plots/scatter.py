"""Scatter plot of true and predicted values, one point per photo. Import it only when a page with plots is built.

Both axes have the same range, so a perfect prediction lies on the diagonal from corner to corner. The pointer reads
out the nearest photo and a click opens it; on the keyboard, arrows follow the true values and Enter opens.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import PurePosixPath

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QWidget

from studio.formatting import numbers, typography
from studio.formatting.language import counted, tr
from studio.ui.plots.plot_card import PlotCard
from studio.ui.plots.plot_parts import FramedPlot, plain_plot, style_axes
from studio.ui.theme import theme

REACH = 14.0
"""Largest distance in pixels at which the pointer selects a point."""

Numbers = NDArray[np.float64]


class ScatterPlot(FramedPlot):
    """The scatter plot.

    Signals:
        hovered: Row of the nearest point under the pointer or selected by key; -1 for none.
        opened: Row of a point that was clicked or opened by key.
        menu_requested: Global position of a right click.
    """

    hovered = Signal(int)
    opened = Signal(int)
    menu_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._true: Numbers = np.zeros(0)
        self._predicted: Numbers = np.zeros(0)
        self._name = ""
        self.current = -1
        self.follows = True
        self.setMinimumSize(240, 200)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("True and predicted values, one point per photo"))
        self.setToolTip(tr("Click a point to open its photo; arrows and Enter do the same"))
        self.plot = plain_plot(self)
        self._box = self.plot.getPlotItem().getViewBox()
        self._exact = pg.PlotCurveItem()
        self._points = pg.ScatterPlotItem(size=8, pxMode=True)
        self._ring = pg.ScatterPlotItem(size=14, pxMode=True)
        self._ring.setBrush(None)
        for part in (self._exact, self._points, self._ring):
            self.plot.addItem(part, ignoreBounds=True)
        self._box.sigRangeChangedManually.connect(self._range_chosen)
        self.plot.scene().sigMouseMoved.connect(self._moved)
        self.plot.scene().sigMouseClicked.connect(self._clicked)
        theme.when_changed(self.recolor)
        self.recolor()

    def show_points(self, name: str, true: Numbers, predicted: Numbers) -> None:
        """Draw these points.

        Args:
            name: Name of the target, for the axes.
            true: (N,) true values.
            predicted: (N,) predicted values.
        """
        renamed = name != self._name
        self._name, self._true, self._predicted = name, true, predicted
        self._points.setData(true, predicted)
        self.mark(self.current if self.current < len(true) else -1)
        if renamed:
            self.recolor()
        if self.follows:
            self.follow()

    def follow(self) -> None:
        """Show every point."""
        self.follows = True
        both = np.concatenate([self._true, self._predicted])
        both = both[np.isfinite(both)]
        if len(both):
            low, high = float(both.min()), float(both.max())
            room = (high - low) * 0.05 or abs(high) * 0.05 or 1.0
            ends = np.array([low - 100 * room, high + 100 * room])
            self._exact.setData(ends, ends)
            self._box.setRange(xRange=(low - room, high + room), yRange=(low - room, high + room), padding=0)

    def mark(self, row: int) -> None:
        """Draw a ring around a point; -1 hides it."""
        self.current = row
        rows = slice(row, row + 1) if row >= 0 else slice(0, 0)
        self._ring.setData(self._true[rows], self._predicted[rows])

    def place(self, row: int) -> QPointF:
        """Position of a point in the scene's pixels."""
        return self._box.mapViewToScene(QPointF(self._true[row], self._predicted[row]))

    def nearest(self, place: QPointF) -> int:
        """Row of the point at a position of the scene; -1 where none is near enough."""
        if not len(self._true) or not self._box.sceneBoundingRect().contains(place):
            return -1
        under, (across, up) = self._box.mapSceneToView(place), self._box.viewPixelSize()
        squares = ((self._true - under.x()) / across) ** 2 + ((self._predicted - under.y()) / up) ** 2
        row = int(np.argmin(np.where(np.isfinite(squares), squares, np.inf)))
        return row if squares[row] <= REACH**2 else -1

    def recolor(self) -> None:
        """Redraw in the current palette."""
        shades = theme.current()
        left, bottom = (f"{word} {self._name}".strip()[:60] for word in (tr("Predicted"), tr("True")))
        style_axes(self.plot, left, bottom)
        fill = QColor(shades.accent)
        fill.setAlpha(150)
        self._points.setBrush(fill)
        self._points.setPen(pg.mkPen(shades.card, width=0.5))
        self._ring.setPen(pg.mkPen(shades.text, width=2))
        self._exact.setPen(pg.mkPen(shades.muted, width=1, style=Qt.PenStyle.DashLine))

    # ------------------------------------------------------------------------------------------ what happens

    def _range_chosen(self, _axes: object) -> None:
        self.follows = False

    def _moved(self, place: QPointF) -> None:
        row = self.nearest(place)
        self.plot.setCursor(Qt.CursorShape.PointingHandCursor if row >= 0 else Qt.CursorShape.ArrowCursor)
        if row != self.current:
            self.mark(row)
            self.hovered.emit(row)

    def _clicked(self, event: object) -> None:
        if event.button() is Qt.MouseButton.RightButton:  # type: ignore[attr-defined]
            self.menu_requested.emit(event.screenPos().toPoint())  # type: ignore[attr-defined]
            return
        row = self.nearest(event.scenePos())  # type: ignore[attr-defined]
        if row >= 0 and not event.double():  # type: ignore[attr-defined]
            self.mark(row)
            self.opened.emit(row)
        elif event.double():  # type: ignore[attr-defined]
            self.follow()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move along the true values with arrows, Home and End; open with Enter; show everything with 0."""
        key, number = event.key(), len(self._true)
        order = np.lexsort((self._predicted, self._true))
        at = int(np.flatnonzero(order == self.current)[0]) if 0 <= self.current < number else -1
        steps = {
            Qt.Key.Key_Left: max(0, at - 1),
            Qt.Key.Key_Right: min(number - 1, at + 1),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: number - 1,
        }
        if key in steps and number:
            self.mark(int(order[steps[Qt.Key(key)]]))
            self.hovered.emit(self.current)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and 0 <= self.current < number:
            self.opened.emit(self.current)
        elif key == Qt.Key.Key_0:
            self.follow()
        else:
            super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Hide the readout when the pointer leaves."""
        self.mark(-1)
        self.hovered.emit(-1)
        super().leaveEvent(event)


class ScatterCard(PlotCard):
    """The plot in a card, with a description of the photo under the pointer.

    Signals:
        opened: Row of a point that was clicked or opened by key.
    """

    opened = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("True and predicted"), parent)
        self.readout.setTextFormat(Qt.TextFormat.PlainText)
        self._paths: Sequence[str] = ()
        self._true: Numbers = np.zeros(0)
        self._predicted: Numbers = np.zeros(0)
        self.plot = ScatterPlot(self)
        self.body.addWidget(self.plot, 1)
        self.plot.hovered.connect(self._read_out)
        self.plot.opened.connect(self.opened)
        self.plot.menu_requested.connect(self.open_menu)

    def show_points(self, name: str, paths: Sequence[str], true: Numbers, predicted: Numbers) -> None:
        """Draw a point for each photo; `paths` are relative, in the order of the values."""
        self._paths, self._true, self._predicted = paths, true, predicted
        self.plot.show_points(name, true, predicted)
        self.plot.setAccessibleDescription(self.sentence())
        self._read_out(self.plot.current)

    def canvas(self) -> pg.PlotWidget:
        """The plot widget."""
        return self.plot.plot

    def show_all(self) -> None:
        """Reset the zoom."""
        self.plot.follow()

    def sentence(self) -> str:
        """Number of photos, mean error and largest error, in one sentence."""
        if not len(self._true):
            return tr("No photo yet.")
        errors = np.abs(self._predicted - self._true)
        worst = int(np.argmax(errors))
        mean = numbers.figures(float(errors.mean()))
        many = counted(len(self._true), "validation photo")
        text = tr("{photos}, mean absolute error {mean}; largest error: {worst}.")
        return text.format(photos=many, mean=mean, worst=self._description(worst))

    def table(self) -> str:
        """Path, true and predicted value of each photo as CSV."""
        text = io.StringIO()
        # Before Python 3.13, a writer whose lines end in \n does not quote a lone carriage return.
        odd = any("\r" in path for path in self._paths)
        writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL if odd else csv.QUOTE_MINIMAL)
        writer.writerow(["path", "true", "predicted"])
        rows = zip(self._paths, self._true.tolist(), self._predicted.tolist(), strict=True)
        writer.writerows([path, f"{true:.9g}", f"{guess:.9g}"] for path, true, guess in rows)
        return text.getvalue()

    def _description(self, row: int) -> str:
        name = PurePosixPath(self._paths[row]).name
        short = name if len(name) <= 28 else f"{name[:12]}…{name[-15:]}"
        true, guess = numbers.figures(float(self._true[row])), numbers.figures(float(self._predicted[row]))
        return tr("{short} · true {true} · predicted {guess}").format(
            short=typography.one_line(short), true=true, guess=guess
        )

    def _read_out(self, row: int) -> None:
        self.readout.setText(self._description(row) if 0 <= row < len(self._paths) else "")
