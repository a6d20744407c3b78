"""Choices about the photos of a grid beside other results: menu, keys, the last choice, and marks on the photos."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from studio.events import Dataset
from studio.formatting.language import tr
from studio.session.evaluation import label_review
from studio.session.state import AppState
from studio.ui.page import Page
from studio.ui.photos.photo_grid import PhotoGrid
from studio.ui.photos.photo_items import PhotoItem
from studio.ui.photos.photo_viewer import PhotoViewer
from studio.ui.stations.evaluate.viewer_keys import ViewerKeys
from studio.ui.stations.images.photos.journal_bar import JournalBar
from studio.ui.stations.images.photos.photo_actions import KEYS, PhotoActions
from studio.ui.stations.images.photos.photo_menu import PhotoMenu

HINT = tr("Del excludes, M chooses a class, S another split, Ctrl+Z undoes.")
NUMBERS_HINT = tr("Del excludes, S chooses another split, Ctrl+Z undoes.")


class GridChoices(QObject):
    """Menu and keys of a grid and its enlarged photos, and the line about the last choice.

    Signals:
        undo_requested: Undo the last choice; from an enlarged photo, where the menus of the window are out of reach.

    Attributes:
        bar: The line; placed by the card.
        dataset: The open data set where the photos are its own; None where they are of another folder.
    """

    undo_requested = Signal()

    def __init__(
        self, grid: PhotoGrid, open_photo: Callable[[str], None], parent: QWidget, without: Collection[str] = ()
    ) -> None:
        """Let the user choose.

        Args:
            grid: The grid.
            open_photo: Enlarges a photo by its absolute path.
            parent: Card with the grid.
            without: Actions whose key has another meaning there.
        """
        super().__init__(grid)
        self._grid = grid
        grid.allow_many()
        self.dataset: Dataset | None = None
        self._shown: Dataset | None = None
        self._folder = ""
        self._viewer_keys: ViewerKeys | None = None
        self.actions = PhotoActions(grid, without)
        self.menu = PhotoMenu(grid, self.actions, filters=False)
        self.menu.open_requested.connect(open_photo)
        self.bar = JournalBar(parent)
        self.bar.hide()

    def connect_to(self, page: Page) -> None:
        """Send the user's choices to the page's signals."""
        self.actions.requested.connect(lambda request: page.job_requested.emit("journal", (request,)))
        for signal in (self.undo_requested, self.bar.undo_requested):
            signal.connect(page.undo_requested)
        self.bar.redo_requested.connect(page.redo_requested)
        self.bar.dismissed.connect(page.change_dismissed)

    def show_state(self, state: AppState, folder: str) -> bool:
        """Show the choices about the photos of a folder, made and possible; True where their marks may have changed."""
        self.bar.show_state(state)
        self.actions.show_state(state, folder)
        changed, self._shown = state.dataset is not self._shown, state.dataset
        self.dataset = state.dataset if state.dataset is not None and state.dataset.folder == folder else None
        self._folder = folder
        if self._viewer_keys is not None:
            self._viewer_keys.draw()
        return changed

    def attach(self, viewer: PhotoViewer) -> None:
        """Let the keys of the grid act on the photo that a viewer shows."""
        keys = (
            (KEYS["exclude"], self.actions.toggle),
            (KEYS["class"], partial(self.actions.ask_class, viewer.details.name)),
            (KEYS["split"], partial(self.actions.ask_split, viewer.details.name)),
            ("Ctrl+Z", self._undo),
        )
        self._viewer_keys = ViewerKeys(self._grid, viewer, keys, self._remarks, self._hint)
        viewer.finished.connect(self._forget)

    def _undo(self) -> None:
        self.undo_requested.emit()

    def _forget(self) -> None:
        self._viewer_keys = None

    def _remarks(self, path: str) -> tuple[str, ...]:
        """The choices about the photo with an absolute path."""
        own = self.dataset
        name = os.path.relpath(path, self._folder or os.curdir).replace(os.sep, "/")
        return label_review.remarks(own, name, label_review.accepted(own))

    def _hint(self) -> str:
        """The effects of the keys, or why nothing can be chosen."""
        if why := self.actions.obstacle():
            return why
        return NUMBERS_HINT if self.actions.class_obstacle() else HINT


def marked(item: PhotoItem, dataset: Dataset | None, right: frozenset[str]) -> PhotoItem:
    """The item with marks for the choices about its photo.

    Args:
        item: The item, with a path relative to the folder of the data set.
        dataset: The data set of the photo; None for none.
        right: Photos whose label the user confirmed.
    """
    return item._replace(
        badges=label_review.badges(dataset, item.path, right),
        faded=label_review.is_excluded(dataset, item.path),
        remarks=label_review.remarks(dataset, item.path, right),
    )
