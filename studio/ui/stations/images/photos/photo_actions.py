"""Choices about the selected photos of a grid, by key and menu: exclude, class, split, accepted findings."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu, QWidget

from studio.events import Dataset
from studio.formatting import numbers
from studio.formatting.language import counted, tr
from studio.session.photos import photo_choices
from studio.session.photos.journal import cannot_choose
from studio.session.photos.photo_choices import SPLIT_TITLES, ChosenPhotos
from studio.session.state import AppState
from studio.spec.journal import JournalRequest
from studio.ui.photos.photo_grid import PhotoGrid
from studio.ui.stations.images.photos.class_popup import ClassPopup
from studio.ui.widgets.enabling import ReasonMenu, allow

KEYS = {"exclude": "Del", "class": "M", "split": "S"}
NONE_SELECTED = tr("No photo is selected.")
NO_CLASSES = tr("These photos have numbers, not classes.")


class PhotoActions(QObject):
    """Turns keys and menu entries into requests to change the journal.

    Signals:
        requested: A `JournalRequest`.
    """

    requested = Signal(object)

    def __init__(self, grid: PhotoGrid, without: Collection[str] = ()) -> None:
        """Add the keys to a grid.

        Args:
            grid: The grid.
            without: Names in `KEYS` of the actions to leave out, because their key does something else there.
        """
        super().__init__(grid)
        self._grid = grid
        self._dataset: Dataset | None = None
        self._why = ""
        self._keys = {name: key for name, key in KEYS.items() if name not in without}
        slots = {"exclude": self.toggle, "class": self.ask_class, "split": self.ask_split}
        for name, key in self._keys.items():
            shortcut = QShortcut(QKeySequence(key), grid, slots[name])
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)

    def show_state(self, state: AppState, folder: str | None = None) -> None:
        """Apply to the photos of the open folder.

        Args:
            state: The state.
            folder: Folder of the photos in the grid, where it may be another one.
        """
        self._dataset, self._why = state.dataset, cannot_choose(state, folder)

    def chosen(self) -> ChosenPhotos:
        """The selected photos that are in the open folder."""
        if self._dataset is None or self._why:
            return ChosenPhotos()
        return photo_choices.chosen_photos(self._dataset, self._grid.selected_paths())

    def obstacle(self) -> str:
        """The reason why no choice is possible for the selected photos; "" where one is."""
        return self._why or ("" if self._grid.selected_number() else NONE_SELECTED)

    def class_obstacle(self) -> str:
        """The reason why they can get no other class."""
        numeric = self._dataset is not None and bool(self._dataset.target)
        return self.obstacle() or (NO_CLASSES if numeric else "")

    def all_excluded(self) -> bool:
        """True where all selected photos are excluded, so that they can only be restored."""
        if self._dataset is None or not self._dataset.excluded or not self._grid.selected_number():
            return False
        choices = self._dataset.choices.by_path
        return all(path in choices and choices[path].excluded for path in self._grid.selected_paths())

    def toggle(self) -> None:
        """Exclude the selected photos, or restore them where all are excluded."""
        photos = self.chosen()
        if photos.all:
            self.requested.emit(photo_choices.toggled(photos))

    def ask_class(self, owner: QWidget | None = None) -> None:
        """Let the user choose another class for the selected photos."""
        photos = self.chosen()
        if self._dataset is None or not photos.all or self.class_obstacle():
            return
        labels = photo_choices.classes_of(self._dataset, photos.all)
        # The class that all of them have is of no use, unless as a choice in place of another one.
        names = [name for name in self._dataset.classes if labels != {name}]
        title = tr("Move {photos} to class…").format(photos=counted(len(photos.all), "photo"))
        popup = ClassPopup(names, title, photos.relabeled, owner or self._grid)
        popup.chosen.connect(partial(self._relabel, photos.all))
        popup.open_at(self._place(owner))

    def ask_split(self, owner: QWidget | None = None) -> None:
        """Let the user choose another split for the selected photos."""
        photos = self.chosen()
        if photos.all:
            menu = QMenu(owner or self._grid)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            self._fill_splits(menu, photos)
            menu.popup(self._place(owner))

    def fill(self, menu: QMenu) -> None:
        """Add the entries for the selected photos to a menu."""
        photos = self.chosen()
        # Entries for both, where some are excluded and others are not.
        if photos.used or not photos.excluded:
            self._add(
                menu,
                _of_several(tr("Exclude"), photos.used),
                photo_choices.exclude(photos.used),
                KEYS["exclude"],
            )
        if photos.excluded:
            key = "" if photos.used else KEYS["exclude"]
            self._add(
                menu,
                _of_several(tr("Restore"), photos.excluded),
                photo_choices.restore(photos.excluded),
                key,
            )
        action = QAction(tr("Move to class…\t{keys}").format(keys=KEYS["class"]), menu)
        action.triggered.connect(self._ask_class_later)
        menu.addAction(action)
        allow(action, self.class_obstacle())
        splits = menu.addMenu("\t".join(filter(None, (tr("Move to split"), self._keys.get("split")))))
        self._fill_splits(splits, photos)
        allow(splits.menuAction(), self.obstacle())
        self._fill_findings(menu, photos)

    def _fill_splits(self, menu: QMenu, photos: ChosenPhotos) -> None:
        for split, title in SPLIT_TITLES.items():
            self._add(menu, title, photo_choices.move(photos.all, split))
        if photos.moved:
            menu.addSeparator()
            self._add(menu, tr("Back to where it was"), photo_choices.move(photos.all, ""))

    def _fill_findings(self, menu: QMenu, photos: ChosenPhotos) -> None:
        if self._dataset is None or not photos.used:
            return
        findings = photo_choices.findings_on(self._dataset, photos.used)
        if not findings:
            return
        accept = ReasonMenu(tr("Accept finding"), menu)
        menu.addMenu(accept)
        for finding, groups in findings:
            number = f" ({numbers.exact(len(groups))})" if len(groups) > 1 else ""
            self._add(
                accept, f"{photo_choices.kind_words(finding.kind)}{number}", photo_choices.accept(finding, groups)
            )

    def _add(self, menu: QMenu, text: str, request: JournalRequest, key: str = "") -> None:
        action = QAction(f"{text}\t{key}" if key else text, menu)
        action.triggered.connect(partial(self._request, request))
        menu.addAction(action)
        allow(action, self.obstacle())

    def _ask_class_later(self) -> None:
        self.ask_class()

    def _relabel(self, paths: tuple[str, ...], name: str) -> None:
        self.requested.emit(photo_choices.relabel(paths, name))

    def _request(self, request: JournalRequest) -> None:
        self.requested.emit(request)

    def _place(self, owner: QWidget | None) -> QPoint:
        """Where a popup opens: at its button, or at the current photo."""
        if owner is not None:
            return owner.mapToGlobal(QPoint(0, 0))
        view = self._grid.viewport()
        cell = self._grid.visualRect(self._grid.currentIndex())
        inside = cell.center() if cell.isValid() and view.rect().contains(cell.center()) else view.rect().center()
        return view.mapToGlobal(inside)


def _of_several(act: str, paths: tuple[str, ...]) -> str:
    """An action and, of more than one photo, their number: “Exclude 3 photos”."""
    photos = counted(len(paths), "photo")
    return tr("{act} {photos}").format(act=act, photos=photos) if len(paths) > 1 else act
