"""Context menu of the grid: what can be done with the selected photos."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, QPoint, Qt, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QMenu

from studio.formatting import numbers
from studio.formatting.language import tr
from studio.ui.photos.photo_grid import PhotoGrid
from studio.ui.stations.images.photos.photo_actions import PhotoActions
from studio.ui.widgets.enabling import ReasonMenu, allow


class PhotoMenu(QObject):
    """Opens at the pointer, or with the Menu key at the current photo.

    Signals:
        open_requested: Absolute path of the photo to enlarge.
        class_requested: Absolute path of a photo; only its class is to be shown.
        similar_requested: Absolute path of a photo; those most similar to it are to be shown.

    Attributes:
        why_not_similar: Returns the reason why the photos similar to one (absolute path) are unknown, or "".
    """

    open_requested = Signal(str)
    class_requested = Signal(str)
    similar_requested = Signal(str)

    def __init__(self, grid: PhotoGrid, actions: PhotoActions, filters: bool = True) -> None:
        """Make the menu.

        Args:
            grid: The grid.
            actions: Choices about its selected photos.
            filters: True where the grid can show one class alone.
        """
        super().__init__(grid)
        self._grid, self._actions, self._filters = grid, actions, filters
        self.why_not_similar: Callable[[str], str] = lambda _path: tr("Similar photos are unknown here.")
        grid.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        grid.customContextMenuRequested.connect(self._open)

    def menu(self) -> QMenu:
        """The menu for the selected photos."""
        menu = ReasonMenu("", self._grid)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        number = self._grid.selected_number()
        several = tr("{number} photos").format(number=numbers.exact(number)) if number > 1 else ""
        self._add(menu, tr("Open"), self._open_photo, tr("Enter"))
        if self._filters:
            self._add(menu, tr("Show only this class"), self._show_class)
            similar = self._add(menu, tr("Find similar photos"), self._find_similar)
            allow(similar, self.why_not_similar(self._grid.chosen()))
        menu.addSeparator()
        self._actions.fill(menu)
        menu.addSeparator()
        self._add(menu, tr("Copy {several}").format(several=several) if several else tr("Copy photo"), self._copy_files)
        self._add(
            menu,
            tr("Copy paths of {several}").format(several=several) if several else tr("Copy path"),
            self._copy_paths,
        )
        self._add(menu, tr("Show in its folder"), self._show_folder)
        return menu

    def _add(self, menu: QMenu, text: str, slot: object, key: str = "") -> QAction:
        action = QAction(f"{text}\t{key}" if key else text, menu)
        action.triggered.connect(slot)
        menu.addAction(action)
        return action

    def _find_similar(self) -> None:
        self.similar_requested.emit(self._grid.chosen())

    def _open(self, point: QPoint) -> None:
        if not self._grid.indexAt(point).isValid():  # by the Menu key, or beside the photos
            current = self._grid.currentIndex()
            if not current.isValid():
                return
            point = self._grid.visualRect(current).center()
        self.menu().popup(self._grid.viewport().mapToGlobal(point))

    def _open_photo(self) -> None:
        self.open_requested.emit(self._grid.chosen())

    def _show_class(self) -> None:
        self.class_requested.emit(self._grid.chosen())

    def _copy_files(self) -> None:
        """Put the files on the clipboard, for a file manager to paste."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(path) for path in self._grid.selected()])
        data.setText("\n".join(self._grid.selected()))
        QGuiApplication.clipboard().setMimeData(data)

    def _copy_paths(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(self._grid.selected()))

    def _show_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(self._grid.chosen()).parent)))
