"""Card with the curves of both runs, overlaid: validation solid, training dashed, A gray, B in the accent color.

Import it only when a comparison is shown: the plotting library is slow to import.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from studio.evaluate.metrics import LOSS, Metric
from studio.events import RunsCompared
from studio.formatting.language import tr, translated
from studio.session.runs import comparison_view
from studio.session.runs.comparison_view import Line as Curve
from studio.ui.plots.curve_plot import CurvePlot
from studio.ui.plots.plot_card import PlotCard
from studio.ui.plots.plot_parts import Line
from studio.ui.theme import theme

LINES = (
    Line("at", tr("A train"), "muted", Qt.PenStyle.DashLine, 1.4),
    Line("bt", tr("B train"), "accent", Qt.PenStyle.DashLine, 1.4),
    Line("a", tr("A validation"), "muted"),
    Line("b", tr("B validation"), "accent"),
)


LONGEST = 12
"""Letters of the longest name of a metric on its button."""


class CurvesCard(PlotCard):
    """The curves of one metric at a time, with a button for each."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._metric: Metric = LOSS
        super().__init__(tr("Curves"), parent)
        self._result: RunsCompared | None = None
        self._curves: Sequence[Curve] = ()
        self.plot = CurvePlot(translated(LOSS.title), LOSS.unit, LINES, self._format, self)
        self.points = {key: pg.ScatterPlotItem(size=9, pxMode=True) for key in "ab"}
        for point in self.points.values():
            self.plot.plot.addItem(point, ignoreBounds=True)
        self.buttons: list[QPushButton] = []
        self._choices = QHBoxLayout()
        self._choices.setSpacing(0)
        self.header.insertLayout(1, self._choices)
        self.legend = QLabel(self)
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.body.setSpacing(0)
        self.body.addWidget(self.plot, 1)
        self.body.addWidget(self.legend, 0, Qt.AlignmentFlag.AlignHCenter)
        self.plot.hovered.connect(self._read_out)
        self.plot.menu_requested.connect(self.open_menu)
        theme.when_changed(self._recolor)
        self._recolor()

    def show_result(self, result: RunsCompared) -> None:
        """Draw the curves of a comparison."""
        if result is self._result:
            return
        self._result = result
        metrics = comparison_view.metrics(result)
        self._offer(metrics)
        if metrics:
            self._show(next((one for one in metrics if one.key == self._metric.key), metrics[0]))

    def canvas(self) -> pg.PlotWidget:
        """The plot widget."""
        return self.plot.plot

    def sentence(self) -> str:
        """Description of the plot in one sentence, for the screen reader."""
        parts = [
            tr("{upper} {text} in epoch {end:.0f}").format(
                upper=side.upper(), text=self._metric.text(curve.end[1] / self._metric.scale), end=curve.end[0]
            )
            for side in "ab"
            for curve in self._curves
            if curve.key == side and curve.end is not None
        ]
        return tr("{title} of both runs over epochs; compared: {part}.").format(
            title=translated(self._metric.title), part=", ".join(parts) or tr("no epoch")
        )

    def table(self) -> str:
        """The plotted numbers as CSV."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["run", "photos", "epoch", self._metric.key])
        for curve in self._curves:
            photos = "train" if curve.key.endswith("t") else "val"
            for epoch, value in zip(*curve.points, strict=True):
                writer.writerow([curve.key[0].upper(), photos, f"{epoch:g}", f"{value / self._metric.scale:.9g}"])
        return text.getvalue()

    def show_all(self) -> None:
        """Show all epochs again."""
        self.plot.follow()

    def _offer(self, metrics: Sequence[Metric]) -> None:
        for metric in metrics[len(self.buttons) :]:
            button = QPushButton(translated(metric.title), self)
            button.setCheckable(True)
            button.setProperty("role", "preset")
            button.clicked.connect(self._choose)
            self._choices.addWidget(button)
            self.buttons.append(button)
        for place, button in enumerate(self.buttons):
            button.setVisible(len(metrics) > 1 and place < len(metrics))
            if place < len(metrics):
                button.setText(_short(metrics[place]))
                button.setAccessibleName(translated(metrics[place].title))
                button.setMinimumWidth(button.fontMetrics().horizontalAdvance(button.text()) + 16)

    def _choose(self) -> None:
        if self._result is not None:
            place = next(place for place, button in enumerate(self.buttons) if button is self.sender())
            self._show(comparison_view.metrics(self._result)[place])

    def _show(self, metric: Metric) -> None:
        assert self._result is not None
        self._metric, self._curves = metric, comparison_view.lines(self._result, metric)
        self.rename(translated(metric.title))
        metrics = comparison_view.metrics(self._result)
        for place, button in enumerate(self.buttons):
            button.setChecked(place < len(metrics) and metrics[place].key == metric.key)
        self.plot.measure(translated(metric.title), translated(metric.unit), self._format)
        for curve in self._curves:
            self.plot.show_line(curve.key, *curve.points)
            if curve.key in self.points:
                end = curve.end
                self.points[curve.key].setData([end[0]] if end else [], [end[1]] if end else [])
        self.plot.follow()
        self.plot.setAccessibleDescription(self.sentence())

    def _format(self, value: float) -> str:
        return self._metric.text(value / self._metric.scale)

    def _read_out(self, epoch: int) -> None:
        self.plot.point_at(epoch)
        parts = []
        for curve in self._curves:
            values = curve.points[1][curve.points[0] == epoch]
            if not curve.key.endswith("t") and len(values) and np.isfinite(values[0]):
                parts.append(f"{curve.key.upper()} {self._format(float(values[0]))}")
        self.readout.setText(
            tr("epoch {epoch} · {parts}").format(epoch=epoch, parts=" · ".join(parts)) if epoch > 0 and parts else ""
        )

    def _recolor(self) -> None:
        shades = theme.current()
        for key, role in (("a", "muted"), ("b", "accent")):
            self.points[key].setBrush(QColor(getattr(shades, role)))
            self.points[key].setPen(pg.mkPen(shades.card, width=1))
        self.legend.setText(self.plot.legend())


def _short(metric: Metric) -> str:
    title = translated(metric.title)
    return title if len(title) <= LONGEST else translated(metric.heading)
