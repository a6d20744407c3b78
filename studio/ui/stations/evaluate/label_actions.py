"""Choices about judged photos by key and menu: those of the Images page, the suggested class, a confirmed label."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu

from studio.formatting import typography
from studio.formatting.language import tr
from studio.session.evaluation import label_review
from studio.session.part_results import PartResults
from studio.session.photos import photo_choices
from studio.session.state import AppState
from studio.spec.journal import JournalRequest
from studio.ui.photos.photo_grid import PhotoGrid
from studio.ui.photos.photo_viewer import PhotoViewer
from studio.ui.stations.evaluate.viewer_keys import ViewerKeys
from studio.ui.stations.images.photos import photo_actions
from studio.ui.stations.images.photos.photo_actions import PhotoActions
from studio.ui.stations.images.photos.photo_menu import PhotoMenu
from studio.ui.widgets.enabling import allow

KEYS = {"relabel": "R", "accept": "K"}
NOTHING_ELSE = tr("The model suggests no other class for them.")
HINT = tr("R suggested class, K label is right, Del excludes, M another class, Ctrl+Z undoes.")


class LabelActions(PhotoActions):
    """Turns keys and menu entries into requests to change the journal.

    Signals:
        undo_requested: Undo the last choice; from an enlarged photo, where the menus of the window are out of reach.
    """

    undo_requested = Signal()

    def __init__(self, grid: PhotoGrid) -> None:
        super().__init__(grid)
        self.menu = PhotoMenu(grid, self, filters=False)
        self._results: PartResults | None = None
        self._viewer_keys: ViewerKeys | None = None
        self._in_order = False
        for name, slot in (("relabel", self.take_suggestion), ("accept", self.keep_label)):
            shortcut = QShortcut(QKeySequence(KEYS[name]), grid, slot)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        self.requested.connect(self._step_on)

    def show_results(self, results: PartResults, in_order: bool) -> None:
        """Apply to photos of these results.

        Args:
            results: The results.
            in_order: True where the photos are a list to go through: after a choice the next one is shown.
        """
        self._results, self._in_order = results, in_order

    def show_state(self, state: AppState, folder: str | None = None) -> None:
        """Apply to the photos of the open folder, and show the choices about an enlarged photo beside it."""
        super().show_state(state, folder)
        if self._viewer_keys is not None:
            self._viewer_keys.draw()

    def suggestion(self) -> str:
        """The class that is suggested for the selected photos; "" for none."""
        photos = self.chosen().all
        return label_review.suggested(self._results, photos) if self._results is not None and photos else ""

    def take_suggestion(self) -> None:
        """Give the selected photos the class that is suggested for them."""
        photos, name = self.chosen().all, self.suggestion()
        if name and not self.class_obstacle():
            self.requested.emit(photo_choices.relabel(photos, name))

    def keep_label(self) -> None:
        """Confirm the labels of the selected photos; where all are confirmed, withdraw that."""
        photos = self.chosen().all
        if photos and not self.class_obstacle():
            self.requested.emit(label_review.toggled(photos, label_review.accepted(self._dataset)))

    def fill(self, menu: QMenu) -> None:
        """Add the entries for the selected photos to a menu."""
        name, photos = self.suggestion(), self.chosen().all
        why = self.class_obstacle()
        title = typography.one_line(name).replace("&", "&&")
        take = QAction(
            tr("Relabel as {title}\t{keys}").format(title=title, keys=KEYS["relabel"])
            if name
            else tr("Relabel as suggested"),
            menu,
        )
        take.triggered.connect(self.take_suggestion)
        menu.addAction(take)
        allow(take, why or ("" if name else NOTHING_ELSE))
        right = bool(photos) and label_review.accepted(self._dataset).issuperset(photos)
        keep = QAction(f"{tr('Label is doubtful again') if right else tr('Label is right')}\t{KEYS['accept']}", menu)
        keep.triggered.connect(self.keep_label)
        menu.addAction(keep)
        allow(keep, why)
        super().fill(menu)

    def attach(self, viewer: PhotoViewer) -> None:
        """Let the same keys act on the photo that a viewer shows."""
        keys = (
            (photo_actions.KEYS["exclude"], self.toggle),
            (KEYS["relabel"], self.take_suggestion),
            (KEYS["accept"], self.keep_label),
            (photo_actions.KEYS["class"], partial(self.ask_class, viewer.details.name)),
            ("Ctrl+Z", self._undo),
        )
        self._viewer_keys = ViewerKeys(self._grid, viewer, keys, self._remarks, lambda: self._why or HINT)
        viewer.finished.connect(self._forget)

    def _undo(self) -> None:
        self.undo_requested.emit()

    def _forget(self) -> None:
        self._viewer_keys = None

    def _remarks(self, path: str) -> tuple[str, ...]:
        """The choices about the photo with an absolute path."""
        if self._results is None:
            return ()
        data = label_review.dataset_of(self._results, self._dataset)
        return label_review.remarks(data, self._results.relative(path), label_review.accepted(data))

    def _step_on(self, _request: JournalRequest) -> None:
        """Show the next photo of a list to go through."""
        if not self._in_order or self._grid.selected_number() != 1:
            return
        if self._viewer_keys is not None:
            if not self._viewer_keys.viewer.is_last():
                self._viewer_keys.viewer.step(1)
            return
        following = self._grid.model().index(self._grid.currentIndex().row() + 1, 0)
        if following.isValid():
            self._grid.setCurrentIndex(following)
