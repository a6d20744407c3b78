"""Controls for search, filters, order and size of the photos; the card connects them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget

from studio.formatting.language import tr
from studio.session.photos.photo_filter import ORDERS
from studio.ui.photos.photo_grid import SIZES
from studio.ui.stations.images.photos.set_filter import AnswerFilter, SetFilter
from studio.ui.widgets.fields.narrow_combo import NarrowCombo
from studio.ui.widgets.fields.search_line import SearchLine

PARTS = (("", tr("All splits")), ("train", tr("Training")), ("val", tr("Validation")), ("test", tr("Test")))


class PhotoTools(QWidget):
    """The row above the grid. The controls of order and size are made here, too, but the card places them.

    Attributes:
        search: Part of the names.
        class_filter: One class, or all.
        split_filter: One split, or all.
        sets: Findings and choices.
        answers: Right and wrong predictions.
        order: Order of the photos.
        zoom: Size of the pictures.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        tip = tr("Shows photos whose folder or name contains this (Ctrl+F). Esc clears it")
        self.search = SearchLine(tr("Search photos"), tr("Search…"), tip, self)
        self.search.setMinimumWidth(120)
        tip = tr("Show photos of one class; Ctrl+click in the table of classes adds another")
        self.class_filter = NarrowCombo(tr("Class shown"), 10, tip, [(None, tr("All classes"))], self)
        self.split_filter = NarrowCombo(tr("Split shown"), 8, tr("Show photos of one split"), PARTS, self)
        self.sets = SetFilter(self)
        self.answers = AnswerFilter(self)
        self.order = NarrowCombo(tr("Order of the photos"), 8, tr("Order of the photos"), ORDERS.items(), self)
        self.zoom = QSlider(Qt.Orientation.Horizontal, self)
        self.zoom.setRange(0, len(SIZES) - 1)
        self.zoom.setPageStep(1)
        self.zoom.setFixedWidth(96)
        self.zoom.setAccessibleName(tr("Size of the photos"))
        self.zoom.setToolTip(tr("Size of the photos (Ctrl++, Ctrl+−, or Ctrl and the wheel)"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.search, 1)
        for part in (self.class_filter, self.split_filter, self.sets, self.answers):
            row.addWidget(part)
