"""Delegate of the layer tree: the cut as a dashed line, clicks on check marks, and the editor for a rate."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from studio.ui.stations.features.layers.layer_cells import CHECKED, LAYER, PROOF, UNCHECKED
from studio.ui.stations.features.layers.layer_model import CUT, LayerModel
from studio.ui.stations.features.layers.rate_editor import RateEditor
from studio.ui.theme import theme

Index = QModelIndex | QPersistentModelIndex
ROW_HEIGHT = 28

SPARE = 4
"""Pixels by which an editor may extend over the rows above and below."""

ICON_ROOM = 36
"""Width of a cell's icon and margins."""

CHANGE_ROOM = 48
"""The same in the Change column, with some slack, so that a text drops its part in parentheses before it is elided."""


class RowDelegate(QStyledItemDelegate):
    """Sets the height of the rows. For columns of plain text, whose cells Qt draws without a call of Python."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> Any:
        """Size of a cell."""
        size = super().sizeHint(option, index)
        size.setHeight(max(ROW_HEIGHT, size.height()))
        return size


class LayerDelegate(RowDelegate):
    """Draws the cut as a dashed line, and turns clicks on a check mark into requests."""

    def _tick_rect(self, option: QStyleOptionViewItem, index: Index) -> QRect:
        styled = QStyleOptionViewItem(option)
        self.initStyleOption(styled, index)
        style = _widget(styled).style()
        box = style.subElementRect(QStyle.SubElement.SE_ItemViewItemDecoration, styled, styled.widget)
        return box.adjusted(-4, -4, 4, 4)

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Leave out the style's own check box."""
        super().initStyleOption(option, index)
        if index.column() == LAYER:  # the icon shows the check mark: the style's own box would be a second one
            option.features &= ~QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator
        if (
            index.column() == PROOF
            and option.fontMetrics.horizontalAdvance(option.text) > option.rect.width() - CHANGE_ROOM
        ):
            option.text = option.text.partition(" (")[0]  # the tooltip has the part in parentheses

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the cut by hand, every other row in the usual way."""
        model = index.model()
        if not isinstance(model, LayerModel) or model.row_of(index) != CUT:
            super().paint(painter, option, index)
            return
        rect: QRect = option.rect
        ice = QColor(theme.current().ice)
        painter.save()
        theme.icon("snowflake", ice.name()).paint(painter, QRect(rect.left() + 6, rect.center().y() - 7, 16, 16))
        painter.setPen(ice)
        text = rect.adjusted(28, 0, -8, -2)
        sides = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(
            text, sides, painter.fontMetrics().elidedText(model.cut.words, Qt.TextElideMode.ElideRight, text.width())
        )
        painter.setPen(QPen(ice, 1.5, Qt.PenStyle.DashLine))
        painter.drawLine(rect.left(), rect.bottom(), rect.right(), rect.bottom())
        painter.restore()

    def editorEvent(self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index) -> bool:
        """Request the other state on a click on the check mark."""
        clicks = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease, QEvent.Type.MouseButtonDblClick)
        if index.column() != LAYER or event.type() not in clicks or not isinstance(event, QMouseEvent):
            return False
        if not model.flags(index) & Qt.ItemFlag.ItemIsUserCheckable:
            return False
        if event.button() is not Qt.MouseButton.LeftButton:
            return False
        if not self._tick_rect(option, index).contains(event.position().toPoint()):
            return False
        if event.type() == QEvent.Type.MouseButtonRelease:
            state = UNCHECKED if index.data(Qt.ItemDataRole.CheckStateRole) is CHECKED else CHECKED
            model.setData(index, state, Qt.ItemDataRole.CheckStateRole)
        return True

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:  # noqa: ARG002
        """A text field for a rate."""
        return RateEditor(str(index.data()), parent)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: ARG002
        """Cover the cell, and as much to its left and right as the number needs."""
        rect, needed = QRect(option.rect), editor.sizeHint()
        if needed.width() > rect.width():
            rect.setLeft(rect.right() + 1 - needed.width())
            rect.moveLeft(max(0, rect.left()))
        rect.setHeight(max(rect.height(), min(needed.height(), rect.height() + 2 * SPARE)))
        rect.moveCenter(QPoint(rect.center().x(), option.rect.center().y()))
        editor.setGeometry(rect)

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """Show the rate set by hand; empty where there is none."""
        if isinstance(editor, RateEditor):
            editor.setText(str(index.data(Qt.ItemDataRole.EditRole)))
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        """Request a valid rate; ignore any other input."""
        if isinstance(editor, RateEditor) and editor.hasAcceptableInput() and editor.isModified():
            model.setData(index, editor.rate(), Qt.ItemDataRole.EditRole)


def _widget(option: QStyleOptionViewItem) -> QWidget:
    widget: QWidget = option.widget
    return widget
