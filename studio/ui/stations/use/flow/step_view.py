"""One step from a photo to its prediction: title, shape, drawing, two lines; a click or Enter opens it large."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from studio.events import PredictionTrace, TraceStep
from studio.formatting import numbers, typography
from studio.formatting.language import tr
from studio.session.using import trace_words
from studio.ui.stations.use.flow import step_painting
from studio.ui.theme import theme

HIGH = 80
"""Height of the drawing."""

FADED = 0.35
"""Opacity of the steps of the previous photo, which stay until those of the next are computed: no flicker."""


class StepView(QAbstractButton):
    """The step."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.step: TraceStep | None = None
        self._trace: PredictionTrace | None = None
        self._waiting = self.tip = ""
        self._classes: Sequence[str] = ()
        self._pictures: tuple[QImage, ...] = ()
        self._lines: tuple[str, ...] = ()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        theme.when_changed(self._apply_theme)

    def show_step(self, step: TraceStep, trace: PredictionTrace, classes: Sequence[str]) -> None:
        """Show a step."""
        self.step, self._trace, self._classes = step, trace, classes
        self._pictures = step_painting.images(step, trace)
        self._lines = trace_words.captions(step, trace)
        spoken = trace_words.spoken(step, trace)
        self.setAccessibleName(spoken)
        self.tip = f"{spoken}\n" + tr("Click or Enter shows it large")
        self.setToolTip(typography.tip(self.tip))
        self.update()

    def show_waiting(self, text: str) -> None:
        """Show a text while the step is computed, where there is none of a previous photo."""
        if text != self._waiting:
            self._waiting = text
            self.update()

    def _apply_theme(self) -> None:
        self.update()

    def sizeHint(self) -> QSize:
        """A line, the drawing, and two lines."""
        return QSize(140, HIGH + 3 * self.fontMetrics().height() + 16)

    def minimumSizeHint(self) -> QSize:
        """Narrow: texts are elided, and the tooltip has them."""
        return QSize(96, self.sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        """Update the size in another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the step."""
        step, trace, shades = self.step, self._trace, theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused = self.hasFocus()
        if focused or self.underMouse():
            painter.setPen(QPen(QColor(shades.accent if focused else shades.border), 2 if focused else 1))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 6, 6)
        if step is None or trace is None:
            painter.setPen(QColor(shades.muted))
            flags = Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(4, 2, -4, -2), flags, self._waiting)
            painter.end()
            return
        painter.setOpacity(1.0 if self.isEnabled() else FADED)
        inner = self.rect().adjusted(4, 2, -4, -2)
        line = painter.fontMetrics().height()
        head = QRect(inner.left(), inner.top(), inner.width(), line)
        title = trace_words.TITLES[step.step]
        painter.setPen(QColor(shades.text))
        painter.setFont(theme.scaled(1.0, bold=True))
        painter.drawText(head, Qt.AlignmentFlag.AlignVCenter, title)
        room = head.width() - painter.fontMetrics().horizontalAdvance(title) - 6
        painter.setFont(theme.mono(theme.scaled(0.8).pointSizeF()))
        painter.setPen(QColor(shades.muted))
        shape = numbers.shape(step.shape)
        dense = shape.replace(" ", "")
        fits = next((one for one in (shape, dense) if painter.fontMetrics().horizontalAdvance(one) <= room), "")
        painter.drawText(head, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, fits)
        painter.setFont(self.font())
        drawing = QRectF(inner.left(), inner.top() + line + 4, inner.width(), HIGH)
        painter.save()
        step_painting.paint(painter, drawing, step, trace, self._pictures, self._classes)
        painter.restore()
        painter.setFont(theme.scaled(0.9))
        painter.setPen(QColor(shades.muted))
        metrics, y = painter.fontMetrics(), round(drawing.bottom()) + 4
        for number, text in enumerate(self._lines):
            short = metrics.elidedText(text, Qt.TextElideMode.ElideRight, inner.width())
            painter.drawText(QRect(inner.left(), y + number * line, inner.width(), line), 0, short)
        painter.end()
