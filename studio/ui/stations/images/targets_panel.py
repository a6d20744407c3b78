"""Targets on the Images page: classes or numbers, where they come from, their range and histogram."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from studio.events import Dataset
from studio.formatting import typography
from studio.formatting.language import tr
from studio.formatting.numbers import figures
from studio.session.state import AppState
from studio.ui.plots.histogram import Histogram
from studio.ui.theme import theme
from studio.ui.widgets.elided_label import ElidedLabel
from studio.ui.widgets.enabling import ReasonMenu, allow
from studio.ui.widgets.tables.fact_list import Facts

TITLES = {
    "": tr("Classes of the folders"),
    "names": tr("Classes from file names"),
    "table": tr("Classes from a table"),
    "numbers": tr("Numbers from a table"),
}
NAMES = (tr("Number"), tr("Lowest"), tr("Mean"), tr("Highest"))


class TargetsLine(QWidget):
    """Says what is predicted, classes or a number, and where the targets come from, on a button that offers others.

    Signals:
        targets_requested: Let the user choose a CSV file with a number for each photo.
        classes_requested: Use the folders' classes as the target.
        names_requested: Let the user choose a pattern that finds the classes in file names.
        labels_requested: Let the user choose a table with the class of each photo.
    """

    targets_requested = Signal()
    names_requested = Signal()
    labels_requested = Signal()
    classes_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawn: object = None
        self.label = QLabel(tr("Target"), self)
        self.choice = QPushButton(self)
        self.choice.setToolTip(tr("What the network learns to predict, and where it is written"))
        menu = ReasonMenu(self.choice)
        self.choice.setMenu(menu)
        self.actions_by_source = {
            source: self._add(menu, f"{title}{'…' if source else ''}", signal)
            for source, title, signal in (
                ("", TITLES[""], self.classes_requested),
                ("names", TITLES["names"], self.names_requested),
                ("table", TITLES["table"], self.labels_requested),
                ("numbers", TITLES["numbers"], self.targets_requested),
            )
        }
        self.file = ElidedLabel(self)
        theme.set_color_role(self.file, "muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.label)
        row.addWidget(self.choice)
        row.addWidget(self.file, 1)

    def show_state(self, state: AppState) -> None:
        """Draw the target in use."""
        numbers, table, pattern = state.spec.dataset.sources
        training = "train" in state.jobs
        looks = (state.spec.dataset.sources, training)
        if looks == self._drawn:
            return
        self._drawn = looks
        source = "numbers" if numbers else "table" if table else "names" if pattern else ""
        file = typography.one_line(Path(numbers or table).name)
        self.choice.setText(TITLES[source])
        self.choice.setAccessibleName(
            tr("Target: {titles}").format(titles=TITLES[source].lower()) + (f", {file}" if file else "")
        )
        self.file.show_text(file)
        allow(self.choice, tr("Training is in progress.") if training else "")
        allow(self.actions_by_source[""], "" if source else tr("The folders' classes are already the target."))

    def _add(self, menu: QMenu, title: str, signal: SignalInstance) -> QAction:
        action = menu.addAction(title)
        action.triggered.connect(lambda: signal.emit())
        return action


class NumberPanel(QWidget):
    """Name, range and histogram of the target."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.facts = Facts(NAMES, self)
        self.spread = Histogram(tr("Distribution of the target"), parent=self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.facts)
        column.addWidget(self.spread, 1)

    def show_numbers(self, dataset: Dataset) -> None:
        """Show the targets of a data set for regression."""
        numbers = np.fromiter((photo.target for photo in dataset.photos), np.float64, len(dataset.photos))
        self.facts.put(tr("Number"), typography.one_line(dataset.target))
        ends = (numbers.min(), numbers.mean(), numbers.max()) if len(numbers) else (np.nan,) * 3
        for name, value in zip(NAMES[1:], ends, strict=True):
            self.facts.put(name, figures(float(value), 4) if len(numbers) else "–")
        self.spread.show_numbers(numbers)
