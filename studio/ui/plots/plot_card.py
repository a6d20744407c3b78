"""Base of all cards with a plot: a readout, and a menu that copies or saves it as picture, drawing or table."""

from __future__ import annotations

from pathlib import Path

import pyqtgraph as pg
from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QLabel, QMenu, QToolButton, QWidget

from studio.events import Failed
from studio.jobs.failures import failure
from studio.ui.theme import theme
from studio.ui.widgets.card import Card

KINDS = {"png": "Picture (*.png)", "svg": "Drawing (*.svg)", "csv": "Table (*.csv)"}


class PlotCard(Card):
    """A card with one plot; subclasses implement `canvas`, `sentence`, `table` and `show_all`.

    Signals:
        failed: A `Failed`, where a file could not be written.
        saved: A file was written.
    """

    failed = Signal(object)
    saved = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._name = name
        self.readout = QLabel(self)
        theme.set_color_role(self.readout, "muted")
        self.more = QToolButton(self)
        self.more.setIcon(theme.icon("dots-horizontal"))
        self.more.setIconSize(theme.ICON)
        self.more.setAccessibleName(f"Copy or save the {name.lower()} plot")
        self.more.setToolTip("Copy or save this plot (right click)")
        self.more.clicked.connect(self._open_menu_here)
        self.header.addWidget(self.readout)
        self.header.addWidget(self.more)
        theme.when_changed(self._recolor_more)

    def rename(self, name: str) -> None:
        """Change the name of the card and its plot."""
        self._name = name
        self.set_title(name)
        self.more.setAccessibleName(f"Copy or save the {name.lower()} plot")

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
        """Menu of the actions on the plot."""
        menu = QMenu(self)
        menu.addAction("Copy picture", self._copy_picture)
        menu.addAction("Copy numbers", self._copy_numbers)
        menu.addSeparator()
        menu.addAction("Save as PNG…", self._save_png)
        menu.addAction("Save as SVG…", self._save_svg)
        menu.addAction("Save as CSV…", self._save_csv)
        menu.addSeparator()
        menu.addAction("Show all\tdouble click", self.show_all)
        return menu

    def open_menu(self, place: QPoint) -> None:
        """Show the menu at a point of the screen."""
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    def _open_menu_here(self) -> None:
        self.open_menu(self.more.mapToGlobal(QPoint(0, self.more.height())))

    def _image(self) -> QImage:
        size = self.canvas().size()
        image = QImage(size * 2, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(2)
        image.fill(QColor(theme.current().card))
        painter = QPainter(image)
        self.canvas().render(painter, QRectF(0, 0, size.width(), size.height()))
        painter.end()
        return image

    def _draw_svg(self, path: str) -> None:
        with Path(path).open("wb"):  # Qt's generator reports no error where the file cannot be written
            pass
        size: QSize = self.canvas().size()
        drawing = QSvgGenerator()
        drawing.setFileName(path)
        drawing.setSize(size)
        drawing.setViewBox(QRectF(0, 0, size.width(), size.height()))
        drawing.setTitle(self.sentence())
        painter = QPainter(drawing)
        self.canvas().render(painter, QRectF(0, 0, size.width(), size.height()))
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

    def _recolor_more(self) -> None:
        self.more.setIcon(theme.icon("dots-horizontal"))
