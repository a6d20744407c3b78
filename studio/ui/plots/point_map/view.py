"""Map of points: pans, zooms, and selects with a lasso, a rectangle or keys; smooth at 60,000 points."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from studio.ui.plots.point_map import camera as cameras
from studio.ui.plots.point_map.canvas import STEP, PointCanvas

Tool = Literal["hand", "lasso", "rectangle"]
Mode = Literal["set", "add", "remove", "toggle"]

REACH = 10.0
"""Largest distance in pixels at which the pointer is on a point."""

HOVER_MS = 150
CLICK = 4
"""Pixels within which a press and a release are a click."""

ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class PointMap(PointCanvas):
    """The map. Points are known by their number.

    Signals:
        selected: Points (an int array) and how they change the selection: `set`, `add`, `remove` or `toggle`.
        opened: Point that was clicked or opened by key.
        hovered: Point under the pointer or chosen by key; -1 for none.
        tool_chosen: Name of the tool chosen by key.
        menu_requested: Point of a right click (-1 for none) and the position on the screen.

    Attributes:
        tool: What the left button does.
    """

    selected = Signal(object, str)
    opened = Signal(int)
    hovered = Signal(int)
    tool_chosen = Signal(str)
    menu_requested = Signal(int, object)

    def __init__(self, picture: Callable[[int], QPixmap | None], parent: QWidget | None = None) -> None:
        super().__init__(picture, parent)
        self.tool: Tool = "hand"
        self._pressed: QPointF | None = None
        self._dragged = self._pans = False
        self._under = -1
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(HOVER_MS)
        self._later.timeout.connect(self._hover)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def mark(self, point: int) -> None:
        """Make a point the current one, and bring it into view."""
        self.current = point
        if 0 <= point < len(self._positions):
            place = self.pixels()[point]
            if not self.rect().adjusted(8, 8, -8, -8).contains(int(place[0]), int(place[1])):
                middle = np.array([self.width() / 2, self.height() / 2])
                across, down = (middle - place).tolist()
                self.go(self.camera.moved(across, down))
        self.hovered.emit(point)
        self.update()

    # ------------------------------------------------------------------------------------------------ pointer

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag, a lasso or a rectangle."""
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pressed, self._dragged = event.position(), False
            self._pans = self.tool == "hand" or event.button() == Qt.MouseButton.MiddleButton

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the map, draw the lasso, or find the point under the pointer."""
        if self._pressed is None:
            self._meet(event.position())
            return
        here = event.position()
        if not self._dragged and (here - self._pressed).manhattanLength() < CLICK:
            return
        self._dragged = True
        self._meet(None)
        if self._pans:
            moved = here - self._pressed
            self._pressed = here
            self.go(self.camera.moved(moved.x(), moved.y()))
        elif self.tool == "rectangle":
            first = self._pressed
            self.outline = [first, QPointF(here.x(), first.y()), here, QPointF(first.x(), here.y())]
        else:
            self.outline = [*(self.outline or [self._pressed]), here]
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag or a lasso. A click opens a point, or selects it with Ctrl or Shift; elsewhere it selects none."""
        pressed, self._pressed = self._pressed, None
        if pressed is None:
            return
        mode = _mode(event.modifiers())
        if self._dragged:
            if self.outline:
                outline = np.array([(point.x(), point.y()) for point in self.outline], np.float32)
                self.outline = []
                self.selected.emit(np.flatnonzero(cameras.inside(self.pixels(), outline) & ~self._faded), mode)
                self.update()
            return
        point = self._at(event.position())
        if point < 0:
            if mode == "set":
                self.selected.emit(np.zeros(0, np.int64), "set")
        elif event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier):
            self.selected.emit(np.array([point]), "toggle")
        elif event.button() == Qt.MouseButton.LeftButton:
            self.current = point
            self.opened.emit(point)
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer."""
        here = event.position()
        middle = QPointF(self.width() / 2, self.height() / 2)
        away = here - middle
        self.go(self.camera.zoomed(STEP ** (event.angleDelta().y() / 120), away.x(), away.y()))
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the point at the pointer, or of the current one."""
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        point = self.current if by_key else self._at(QPointF(event.pos()))
        place = event.globalPos()
        if by_key and 0 <= point < len(self._positions):
            x, y = self.pixels()[point].tolist()
            place = self.mapToGlobal(QPointF(x, y).toPoint())
        self.menu_requested.emit(point, place)

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is on no point any more."""
        self._meet(None)
        super().leaveEvent(event)

    def _at(self, place: QPointF) -> int:
        return cameras.nearest(self.pixels(), place.x(), place.y(), REACH)

    def _meet(self, place: QPointF | None) -> None:
        point = self._at(place) if place is not None else -1
        if point != self._under:
            self._under = point
            self.setCursor(Qt.CursorShape.PointingHandCursor if point >= 0 else self._cursor())
            self._later.start()

    def _hover(self) -> None:
        if self._pressed is None and (self._under >= 0 or not self.hasFocus()):
            self.current = self._under
            self.hovered.emit(self._under)
            self.update()
        elif self._under < 0:
            self.hovered.emit(-1)

    def _cursor(self) -> Qt.CursorShape:
        return Qt.CursorShape.OpenHandCursor if self.tool == "hand" else Qt.CursorShape.CrossCursor

    # ------------------------------------------------------------------------------------------------ keys

    def set_tool(self, tool: Tool) -> None:
        """Choose what the left button does."""
        self.tool = tool
        self.setCursor(self._cursor())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move between points, select, open, zoom, and choose tools."""
        key, shift = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        tools: dict[int, Tool] = {Qt.Key.Key_L: "lasso", Qt.Key.Key_H: "hand", Qt.Key.Key_R: "rectangle"}
        plain = not event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
        if key in ARROWS and plain and len(self._positions):
            pixels, (across, down) = self.pixels(), ARROWS[Qt.Key(key)]
            if not 0 <= self.current < len(pixels):
                self.mark(cameras.nearest(pixels, self.width() / 2, self.height() / 2, float("inf")))
            else:
                self.mark(cameras.next_in_direction(pixels, self.current, across, down))
            if shift:
                self.selected.emit(np.array([self.current]), "add")
        elif key == Qt.Key.Key_Space and self.current >= 0:
            self.selected.emit(np.array([self.current]), "toggle")
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current >= 0:
            self.opened.emit(self.current)
        elif key == Qt.Key.Key_A and not plain:
            self.selected.emit(np.flatnonzero(~self._faded), "set")
        elif key == Qt.Key.Key_Escape and self._chosen.any():
            self.selected.emit(np.zeros(0, np.int64), "set")
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus) and plain:
            self.zoom(-1 if key == Qt.Key.Key_Minus else 1)
        elif key in (Qt.Key.Key_F, Qt.Key.Key_0) and plain:
            self.fit()
        elif key in tools and plain:
            self.tool_chosen.emit(tools[key])
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Draw a frame."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Remove the frame."""
        super().focusOutEvent(event)
        self.update()


def _mode(modifiers: Qt.KeyboardModifier) -> Mode:
    if modifiers & Qt.KeyboardModifier.AltModifier:
        return "remove"
    return "add" if modifiers & Qt.KeyboardModifier.ShiftModifier else "set"
