"""Label with one line of text that is elided: paths in the middle, sentences at the end."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from studio.formatting import typography

LEAST_STRETCH = 68
"""Narrowest font stretch used to fit a text, in percent."""


def fitting(font: QFont, text: str, room: int, least: int = LEAST_STRETCH) -> QFont:
    """The font, condensed as far as the longest line of `text` needs it, but not below `least`.

    For texts that differ only at their ends, which could look the same if they were elided.

    Args:
        font: Font of texts that fit.
        text: One or more lines.
        room: Width in pixels.
        least: Narrowest stretch in percent; a text that is too wide even then is not condensed where this is above
            the default, because it is elided in any case.
    """
    fitted, lines, own = QFont(font), text.split("\n"), font.stretch() or 100
    for bold, stretch in (
        (font.bold(), own),
        (False, own),
        (False, 0.9 * own),
        (False, 0.8 * own),
        (False, least),
    ):
        if stretch < least:
            continue
        fitted.setBold(bold)
        fitted.setStretch(round(stretch))
        metrics = QFontMetrics(fitted)
        if max(map(metrics.horizontalAdvance, lines)) <= room:
            return fitted
    return QFont(font) if least > LEAST_STRETCH else fitted


class ElidedLabel(QLabel):
    """Label that never asks for more width than it has; the tooltip shows the full text.

    Args:
        parent: Owner.
        sentence: True to elide the end and not the middle.
    """

    def __init__(self, parent: QWidget | None = None, sentence: bool = False) -> None:
        super().__init__(parent)
        self._mode = Qt.TextElideMode.ElideRight if sentence else Qt.TextElideMode.ElideMiddle
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def show_text(self, text: str) -> None:
        """Show a line."""
        text = typography.one_line(text)
        if text != self.text():
            self.setText(text)
            self.setToolTip(typography.tip(text))

    def minimumSizeHint(self) -> QSize:
        """Any width is enough."""
        return QSize(40, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the elided text."""
        painter = QPainter(self)
        painter.setPen(self.palette().windowText().color())
        text = self.fontMetrics().elidedText(self.text(), self._mode, self.width())
        painter.drawText(self.rect(), self.alignment(), text)
        painter.end()
