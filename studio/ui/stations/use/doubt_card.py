"""“I don't know”: when the run shown gives no answer, and how many validation photos that leaves."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from studio.formatting import typography
from studio.formatting.language import tr
from studio.session.evaluation import judging
from studio.session.state import AppState
from studio.session.using import doubt_words
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.elided_label import ElidedLabel

COUNTS_TIP = tr(
    "Validation photos that are sure by thresholds and least confidence, and how many of these are right. "
    "Those unlike anything seen are not taken out."
)


class DoubtCard(Card):
    """The card; it is shown where a run has answers.

    Signals:
        change_requested: Show where the rule is changed.
    """

    change_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("I don’t know"), parent)
        self._counted: tuple[object, ...] = ()
        self.change = QPushButton(tr("Change…"), self)
        self.change.setProperty("role", "link")
        self.change.setAccessibleName(tr("Change when the run gives no answer"))
        self.change.setToolTip(tr("Change least confidence and thresholds on the Evaluate page"))
        self.change.clicked.connect(self.change_requested)
        self.header.addWidget(self.change)
        self.limits = ElidedLabel(self, sentence=True)
        self.counts = ElidedLabel(self, sentence=True)
        self.body.setSpacing(4)
        for part in (self.limits, self.counts):
            theme.set_color_role(part, "muted")
            self.body.addWidget(part)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.hide()

    def show_state(self, state: AppState) -> None:
        """Draw the rule of the run shown."""
        text, run = doubt_words.limits(state), state.run
        self.setVisible(bool(text))
        if run is None or not text:
            return
        self.limits.show_text(doubt_words.in_short(state))
        self.limits.setToolTip(typography.tip(text))
        self.limits.setAccessibleDescription(text)
        self.change.setVisible(run.dataset is None or not run.dataset.target)
        source = (run.predictions, run.evaluations, run.decision, judging.weights(state))
        if len(self._counted) == len(source) and all(map(lambda a, b: a is b, source, self._counted)):
            return  # counting passes over all validation photos
        self._counted = source
        results = doubt_words.validation(state)
        self.counts.show_text(doubt_words.counts(results) if results is not None else "")
        self.counts.setToolTip(COUNTS_TIP)
        self.counts.setAccessibleDescription(COUNTS_TIP)
        self.counts.setVisible(results is not None)
