"""Card with the photos that belong to what is selected on the Evaluate page."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton, QWidget

from studio.events import Dataset
from studio.formatting import typography
from studio.formatting.language import tr
from studio.session.evaluation import photo_lists, photo_selection, verdict_words
from studio.session.evaluation.photo_selection import PhotoSelection
from studio.session.judged_choices import JudgedChoice
from studio.session.part_results import PartResults
from studio.session.state import AppState
from studio.ui.page import Page
from studio.ui.photos.photo_grid import PhotoGrid
from studio.ui.photos.photo_viewer import open_viewer
from studio.ui.stations.evaluate import cell_photos
from studio.ui.stations.evaluate.heatmap_panel import HeatmapPanel
from studio.ui.stations.evaluate.label_actions import HINT, LabelActions
from studio.ui.stations.images.photos.journal_bar import JournalBar
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.elided_label import ElidedLabel
from studio.ui.widgets.enabling import ReasonMenu, allow


class PhotoWall(Card):
    """All mistakes, the photos of a cell of the confusion matrix, or the photos that a reason or a list names.

    Signals:
        all_requested: The user chose photos that are no cell of the matrix.
        why_requested: A heatmap to compute: run, absolute path of the photo, and class ("" for the predicted one).

    Attributes:
        selection: The photos shown; the same choice applies to later epochs.
    """

    all_requested = Signal()
    why_requested = Signal(str, str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("All mistakes"), parent)
        self.selection = PhotoSelection()
        self._judged = JudgedChoice()
        self.why: HeatmapPanel | None = None
        self._results: PartResults | None = None
        self._dataset: Dataset | None = None
        self._rows: NDArray[np.int64] = np.zeros(0, np.int64)
        self.all_mistakes = QPushButton(tr("All mistakes"), self)
        self.all_mistakes.setToolTip(tr("Show every wrong photo, worst first"))
        self.all_mistakes.clicked.connect(self._choose_all)
        self.header.addWidget(self.all_mistakes)
        self.lists = QPushButton(tr("Lists"), self)
        self.lists.setToolTip(tr("Lists to go through: arrows move, Enter opens a photo. {hint}").format(hint=HINT))
        self.lists.setMenu(ReasonMenu(self.lists))
        # Only when it opens: the lists of many photos take a while.
        self.lists.menu().aboutToShow.connect(self._fill_lists)
        self.lists.menu().triggered.connect(self._choose_list)
        self.header.addWidget(self.lists)
        self.photos = PhotoGrid(self, lines=3)
        self.photos.photo_opened.connect(self.open_photo)
        self.photos.setMinimumHeight(self.photos.least_height())
        self.photos.allow_many()
        self.choices = LabelActions(self.photos)
        self.choices.menu.open_requested.connect(self.open_photo)
        self.bar = JournalBar(self)
        self.hint = ElidedLabel(self, sentence=True)
        self.hint.show_text(HINT)
        theme.set_color_role(self.hint, "muted")
        self.body.addWidget(self.photos, 1)
        self.body.addWidget(self.hint)
        self.body.addWidget(self.bar)

    def connect_to(self, page: Page) -> None:
        """Send the user's choices to the page's signals."""
        self.choices.requested.connect(lambda request: page.job_requested.emit("journal", (request,)))
        for signal in (self.choices.undo_requested, self.bar.undo_requested):
            signal.connect(page.undo_requested)
        self.why_requested.connect(lambda *asked: page.job_requested.emit("heatmap", self._heatmap_job(*asked)))
        self.bar.redo_requested.connect(page.redo_requested)
        self.bar.dismissed.connect(page.change_dismissed)

    def show_state(self, state: AppState) -> None:
        """Show the choices about the photos, made and possible."""
        self.bar.show_state(state)
        self._judged = state.judged
        if self.why is not None:
            self.why.show_state(state)
        folder = self._results.judged.folder if self._results is not None else None
        moved, self._dataset = state.dataset is not self._dataset, state.dataset
        self.choices.show_state(state, folder)
        if moved:
            self._draw()

    def show_part(self, results: PartResults) -> None:
        """Show the selected photos of these results."""
        if results is self._results:
            return
        same = (
            self._results is not None and results.judged is self._results.judged and results.rule == self._results.rule
        )
        self.selection = photo_selection.carried(self.selection, self._results, results)
        self._results = results
        self.choices.show_results(results, self.selection.paths is not None)
        if self.lists.menu().isVisible():  # the evaluation may have ended since
            self._fill_lists()
        if not same:
            self._draw()

    def select(self, selection: PhotoSelection) -> None:
        """Show other photos."""
        self.selection = selection
        self._draw()

    def open_photo(self, path: str) -> None:
        """Show a photo enlarged, with the others to step through."""
        number = self.photos.row_of(path)
        if number >= 0 and self._results is not None:
            # A copy of the rows: a run in progress replaces them while the dialog is open.
            photo_at = partial(cell_photos.viewed, self._results, self._rows)
            viewer = open_viewer(self.photos, len(self._rows), photo_at, number)
            self.choices.attach(viewer)
            classes = () if self._results.target else self._results.classes
            self.why = HeatmapPanel(viewer, (("", self._results.run),), classes)
            self.why.requested.connect(self.why_requested)
            viewer.finished.connect(self._forget_why)

    def _heatmap_job(self, run: str, path: str, name: str) -> tuple[str, ...]:
        """Arguments of the job: with the judged weights, at the last layer whose output has positions."""
        judged = self._judged
        return run, path, name, "", (judged.weights or "") if judged.run == run else ""

    def _forget_why(self) -> None:
        self.why = None

    def open_first(self) -> None:
        """Show the first photo enlarged, if there is one."""
        if len(self._rows) and self._results is not None:
            self.open_photo(str(Path(self._results.judged.folder, self._results.judged.paths[self._rows[0]])))

    def shut_down(self) -> None:
        """Wait for the threads that decode photos."""
        self.photos.shut_down()

    def _draw(self) -> None:
        results = self._results
        if results is None:
            return
        self._rows = photo_selection.rows(results, self.selection)
        self.choices.show_results(results, self.selection.paths is not None)
        copies = verdict_words.copies(results, self.selection.title)
        items = cell_photos.items(results, self._rows, self._dataset, copies)
        self.photos.classes.show([typography.one_line(name) for name in results.classes])
        self.photos.show_photos(results.judged.folder, items)
        self.set_title(photo_selection.title(results, self.selection, len(items)))
        self.all_mistakes.setVisible(not self.selection.is_all_mistakes)
        self.hint.setVisible(self.selection.paths is not None)

    def _fill_lists(self) -> None:
        results, menu = self._results, self.lists.menu()
        if results is None:
            return
        menu.clear()
        for one in photo_lists.lists(results, self._dataset):
            action = menu.addAction(one.text)
            action.setData(one.selection)
            allow(action, one.why, one.tip)

    def _choose_list(self, action: QAction) -> None:
        selection = action.data()
        self.select(selection)
        self.photos.setFocus()
        self.photos.setCurrentIndex(self.photos.model().index(0, 0))
        self.all_requested.emit()

    def _choose_all(self) -> None:
        self.select(PhotoSelection())
        self.all_requested.emit()
