"""Computes the scores by a decision rule in a thread: their bootstrap takes longer than a step of the slider."""

from __future__ import annotations

from concurrent.futures import Future

from PySide6.QtCore import QObject, QTimer, Signal

from studio.session.evaluation import deciding
from studio.session.evaluation.deciding import RuleScores
from studio.session.part_results import PartResults
from studio.ui.system.background_call import BackgroundCall

SCORES_MS = 150
"""Time after the last change of a rule before its scores are computed."""


class _Scoring(BackgroundCall[PartResults, RuleScores]):
    """The scores of one rule.

    Signals:
        ended: The `Future` of the `RuleScores`.
    """

    ended = Signal(object)

    def _ended(self, answer: Future[RuleScores]) -> None:
        self.ended.emit(answer)


class RuleScoring(QObject):
    """The scores of the results asked for last, once they are computed.

    Signals:
        computed: The scores are computed.
    """

    computed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wanted: PartResults | None = None
        self._scored: tuple[PartResults | None, RuleScores | None] = (None, None)
        self._call: _Scoring | None = None
        self._call_of: PartResults | None = None
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(SCORES_MS)
        self._later.timeout.connect(self._start)

    def of(self, results: PartResults) -> RuleScores | None:
        """The scores by the rule of these results; None until they are computed, and without a rule."""
        if results.target or results.rule.is_plain:
            self._wanted = None
            self._later.stop()
            return None
        if self._scored[0] is results:
            return self._scored[1]
        if self._wanted is not results:
            self._wanted = results
            self._later.start()
        return None

    def _start(self) -> None:
        """Compute the scores that are wanted now; one thread at a time."""
        if self._wanted is None or self._call is not None:
            return
        self._call_of = self._wanted
        self._call = _Scoring(deciding.scores_of, self._wanted, self)
        self._call.ended.connect(self._show)

    def _show(self, answer: Future[RuleScores]) -> None:
        call, scored = self._call, self._call_of
        self._call = self._call_of = None
        if call is not None:
            call.deleteLater()
        if scored is not self._wanted:
            self._start()
            return
        self._scored = (scored, answer.result())
        self.computed.emit()
