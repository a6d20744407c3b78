"""The Images page: the folder, its classes, what is wrong with it, how it is split, and the photos themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QWidget

from studio.events import Dataset, Skipped
from studio.formatting import typography
from studio.formatting.language import counted, tr
from studio.session.selectors import ranges_now
from studio.session.settings import Settings
from studio.session.state import AppState
from studio.spec import DatasetSpec
from studio.spec.journal import JournalRequest
from studio.spec.structs import replace
from studio.ui.page import Page
from studio.ui.stations.images.class_table import ClassTable
from studio.ui.stations.images.findings_card import FindingsCard
from studio.ui.stations.images.folder_list import FolderList
from studio.ui.stations.images.left_column import LeftColumn
from studio.ui.stations.images.photos.photos_card import PhotosCard
from studio.ui.stations.images.skipped_list import SkippedList
from studio.ui.stations.images.split_card import SplitCard
from studio.ui.stations.images.targets_panel import NumberPanel, TargetsLine
from studio.ui.widgets.card import Card
from studio.ui.widgets.elided_label import ElidedLabel
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.notice import Notice
from studio.ui.widgets.part_by_part import PartByPart
from studio.ui.widgets.splitter import Panels

DEBOUNCE_MS = 250
MANY_PHOTOS = 2_000
"""Number of photos from which the classes are drawn in a turn of their own."""

NO_RECENT = tr("No folder has been opened yet.")


class ImagesPage(Page):
    """The Images page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = AppState()
        self._dataset: Dataset | None = None
        self._fitted: object = None
        self._folder_card = self._make_folder_card()
        self._classes_card = Card(tr("Classes"), self)
        self._table = ClassTable(self._classes_card)
        self._numbers = NumberPanel(self._classes_card)
        self._numbers.hide()
        self._save_numbers = self._numbers.spread.files.button(self._classes_card)
        self._save_numbers.hide()
        self._classes_card.header.addWidget(self._save_numbers)
        self._skipped = SkippedList(self._classes_card)
        self._notes = SkippedList(
            self._classes_card,
            lambda number: counted(number, "note"),
            tr("Notes"),
            (tr("Photo or folder"), tr("Note")),
            tr("Show notes on photos and folders"),
        )
        self._classes_card.body.addWidget(self._table, 1)
        self._classes_card.body.addWidget(self._numbers, 1)
        self._classes_card.body.addWidget(self._skipped)
        self._classes_card.body.addWidget(self._notes)
        self._split = SplitCard(self)
        self._split.fraction_moved.connect(self._fraction_moved)
        self._split.split_chosen.connect(self._choose_split)
        self._split.pairs_requested.connect(partial(self._show_set, "across_split"))
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(DEBOUNCE_MS)
        self._later.timeout.connect(self._send_fraction)
        self.photos = PhotosCard(self)
        self.photos.photo_chosen.connect(self.photo_chosen)
        self.photos.labels_changed.connect(self._table.show_selected)
        self._table.labels_changed.connect(self.photos.show_labels)
        self.findings = FindingsCard(self)
        self.findings.crop_requested.connect(self._show_crop)
        self.findings.photos_requested.connect(self._show_finding)
        self.photos.body.insertWidget(self.photos.body.indexOf(self.photos.grid), self.findings.pairs, 3)
        self.photos.maps.switched.connect(self.findings.pairs.put_aside)
        self.photos.cleared.connect(self.findings.clear)
        self.photos.set_chosen.connect(self._show_set)
        self.photos.map_requested.connect(self._compute_map)
        for signal in (self.photos.choices.requested, self.findings.requested):
            signal.connect(self._change_journal)
        self.photos.bar.undo_requested.connect(self.undo_requested)
        self.photos.bar.redo_requested.connect(self.redo_requested)
        self.photos.bar.dismissed.connect(self.change_dismissed)
        self._lay_out()
        self._parts = PartByPart(self)

    def showEvent(self, event: QShowEvent) -> None:
        """Paint the columns one after the other, and the grid apart: together they take 0.04 s."""
        super().showEvent(event)
        self._begin_parts(is_large=True)

    def show_state(self, state: AppState) -> None:
        """Draw the state, redrawing only what changed."""
        if not self.isVisible():
            self._left.fit_later()  # in the turn after the page is shown
        self._state = state
        looks = state.dataset, state.spec.dataset, state.faults.get("images")
        self._render_folder(state)
        self.photos.grid.set_ranges(ranges_now(state))
        self.findings.pairs.set_ranges(ranges_now(state))
        if not self._later.isActive():
            self._split.show_state(state)
        if state.dataset is not self._dataset:
            self._dataset = state.dataset
            self._begin_parts(is_large=state.dataset is not None and len(state.dataset.photos) >= MANY_PHOTOS)
            if not self._parts.is_waiting(self._left):
                self._render_classes(state.dataset)
            self._skipped.show_skipped(state.dataset.skipped if state.dataset is not None else ())
            notes = state.dataset.notes if state.dataset is not None else ()
            self._notes.show_skipped(tuple(Skipped(note.path, note.text) for note in notes))
            self.photos.show_dataset(state.dataset)
        self.findings.show_dataset(state.dataset, bool({"scan", "train"} & set(state.jobs)))
        self.photos.show_state(state)
        if looks != self._fitted:
            self._fitted = looks
            self._left.fit()

    def _begin_parts(self, *, is_large: bool) -> None:
        """Paint the parts one turn after the other; for a large data set, draw the left column in a turn of its own."""
        if is_large:
            self._left.fit_later()
        else:
            self._left.fit_now()
        later: dict[QWidget, Callable[[], None]] = {self._left: self._draw_left} if is_large else {}
        self._parts.begin((self._left, self.photos, self.photos.grid), later)

    def _draw_left(self) -> None:
        """Draw the classes, and fit the cards into the column."""
        self._render_classes(self._dataset)
        self._left.fit_now()

    def show_recent(self, folders: Sequence[str]) -> None:
        """Fill the menu of recent folders."""
        self._recent_menu.clear()
        for folder in folders:
            action = self._recent_menu.addAction(typography.one_line(folder).replace("&", "&&"))
            action.setData(folder)
        allow(self._recent, "" if folders else NO_RECENT)

    def restore_layout(self, settings: Settings) -> None:
        """Apply the saved size of the thumbnails."""
        self.photos.set_picture_height(settings.picture_height)

    def save_layout(self, settings: Settings) -> None:
        """Put the size of the thumbnails into the settings."""
        settings.picture_height = self.photos.picture_height()

    def shut_down(self) -> None:
        """Wait for the thumbnails."""
        self._later.stop()
        self.photos.grid.shut_down()
        self.photos.maps.shut_down()
        self.findings.pairs.shut_down()

    # ------------------------------------------------------------------------------------------------ building

    def _make_folder_card(self) -> Card:
        card = Card(tr("Folder"), self)
        self._path = ElidedLabel(card)
        self._open = QPushButton(tr("Open…"), card)
        self._open.setToolTip(tr("Open another image folder (Ctrl+O)"))
        self._open.setAccessibleName(tr("Open image folder"))
        self._open.clicked.connect(self.browse_requested)
        self._recent = QPushButton(tr("Recent"), card)
        self._recent.setToolTip(tr("Folders opened before"))
        self._recent_menu = QMenu(self._recent)
        self._recent_menu.triggered.connect(self._recent_chosen)
        self._recent.setMenu(self._recent_menu)
        allow(self._recent, NO_RECENT)
        self._notice = Notice(card)
        self.folders = FolderList(card)
        self.folders.dataset_changed.connect(self._change_folders)
        card.header.addWidget(self._recent)
        card.header.addWidget(self.folders.add)
        card.header.addWidget(self._open)
        self._targets = TargetsLine(card)
        self._targets.targets_requested.connect(self.targets_requested)
        self._targets.classes_requested.connect(self.classes_requested)
        self._targets.names_requested.connect(self.names_requested)
        self._targets.labels_requested.connect(self.labels_requested)
        card.body.addWidget(self._path)
        card.body.addWidget(self.folders)
        card.body.addWidget(self._targets)
        card.body.addWidget(self._notice)
        return card

    def _lay_out(self) -> None:
        cards = (self._folder_card, self._classes_card, self.findings, self._split)
        self._left = LeftColumn(cards, self.findings, self._split, self.folders, self._table, self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(Panels(Qt.Orientation.Horizontal, (self._left, self.photos), (340, 900), (0, 1), "images", self))

    # ------------------------------------------------------------------------------------------------ drawing

    def _render_folder(self, state: AppState) -> None:
        folder = state.spec.dataset.folder
        self._path.show_text(folder)
        self._path.setVisible(not state.spec.dataset.folders)  # the list of folders has the paths, and needs the height
        self._targets.show_state(state)
        self.folders.show_state(state)
        fault = state.faults.get("images")
        problems = state.dataset.problems if state.dataset is not None else ()
        if fault is not None:
            self._notice.show_fault(fault)
        elif problems:
            more = tr(" ({more} more below it.)").format(more=len(problems) - 1) if len(problems) > 1 else ""
            lines = (problems[0].hint, *(f"{problem.title} {problem.hint}" for problem in problems[1:]))
            self._notice.show_text("bad", problems[0].title + more, "\n".join(map(typography.one_line, lines)))
        else:
            self._notice.clear()

    def _change_folders(self, dataset: DatasetSpec) -> None:
        self.spec_changed.emit(replace(self._state.spec, dataset=dataset))

    def _render_classes(self, dataset: Dataset | None) -> None:
        numeric = dataset is not None and bool(dataset.target)
        self._table.show_classes(None if numeric else dataset)
        if dataset is not None and numeric:
            self._numbers.show_numbers(dataset)
        self._classes_card.set_title(tr("Number") if numeric else tr("Classes"))
        self._table.setVisible(not numeric)
        self._numbers.setVisible(numeric)
        self._save_numbers.setVisible(numeric)

    # ------------------------------------------------------------------------------------------------ the user acts

    def _show_finding(self, paths: frozenset[str]) -> None:
        """Show the photos of the chosen finding."""
        finding = self.findings.finding()
        self.photos.show_set(finding.kind if finding is not None else "", paths)

    def _show_set(self, key: str) -> None:
        """Show a set of photos; if it is that of a finding, choose the finding, too."""
        if not self.findings.choose(key):
            self.photos.show_set(key)

    def _compute_map(self, only_stored: bool) -> None:
        self.job_requested.emit("photo_map", (self._state.spec.dataset, self._state.spec.backbone, only_stored))

    def _change_journal(self, request: JournalRequest) -> None:
        self.job_requested.emit("journal", (request,))

    def _recent_chosen(self, action: QAction) -> None:
        self.folder_requested.emit(str(action.data()))

    def _show_crop(self, path: str) -> None:
        if self._dataset is not None:
            self.photo_chosen.emit(str(Path(self._dataset.folder, path)))
            self.station_requested.emit("preprocess")

    def _choose_split(self, dataset: DatasetSpec) -> None:
        self.spec_changed.emit(replace(self._state.spec, dataset=dataset))

    def _fraction_moved(self) -> None:
        self._later.start()

    def _send_fraction(self) -> None:
        dataset = replace(self._state.spec.dataset, val_fraction=self._split.fraction())
        if dataset != self._state.spec.dataset:
            self.spec_changed.emit(replace(self._state.spec, dataset=dataset))
