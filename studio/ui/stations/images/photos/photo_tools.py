"""Controls for search, filters, order and size of the photos; the card connects them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QSlider, QToolButton, QWidget

from studio.session.photos.photo_filter import ORDERS
from studio.ui.photos.photo_grid import SIZES
from studio.ui.stations.images.photos.set_filter import AnswerFilter, SetFilter

PARTS = (("All splits", ""), ("Training", "train"), ("Validation", "val"), ("Test", "test"))


class PhotoTools(QWidget):
    """The row above the grid. Order and size are made here, too, and placed by the card.

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
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("Search…")
        self.search.setClearButtonEnabled(True)
        for button in self.search.findChildren(QToolButton):
            button.setAccessibleName("Clear the search")
        self.search.setAccessibleName("Search photos")
        self.search.setToolTip("Shows photos whose folder or name contains this (Ctrl+F). Esc clears it")
        self.search.setMinimumWidth(120)
        self.class_filter = QComboBox(self)
        self.class_filter.addItem("All classes")
        self.class_filter.setAccessibleName("Class shown")
        self.class_filter.setToolTip("Show photos of one class; Ctrl+click in the table of classes adds another")
        self.split_filter = QComboBox(self)
        self.split_filter.setAccessibleName("Split shown")
        self.split_filter.setToolTip("Show photos of one split")
        for title, name in PARTS:
            self.split_filter.addItem(title, name)
        self.sets = SetFilter(self)
        self.answers = AnswerFilter(self)
        self.order = QComboBox(self)
        self.order.setAccessibleName("Order of the photos")
        self.order.setToolTip("Order of the photos")
        for key, title in ORDERS.items():
            self.order.addItem(title, key)
        for box, letters in ((self.class_filter, 10), (self.split_filter, 8), (self.order, 8)):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(letters)
        self.zoom = QSlider(Qt.Orientation.Horizontal, self)
        self.zoom.setRange(0, len(SIZES) - 1)
        self.zoom.setPageStep(1)
        self.zoom.setFixedWidth(96)
        self.zoom.setAccessibleName("Size of the photos")
        self.zoom.setToolTip("Size of the photos (Ctrl++, Ctrl+−, or Ctrl and the wheel)")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.search, 1)
        for part in (self.class_filter, self.split_filter, self.sets, self.answers):
            row.addWidget(part)
