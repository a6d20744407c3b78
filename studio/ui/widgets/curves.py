"""A card with one plot: a readout under the pointer, a menu to take it away as picture or table, a spoken sentence."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QLabel, QMenu, QToolButton, QWidget

from studio.events import Epoch, Failed, Step
from studio.ui import theme, words
from studio.ui.widgets.card import Card
from studio.ui.widgets.curve_plot import CurvePlot, Line
from studio.workbench.jobs import failure

TRAIN = Line("train", "train", "train_line")
VALIDATION = Line("validation", "validation", "val_line", Qt.PenStyle.DashLine)
LIVE = Line("live", "live", "train_line", width=1.0, ends=False)
KINDS = {"png": "Picture (*.png)", "svg": "Drawing (*.svg)", "csv": "Table (*.csv)"}


def three(value: float) -> str:
    """A loss in three digits after the point."""
    return f"{value:.3f}"


def share(value: float) -> str:
    """Percent, which is how accuracies are plotted, with its sign."""
    return words.percent(value / 100)


class CurveCard(Card):
    """One measure over epochs, for training and validation photos.

    Signals:
        failed: A `Failed`, where a file could not be written.
        saved: A file was written.
    """

    failed = Signal(object)
    saved = Signal()

    def __init__(
        self,
        name: str,
        unit: str,
        fields: tuple[str, str],
        scale: float = 1.0,
        written: Callable[[float], str] = three,
        live: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """Make the card.

        Args:
            name: Of the measure.
            unit: For the axis; "" where it has none.
            fields: Fields of `Epoch` for training and validation.
            scale: What they are multiplied with.
            written: How a value is written.
            live: True to draw the losses inside epochs too.
            parent: Owner.
        """
        super().__init__(name, parent)
        self._name, self._fields, self._scale, self._written = name, fields, scale, written
        self._epochs: Sequence[Epoch] = ()
        self._steps: Sequence[Step] = ()
        self._live = live
        self._expected = 0
        lines = ((LIVE,) if live else ()) + (TRAIN, VALIDATION)
        self.plot = CurvePlot(name, unit, lines, written, self)
        self._readout = QLabel(self)
        theme.tone(self._readout, "muted")
        self.more = QToolButton(self)
        self.more.setIcon(theme.icon("dots-horizontal"))
        self.more.setIconSize(theme.ICON)
        self.more.setAccessibleName(f"Copy or save the {name.lower()} plot")
        self.more.setToolTip("Copy or save this plot (right click)")
        self.more.clicked.connect(self._open_menu_here)
        self.header.addWidget(self._readout)
        self.header.addWidget(self.more)
        self.body.addWidget(self.plot, 1)
        self.plot.pointed.connect(self._read_out)
        self.plot.zoomed.connect(self._say_zoom)
        self.plot.menu_wanted.connect(self._open_menu)
        theme.when_changed(self._recolour)

    def show_curves(self, epochs: Sequence[Epoch], steps: Sequence[Step], expected: int = 0) -> None:
        """Draw epochs and, between them, steps. Cheap where both are what they were.

        Args:
            epochs: That were.
            steps: Drawn where the card is a live one.
            expected: Epochs there will be while a training runs; 0 afterwards.
        """
        if epochs is self._epochs and (steps is self._steps or not self._live) and expected == self._expected:
            return
        self._expected = expected
        self.plot.expect(expected)
        if self._live and steps is not self._steps:
            self.plot.show_line("live", _column(steps, "epoch"), _column(steps, "loss"))
        if epochs is not self._epochs:
            x = _column(epochs, "epoch")
            for key, field in zip(("train", "validation"), self._fields, strict=True):
                self.plot.show_line(key, x, _column(epochs, field) * self._scale)
            self._epochs = epochs
            self.plot.setAccessibleDescription(self.sentence())
        self._steps = steps
        self.plot.fit()

    def sentence(self) -> str:
        """The plot in one sentence, for the screen reader."""
        if not self._epochs:
            return "No epoch yet."
        last = self._epochs[-1]
        train, validation = (self._written(getattr(last, field) * self._scale) for field in self._fields)
        number = words.many(len(self._epochs), "epoch")
        return f"{self._name} after {number}: training {train}, validation {validation}."

    def table(self) -> str:
        """The plotted numbers as CSV."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["epoch", *self._fields])
        writer.writerows([epoch.epoch, *(getattr(epoch, field) for field in self._fields)] for epoch in self._epochs)
        return text.getvalue()

    def save(self, path: str) -> None:
        """Write the plot to a PNG, SVG or CSV file, told apart by the ending."""
        try:
            kind = Path(path).suffix.lower()
            if kind == ".csv":
                Path(path).write_text(self.table(), encoding="utf-8")
            elif kind == ".svg":
                self._draw_svg(path)
            elif not self._image().save(path):
                raise OSError(0, "The picture could not be written", path)
        except OSError as error:
            fault = failure(error)
            if isinstance(fault, Failed):
                self.failed.emit(fault)
        else:
            self.saved.emit()

    def menu(self) -> QMenu:
        """What can be done with the plot."""
        menu = QMenu(self)
        menu.addAction("Copy picture", self._copy_picture)
        menu.addAction("Copy numbers", self._copy_numbers)
        menu.addSeparator()
        menu.addAction("Save as PNG…", self._save_png)
        menu.addAction("Save as SVG…", self._save_svg)
        menu.addAction("Save as CSV…", self._save_csv)
        menu.addSeparator()
        menu.addAction("Show all epochs\tdouble click", self.plot.follow)
        return menu

    def _image(self) -> QImage:
        size = self.plot.size()
        image = QImage(size * 2, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(2)
        image.fill(QColor(theme.current().card))
        painter = QPainter(image)
        self.plot.plot.render(painter, QRectF(0, 0, size.width(), size.height()))
        painter.end()
        return image

    def _draw_svg(self, path: str) -> None:
        with Path(path).open("wb"):  # the generator is silent where the file cannot be written
            pass
        size: QSize = self.plot.size()
        drawing = QSvgGenerator()
        drawing.setFileName(path)
        drawing.setSize(size)
        drawing.setViewBox(QRectF(0, 0, size.width(), size.height()))
        drawing.setTitle(self.sentence())
        painter = QPainter(drawing)
        self.plot.plot.render(painter, QRectF(0, 0, size.width(), size.height()))
        painter.end()

    def _copy_picture(self) -> None:
        QGuiApplication.clipboard().setImage(self._image())

    def _copy_numbers(self) -> None:
        QGuiApplication.clipboard().setText(self.table())

    def _save_png(self) -> None:
        self._save_as("png")

    def _save_svg(self) -> None:
        self._save_as("svg")

    def _save_csv(self) -> None:
        self._save_as("csv")

    def _save_as(self, kind: str) -> None:
        title = f"Save the {self._name.lower()} plot"
        path, _ = QFileDialog.getSaveFileName(self, title, f"{self._name.lower()}.{kind}", KINDS[kind])
        if path:
            self.save(path if path.lower().endswith(f".{kind}") else f"{path}.{kind}")

    def _open_menu(self, place: QPoint) -> None:
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    def _open_menu_here(self) -> None:
        self._open_menu(self.more.mapToGlobal(QPoint(0, self.more.height())))

    def _read_out(self, number: int) -> None:
        epoch = next((one for one in self._epochs if one.epoch == number), None)
        self.plot.point_at(number if epoch is not None else -1)
        if epoch is None:
            self._say_zoom(not self.plot.follows)
            return
        train, validation = (self._written(getattr(epoch, field) * self._scale) for field in self._fields)
        self._readout.setText(f"epoch {number} · train {train} · validation {validation}")

    def _say_zoom(self, zoomed: bool) -> None:
        self._readout.setText("zoomed · double click shows all" if zoomed else "")

    def _recolour(self) -> None:
        self.more.setIcon(theme.icon("dots-horizontal"))


def _column(rows: Sequence[Epoch] | Sequence[Step], field: str) -> np.ndarray:
    return np.fromiter((getattr(row, field) for row in rows), np.float64, len(rows))
