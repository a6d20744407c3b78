"""Evaluate page for regression: a scatter plot of true and predicted values, and the photos by error."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from studio.formatting import numbers
from studio.formatting.language import counted, tr
from studio.session.evaluation import label_review, photo_selection
from studio.session.evaluation.photo_selection import PhotoSelection
from studio.session.part_results import PartResults
from studio.session.state import AppState
from studio.ui.page import Page
from studio.ui.photos.photo_details import ViewedPhoto
from studio.ui.photos.photo_grid import PhotoGrid
from studio.ui.photos.photo_items import Line, PhotoItem, PhotoItems
from studio.ui.photos.photo_viewer import open_viewer
from studio.ui.plots.histogram import Histogram
from studio.ui.plots.scatter import ScatterCard
from studio.ui.stations.evaluate.grid_choices import GridChoices, marked
from studio.ui.stations.evaluate.tables.residual_card import ResidualCard
from studio.ui.stations.evaluate.tables.slice_card import SliceCard
from studio.ui.widgets.card import Card
from studio.ui.widgets.splitter import Panels
from studio.ui.widgets.tabs import Tabs

PHOTOS_FRAME = 60
"""Height of the card of photos beyond its body."""


class NumberResults(QWidget):
    """Points, errors and photos of a regression run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._results: PartResults | None = None
        self._selection = PhotoSelection()
        self._true: NDArray[np.float64] = np.zeros(0)
        self._numbers: NDArray[np.float64] = np.zeros(0)
        self._order: NDArray[np.int64] = np.zeros(0, np.int64)
        self.scatter = ScatterCard(self)
        self.scatter.opened.connect(self._open_row)
        self.residuals = ResidualCard(self)
        self.tabs = Tabs(tr("Views of the results"), self)
        self.tabs.add(tr("Points"), self.scatter, tr("True and predicted numbers"))
        self.tabs.add(
            tr("By size"), self.residuals, tr("Whether low or high numbers are predicted too high or too low")
        )
        self.slices = SliceCard(self)
        self.slices.photos_requested.connect(self.show_photos)
        self.tabs.add(
            tr("Slices"), self.slices, tr("Mean error of parts of the photos: dark ones, a folder, a camera, …")
        )
        pair = (self.tabs, self._right())
        columns = Panels(Qt.Orientation.Horizontal, pair, (600, 648), (1, 1), "evaluate_number_columns", self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(columns, 1)

    def show_part(self, results: PartResults, table: str = "") -> None:
        """Show these results; `table` is the one whose columns slice them."""
        before, self._results = self._results, results
        self.residuals.show_part(results)
        self.slices.show_part(results, table)
        if before is None or results.judged is not before.judged:
            self._draw(results)

    def connect_to(self, page: Page) -> None:
        """Send the user's choices about photos to the page's signals."""
        self.choices.connect_to(page)

    def show_choices(self, state: AppState) -> None:
        """Show the choices about the photos, made and possible."""
        results = self._results
        if results is not None and self.choices.show_state(state, results.judged.folder):
            self._show_photos(results)

    def show_photos(self, selection: PhotoSelection) -> None:
        """Show the photos of a slice, or all again for no selection."""
        self._selection = selection
        if self._results is not None:
            self._draw(self._results)

    def shut_down(self) -> None:
        """Wait for the threads that decode photos."""
        self.photos.shut_down()

    # ------------------------------------------------------------------------------------------ parts

    def _right(self) -> QWidget:
        self.photos_card = Card(tr("Largest errors"), self)
        self.all_photos = QPushButton(tr("All photos"), self.photos_card)
        self.all_photos.setToolTip(tr("Show all photos again, the largest errors first"))
        self.all_photos.clicked.connect(lambda: self.show_photos(PhotoSelection()))
        self.all_photos.hide()
        self.photos_card.header.addWidget(self.all_photos)
        self.photos = PhotoGrid(self.photos_card, lines=3)
        self.photos.photo_opened.connect(self.open_photo)
        self.photos.photo_chosen.connect(self._mark)
        self.photos.setMinimumHeight(self.photos.least_height())
        self.choices = GridChoices(self.photos, self.open_photo, self.photos_card)
        self.photos_card.body.addWidget(self.photos, 1)
        self.photos_card.body.addWidget(self.choices.bar)
        spread = Card(tr("Errors: predicted − true"), self)
        self.errors = Histogram(tr("Errors"), zero=True, parent=spread)
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

    def _draw(self, results: PartResults) -> None:
        judged = results.judged
        self._true = judged.truth
        self._numbers = judged.predicted.astype(np.float64)
        self.scatter.show_points(results.target, list(judged.paths), self._true, self._numbers)
        self.errors.show_numbers(self._numbers - self._true)
        self._show_photos(results)

    def _show_photos(self, results: PartResults) -> None:
        """Show the photos of the selection, the largest errors first."""
        self._order = photo_selection.rows(results, self._selection)
        judged, rows, own = results.judged, results.row_of, self.choices.dataset
        paths, right = judged.paths, label_review.accepted(own)
        ranks = np.full(len(paths), -1, np.int64)
        ranks[self._order] = np.arange(len(self._order))
        shown = len(self._order)

        def item_at(number: int) -> PhotoItem:
            row = int(self._order[number])
            path = paths[row]
            file = PurePosixPath(path).name
            lines = (
                Line(tr("true"), numbers.figures(float(self._true[row]))),
                Line(tr("predicted"), numbers.figures(float(self._numbers[row])), self._tone(row)),
                Line(file, color_role="muted"),
            )
            return marked(PhotoItem(path, file, lines=lines), own, right)

        def place(path: str) -> int:
            row = rows.get(path, -1)
            return int(ranks[row]) if row >= 0 else -1

        self.photos.show_photos(judged.folder, PhotoItems(shown, item_at, place, [paths[row] for row in self._order]))
        title = self._selection.title or tr("Largest errors")
        self.photos_card.set_title(
            tr("{title} · {shown}, worst first").format(title=title, shown=counted(shown, "photo"))
        )
        self.all_photos.setVisible(not self._selection.is_all_mistakes)

    def _tone(self, row: int) -> str:
        """Color role of a photo: "bad" (red) for an error above twice the mean error."""
        errors = np.abs(self._numbers - self._true)
        return "bad" if errors[row] > 2 * float(errors.mean()) else "text"

    # ------------------------------------------------------------------------------------------ what happens

    def viewed(self, number: int) -> ViewedPhoto:
        """A photo by its rank in the order of errors."""
        assert self._results is not None
        row = int(self._order[number])
        off = float(self._numbers[row] - self._true[row])
        side = tr("too high") if off > 0 else tr("too low")
        description = tr("{target}: true {true}, predicted {numbers}, {abs} {side}").format(
            target=self._results.target,
            true=numbers.figures(float(self._true[row])),
            numbers=numbers.figures(float(self._numbers[row])),
            abs=numbers.figures(abs(off)),
            side=side,
        )
        return ViewedPhoto(self._path_of(row), "", (), description, self._tone(row))

    def open_photo(self, path: str) -> None:
        """Show a photo enlarged, with the others in the order of their errors to step through."""
        number = self.photos.row_of(path)
        if number >= 0:
            self.choices.attach(open_viewer(self.photos, len(self._order), self.viewed, number))

    def _path_of(self, row: int) -> str:
        assert self._results is not None
        return str(Path(self._results.judged.folder, self._results.judged.paths[row]))

    def _open_row(self, row: int) -> None:
        if self.photos.row_of(self._path_of(row)) < 0:
            self.show_photos(PhotoSelection())
        self.photos.choose(self._path_of(row))
        self.open_photo(self._path_of(row))

    def _mark(self, path: str) -> None:
        """Move the plot's ring to the photo selected in the grid."""
        number = self.photos.row_of(path)
        self.scatter.plot.mark(int(self._order[number]) if number >= 0 else -1)
