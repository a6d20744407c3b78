"""Card with the curves of one metric, a readout at the pointer, and a description for the screen reader."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from studio.evaluate.best_epoch import best_epoch, criterion
from studio.events import Epoch, Step
from studio.formatting import numbers
from studio.spec import Result
from studio.ui.plots.curve_plot import CurvePlot, Line
from studio.ui.plots.plot_card import PlotCard
from studio.ui.theme import theme

TRAIN = Line("train", "train", "train_line")
VALIDATION = Line("validation", "validation", "val_line", Qt.PenStyle.DashLine)
LIVE = Line("live", "live", "train_line", width=1.0, ends=False)


def three(value: float) -> str:
    """A loss with three decimals."""
    return f"{value:.3f}"


def share(value: float) -> str:
    """An accuracy in percent, the unit it is plotted in, with its sign."""
    return numbers.percent(value / 100)


class CurveCard(PlotCard):
    """One metric over epochs, for training and validation photos."""

    def __init__(
        self,
        name: str,
        unit: str,
        fields: tuple[str, str],
        scale: float = 1.0,
        format_value: Callable[[float], str] = three,
        live: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """Make the card.

        Args:
            name: Name of the metric.
            unit: For the axis; "" where it has none.
            fields: Fields of `Epoch` for training and validation.
            scale: Factor applied to the values.
            format_value: Formats a value.
            live: True to draw the losses inside epochs too.
            parent: Owner.
        """
        super().__init__(name, parent)
        self._fields, self._scale, self._format_value = fields, scale, format_value
        self._epochs: Sequence[Epoch] = ()
        self._steps: Sequence[Step] = ()
        self._rule: Result = "loss"
        self._live = live
        self._expected = 0
        self._measure = (name, unit, fields)
        lines = ((LIVE,) if live else ()) + (TRAIN, VALIDATION)
        self.plot = CurvePlot(name, unit, lines, format_value, self)
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
        self.plot.menu_wanted.connect(self.open_menu)

    def measure(
        self,
        name: str,
        unit: str,
        fields: tuple[str, str],
        scale: float = 1.0,
        format_value: Callable[[float], str] = three,
    ) -> None:
        """Show another metric from now on; arguments as in the constructor. Does nothing where it is shown already."""
        if (name, unit, fields) == self._measure:
            return
        self._measure = (name, unit, fields)
        self._fields, self._scale, self._format_value = fields, scale, format_value
        self._epochs = []  # forces a redraw with the next data
        self.rename(name)
        self.plot.measure(name, unit, format_value)

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
            for key, field in zip(("train", "validation"), self._fields, strict=True):
                self.plot.show_line(key, x, _column(epochs, field) * self._scale)
            self._epochs = epochs
            self._mark()
            self.plot.setAccessibleDescription(self.sentence())
        self._steps = steps
        self.plot.fit()

    def sentence(self) -> str:
        """Description of the plot in one sentence, for the screen reader."""
        if not self._epochs:
            return "No epoch yet."
        last = self._epochs[-1]
        train, validation = (self._format_value(getattr(last, field) * self._scale) for field in self._fields)
        number = numbers.many(len(self._epochs), "epoch")
        best = self._best_epoch()
        marks = f" Layers thawed after epoch {thawed_after(self._epochs)}." if thawed_after(self._epochs) else ""
        marks += f" Epoch {best.epoch} has the {self._criterion()}." if best is not None else ""
        return f"{self._name} after {number}: training {train}, validation {validation}.{marks}"

    def table(self) -> str:
        """The plotted numbers as CSV."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["epoch", *self._fields])
        writer.writerows([epoch.epoch, *(getattr(epoch, field) for field in self._fields)] for epoch in self._epochs)
        return text.getvalue()

    def canvas(self) -> pg.PlotWidget:
        """The plot widget."""
        return self.plot.plot

    def show_all(self) -> None:
        """Show all epochs again."""
        self.plot.follow()

    def _mark(self) -> None:
        """Mark the border between the phases, and the best epoch."""
        self.plot.mark_border(float(thawed_after(self._epochs)), "thawed here", self._live)
        best = self._best_epoch()
        value = getattr(best, self._fields[1]) * self._scale if best is not None else math.nan
        self.plot.mark_best(float(best.epoch) if best is not None else math.nan, value)

    def _best_epoch(self) -> Epoch | None:
        return best_epoch(self._epochs, self._rule)

    def _criterion(self) -> str:
        return criterion(self._rule, bool(self._epochs) and self._epochs[0].val_mae is not None)

    def _read_out(self, number: int) -> None:
        epoch = next((one for one in self._epochs if one.epoch == number), None)
        self.plot.point_at(number if epoch is not None else -1)
        if epoch is None:
            self._show_zoom_hint(not self.plot.follows)
            return
        train, validation = (self._format_value(getattr(epoch, field) * self._scale) for field in self._fields)
        best = f" · {self._criterion()}" if epoch is self._best_epoch() else ""
        self.legend.setVisible(False)  # the readout names the lines, too
        self.readout.setText(f"epoch {number} · train {train} · validation {validation}{best}")

    def _show_zoom_hint(self, zoomed: bool) -> None:
        self.readout.setText("zoomed · double click shows all" if zoomed else "")
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
    return np.fromiter((getattr(row, field) for row in rows), np.float64, len(rows))
