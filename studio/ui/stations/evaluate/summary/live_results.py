"""Results of the run shown from its own predictions; during a run, not more often than a user can read them."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from studio.events import Dataset, PredictedNumbers, PredictedProbabilities
from studio.session import part_results
from studio.session.part_results import PartResults
from studio.session.state import RunState

EVERY_MS = 500
"""Minimum time between two updates during a run: epochs may be faster than a user can read."""


class LiveResults(QObject):
    """Converts the predictions of the last epoch, once for each epoch that is shown.

    Signals:
        outdated: An epoch was skipped, and may be shown now.
    """

    outdated = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source: tuple[PredictedProbabilities | PredictedNumbers | None, Dataset | None] = (None, None)
        self._results: PartResults | None = None
        self._since = QElapsedTimer()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(EVERY_MS)
        self._later.timeout.connect(self.outdated)

    def of(self, run: RunState) -> PartResults | None:
        """The results of a run; None before its first epoch."""
        predictions, dataset = run.predictions or run.numbers, run.dataset
        if predictions is None or dataset is None:
            return None
        before = self._results if self._results is not None and self._results.run == run.id else None
        if before is not None and dataset is self._source[1]:
            if predictions is self._source[0]:
                return before
            if run.status == "running" and self._since.isValid() and self._since.elapsed() < EVERY_MS:
                self._later.start()
                return before
        self._since.start()
        self._later.stop()
        self._source = (predictions, dataset)
        self._results = part_results.of_events(run.id, dataset, predictions)
        return self._results
