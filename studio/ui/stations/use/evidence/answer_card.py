"""The answer for the photo shown: class or number, whether it is sure, and the most probable classes."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.events import GivenPhoto
from studio.formatting import typography
from studio.formatting.language import tr
from studio.session.state import AppState
from studio.session.using import number_scale, words
from studio.spec.decision import PLAIN, DecisionRule
from studio.ui.stations.use.evidence.class_bars import ClassBars
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.wrapped_label import WrappedLabel

BIG = 1.6
WIDEST = 16_777_215  # QWIDGETSIZE_MAX: no limit
WIDE = 260


class AnswerCard(Card):
    """Answer at the left, bars at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setAccessibleName(tr("Prediction"))
        self.answer = WrappedLabel(self)
        self.answer.setAccessibleName(tr("Prediction"))
        self.why = WrappedLabel(self)
        theme.set_color_role(self.why, "muted")
        self.bars = ClassBars(self)
        left = QVBoxLayout()
        left.setSpacing(4)
        for part in (self.answer, self.why):
            left.addWidget(part)
        left.addStretch(1)
        side = QWidget(self)
        side.setLayout(left)
        left.setContentsMargins(0, 0, 0, 0)
        self._side = side
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(side)
        row.addWidget(self.bars, 1, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(row)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        theme.when_changed(self._apply_theme)
        self._apply_theme()

    def show_photo(self, photo: GivenPhoto, state: AppState, rule: DecisionRule | None = None) -> None:
        """Show the answer for a photo; `rule` is the decision rule that gave it, by default that of the list."""
        run = state.run
        rule = rule or (state.given.rule if run is not None else None) or PLAIN
        said = words.answer(photo)
        is_number = photo.number is not None
        self._side.setMinimumWidth(WIDE)
        self._side.setMaximumWidth(WIDEST if photo.why else WIDE)
        self.bars.setVisible(not photo.why)
        self.answer.show_text(said.value if is_number else typography.breakable(said.text))
        theme.set_color_role(self.answer, "" if said.color_role in ("good", "text") else said.color_role)
        is_sure = photo.sure and not photo.unlike and not photo.why
        certain = "" if photo.why or not is_sure else tr("Sure: ")
        why = "" if photo.why else words.why(photo, rule)
        self.why.show_text(typography.unbroken(f"{certain}{why}" if why else ""))
        if is_number and run is not None and photo.number is not None:
            target = run.dataset.target if run.dataset is not None else "number"
            self.bars.show_number(number_scale.scale(photo.number, run), target)
        else:
            self.bars.show_bars(words.bars(photo, rule))

    def _apply_theme(self) -> None:
        self.answer.setFont(theme.scaled(BIG, bold=True))
