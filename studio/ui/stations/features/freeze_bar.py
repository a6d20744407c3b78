"""The network as one bar: frozen blocks above an edge that is dragged, training ones below it.

Frozen blocks are plain and marked by a snowflake, training ones hatched and marked by a flame, so that neither is told
by its color alone. Longer than other files, because drawing and pointer share the places of its pieces.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QActionGroup,
    QBrush,
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSlider, QMenu, QSizePolicy, QToolTip, QWidget

from studio.formatting import typography
from studio.session.plan.freeze_bar import MEASURES, Bar, Figures, Measure, Piece, heights
from studio.ui.stations.features.freeze_callout import FreezeCallout
from studio.ui.theme import theme

NARROW, WIDE = 46, 116
"""Width without and with the names of the blocks."""

COLUMN, LEFT = 30, 12
"""Width of the bar itself, and the room for the mark of the current layer at its left."""

HEAD = 14.0
"""Least height of the new head in pixels."""

REACH = 7
"""Distance in pixels from the edge within which it is taken hold of."""

Flag = Qt.AlignmentFlag


class FreezeBar(QAbstractSlider):
    """Bar with an edge between frozen and training blocks. Its value is the number of frozen blocks.

    Signals:
        edge_requested: Number of blocks that should be frozen.
        drag_started: The edge was taken hold of.
        drag_cancelled: Esc was pressed while dragging: the plan of before should be restored.
        layer_requested: Path of the block that was clicked.
        measure_changed: What the heights stand for was chosen.
    """

    edge_requested = Signal(int)
    drag_started = Signal()
    drag_cancelled = Signal()
    layer_requested = Signal(str)
    measure_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOrientation(Qt.Orientation.Vertical)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setAccessibleName("Freeze bar: blocks frozen from the input on")
        self.bar = Bar()
        self.measure: Measure = "parameters"
        self._current = ""
        self._tops: list[float] = []
        self.callout = FreezeCallout(parent or self)
        self.menu = QMenu("Height of the freeze bar", self)
        group = QActionGroup(self)
        for key, words in MEASURES:
            action = self.menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(key == self.measure)
            action.setData(key)
            action.triggered.connect(self._take_measure)
            group.addAction(action)
        theme.when_changed(self.update)

    def show_bar(self, bar: Bar, figures: Figures) -> None:
        """Draw another plan or network."""
        self.bar = bar
        before = self.blockSignals(True)
        self.setRange(0, bar.last)
        self.setValue(min(bar.edge, bar.last))
        self.blockSignals(before)
        words = ", ".join(text for text, _ in figures.lines)
        self.setAccessibleDescription(typography.one_line(f"{bar.where}; {words}" if words else bar.where))
        self.callout.show_figures(figures)
        self._lay_out()
        if self.callout.isVisible():
            self._show_callout()
        self.update()

    def show_current(self, path: str) -> None:
        """Mark the block that a layer is in."""
        if path != self._current:
            self._current = path
            self.update()

    def choice(self) -> dict[str, int]:
        """The measure, for the settings."""
        return {"measure": [key for key, _ in MEASURES].index(self.measure)}

    def restore(self, choice: dict[str, int]) -> None:
        """Apply the saved measure."""
        place = choice.get("measure", 0)
        self._choose_measure(MEASURES[place if 0 <= place < len(MEASURES) else 0][0])

    def set_wide(self, wide: bool) -> None:
        """Leave room for the names of the blocks, or not."""
        self.setFixedWidth(WIDE if wide else NARROW)

    # ------------------------------------------------------------------------------------------ geometry

    def _top(self) -> float:
        """Height of the counts above the bar."""
        return 2.0 * (self.fontMetrics().height() + 2) + 4

    def _lay_out(self) -> None:
        top, room = self._top(), max(20.0, self.height() - self._top() - REACH)
        self._tops = [top]
        tall = heights(self.bar.pieces, room)
        if tall and tall[-1] < HEAD:  # the head trains under every plan: it stays in view below the edge
            tall = [*heights(self.bar.pieces[:-1], room - HEAD), HEAD]
        for height in tall:
            self._tops.append(self._tops[-1] + height)

    def edge_y(self, place: int | None = None) -> float:
        """Position of the edge above a piece; None for that of the present plan."""
        place = self.value() if place is None else place
        return self._tops[min(place, len(self._tops) - 1)] if self._tops else self._top()

    def _nearest(self, y: float) -> int:
        """The place that the edge snaps to."""
        return min(self.bar.places, key=lambda place: abs(self.edge_y(place) - y))

    def _piece_at(self, y: float) -> Piece | None:
        places = zip(self.bar.pieces, self._tops, self._tops[1:], strict=False)
        return next((piece for piece, top, bottom in places if top <= y < bottom), None)

    # ------------------------------------------------------------------------------------------ painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint counts, blocks, names and the edge."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.scaled(0.85))
        self._paint_counts(painter)
        free = 0.0  # where the next name may begin
        for piece, top, bottom in zip(self.bar.pieces, self._tops, self._tops[1:], strict=False):
            self._paint_piece(painter, piece, QRectF(LEFT, top, COLUMN, bottom - top))
            free = self._paint_name(painter, piece, top, bottom, free)
        if self.bar.pieces:
            self._paint_current(painter)
            self._paint_edge(painter)
        painter.end()

    def _paint_counts(self, painter: QPainter) -> None:
        shades, row = theme.current(), self.fontMetrics().height() + 2
        both = (("snowflake", shades.ice, self.bar.frozen), ("fire", shades.warm, self.bar.trains))
        for place, (sign, color, words) in enumerate(both):
            if words:
                theme.icon(sign, color).paint(painter, 0, place * row + (row - 12) // 2, 12, 12)
                painter.setPen(QColor(color))
                room = QRectF(14, place * row, self.width() - 14, row)
                painter.drawText(room, Flag.AlignLeft | Flag.AlignVCenter | Qt.TextFlag.TextDontClip, words)

    def _paint_piece(self, painter: QPainter, piece: Piece, rect: QRectF) -> None:
        shades = theme.current()
        parts = {"frozen": (1.0, 0.0), "trains": (0.0, 1.0), "part": (0.5, 0.5)}[piece.state]
        wide = rect.width() * parts[0]
        if parts[0]:
            ice = QRectF(rect.left(), rect.top(), wide, rect.height())
            painter.fillRect(ice, QColor(shades.ice_soft))
            painter.fillRect(QRectF(rect.left(), rect.top(), 3, rect.height()), QColor(shades.ice))
        if parts[1]:
            fire = QRectF(rect.left() + wide, rect.top(), rect.width() - wide, rect.height())
            soft = QColor(shades.warm)
            soft.setAlphaF(0.14)
            painter.fillRect(fire, soft)
            hatch = QColor(shades.warm)
            hatch.setAlphaF(0.55)
            painter.fillRect(fire, QBrush(hatch, Qt.BrushStyle.BDiagPattern))
            painter.fillRect(QRectF(fire.left(), fire.top(), 3, fire.height()), QColor(shades.warm))
        if rect.height() >= 4:
            painter.setPen(QPen(QColor(shades.card), 1))
            painter.drawLine(rect.bottomLeft(), rect.bottomRight())

    def _paint_name(self, painter: QPainter, piece: Piece, top: float, bottom: float, free: float) -> float:
        """Write the name of a block beside it, where there is room; returns where the next one may begin."""
        if self.width() < WIDE:
            return free
        shades, metrics = theme.current(), painter.fontMetrics()
        row, middle = metrics.height(), (top + bottom) / 2
        two = bottom - top >= 2 * row + 2
        begin = middle - (row if two else row / 2)
        if bottom - top < row * 0.8 or begin < free or begin + row > self.height():
            return free
        left = LEFT + COLUMN + 6
        room = self.width() - left
        for line, (text, color) in enumerate(((piece.path, shades.text), (piece.words.split(" ")[0], shades.muted))):
            if line and not two:
                break
            painter.setPen(QColor(color))
            words = metrics.elidedText(text, Qt.TextElideMode.ElideLeft, room)
            painter.drawText(QRectF(left, begin + line * row, room, row), Flag.AlignLeft | Flag.AlignVCenter, words)
        return begin + (2 if two else 1) * row

    def _paint_current(self, painter: QPainter) -> None:
        place = self.bar.index_of(self._current)
        if place >= 0:
            y = (self._tops[place] + self._tops[place + 1]) / 2
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.current().accent))
            painter.drawPolygon(QPolygonF([QPointF(2, y - 4), QPointF(9, y), QPointF(2, y + 4)]))

    def _paint_edge(self, painter: QPainter) -> None:
        shades, y = theme.current(), self.edge_y()
        color = QColor(shades.accent if self.isEnabled() else shades.faint)
        style = Qt.PenStyle.SolidLine if self.bar.regular else Qt.PenStyle.DashLine
        painter.setPen(QPen(color, 2.5, style))
        painter.drawLine(QPointF(LEFT - 4, y), QPointF(LEFT + COLUMN + 4, y))
        grip = QRectF(LEFT + COLUMN / 2 - 9, y - 5, 18, 10)
        painter.setPen(QPen(color, 2.5 if self.hasFocus() else 1.5))
        painter.setBrush(QColor(shades.card))
        painter.drawRoundedRect(grip, 5, 5)
        painter.setPen(QPen(color, 1))
        for step in (-1.5, 1.5):
            painter.drawLine(QPointF(grip.left() + 5, y + step), QPointF(grip.right() - 5, y + step))

    # ------------------------------------------------------------------------------------------ input

    def _request(self, place: int) -> None:
        if place != self.value() or not self.bar.regular:
            self.edge_requested.emit(place)

    def step(self, forward: bool) -> None:
        """Freeze one block more, or one less."""
        here = self.value()
        behind = [place for place in self.bar.places if (place > here if forward else place < here)]
        if behind:
            self._request(behind[0] if forward else behind[-1])

    def _show_callout(self) -> None:
        self.callout.point_at(self, QPoint(LEFT + COLUMN + 10, round(self.edge_y())))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the edge, or choose the block elsewhere."""
        if event.button() != Qt.MouseButton.LeftButton or not self.bar.pieces:
            return
        y = event.position().y()
        if abs(y - self.edge_y()) <= REACH:
            self.setSliderDown(True)
            self.drag_started.emit()
            self._show_callout()
        elif piece := self._piece_at(y):
            self.layer_requested.emit(piece.path)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the edge, which snaps to blocks."""
        y = event.position().y()
        if self.isSliderDown():
            place = self._nearest(y)
            if place != self.value():
                self._request(place)
        near = bool(self.bar.pieces) and abs(y - self.edge_y()) <= REACH
        self.setCursor(Qt.CursorShape.SizeVerCursor if near or self.isSliderDown() else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002
        """Let go of the edge."""
        self.setSliderDown(False)
        self.callout.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the edge: Up and Down by a block, Home and End to none and all; Esc restores the plan while dragging."""
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape and self.isSliderDown():
            self.setSliderDown(False)
            self.callout.hide()
            self.drag_cancelled.emit()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.step(key == Qt.Key.Key_Down)
            self._show_callout()
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._request(0 if key == Qt.Key.Key_Home else self.bar.last)
            self._show_callout()
        else:
            event.ignore()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ignore the wheel, which would change the plan unseen."""
        event.ignore()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the figures."""
        super().focusOutEvent(event)
        self.callout.hide()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Choose what the heights stand for."""
        self.menu.popup(event.globalPos())

    def event(self, event: QEvent) -> bool:
        """Show the block under the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            piece = self._piece_at(event.pos().y())
            tip = f"{piece.tip}\n" if piece is not None else ""
            keys = "Drag the blue edge, or press ↑ ↓ Home End on it, to move it; right click: other heights"
            QToolTip.showText(event.globalPos(), typography.tip(f"{tip}{keys}"), self)
            return True
        return super().event(event)

    def resizeEvent(self, event: object) -> None:  # noqa: ARG002
        """Lay the blocks out again."""
        self._lay_out()

    def sizeHint(self) -> QSize:
        """A narrow column."""
        return QSize(NARROW, 160)

    def minimumSizeHint(self) -> QSize:
        """High enough for the counts and a few blocks."""
        return QSize(NARROW, int(self._top()) + 60)

    def _take_measure(self) -> None:
        action = self.sender()
        self._choose_measure(action.data())  # type: ignore[attr-defined]

    def _choose_measure(self, measure: Measure) -> None:
        for action in self.menu.actions():
            action.setChecked(action.data() == measure)
        if measure != self.measure:
            self.measure = measure
            self.measure_changed.emit()
