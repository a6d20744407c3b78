"""Station 5: the quality of a run, and the photos it predicts wrongly.

Longer than other files: the cards share the run, the selected cell and its photos, and no part works without them.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QElapsedTimer, Qt, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.events import Dataset, PredictedProbabilities, Report
from studio.events.runs import END_WORDS
from studio.formatting import typography
from studio.formatting.numbers import many
from studio.session.runs import run_words
from studio.session.selectors import cannot_export, ranges_of_run, stale
from studio.session.state import AppState, RunState
from studio.ui.page import Page
from studio.ui.photos.photo_grid import PhotoGrid
from studio.ui.photos.photo_viewer import open_viewer
from studio.ui.plots.confusion import ConfusionMatrix
from studio.ui.stations.evaluate import cell_photos
from studio.ui.stations.evaluate.figure_cards import Figures
from studio.ui.stations.evaluate.score_table import ScoreTable
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.elided_label import ElidedLabel
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.notice import Notice
from studio.ui.widgets.page_stack import PageStack
from studio.ui.widgets.splitter import Panels

if TYPE_CHECKING:
    from studio.ui.stations.evaluate.regression import NumberResults

PHOTOS_EVERY_MS = 500
"""Minimum time between two updates of the photos during a training: epochs may be faster than a user can read."""

CARD_FRAME = 64
"""Height of a card beyond its body: margins and title row with a button."""


class EvaluatePage(Page):
    """The Evaluate page: metrics, confusion matrix, photos, and scores per class."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = AppState()
        self._cell: cell_photos.Cell | None = None
        self._predicted: PredictedProbabilities | None = None
        self._dataset: Dataset | None = None
        self._truth: NDArray[np.int64] = np.zeros(0, np.int64)
        self._rows: NDArray[np.int64] | None = None
        self._notice_key: tuple[Any, ...] | None = None
        self._since = QElapsedTimer()
        nothing = QLabel("Results appear here after the first epoch of a training.", self)
        nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        theme.set_color_role(nothing, "muted")
        self.run_line = ElidedLabel(self, sentence=True)
        self.run_line.setFont(theme.scaled(1.0, bold=True))
        self.run_line.hide()
        self._notice = Notice(self)
        self.stack = PageStack(self)
        self.stack.addWidget(nothing)
        self.stack.addWidget(self._results())
        self.numbers = self._number_results()
        self.stack.addWidget(self.numbers)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.run_line)
        column.addWidget(self._notice)
        column.addWidget(self.stack, 1)

    def show_state(self, state: AppState) -> None:
        """Draw the state. Results are drawn only while the page is visible."""
        self._state = state
        self._render_notice(state)
        self._render_export(state)
        self._name_run(state)
        run = state.run
        for photos in (self.photos, self.numbers.photos):
            photos.set_ranges(ranges_of_run(state))
        if run is None or run.report is None:
            self.stack.setCurrentIndex(0)
        elif run.report.confusion is None:  # a number is learned: points in place of the matrix
            self.stack.setCurrentIndex(2)
            if self.isVisible():
                self.numbers.show_run(run, run.report)
        else:
            self.stack.setCurrentIndex(1)
            if self.isVisible():
                self._render_report(run, run.report, run.report.confusion)
                self._render_photos(run)

    def shut_down(self) -> None:
        """Wait for the threads that decode photos."""
        self.photos.shut_down()
        self.numbers.shut_down()

    # ------------------------------------------------------------------------------------------ parts

    def _results(self) -> QWidget:
        page = QWidget(self)
        self.figures = Figures("classification", page)
        self.matrix = ConfusionMatrix()
        self.matrix.cell_chosen.connect(self._choose_cell)
        self.matrix.setToolTip(
            "Click a cell to see its photos. Arrows and Enter select a cell; Ctrl and the wheel, + and -, zoom; 0 fits"
        )
        area = QScrollArea(page)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(self.matrix)
        matrix_card = Card("Confusion matrix", page)
        for sign, text, tip, slot in (
            ("minus", "Zoom out", "Smaller cells (−, Ctrl and the wheel)", self.matrix.zoom_out),
            (
                "plus",
                "Zoom in",
                "Larger cells, with the names of the classes (+, Ctrl and the wheel)",
                self.matrix.zoom_in,
            ),
            ("fit-to-page-outline", "Fit", "Show the whole matrix (0)", self.matrix.fit),
        ):
            button = QToolButton(matrix_card)
            button.setIcon(theme.icon(sign))
            button.setIconSize(theme.ICON)
            button.setAccessibleName(text)
            button.setToolTip(tip)
            button.clicked.connect(slot)
            matrix_card.header.addWidget(button)
        self.hovered = ElidedLabel(matrix_card)
        theme.set_color_role(self.hovered, "muted")
        self.hovered.setMinimumHeight(self.hovered.fontMetrics().height() + 2)
        self.matrix.hovered.connect(self.hovered.show_text)
        matrix_card.body.addWidget(area, 1)
        matrix_card.body.addWidget(self.hovered)
        pair = (matrix_card, self._right(page))
        self.columns = Panels(Qt.Orientation.Horizontal, pair, (520, 728), (2, 3), "evaluate_columns", page)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.figures)
        column.addWidget(self.columns, 1)
        return page

    def _number_results(self) -> NumberResults:
        from studio.ui.stations.evaluate.regression import NumberResults  # the plots' library takes its time

        numbers = NumberResults(self)
        numbers.export_requested.connect(self.export_requested)
        return numbers

    def _right(self, page: QWidget) -> QWidget:
        self.photos_card = Card("All mistakes", page)
        self.all_mistakes = QPushButton("All mistakes", page)
        self.all_mistakes.setToolTip("Show every wrong photo, worst first")
        self.all_mistakes.clicked.connect(self._choose_all)
        self.photos_card.header.addWidget(self.all_mistakes)
        self.photos = PhotoGrid(self.photos_card, lines=3)
        self.photos.photo_opened.connect(self.open_photo)
        self.photos.setMinimumHeight(self.photos.least_height())
        self.photos_card.body.addWidget(self.photos, 1)
        classes = self._classes_card = Card("Per class", page)
        self.export = QPushButton("Export head…", classes)
        self.export.setToolTip("Export the trained head to a file (Ctrl+E)")
        self.export.clicked.connect(self.export_requested)
        classes.header.addWidget(self.export)
        self.scores = ScoreTable(classes)
        classes.body.addWidget(self.scores, 1)
        pair = (self.photos_card, classes)
        self._right_column = Panels(Qt.Orientation.Vertical, pair, (440, 160), (1, 0), "evaluate_right", page)
        return self._right_column

    # ------------------------------------------------------------------------------------------ drawing

    def _name_run(self, state: AppState) -> None:
        """Write the run, epoch and photos that everything below belongs to."""
        run = state.run
        judged = run is not None and run.report is not None
        self.run_line.setVisible(judged)
        if run is None or not judged:
            return
        predictions = run.predictions or run.numbers
        folder = Path(run.started.spec.dataset.folder).name
        photos = folder
        if predictions is not None:
            photos = f"{many(len(predictions.photos), 'validation photo')} of {folder}"
        self.run_line.show_text(" · ".join((run_words.shown(state), run_words.epoch(run), photos)))
        self.run_line.setToolTip(typography.tip(f"{self.run_line.text()}\n{run.started.run}"))
        self.run_line.setAccessibleName(f"Shown: {self.run_line.text()}")

    def _render_notice(self, state: AppState) -> None:
        judged = state.run is not None and state.run.report is not None
        old = stale(state).get("evaluate", "") if judged else ""
        saved = state.saved if state.saved is not None and state.saved.kind == "head" else None
        status = state.run.status if state.run is not None and judged else ""
        missing = state.run.missing if state.run is not None else 0
        key = (state.faults.get("evaluate"), old, saved, status, missing)
        if key == self._notice_key:
            return
        before, self._notice_key = self._notice_key, key
        if key[0] is not None:
            self._notice.show_fault(key[0])
        elif old:
            self._notice.show_text("caution", old, _missing_words(missing) if missing else "")
        elif saved is not None and (before is None or saved is not before[2] or status == before[3]):
            self._notice.show_text("good", f"The head is saved in {saved.path}")
        elif missing and state.run is not None:
            folder = state.run.started.spec.dataset.folder
            self._notice.show_text(
                "caution",
                _missing_words(missing),
                f"The metrics are unchanged; put the photos back into {folder} to see them.",
            )
        elif status in END_WORDS:
            which = run_words.epoch_shown(state.run) if state.run is not None else 0
            self._notice.show_text(
                "info", f"The training {END_WORDS[status]}; these are the results of its epoch {which}."
            )
        else:
            self._notice.clear()

    def _render_export(self, state: AppState) -> None:
        why = cannot_export(state)
        allow(self.export, why)
        self.numbers.show_export(why)

    def _render_report(self, run: RunState, report: Report, confusion: NDArray[np.int64]) -> None:
        self.figures.show_report(report)
        names = run.dataset.classes if run.dataset is not None else tuple(score.name for score in report.classes)
        self.matrix.show_counts(confusion, names)
        self.scores.scores.show(report.classes)
        self._bound_scores(self.scores.height_of_all() + CARD_FRAME)
        if self.matrix.chosen is None:
            self._cell = None

    def _bound_scores(self, height: int) -> None:
        """Limit the height of the table of classes; the photos get the rest."""
        if self._classes_card.maximumHeight() == height:
            return
        self._classes_card.setMaximumHeight(height)
        self._classes_card.setMinimumHeight(min(height, self.scores.height_of(1) + CARD_FRAME))
        self._share_right()

    def _share_right(self) -> None:
        """Show six classes where there is room; in a low window one row of photos with captions has priority."""
        both = self._right_column.sizes()
        least, most = self._classes_card.minimumHeight(), self._classes_card.maximumHeight()
        usual = min(most, self.scores.height_of(6) + CARD_FRAME)
        photos = self.photos.least_height() + CARD_FRAME
        below = min(max(both[1], min(usual, sum(both) // 2)), most, max(least, sum(both) - photos))
        if below != both[1]:
            self._right_column.setSizes([sum(both) - below, below])

    def _render_photos(self, run: RunState) -> None:
        if run.predictions is None or run.dataset is None:
            return
        if run.predictions is self._predicted and run.dataset is self._dataset:
            return
        busy = run.status == "running" and self._since.isValid() and self._since.elapsed() < PHOTOS_EVERY_MS
        if busy and run.dataset is self._dataset:
            return
        self._since.start()
        self._predicted, self._dataset = run.predictions, run.dataset
        self._truth = cell_photos.labels(run.predictions, run.dataset)
        self._show_cell()

    def _show_cell(self) -> None:
        """Show the photos of the selected cell."""
        if self._predicted is None or self._dataset is None:
            return
        self._rows = cell_photos.rows_of(self._predicted, self._truth, self._cell)
        items = cell_photos.items(self._predicted, self._dataset, self._truth, self._rows)
        self.photos.classes.show([typography.one_line(name) for name in self._dataset.classes])
        self.photos.show_photos(self._dataset.folder, items)
        self.photos_card.set_title(cell_photos.title(self._dataset.classes, self._cell, len(items)))
        self.all_mistakes.setVisible(self._cell is not None)

    # ------------------------------------------------------------------------------------------ what happens

    def _choose_cell(self, true: int, guess: int) -> None:
        self._cell = (true, guess)
        self._show_cell()

    def _choose_all(self) -> None:
        self._cell = None
        self.matrix.choose(None)
        self._show_cell()

    def open_photo(self, path: str) -> None:
        """Show a photo enlarged, with the others of its cell to step through."""
        items, root = self.photos.photos(), self._dataset.folder if self._dataset is not None else ""
        places = (place for place, item in enumerate(items) if path.endswith(item.path))
        number = next((place for place in places if str(Path(root, items[place].path)) == path), -1)
        if number >= 0 and self._predicted is not None and self._dataset is not None and self._rows is not None:
            # A copy of the present rows: a running training replaces them while the dialog is open.
            photo_at = partial(cell_photos.viewed, self._predicted, self._dataset, self._rows)
            open_viewer(self.photos, len(items), photo_at, number)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Divide the height again once the cards have their new size."""
        super().resizeEvent(event)
        if event.size().height() != event.oldSize().height():
            QTimer.singleShot(0, self, self._share_right)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw the results that arrived while another page was shown."""
        super().showEvent(event)
        self.show_state(self._state)


def _missing_words(missing: int) -> str:
    return f"{many(missing, 'validation photo')} of this run {'is' if missing == 1 else 'are'} missing."
