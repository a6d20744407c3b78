"""Column beside the map: the selected photos, and the likely label errors one by one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from studio.events import Dataset, PhotosMapped, ValueRanges
from studio.formatting import typography
from studio.formatting.language import tr
from studio.session.photos import map_review
from studio.session.photos.map_view import MapPoints
from studio.ui.photos.photo_grid import SIZES, PhotoGrid
from studio.ui.stations.images.photos import grid_items
from studio.ui.stations.images.photos.photo_map.review_card import Picture, ReviewCard
from studio.ui.widgets.elided_label import ElidedLabel

WIDTH = 296
LOW = 330
"""Height in pixels below which the selected photos take the place of the label errors."""


class MapSide(QWidget):
    """The column; hidden while no photo is selected and no label is likely wrong.

    Signals:
        cleared: Clear the selection.
        marked: Relative path of a photo to show on the map.
        opened: Absolute path of a photo to enlarge.
        menu_requested: Open the menu of a photo: its relative path, and the position on the screen.

    Attributes:
        gallery: The selected photos, those with the most doubtful labels first.
        review: The likely label errors.
    """

    cleared = Signal()
    marked = Signal(str)
    opened = Signal(str)
    menu_requested = Signal(str, object)

    def __init__(self, picture: Picture, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dataset: Dataset | None = None
        self._drawn: tuple[object, ...] = ()
        self._some = self._errors = False
        self.setFixedWidth(WIDTH)
        self.words = ElidedLabel(self, sentence=True)
        self.words.setObjectName("card_title")
        clear = QToolButton(self)
        clear.setText("×")
        clear.setAccessibleName(tr("Select none"))
        clear.setToolTip(tr("Select none (Esc on the map)"))
        clear.clicked.connect(self.cleared)
        self.gallery = PhotoGrid(self, lines=1)
        self.gallery.set_picture_height(SIZES[0])
        self.gallery.setAccessibleName(tr("Selected photos"))
        self.gallery.photo_opened.connect(self.opened)
        self.gallery.photo_chosen.connect(self._mark)
        self.gallery.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.gallery.customContextMenuRequested.connect(self._ask_menu)
        self.review = ReviewCard(picture, self)
        self.review.marked.connect(self.marked)
        self.review.opened.connect(self._open)
        self._selection = QWidget(self)
        head = QHBoxLayout()
        head.addWidget(self.words, 1)
        head.addWidget(clear)
        column = QVBoxLayout(self._selection)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.gallery, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(8, 0, 0, 0)
        whole.setSpacing(16)
        whole.addWidget(self._selection, 1)
        whole.addWidget(self.review)
        whole.addStretch(0)
        self.setVisible(False)

    def beside(self, view: QWidget) -> QHBoxLayout:
        """A row of the map and this column."""
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(view, 1)
        row.addWidget(self)
        return row

    def show_map(
        self, result: PhotosMapped, dataset: Dataset, points: MapPoints, chosen: NDArray[np.bool_], why: str
    ) -> None:
        """Show the chosen points and the open label errors of a map.

        Args:
            result: The map.
            dataset: The data set.
            points: Its points.
            chosen: (N,) True for the selected points.
            why: The reason why no choice about photos is possible; "" where one is.
        """
        self._dataset = dataset
        errors = self.review.show_map(result, dataset, why)
        some = bool(chosen.any())
        key: tuple[Any, ...] = (id(dataset), id(result.neighbors), chosen.tobytes())
        if key != self._drawn:
            self._drawn = key
            rows = map_review.by_doubt(result, dataset, points, chosen)
            words = map_review.selection_words(dataset, rows)
            self.words.show_text(words)
            doubted = result.neighbors is not None and not dataset.target
            order = (
                tr("First the photos most of whose neighbors have another class")
                if doubted
                else tr("In the grid's order")
            )
            self.words.setToolTip(typography.tip(f"{words}. {order}"))
            self.gallery.show_photos(dataset.folder, grid_items.items(dataset, rows))
        self._some, self._errors = some, errors
        self._arrange()
        self.setVisible(some or errors)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show what the height has room for."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        both = self._some and self._errors
        self._selection.setVisible(self._some)
        self.review.show_near(not both)
        self.review.setVisible(self._errors and not (both and self.height() < LOW))

    def set_ranges(self, ranges: ValueRanges) -> None:
        """Show photos of more than 8 bits with these value ranges."""
        self.gallery.set_ranges(ranges)

    def shut_down(self) -> None:
        """Wait for the thumbnails."""
        self.gallery.shut_down()

    def _mark(self, path: str) -> None:
        row = self.gallery.row_of(path)
        if row >= 0 and self.gallery.hasFocus():
            self.marked.emit(self.gallery.photos()[row].path)

    def _ask_menu(self, point: QPoint) -> None:
        """Ask for the menu of the photo at a point, or of the current one, where the Menu key was pressed."""
        index = self.gallery.indexAt(point)
        if not index.isValid():
            index = self.gallery.currentIndex()
            point = self.gallery.visualRect(index).center()
        if index.isValid():
            path = self.gallery.photos()[index.row()].path
            self.menu_requested.emit(path, self.gallery.viewport().mapToGlobal(point))

    def _open(self, path: str) -> None:
        if self._dataset is not None:
            self.opened.emit(str(Path(self._dataset.folder, path)))
