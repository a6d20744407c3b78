"""A station in the ribbon: its title, live shape and state.

Texts never change the layout: text that does not fit is shortened, then elided; large texts have a row more, and are
smaller rather than elided.
"""

from __future__ import annotations

import re

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from studio.formatting import typography
from studio.formatting.language import tr
from studio.session.ribbon import StationSummary
from studio.spec import BUNDLED_BACKBONE
from studio.ui.theme import theme

PADDING, TIGHT = 12, 7
"""Space beside the texts of a station, and where texts are large."""

LARGE = 28
"""Height of a line of text in pixels, above which a station has three rows: that of texts of about 150 %."""

MARKS = {"stale": "clock-alert-outline", "problem": "alert-circle"}
MARK_WORDS = {"": "", "stale": tr("stale"), "problem": tr("problem")}


def fitted(metrics: QFontMetrics, texts: tuple[str, ...], room: int) -> str:
    """The first text that fits into `room` pixels; else the last one, elided."""
    candidates = (text for text in texts if metrics.horizontalAdvance(text) <= room)
    return next(candidates, "") or metrics.elidedText(texts[-1], Qt.TextElideMode.ElideRight, room)


def shorter_shapes(shape: str) -> tuple[str, ...]:
    """A shape or a figure, then shorter spellings of it, so that no number need be elided."""
    dense = re.sub(r" ?([×→]) ?", r"\1", shape)
    plain = dense.partition(" (")[0]
    side = plain.removeprefix("3×")  # every photo has three channels
    return shape, dense, side, re.sub(r"^(\d+)×\1$", r"\1²", side)


def shorter_lines(line: str) -> tuple[str, ...]:
    """A line, then shorter spellings of it."""
    short = line.replace(f"{typography.backbone(BUNDLED_BACKBONE)} ", f"{typography.short_backbone(BUNDLED_BACKBONE)} ")
    return line, short, short.replace(tr("validation photo"), "photo"), short.rpartition(" · ")[2]


def reduced(font: QFont, text: str, room: int) -> QFont:
    """A font in which a text fits into `room` pixels, at least at 60 % of its size."""
    font = QFont(font)
    size = font.pointSizeF()
    for percent in range(100, 55, -5):
        font.setPointSizeF(size * percent / 100)
        if QFontMetrics(font).horizontalAdvance(text) <= room:
            break
    return font


class StationButton(QAbstractButton):
    """The button of one station.

    Attributes:
        tip: What it shows, uncut, for its tooltip.
        painted: Title, shape and line as they were painted last.

    Signals:
        moved: Index of the neighboring station that an arrow key leads to.
    """

    moved = Signal(int)

    def __init__(self, number: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._number = number
        self.tip = ""
        self.painted = ("", "", "")
        self._summary = StationSummary("", "", "")
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def summary(self) -> StationSummary:
        """The summary shown."""
        return self._summary

    def show_state(self, summary: StationSummary) -> None:
        """Show a summary."""
        if summary == self._summary:
            return
        self._summary = summary
        self.setText(f"{self._number} {summary.title}")
        mark = MARK_WORDS[summary.mark]
        parts = (f"{self._number} {summary.title}", summary.line, summary.shape, mark, summary.reason)
        spoken = ", ".join(filter(None, parts))
        self.setAccessibleName(spoken)
        tip = tr("{title} (Ctrl+{number})").format(title=summary.title, number=self._number)
        whole = " · ".join(filter(None, (summary.shape, summary.line)))
        self.tip = "\n".join(filter(None, (tip, whole, summary.reason)))
        self.setToolTip(typography.tip(self.tip))
        self.update()

    def _frame(self, painter: QPainter) -> None:
        shades = theme.current()
        chosen = self.isChecked()
        fill = shades.accent_soft if chosen else shades.card if self.underMouse() else shades.raised
        edge = shades.accent if chosen or self.hasFocus() else shades.border
        width = 2 if self.hasFocus() else 1
        painter.setPen(QPen(QColor(edge), width))
        painter.setBrush(QColor(fill))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 8, 8)

    def _mark(self, painter: QPainter, line: QRect) -> int:
        """Draw icon and word of the mark at the right end; returns their width."""
        mark = self._summary.mark
        if not mark:
            return 0
        shades = theme.current()
        color = shades.bad if mark == "problem" else shades.caution
        words = MARK_WORDS[mark]
        painter.setFont(reduced(painter.font(), words, line.width() - 18))
        room = painter.fontMetrics().horizontalAdvance(words)
        painter.setPen(QColor(color))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
        spot = QRect(line.right() - room - 18, line.center().y() - 7, 14, 14)
        theme.icon(MARKS[mark], color).paint(painter, spot)
        return room + 26

    def _rows(self) -> int:
        """2, or 3 for large texts, whose shapes have no room beside the title."""
        return 3 if self.fontMetrics().height() > LARGE else 2

    def sizeHint(self) -> QSize:
        """Size of a station, independent of its text."""
        return QSize(160, self._rows() * self.fontMetrics().height() + 20)

    def minimumSizeHint(self) -> QSize:
        """Width at which six stations fit into a small window."""
        return QSize(120, self.sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move to the neighboring station on Left and Right."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.moved.emit(self._number - 1 + step)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint title and shape in the upper half, the state in the lower; large texts in three rows."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._frame(painter)
        is_large = self._rows() == 3
        side = TIGHT if is_large else PADDING
        inner = self.rect().adjusted(side, 8, -side, -8)
        step = inner.height() // self._rows()
        above = QRect(inner.left(), inner.top(), inner.width(), step)
        below = QRect(inner.left(), inner.bottom() + 1 - step, inner.width(), step)
        title = self._write(painter, above, theme.scaled(1.0, bold=True), (self.text(), self._summary.title), True)
        mono = theme.mono(theme.scaled(0.85).pointSizeF())
        shapes = shorter_shapes(self._summary.shape)
        if is_large:
            shape = self._write(painter, above.translated(0, step), mono, shapes)
        else:
            used = QFontMetrics(theme.scaled(1.0, bold=True)).horizontalAdvance(title) + 8
            shape = self._write(painter, above.adjusted(used, 0, 0, 0), mono, shapes, at_right=True)
        painter.setFont(theme.scaled(0.9))
        below.setRight(below.right() - self._mark(painter, below))
        lines = shorter_lines(self._summary.line)
        hides = is_large and self._summary.mark and below.width() < painter.fontMetrics().horizontalAdvance(lines[-1])
        line = "" if hides else self._write(painter, below, theme.scaled(0.9), lines)
        self.painted = title, shape, line
        painter.end()

    def _write(
        self,
        painter: QPainter,
        room: QRect,
        font: QFont,
        texts: tuple[str, ...],
        is_title: bool = False,
        at_right: bool = False,
    ) -> str:
        """Paint the first of some texts that fits, where texts are large smaller rather than cut; returns it."""
        shades = theme.current()
        if self._rows() == 3 or at_right:  # a figure is never cut
            widths = [QFontMetrics(font).horizontalAdvance(text) for text in texts]
            if min(widths) > room.width():
                font = reduced(font, texts[widths.index(min(widths))], room.width())
        painter.setFont(font)
        faint = shades.faint if not self.isEnabled() else shades.text if is_title else shades.muted
        painter.setPen(QColor(faint))
        side = Qt.AlignmentFlag.AlignRight if at_right else Qt.AlignmentFlag.AlignLeft
        shown = fitted(painter.fontMetrics(), texts, room.width())
        painter.drawText(room, side | Qt.AlignmentFlag.AlignVCenter, shown)
        return shown
