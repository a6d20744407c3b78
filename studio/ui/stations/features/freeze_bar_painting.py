"""Painting of the freeze bar.

Frozen blocks are plain and marked by a snowflake, training ones hatched and marked by a flame, so that they differ
by more than their color.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF

from studio.session.plan.bar_layout import BarLayout
from studio.session.plan.freeze_bar import Bar, Piece, PieceState
from studio.ui.theme import theme

NARROW, WIDE = 46, 116
"""Width without and with the names of the blocks."""

COLUMN, LEFT = 30, 12
"""Width of the bar itself, and the room for the mark of the current layer at its left."""

SHARES: dict[PieceState, tuple[float, float]] = {
    "frozen": (1.0, 0.0),
    "adapted": (0.75, 0.25),
    "part": (0.5, 0.5),
    "trains": (0.0, 1.0),
}
"""Widths of the frozen and the training part of a block, by its state."""

Flag = Qt.AlignmentFlag


@dataclass(frozen=True)
class Look:
    """State of the widget that the painting depends on, besides the layout of the blocks.

    Attributes:
        size: Size of the widget.
        row: Height of a line of the counts.
        edge: Number of blocks above the edge.
        current: Path of the current layer; "" for none.
        enabled: True where the edge can be moved.
        focused: True where keys move it.
    """

    size: QSize
    row: int
    edge: int
    current: str
    enabled: bool
    focused: bool


def paint(painter: QPainter, layout: BarLayout, look: Look) -> None:
    """Paint counts, blocks, names and the edge."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(theme.scaled(0.85))
    _paint_counts(painter, layout.bar, look)
    free = 0.0  # where the next name may begin
    for piece, top, bottom in layout.spans():
        _paint_piece(painter, piece, QRectF(LEFT, top, COLUMN, bottom - top))
        if look.size.width() >= WIDE:
            free = _paint_name(painter, piece, top, bottom, free, look.size)
    if layout.bar.pieces:
        _paint_current(painter, layout.middle_of(look.current))
        _paint_edge(painter, layout.edge_y(look.edge), layout.bar.regular, look)


def _paint_counts(painter: QPainter, bar: Bar, look: Look) -> None:
    shades, row = theme.current(), look.row
    both = (("snowflake", shades.ice, bar.frozen), ("fire", shades.warm, bar.trains))
    for place, (sign, color, words) in enumerate(both):
        if words:
            theme.icon(sign, color).paint(painter, 0, place * row + (row - 12) // 2, 12, 12)
            painter.setPen(QColor(color))
            room = QRectF(14, place * row, look.size.width() - 14, row)
            painter.drawText(room, Flag.AlignLeft | Flag.AlignVCenter | Qt.TextFlag.TextDontClip, words)


def _paint_piece(painter: QPainter, piece: Piece, rect: QRectF) -> None:
    shades = theme.current()
    frozen, training = SHARES[piece.state]
    width = rect.width() * frozen
    if frozen:
        painter.fillRect(QRectF(rect.left(), rect.top(), width, rect.height()), QColor(shades.ice_soft))
        painter.fillRect(QRectF(rect.left(), rect.top(), 3, rect.height()), QColor(shades.ice))
    if training:
        right = QRectF(rect.left() + width, rect.top(), rect.width() - width, rect.height())
        painter.fillRect(right, _warm(0.14))
        painter.fillRect(right, QBrush(_warm(0.55), Qt.BrushStyle.BDiagPattern))
        painter.fillRect(QRectF(right.left(), right.top(), 3, right.height()), QColor(shades.warm))
    if rect.height() >= 4:
        painter.setPen(QPen(QColor(shades.card), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())


def _warm(opacity: float) -> QColor:
    color = QColor(theme.current().warm)
    color.setAlphaF(opacity)
    return color


def _paint_name(painter: QPainter, piece: Piece, top: float, bottom: float, free: float, size: QSize) -> float:
    """Write the name of a block beside it, where there is room; returns where the next one may begin."""
    shades, metrics = theme.current(), painter.fontMetrics()
    row, middle = metrics.height(), (top + bottom) / 2
    two = bottom - top >= 2 * row + 2
    begin = middle - (row if two else row / 2)
    if bottom - top < row * 0.8 or begin < free or begin + row > size.height():
        return free
    left = LEFT + COLUMN + 6
    room = size.width() - left
    for line, (text, color) in enumerate(((piece.path, shades.text), (piece.words.split(" ")[0], shades.muted))):
        if line and not two:
            break
        painter.setPen(QColor(color))
        words = metrics.elidedText(text, Qt.TextElideMode.ElideLeft, room)
        painter.drawText(QRectF(left, begin + line * row, room, row), Flag.AlignLeft | Flag.AlignVCenter, words)
    return begin + (2 if two else 1) * row


def _paint_current(painter: QPainter, y: float | None) -> None:
    if y is not None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.current().accent))
        painter.drawPolygon(QPolygonF([QPointF(2, y - 4), QPointF(9, y), QPointF(2, y + 4)]))


def _paint_edge(painter: QPainter, y: float, regular: bool, look: Look) -> None:
    shades = theme.current()
    color = QColor(shades.accent if look.enabled else shades.faint)
    style = Qt.PenStyle.SolidLine if regular else Qt.PenStyle.DashLine
    painter.setPen(QPen(color, 2.5, style))
    painter.drawLine(QPointF(LEFT - 4, y), QPointF(LEFT + COLUMN + 4, y))
    grip = QRectF(LEFT + COLUMN / 2 - 9, y - 5, 18, 10)
    painter.setPen(QPen(color, 2.5 if look.focused else 1.5))
    painter.setBrush(QColor(shades.card))
    painter.drawRoundedRect(grip, 5, 5)
    painter.setPen(QPen(color, 1))
    for step in (-1.5, 1.5):
        painter.drawLine(QPointF(grip.left() + 5, y + step), QPointF(grip.right() - 5, y + step))
