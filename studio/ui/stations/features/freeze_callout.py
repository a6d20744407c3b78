"""The figures of a freeze plan beside the edge of the freeze bar while the edge is moved."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from studio.session.plan.freeze_bar import Figures
from studio.ui.theme import theme

PADDING = 8


class FreezeCallout(QWidget):
    """A small box with one figure per line, which takes no input."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._owner = parent
        self.figures = Figures()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_figures(self, figures: Figures) -> None:
        """Show the figures of another plan."""
        self.figures = figures
        self.resize(self.sizeHint())
        self.update()

    def point_at(self, widget: QWidget, corner: QPoint) -> None:
        """Show the box at the right of a position in a widget, inside the owner."""
        place = widget.mapTo(self._owner, corner)
        self.resize(self.sizeHint())
        owner = self._owner
        top = min(max(place.y() - self.height() // 2, 0), max(0, owner.height() - self.height()))
        self.move(min(place.x(), max(0, owner.width() - self.width())), top)
        self.show()
        self.raise_()

    def sizeHint(self) -> QSize:
        """As large as the figures."""
        metrics = self.fontMetrics()
        widest = max((metrics.horizontalAdvance(text) for text, _ in self.figures.lines), default=0)
        return QSize(widest + 2 * PADDING + 2, len(self.figures.lines) * (metrics.height() + 2) + 2 * PADDING)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint box and figures."""
        painter, shades = QPainter(self), theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(shades.border), 1))
        painter.setBrush(QColor(shades.card))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        row = self.fontMetrics().height() + 2
        for place, (text, role) in enumerate(self.figures.lines):
            painter.setPen(QColor(getattr(shades, role or "text")))
            room = QRectF(PADDING, PADDING + place * row, self.width() - PADDING, row)
            painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()
