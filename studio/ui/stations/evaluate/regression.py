"""Evaluate page for regression: metrics, a scatter plot of true and predicted values, and the photos by error."""

from __future__ import annotations

from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QElapsedTimer, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from studio.events import Dataset, PredictedNumbers, Report
from studio.formatting import numbers
from studio.session.state import RunState
from studio.ui.photos.photo_grid import PhotoGrid
from studio.ui.photos.photo_items import Line, PhotoItem, PhotoItems
from studio.ui.photos.photo_viewer import ViewedPhoto, open_viewer
from studio.ui.plots.histogram import Histogram
from studio.ui.plots.scatter import ScatterCard
from studio.ui.stations.evaluate.figure_cards import Figures
from studio.ui.widgets.card import Card
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.splitter import Panels

EVERY_MS = 500
"""Minimum time between two updates of photos and points during a training."""

PHOTOS_FRAME = 60
"""Height of the card of photos beyond its body."""


class NumberResults(QWidget):
    """All results of a regression run.

    Signals:
        export_requested: Let the user export the head of the finished run.
    """

    export_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._predicted: PredictedNumbers | None = None
        self._dataset: Dataset | None = None
        self._true: NDArray[np.float64] = np.zeros(0)
        self._numbers: NDArray[np.float64] = np.zeros(0)
        self._order: NDArray[np.int64] = np.zeros(0, np.int64)
        self._since = QElapsedTimer()
        self.figures = Figures("regression", self)
        self.scatter = ScatterCard(self)
        self.scatter.opened.connect(self._open_row)
        pair = (self.scatter, self._right())
        columns = Panels(Qt.Orientation.Horizontal, pair, (600, 648), (1, 1), "evaluate_number_columns", self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.figures)
        column.addWidget(columns, 1)

    def show_run(self, run: RunState, report: Report) -> None:
        """Draw what changed of a run, but during a training not more often than a user can read."""
        self.figures.show_report(report)
        if run.numbers is None or run.dataset is None:
            return
        if run.numbers is self._predicted and run.dataset is self._dataset:
            return
        busy = run.status == "running" and self._since.isValid() and self._since.elapsed() < EVERY_MS
        if busy and run.dataset is self._dataset:
            return
        self._since.start()
        self._predicted, self._dataset = run.numbers, run.dataset
        self._draw(run.numbers, run.dataset)

    def show_export(self, why: str) -> None:
        """Enable the export, or show why it is not possible now."""
        allow(self.export, why)

    def shut_down(self) -> None:
        """Wait for the threads that decode photos."""
        self.photos.shut_down()

    # ------------------------------------------------------------------------------------------ parts

    def _right(self) -> QWidget:
        self.photos_card = Card("Largest errors", self)
        self.photos = PhotoGrid(self.photos_card, lines=3)
        self.photos.photo_opened.connect(self.open_photo)
        self.photos.photo_chosen.connect(self._mark)
        self.photos.setMinimumHeight(self.photos.least_height())
        self.photos_card.body.addWidget(self.photos, 1)
        spread = Card("Errors: predicted − true", self)
        self.errors = Histogram("Errors", zero=True, parent=spread)
        self.export = QPushButton("Export head…", spread)
        self.export.setToolTip("Export the trained head to a file (Ctrl+E)")
        self.export.clicked.connect(self.export_requested)
        spread.header.addWidget(self.export)
        spread.header.addWidget(self.errors.files.button(spread))
        spread.body.addWidget(self.errors, 1)
        pair = (self.photos_card, spread)
        self._errors_card = spread
        self._right_column = Panels(Qt.Orientation.Vertical, pair, (440, 170), (1, 0), "evaluate_number_right", self)
        return self._right_column

    def _share_right(self) -> None:
        """Divide the height: in a low window one row of photos with captions has priority over the histogram."""
        photos, bars = self._right_column.sizes()
        lacking = self.photos.least_height() + PHOTOS_FRAME - photos
        extra = min(lacking, bars - self._errors_card.minimumSizeHint().height())
        if extra > 0:
            self._right_column.setSizes([photos + extra, bars - extra])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Divide the height again once the cards have their new size."""
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._share_right)

    # ------------------------------------------------------------------------------------------ drawing

    def _draw(self, predicted: PredictedNumbers, data: Dataset) -> None:
        photos = [data.photos[place] for place in predicted.photos.tolist()]
        self._true = np.array([photo.target for photo in photos], np.float64)
        self._numbers = predicted.numbers.astype(np.float64)
        errors = np.abs(self._numbers - self._true)
        self._order = np.argsort(-errors, kind="stable").astype(np.int64)
        self.scatter.show_points(data.target, [photo.path for photo in photos], self._true, self._numbers)
        self.errors.show_numbers(self._numbers - self._true)
        rows = {photo.path: row for row, photo in enumerate(photos)}
        ranks = np.empty(len(photos), np.int64)
        ranks[self._order] = np.arange(len(photos))

        def item_at(number: int) -> PhotoItem:
            row = int(self._order[number])
            path = photos[row].path
            file = PurePosixPath(path).name
            lines = (
                Line("true", numbers.number(float(self._true[row]))),
                Line("predicted", numbers.number(float(self._numbers[row])), self._tone(row)),
                Line(file, color_role="muted"),
            )
            return PhotoItem(path, file, lines=lines)

        def place(path: str) -> int:
            row = rows.get(path, -1)
            return int(ranks[row]) if row >= 0 else -1

        self.photos.show_photos(data.folder, PhotoItems(len(photos), item_at, place))
        self.photos_card.set_title(f"Largest errors · {numbers.many(len(photos), 'photo')}, worst first")

    def _tone(self, row: int) -> str:
        """Color role of a photo: "bad" (red) for an error above twice the mean error."""
        errors = np.abs(self._numbers - self._true)
        return "bad" if errors[row] > 2 * float(errors.mean()) else "text"

    # ------------------------------------------------------------------------------------------ what happens

    def viewed(self, number: int) -> ViewedPhoto:
        """A photo by its rank in the order of errors."""
        assert self._predicted is not None
        assert self._dataset is not None
        row = int(self._order[number])
        off = float(self._numbers[row] - self._true[row])
        side = "too high" if off > 0 else "too low"
        description = (
            f"{self._dataset.target}: true {numbers.number(float(self._true[row]))}, predicted "
            f"{numbers.number(float(self._numbers[row]))}, {numbers.number(abs(off))} {side}"
        )
        return ViewedPhoto(self._path_of(row), "", (), description, self._tone(row))

    def open_photo(self, path: str) -> None:
        """Show a photo enlarged, with the others in the order of their errors to step through."""
        number = self.photos.row_of(path)
        if number >= 0:
            open_viewer(self.photos, len(self._order), self.viewed, number)

    def _path_of(self, row: int) -> str:
        assert self._predicted is not None
        assert self._dataset is not None
        return self._dataset.file(int(self._predicted.photos[row]))

    def _open_row(self, row: int) -> None:
        self.photos.choose(self._path_of(row))
        self.open_photo(self._path_of(row))

    def _mark(self, path: str) -> None:
        """Move the plot's ring to the photo selected in the grid."""
        number = self.photos.row_of(path)
        self.scatter.plot.mark(int(self._order[number]) if number >= 0 else -1)
