"""The network as one bar: frozen blocks above an edge that is dragged, training ones below it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import (
    QActionGroup,
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSlider, QMenu, QSizePolicy, QWidget

from studio.formatting import typography
from studio.formatting.language import tr
from studio.session.plan import bar_layout
from studio.session.plan.freeze_bar import MEASURES, Bar, Figures, Measure
from studio.ui.stations.features import freeze_bar_painting
from studio.ui.stations.features.freeze_bar_painting import COLUMN, LEFT, NARROW, WIDE, Look
from studio.ui.stations.features.freeze_callout import FreezeCallout
from studio.ui.theme import theme
from studio.ui.widgets.place_tips import show_tip


class FreezeBar(QAbstractSlider):
    """Bar with an edge between frozen and training blocks. Its value is the number of frozen blocks.

    Signals:
        edge_requested: Number of blocks that should be frozen.
        drag_started: The edge was grabbed.
        drag_cancelled: Esc was pressed while dragging: the earlier plan should be restored.
        layer_requested: Path of the block that was clicked.
        measure_changed: Another quantity was chosen for the heights.
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
        self.setAccessibleName(tr("Freeze bar: blocks frozen from the input on"))
        self.bar = Bar()
        self.measure: Measure = "parameters"
        self._current = ""
        self._layout = bar_layout.lay_out(self.bar, self._top(), self.height())
        self.callout = FreezeCallout(parent or self)
        self.menu = QMenu(tr("Height of the freeze bar"), self)
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
        self._layout = bar_layout.lay_out(bar, self._top(), self.height())
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

    def edge_y(self, place: int | None = None) -> float:
        """Position in pixels of the edge below `place` frozen blocks; None for that of the current plan."""
        return self._layout.edge_y(self.value() if place is None else place)

    def _top(self) -> int:
        """Height of the counts above the bar."""
        return 2 * self._row() + 4

    def _row(self) -> int:
        return self.fontMetrics().height() + 2

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint counts, blocks, names and the edge."""
        painter = QPainter(self)
        look = Look(self.size(), self._row(), self.value(), self._current, self.isEnabled(), self.hasFocus())
        freeze_bar_painting.paint(painter, self._layout, look)
        painter.end()

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
        """Grab the edge, or choose the block elsewhere."""
        if event.button() != Qt.MouseButton.LeftButton or not self.bar.pieces:
            return
        y = event.position().y()
        if self._layout.is_at_edge(y, self.value()):
            self.setSliderDown(True)
            self.drag_started.emit()
            self._show_callout()
        elif piece := self._layout.piece_at(y):
            self.layer_requested.emit(piece.path)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the edge, which snaps to blocks."""
        y = event.position().y()
        if self.isSliderDown():
            place = self._layout.nearest(y)
            if place != self.value():
                self._request(place)
        near = self._layout.is_at_edge(y, self.value())
        self.setCursor(Qt.CursorShape.SizeVerCursor if near or self.isSliderDown() else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002
        """Release the edge."""
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
        """Choose the quantity that the heights show."""
        self.menu.popup(event.globalPos())

    def event(self, event: QEvent) -> bool:
        """Show the block under the pointer."""
        return show_tip(event, self, self._tip_at) or super().event(event)

    def _tip_at(self, place: QPoint) -> str:
        piece = self._layout.piece_at(place.y())
        tip = f"{piece.tip}\n" if piece is not None else ""
        return tip + tr("Drag the blue edge, or press ↑ ↓ Home End on it, to move it; right click: other heights")

    def resizeEvent(self, event: object) -> None:  # noqa: ARG002
        """Lay the blocks out again."""
        self._layout = bar_layout.lay_out(self.bar, self._top(), self.height())

    def sizeHint(self) -> QSize:
        """A narrow column."""
        return QSize(NARROW, 160)

    def minimumSizeHint(self) -> QSize:
        """High enough for the counts and a few blocks."""
        return QSize(NARROW, self._top() + 60)

    def _take_measure(self) -> None:
        action = self.sender()
        self._choose_measure(action.data())  # type: ignore[attr-defined]

    def _choose_measure(self, measure: Measure) -> None:
        for action in self.menu.actions():
            action.setChecked(action.data() == measure)
        if measure != self.measure:
            self.measure = measure
            self.measure_changed.emit()
