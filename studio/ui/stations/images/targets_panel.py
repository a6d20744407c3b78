"""Targets on the Images page: classes or numbers from a CSV file, with their range and histogram."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.events import Dataset
from studio.formatting import typography
from studio.formatting.numbers import number
from studio.session.state import AppState
from studio.ui.plots.histogram import Histogram
from studio.ui.widgets.elided_label import ElidedLabel
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.tables.fact_list import Facts

NAMES = ("Number", "Lowest", "Mean", "Highest")


class TargetsLine(QWidget):
    """Shows the target, classes or a number, with buttons that change it.

    Signals:
        targets_requested: Let the user choose a CSV file with a number for each photo.
        classes_requested: Use the folders' classes as the target.
        names_requested: Let the user choose a pattern that finds the classes in file names.
    """

    targets_requested = Signal()
    names_requested = Signal()
    classes_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawn: object = None
        self.label = ElidedLabel(self)
        self.targets = QPushButton("Numbers…", self)
        self.targets.setAccessibleName("Target: numbers from CSV")
        self.targets.setToolTip(
            "Predict a number per photo: choose a CSV file with a path and a number a line (Ctrl+T)"
        )
        self.targets.clicked.connect(self.targets_requested)
        self.classes = QPushButton("Classes", self)
        self.classes.setAccessibleName("Target: classes")
        self.classes.setToolTip("Use the folders' classes as the target again (Ctrl+Shift+T)")
        self.classes.clicked.connect(self.classes_requested)
        self.names = QPushButton("Names…", self)
        self.names.setAccessibleName("Target: classes from file names")
        self.names.setToolTip("Find the class of each photo in its file name, where the folders do not say it")
        self.names.clicked.connect(self.names_requested)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.label, 1)
        row.addWidget(self.classes)
        row.addWidget(self.names)
        row.addWidget(self.targets)

    def show_state(self, state: AppState) -> None:
        """Draw the target in use."""
        file, training = state.spec.dataset.targets, "train" in state.jobs
        _, table, pattern = state.spec.dataset.sources
        looks = (state.spec.dataset.sources, training)
        if looks == self._drawn:
            return
        self._drawn = looks
        if file or table:
            self.label.show_text(f"Target: {Path(file or table).name}")  # the panel below names the column
        else:
            self.label.show_text("Target: names" if pattern else "Target: classes")
        self.names.setVisible(not file)
        self.targets.setVisible(not (pattern or table))  # there is no room for three buttons; Ctrl+T works as well
        self.classes.setVisible(any(state.spec.dataset.sources))
        for button in (self.classes, self.targets, self.names):
            allow(button, "Training is in progress." if training else "")


class NumberPanel(QWidget):
    """Name, range and histogram of the target."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.facts = Facts(NAMES, self)
        self.spread = Histogram("Distribution of the target", parent=self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.facts)
        column.addWidget(self.spread, 1)

    def show_numbers(self, dataset: Dataset) -> None:
        """Show the targets of a data set for regression."""
        numbers = np.fromiter((photo.target for photo in dataset.photos), np.float64, len(dataset.photos))
        self.facts.put("Number", typography.one_line(dataset.target))
        ends = (numbers.min(), numbers.mean(), numbers.max()) if len(numbers) else (np.nan,) * 3
        for name, value in zip(NAMES[1:], ends, strict=True):
            self.facts.put(name, number(float(value), 4) if len(numbers) else "–")
        self.spread.show_numbers(numbers)
