"""Choices about the photos of a grid beside other results: menu, keys, the last choice, and marks on the photos."""

from __future__ import annotations

from collections.abc import Callable, Collection

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from studio.events import Dataset
from studio.session.evaluation import label_review
from studio.session.state import AppState
from studio.ui.page import Page
from studio.ui.photos.photo_grid import PhotoGrid
from studio.ui.photos.photo_items import PhotoItem
from studio.ui.stations.images.photos.journal_bar import JournalBar
from studio.ui.stations.images.photos.photo_actions import PhotoActions
from studio.ui.stations.images.photos.photo_menu import PhotoMenu


class GridChoices(QObject):
    """Menu and keys of a grid, and the line about the last choice.

    Attributes:
        bar: The line; placed by the card.
        dataset: The open data set where the photos are its own; None where they are of another folder.
    """

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
        grid.allow_many()
        self.dataset: Dataset | None = None
        self._shown: Dataset | None = None
        self.actions = PhotoActions(grid, without)
        self.menu = PhotoMenu(grid, self.actions, filters=False)
        self.menu.open_requested.connect(open_photo)
        self.bar = JournalBar(parent)
        self.bar.hide()

    def connect_to(self, page: Page) -> None:
        """Send the user's choices to the page's signals."""
        self.actions.requested.connect(lambda request: page.job_requested.emit("journal", (request,)))
        self.bar.undo_requested.connect(page.undo_requested)
        self.bar.redo_requested.connect(page.redo_requested)
        self.bar.dismissed.connect(page.change_dismissed)

    def show_state(self, state: AppState, folder: str) -> bool:
        """Show what can be chosen about the photos of a folder; returns True where the marks on them may differ."""
        self.bar.show_state(state)
        self.actions.show_state(state, folder)
        changed, self._shown = state.dataset is not self._shown, state.dataset
        self.dataset = state.dataset if state.dataset is not None and state.dataset.folder == folder else None
        return changed


def marked(item: PhotoItem, dataset: Dataset | None, right: frozenset[str]) -> PhotoItem:
    """The item with what was chosen for its photo.

    Args:
        item: The item, with a path relative to the folder of the data set.
        dataset: The data set of the photo; None for none.
        right: Photos whose label was called right.
    """
    return item._replace(
        badges=label_review.badges(dataset, item.path, right),
        faded=label_review.is_excluded(dataset, item.path),
        remarks=label_review.remarks(dataset, item.path, right),
    )
