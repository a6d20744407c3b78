"""List of the augmentation steps: dragging or keys reorder them, and Delete removes one."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QDropEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QWidget

from studio.formatting.language import tr
from studio.planning import augmentation
from studio.spec import AugmentStep
from studio.ui.theme import theme

ROW = 24
"""Height of a step in pixels."""

EMPTY = tr("No augmentation. Add one to train on photos that are also flipped, cropped, rotated or recolored.")


class StepList(QListWidget):
    """Shows the steps. It changes nothing itself: it asks for a move or a removal by signals.

    Signals:
        move_requested: Index of a step, and the index it should have afterwards.
        remove_requested: Index of a step.
    """

    move_requested = Signal(int, int)
    remove_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: tuple[AugmentStep, ...] = ()
        self.setAccessibleName(tr("Augmentation steps, in order"))
        self.setToolTip(tr("Drag to change the order, or press Alt+Up and Alt+Down; Delete removes a step"))
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_steps(self, steps: tuple[AugmentStep, ...], current: int) -> None:
        """Draw the steps with the one at `current` selected."""
        if steps != self._steps:
            self._steps = steps
            self.blockSignals(True)
            self.clear()
            for place, step in enumerate(steps, 1):
                item = QListWidgetItem(f"{place}.  {augmentation.words(step)}")
                item.setSizeHint(QSize(0, ROW))
                item.setToolTip(augmentation.KINDS[step.kind].about)
                self.addItem(item)
            self.blockSignals(False)
            self.updateGeometry()
        if self.currentRow() != current:
            self.setCurrentRow(current)

    def sizeHint(self) -> QSize:
        """Height of at least three rows, or of all steps."""
        return QSize(super().sizeHint().width(), max(3, self.count()) * ROW + 2 * self.frameWidth() + 2)

    def ask_to_move(self, by: int) -> None:
        """Ask for the selected step to move up (-1) or down (1)."""
        here, there = self.currentRow(), self.currentRow() + by
        if here >= 0 and 0 <= there < self.count():
            self.move_requested.emit(here, there)

    def ask_to_remove(self) -> None:
        """Ask for the selected step to be removed."""
        if self.currentRow() >= 0:
            self.remove_requested.emit(self.currentRow())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle Alt+Up, Alt+Down and Delete; other keys as in any list."""
        moves = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if event.modifiers() & Qt.KeyboardModifier.AltModifier and event.key() in moves:
            self.ask_to_move(moves[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.ask_to_remove()
        else:
            super().keyPressEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Ask for the dragged step to move to the drop indicator; the list changes when the new state is drawn."""
        here, there = self.currentRow(), self._gap(event)
        there -= there > here  # removing the step shifts all rows after it
        event.setDropAction(Qt.DropAction.IgnoreAction)  # otherwise Qt would remove the row by itself
        event.accept()
        if here >= 0 and there != here:
            self.move_requested.emit(here, there)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the steps, or a hint where there are none."""
        super().paintEvent(event)
        if self.count() == 0:
            painter = QPainter(self.viewport())
            painter.setPen(QColor(theme.current().muted))
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            painter.drawText(self.viewport().rect(), int(flags), EMPTY)
            painter.end()

    def _gap(self, event: QDropEvent) -> int:
        """Index of the row before which a step was dropped."""
        point = event.position().toPoint()
        index = self.indexAt(point)
        if not index.isValid():
            return self.count()
        return index.row() + (point.y() > self.visualRect(index).center().y())
