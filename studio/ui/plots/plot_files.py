"""Copies and saves a plot: as picture (PNG), drawing (SVG) or table (CSV), from a menu and a button.

It serves plots of any library: a plot is a function that draws, and one that returns its numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMetaMethod, QObject, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPaintDevice, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QGraphicsView, QMenu, QMessageBox, QToolButton, QWidget

from studio.events import Failed
from studio.formatting.language import tr, translated
from studio.jobs.failures import failure
from studio.system.files.atomic_files import atomic_write, write_text
from studio.ui.theme import theme

KINDS = {"png": tr("Picture (*.png)"), "svg": tr("Drawing (*.svg)"), "csv": tr("Table (*.csv)")}

SHARPNESS = 2
"""Pixels of a picture per pixel of the screen."""


@dataclass(frozen=True)
class PlotSource:
    """A plot as it is copied and saved.

    Attributes:
        size: Its size in pixels of the screen.
        draw: Draws it with a painter, in this size.
        table: Its numbers as CSV.
        sentence: Its description in one sentence: the title of a drawing.
    """

    size: Callable[[], QSize]
    draw: Callable[[QPainter], None]
    table: Callable[[], str]
    sentence: Callable[[], str]


def of_widget(widget: Callable[[], QWidget], table: Callable[[], str], sentence: Callable[[], str]) -> PlotSource:
    """The source of a plot that is saved as its widget shows it."""

    def size() -> QSize:
        return widget().size()

    def draw(painter: QPainter) -> None:
        shown = widget()
        if isinstance(shown, QGraphicsView):
            shown.render(painter, QRectF(0, 0, shown.width(), shown.height()))
        else:
            shown.render(painter, QPoint(0, 0))

    return PlotSource(size, draw, table, sentence)


class PlotFiles(QObject):
    """The actions on a plot.

    Signals:
        failed: A `Failed`, where a file could not be written; where nothing is connected, a dialog shows it.
        saved: A file was written.

    Attributes:
        name: Name of the plot, in menus and file names.

    Args:
        owner: Parent of menus and dialogs.
        name: Name of the plot.
        source: The plot.
        show_all: Resets its zoom; None where it has none.
    """

    failed = Signal(object)
    saved = Signal()

    def __init__(
        self, owner: QWidget, name: str, source: PlotSource, show_all: Callable[[], None] | None = None
    ) -> None:
        super().__init__(owner)
        self.name = name
        self._owner, self._source, self._show_all = owner, source, show_all
        self._button: QToolButton | None = None

    def rename(self, name: str) -> None:
        """Change the name of the plot."""
        self.name = name
        if self._button is not None:
            self._button.setAccessibleName(tr("Copy or save the {lower} plot").format(lower=name.lower()))

    def button(self, parent: QWidget) -> QToolButton:
        """A button that opens the menu."""
        button = self._button = QToolButton(parent)
        button.setIconSize(theme.ICON)
        button.setToolTip(tr("Copy or save this plot (right click)"))
        button.clicked.connect(self._open_below_button)
        self.rename(self.name)
        theme.when_changed(self._recolor)
        self._recolor()
        return button

    def add_context_menu(self, plot: QWidget) -> None:
        """Open the menu on a right click on a widget, and on the menu key."""
        plot.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        plot.customContextMenuRequested.connect(lambda place: self.open_menu(plot.mapToGlobal(place)))

    def save(self, path: str) -> None:
        """Write the plot to a PNG, SVG or CSV file, chosen by the suffix."""
        try:
            self._write(Path(path))
        except OSError as error:
            fault = failure(OSError(error.errno or 0, error.strerror or str(error), path))
            if isinstance(fault, Failed):
                self._show_fault(fault)
        else:
            self.saved.emit()

    def menu(self) -> QMenu:
        """Menu of the actions on the plot."""
        menu = QMenu(self._owner)
        if self._source.size().isEmpty():
            menu.addAction(tr("Nothing is drawn yet")).setEnabled(False)
            return menu
        menu.addAction(tr("Copy picture"), self.copy_picture)
        menu.addAction(tr("Copy numbers"), self.copy_numbers)
        menu.addSeparator()
        menu.addAction(tr("Save as PNG…"), self._save_png)
        menu.addAction(tr("Save as SVG…"), self._save_svg)
        menu.addAction(tr("Save as CSV…"), self._save_csv)
        if self._show_all is not None:
            menu.addSeparator()
            menu.addAction(tr("Show all\tdouble click"), self._show_all)
        return menu

    def open_menu(self, place: QPoint) -> None:
        """Show the menu at a point of the screen."""
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    def copy_picture(self) -> None:
        """Copy the plot as a picture."""
        QGuiApplication.clipboard().setImage(self._image())

    def copy_numbers(self) -> None:
        """Copy the plot's numbers as CSV."""
        QGuiApplication.clipboard().setText(self._source.table())

    # ------------------------------------------------------------------------------------------ files

    def _write(self, path: Path) -> None:
        kind = path.suffix.lower()
        if kind == ".csv":
            write_text(path, self._source.table())
            return
        with atomic_write(path) as target:  # an old file stays where the new one cannot be completed
            if kind == ".svg":
                self._draw_svg(str(target))
            elif not self._image().save(str(target), "PNG"):  # type: ignore[call-overload]
                raise OSError(0, "The picture could not be written", str(path))

    def _image(self) -> QImage:
        size = self._source.size()
        image = QImage(size * SHARPNESS, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(SHARPNESS)
        image.fill(QColor(theme.current().card))
        self._draw(image)
        return image

    def _draw_svg(self, path: str) -> None:
        size = self._source.size()
        drawing = QSvgGenerator()
        drawing.setFileName(path)
        drawing.setSize(size)
        drawing.setViewBox(QRectF(0, 0, size.width(), size.height()))
        drawing.setTitle(self._source.sentence())
        self._draw(drawing)

    def _draw(self, device: QPaintDevice) -> None:
        painter = QPainter(device)
        try:
            self._source.draw(painter)
        finally:
            painter.end()  # a painter that outlives its device ends the program

    def _show_fault(self, fault: Failed) -> None:
        if self.isSignalConnected(QMetaMethod.fromSignal(self.failed)):
            self.failed.emit(fault)
            return
        box = QMessageBox(QMessageBox.Icon.Warning, self._save_title(), translated(fault.title), parent=self._owner)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setInformativeText(translated(fault.hint))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def _save_png(self) -> None:
        self._save_as("png")

    def _save_svg(self) -> None:
        self._save_as("svg")

    def _save_csv(self) -> None:
        self._save_as("csv")

    def _save_title(self) -> str:
        return tr("Save the {lower} plot").format(lower=self.name.lower())

    def _save_as(self, kind: str) -> None:
        title = self._save_title()
        start = str(Path.home() / f"{self.name.lower()}.{kind}")  # as for reports: the working folder could be anywhere
        path, _ = QFileDialog.getSaveFileName(self._owner, title, start, KINDS[kind])
        if path:
            self.save(path if path.lower().endswith(f".{kind}") else f"{path}.{kind}")

    def _open_below_button(self) -> None:
        if self._button is not None:
            self.open_menu(self._button.mapToGlobal(QPoint(0, self._button.height())))

    def _recolor(self) -> None:
        if self._button is not None:
            self._button.setIcon(theme.icon("dots-horizontal"))
