"""Card with the curves of one metric, a readout at the pointer, and a description for the screen reader."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from operator import attrgetter

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from studio.evaluate.epochs import trend
from studio.evaluate.epochs.best_epoch import best_epoch, criterion
from studio.evaluate.metrics import Metric, task_of_epochs
from studio.events import Epoch, Step
from studio.formatting.language import tr, translated
from studio.spec import Result
from studio.ui.plots.curve_plot import CurvePlot
from studio.ui.plots.plot_card import PlotCard
from studio.ui.plots.plot_parts import Line
from studio.ui.theme import theme

TRAIN = Line("train", tr("train"), "accent", Qt.PenStyle.DashLine)
VALIDATION = Line("validation", tr("validation"), "accent")
LIVE = Line("live", "live", "muted", width=1.0, ends=False)


def title_of(metric: Metric) -> str:
    """Name of a metric as the title of its plot."""
    name = translated(metric.name)
    return name[:1].upper() + name[1:]


class CurveCard(PlotCard):
    """One metric over epochs, for training and validation photos."""

    def __init__(self, metric: Metric, live: bool = False, parent: QWidget | None = None) -> None:
        """Make the card.

        Args:
            metric: The metric of the card.
            live: True to draw the losses inside epochs too.
            parent: Owner.
        """
        super().__init__(title_of(metric), parent)
        self._metric = metric
        self._epochs: Sequence[Epoch] = ()
        self._steps: Sequence[Step] = ()
        self._rule: Result = "loss"
        self._live = live
        self._expected = 0
        lines = ((LIVE,) if live else ()) + (TRAIN, VALIDATION)
        self.plot = CurvePlot(title_of(metric), translated(metric.unit), lines, self._format_value, self)
        self.body.addWidget(self.plot, 1)
        self.legend = QLabel(self)
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.header.removeWidget(self.readout)
        row = QHBoxLayout()  # below the title, so that neither is cut in a small window
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(self.legend)
        row.addWidget(self.readout)
        self.body.insertLayout(0, row)
        self.legend.setMinimumHeight(self.fontMetrics().height())
        self.readout.setMinimumHeight(self.fontMetrics().height())
        self.body.setSpacing(0)
        theme.when_changed(self._apply_theme)
        self._apply_theme()
        self.plot.hovered.connect(self._read_out)
        self.plot.zoomed.connect(self._show_zoom_hint)
        self.plot.menu_requested.connect(self.open_menu)
        self.plot.setAccessibleDescription(self.sentence())

    def show_metric(self, metric: Metric) -> None:
        """Show another metric from now on. Does nothing where it is shown already."""
        if metric == self._metric:
            return
        self._metric = metric
        self._epochs = []  # forces a redraw with the next data
        self.rename(title_of(metric))
        self.plot.measure(title_of(metric), translated(metric.unit), self._format_value)

    def show_curves(
        self, epochs: Sequence[Epoch], steps: Sequence[Step], expected: int = 0, rule: Result = "loss"
    ) -> None:
        """Draw epochs and, between them, steps. Does nothing where both are unchanged.

        Args:
            epochs: Finished epochs.
            steps: Drawn where the card is a live one.
            expected: Expected number of epochs while a training runs; 0 afterwards.
            rule: Criterion of the best epoch.
        """
        if rule != self._rule:
            self._rule, self._epochs = rule, []
        if epochs is self._epochs and (steps is self._steps or not self._live) and expected == self._expected:
            return
        self._expected = expected
        self.plot.expect(expected)
        if self._live and steps is not self._steps:
            self.plot.show_line("live", *_with_gaps(_column(steps, "epoch"), _column(steps, "loss")))
        if epochs is not self._epochs:
            x = _column(epochs, "epoch")
            values = np.array([self._values(epoch) for epoch in epochs], np.float64).reshape(-1, 2) * self._metric.scale
            self.plot.show_line("train", x, values[:, 0])
            self.plot.show_line("validation", x, values[:, 1])
            self._epochs = epochs
            self._mark()
            self.plot.setAccessibleDescription(self.sentence())
        self._steps = steps
        self.plot.fit()

    def sentence(self) -> str:
        """Description of the plot in one sentence, for the screen reader."""
        if not self._epochs:
            return tr("No epoch yet.")
        best = self._best_epoch()
        last = thawed_after(self._epochs)
        marks = f" {tr('Layers thawed after epoch {number}.').format(number=last)}" if last else ""
        if best is not None:
            rule = tr("Epoch {number} has the {criterion}.")
            marks += f" {rule.format(number=best.epoch, criterion=self._criterion())}"
        return f"{trend.sentence(self._metric, self._epochs, translated)}{marks}"

    def table(self) -> str:
        """The plotted numbers as CSV."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["epoch", f"train_{self._metric.key}", f"val_{self._metric.key}"])
        writer.writerows([epoch.epoch, *self._values(epoch)] for epoch in self._epochs)
        return text.getvalue()

    def canvas(self) -> pg.PlotWidget:
        """The plot widget."""
        return self.plot.plot

    def show_all(self) -> None:
        """Show all epochs again."""
        self.plot.follow()

    def _mark(self) -> None:
        """Mark the border between the phases, and the best epoch."""
        self.plot.mark_border(float(thawed_after(self._epochs)), tr("thawed here"), self._live)
        best = self._best_epoch()
        value = self._values(best)[1] * self._metric.scale if best is not None else math.nan
        self.plot.mark_best(float(best.epoch) if best is not None else math.nan, value)

    def _best_epoch(self) -> Epoch | None:
        return best_epoch(self._epochs, self._rule)

    def _criterion(self) -> str:
        return translated(criterion(self._rule, task_of_epochs(self._epochs)))

    def _values(self, epoch: Epoch) -> tuple[float, float]:
        """Of training and validation; not a number where the epoch lacks the metric."""
        train, val = epoch.train(self._metric.key), epoch.val(self._metric.key)
        return math.nan if train is None else train, math.nan if val is None else val

    def _format_value(self, value: float) -> str:
        """Format a value of the plot."""
        return self._metric.text(value / self._metric.scale)

    def _read_out(self, number: int) -> None:
        epoch = next((one for one in self._epochs if one.epoch == number), None)
        self.plot.point_at(number if epoch is not None else -1)
        if epoch is None:
            self._show_zoom_hint(not self.plot.follows)
            return
        train, validation = ("–" if math.isnan(value) else self._metric.text(value) for value in self._values(epoch))
        best = f" · {self._criterion()}" if epoch is self._best_epoch() else ""
        self.legend.setVisible(False)  # the readout names the lines, too
        self.readout.setText(
            tr("epoch {number} · train {train} · validation {validation}{best}").format(
                number=number, train=train, validation=validation, best=best
            )
        )

    def _show_zoom_hint(self, zoomed: bool) -> None:
        self.readout.setText(tr("zoomed · double click shows all") if zoomed else "")
        self.legend.setVisible(not zoomed)

    def _apply_theme(self) -> None:
        self.legend.setText(self.plot.legend())


def thawed_after(epochs: Sequence[Epoch]) -> int:
    """Last epoch of head warm-up, where other epochs follow; 0 where there was one phase."""
    if not epochs or epochs[0].phase != "head" or epochs[-1].phase == "head":
        return 0
    return max(epoch.epoch for epoch in epochs if epoch.phase == "head")


def _with_gaps(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Steps with NaN between two that are an epoch or more apart, so that no line suggests losses not measured."""
    gaps = np.flatnonzero(np.diff(x) >= 1) + 1
    return np.insert(x, gaps, np.nan), np.insert(y, gaps, np.nan)


def _column(rows: Sequence[Epoch] | Sequence[Step], field: str) -> np.ndarray:
    return np.fromiter(map(attrgetter(field), rows), np.float64, len(rows))
