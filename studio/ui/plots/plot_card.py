"""Base of all cards with a plot: a readout, and a menu that copies or saves it as picture, drawing or table."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QLabel, QMenu, QWidget

from studio.ui.plots.plot_files import PlotFiles, of_widget
from studio.ui.theme import theme
from studio.ui.widgets.card import Card


class PlotCard(Card):
    """A card with one plot; subclasses implement `canvas`, `sentence`, `table` and `show_all`.

    Attributes:
        files: Copies and saves the plot.
        failed: Signal with a `Failed`: a file could not be written.
        saved: Signal that a file was written.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.readout = QLabel(self)
        theme.set_color_role(self.readout, "muted")
        source = of_widget(self.canvas, self.table, self.sentence)
        self.files = PlotFiles(self, name, source, self.show_all)
        self.failed, self.saved = self.files.failed, self.files.saved
        self.more = self.files.button(self)
        self.header.addWidget(self.readout)
        self.header.addWidget(self.more)

    def rename(self, name: str) -> None:
        """Change the name of the card and its plot."""
        self.set_title(name)
        self.files.rename(name)

    def canvas(self) -> pg.PlotWidget:
        """The plot widget."""
        raise NotImplementedError

    def sentence(self) -> str:
        """Description of the plot in one sentence, for the screen reader."""
        raise NotImplementedError

    def table(self) -> str:
        """The plotted numbers as CSV."""
        raise NotImplementedError

    def show_all(self) -> None:
        """Reset the zoom."""
        raise NotImplementedError

    def save(self, path: str) -> None:
        """Write the plot to a PNG, SVG or CSV file, chosen by the suffix."""
        self.files.save(path)

    def menu(self) -> QMenu:
        """Menu of the actions on the plot."""
        return self.files.menu()

    def open_menu(self, place: QPoint) -> None:
        """Show the menu at a point of the screen."""
        self.files.open_menu(place)
