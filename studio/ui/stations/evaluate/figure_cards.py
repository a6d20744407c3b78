"""Cards at the top of the Evaluate page: accuracy, F1, loss and the verdict."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from studio.events import Report
from studio.formatting import numbers, typography
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.wrapped_label import WrappedLabel

VERDICTS = {"Healthy": "good", "Look closer": "caution", "Not yet": "bad"}
"""Color role of each verdict; others have none."""


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
    """The row of cards."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawn: Report | None = None
        self.accuracy = FigureCard("Accuracy", "Share of validation photos predicted correctly", self)
        self.f1 = FigureCard("Macro F1", "Mean F1 over classes, each with the same weight", self)
        self.loss = FigureCard("Loss", "Mean cross-entropy in nats on the validation photos", self)
        self.verdict = Card("Verdict", self)
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.RichText)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.verdict.body.addWidget(self.words, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        for card, share in ((self.accuracy, 4), (self.f1, 4), (self.loss, 4), (self.verdict, 7)):
            row.addWidget(card, share)
        theme.when_changed(self._apply_theme)

    def show_report(self, report: Report) -> None:
        """Show a report; does nothing where it is shown already."""
        if report is self._drawn:
            return
        self._drawn = report
        low, high = report.interval
        interval = f"95{numbers.NARROW}% interval {low * 100:.1f} – {high * 100:.1f}{numbers.NARROW}%"
        self.accuracy.show_figure(numbers.percent(report.accuracy), interval)
        worst = min(report.classes, key=lambda score: score.f1, default=None)
        lowest = f"lowest class: {worst.name} {worst.f1:.3f}" if worst is not None else ""
        self.f1.show_figure(f"{report.macro_f1:.3f}", lowest)
        self.loss.show_figure(f"{report.loss:.3f}", f"calibration error {report.calibration_error:.3f}")
        self._apply_theme()

    def _apply_theme(self) -> None:
        if self._drawn is None:
            return
        report = self._drawn
        color_role = VERDICTS.get(report.verdict, "text")
        color = getattr(theme.current(), color_role)
        advice_text = typography.one_line(report.advice)
        advice = typography.unbroken(advice_text).replace("&", "&amp;").replace("<", "&lt;")
        verdict = report.verdict.replace("&", "&amp;").replace("<", "&lt;")
        self.words.setText(f'<b style="color:{color}">{verdict}.</b> {advice}')
        self.verdict.setAccessibleDescription(f"{report.verdict}. {advice_text}")
