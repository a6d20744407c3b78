"""Card with the verdict in plain words; each reason is a link that opens its evidence."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QWidget

from studio.formatting import typography
from studio.formatting.language import tr, translated
from studio.session.evaluation.verdict_words import EVIDENCE_TIPS, ReasonRow, Verdict
from studio.ui.theme import theme
from studio.ui.widgets import tab_order
from studio.ui.widgets.card import Card
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.wrapped_label import WrappedLabel

ICONS = {"good": "check-circle-outline", "caution": "alert-outline", "bad": "alert-circle-outline"}
SPOKEN = {"good": tr("Good news"), "caution": tr("Warning"), "bad": tr("Problem")}
COLUMNS = 3
PROPOSALS = {
    "thaw_last_block": (
        tr("Set up thawing the last block"),
        tr("Choose the settings of this run with the last block thawed; Ctrl+B restores yours"),
    )
}
"""Text and tooltip of the button of each proposal."""


class VerdictCard(Card):
    """The word, the text of the chosen reason, and a link for each reason.

    Signals:
        evidence_requested: A `ReasonRow` whose evidence is to be shown.
        proposal_requested: Set up a proposal.
    """

    evidence_requested = Signal(object)
    proposal_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setAccessibleName(tr("Verdict"))
        self._drawn: Verdict | None = None
        self._why = ""
        self.word = QLabel(self)
        self.word.setTextFormat(Qt.TextFormat.PlainText)
        self.words = WrappedLabel(self)
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.word, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self.words, 1)
        self._links = QWidget(self)
        self._grid = QGridLayout(self._links)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(0)
        self._grid.setHorizontalSpacing(4)
        self.reasons: list[QPushButton] = []
        self.proposal = QPushButton(self)
        self.proposal.setProperty("role", "link")
        self.proposal.setAccessibleName(tr("Set up what the verdict proposes"))
        self.proposal.clicked.connect(self._propose)
        self.body.setSpacing(4)
        self.body.addLayout(top)
        self.body.addWidget(self._links)
        self.body.addWidget(self.proposal, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addStretch(1)
        theme.when_changed(self._apply_theme)

    def show_verdict(self, verdict: Verdict) -> None:
        """Show a verdict; does nothing where it is shown already."""
        if verdict == self._drawn:
            return
        self._drawn = verdict
        self.word.setText(translated(verdict.word))
        focused = next((button for button in self.reasons if button.hasFocus()), None)
        self._links.hide()  # Qt would lay out the whole page again for each button that is shown
        for button in self.reasons[len(verdict.reasons) :]:
            button.hide()
        while len(self.reasons) < len(verdict.reasons):
            place = len(self.reasons)
            button = QPushButton(self._links)
            button.setProperty("role", "link")
            button.setProperty("place", place)
            button.clicked.connect(self._open)
            self.reasons.append(button)
            self._grid.addWidget(button, place // COLUMNS, place % COLUMNS)
            tab_order.insert_before(self.proposal, button)
        several = len(verdict.reasons) > 1 or bool(verdict.reasons and verdict.reasons[0].evidence)
        for button, reason in zip(self.reasons, verdict.reasons, strict=False):
            button.setText(typography.one_line(translated(reason.rule)))
            tip = EVIDENCE_TIPS.get(reason.evidence, tr("Read this reason"))
            button.setToolTip(typography.tip(f"{typography.one_line(reason.text)}\n{tip}"))
            button.setAccessibleName(
                f"{SPOKEN[reason.tone]}: {translated(reason.rule)}. {typography.one_line(reason.text)}"
            )
            button.setAccessibleDescription(tip)
            button.setVisible(several)
        self._links.setVisible(several)
        if focused is not None and not focused.isHidden():
            focused.setFocus()
        proposal = next((one.proposal for one in verdict.reasons if one.proposal in PROPOSALS), "")
        self.proposal.setProperty("proposal", proposal)
        if self.proposal.isHidden() == bool(proposal):
            self.proposal.setVisible(bool(proposal))
        if proposal:
            self.proposal.setText(f"{PROPOSALS[proposal][0]} →")
            allow(self.proposal, self._why, PROPOSALS[proposal][1])
        self._read(verdict.reasons[0] if verdict.reasons else None)
        self._apply_theme()

    def allow_proposal(self, why: str) -> None:
        """Enable the proposal, or give the reason why it cannot be set up now."""
        self._why = why
        if self.proposal.property("proposal"):
            allow(self.proposal, why)

    def _read(self, reason: ReasonRow | None) -> None:
        """Show the text of a reason."""
        text = typography.one_line(reason.text) if reason is not None else ""
        self.words.setText(typography.unbroken(text))
        self.words.hold()
        word = translated(self._drawn.word) if self._drawn is not None else ""
        self.setAccessibleDescription(f"{word}. {text}")

    def _open(self) -> None:
        button = self.sender()
        if self._drawn is None or not isinstance(button, QPushButton):
            return
        reason = self._drawn.reasons[int(button.property("place"))]
        self._read(reason)
        if reason.evidence:
            self.evidence_requested.emit(reason)

    def _propose(self) -> None:
        self.proposal_requested.emit(str(self.proposal.property("proposal")))

    def _apply_theme(self) -> None:
        if self._drawn is None:
            return
        colors = theme.current()
        tone = self._drawn.tone
        soft = getattr(colors, f"{tone}_soft")
        self.word.setStyleSheet(
            f"background: {soft}; color: {getattr(colors, tone)}; border-radius: 8px; padding: 2px 8px;"
            " font-weight: 600;"
        )
        for button, reason in zip(self.reasons, self._drawn.reasons, strict=False):
            button.setIcon(theme.icon(ICONS[reason.tone], getattr(colors, reason.tone)))
