"""Cards at the top of the Evaluate page: figures of a report, and its verdict."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from studio.evaluate.metrics import IN_REPORT, TaskName, in_report
from studio.evaluate.report_notes import note
from studio.events import Report
from studio.formatting import typography
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.wrapped_label import WrappedLabel

VERDICTS = {"Healthy": "good", "Not yet": "bad"}
"""Color role of each verdict; findings, those of older runs included, have that of a caution."""


class FigureCard(Card):
    """A large number and a note below it."""

    def __init__(self, title: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.setToolTip(tip)
        self.value = QLabel(self)
        self.value.setFont(theme.scaled(1.9, bold=True))
        self.note = WrappedLabel(self)
        self.note.setWordWrap(True)
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_color_role(self.note, "muted")
        self.body.setSpacing(4)
        self.body.addWidget(self.value)
        self.body.addWidget(self.note)
        self.body.addStretch(1)

    def show_figure(self, value: str, note: str) -> None:
        """Show a number and its note."""
        note = typography.one_line(note)
        self.value.setText(value)
        self.note.setText(typography.unbroken(note))
        self.note.hold()
        self.setAccessibleDescription(f"{value}, {note}")


class Figures(QWidget):
    """The row of cards: one for each figure of a report, and the verdict.

    Args:
        task: Whose figures.
        parent: Owner.

    Attributes:
        cards: By the key of their metric.
    """

    def __init__(self, task: TaskName, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawn: Report | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        self.cards: dict[str, FigureCard] = {}
        for metric in IN_REPORT[task]:
            if not metric.beside:
                self.cards[metric.key] = FigureCard(metric.title, metric.tip, self)
                row.addWidget(self.cards[metric.key], 4)
        self.verdict = Card("Verdict", self)
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.RichText)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.verdict.body.addWidget(self.words, 1)
        row.addWidget(self.verdict, 7)
        theme.when_changed(self._apply_theme)

    def show_report(self, report: Report) -> None:
        """Show a report; does nothing where it is shown already."""
        if report is self._drawn:
            return
        self._drawn = report
        for metric, figure in in_report(report):
            if metric.key in self.cards:
                self.cards[metric.key].show_figure(metric.text(figure.value), note(report, figure))
        self._apply_theme()

    def _apply_theme(self) -> None:
        if self._drawn is None:
            return
        report = self._drawn
        color_role = VERDICTS.get(report.verdict, "caution")
        color = getattr(theme.current(), color_role)
        advice_text = typography.one_line(report.advice)
        advice = typography.unbroken(advice_text).replace("&", "&amp;").replace("<", "&lt;")
        verdict = report.verdict.replace("&", "&amp;").replace("<", "&lt;")
        self.words.setText(f'<b style="color:{color}">{verdict}.</b> {advice}')
        self.verdict.setAccessibleDescription(f"{report.verdict}. {advice_text}")
