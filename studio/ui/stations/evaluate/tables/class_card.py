"""Card with the metrics of each class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtWidgets import QWidget

from studio.events import Report
from studio.formatting.language import tr
from studio.session.evaluation import class_rows
from studio.session.evaluation.deciding import RuleScores
from studio.session.evaluation.photo_selection import PhotoSelection
from studio.session.part_results import PartResults
from studio.ui.stations.evaluate.tables.score_table import ScoreTable, score_texts
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.wrapped_label import WrappedLabel

WORDS = ("precision", "recall", "F1")


class ClassCard(Card):
    """Precision, recall, F1 and number of photos of each class, with the averages below.

    Signals:
        photos_requested: A `PhotoSelection`: the wrong photos of the class that was opened.
    """

    photos_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Per class"), parent)
        self._results: PartResults | None = None
        self.scores = ScoreTable(self)
        self.scores.activated.connect(self._open)
        self.scores.setToolTip(tr("Enter or a double click shows the mistakes of a class"))
        self.scores.setAccessibleDescription(self.scores.toolTip())
        self.averages = WrappedLabel(self)
        self.averages.setWordWrap(True)
        theme.set_color_role(self.averages, "muted")
        self.body.addWidget(self.scores, 1)
        self.body.addWidget(self.averages)

    def show_part(self, results: PartResults, report: Report | None, by_rule: RuleScores | None = None) -> None:
        """Show the classes of these results; `by_rule` are the scores by their decision rule."""
        self._results = results
        self.scores.scores.show(class_rows.rows(results, report, by_rule))
        parts = [] if self.scores.scores.rowCount() else [class_rows.WITHOUT_ROWS]
        parts += [
            f"{row.name}: " + ", ".join(f"{word} {text}" for word, text in zip(WORDS, score_texts(row), strict=True))
            for row in class_rows.averages(results, by_rule)
        ]
        self.averages.setText("\n".join(parts))
        self.averages.setVisible(bool(parts))
        self.averages.hold()

    def choose(self, names: Sequence[str]) -> None:
        """Select classes."""
        self.scores.choose(names)

    def _open(self, index: QModelIndex) -> None:
        results = self._results
        name = self.scores.class_at(index)
        if results is None or name not in results.classes:
            return
        label = results.classes.index(name)
        concerned = (results.judged.truth == label) | (results.predicted == label)
        rows = np.flatnonzero(results.wrong & concerned)
        rows = rows[np.argsort(-results.confidence[rows], kind="stable")]
        paths = tuple(results.judged.paths[row] for row in rows)
        self.photos_requested.emit(PhotoSelection(None, paths, tr("Mistakes with {name}").format(name=name)))
