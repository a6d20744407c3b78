"""Header of a table whose sort arrow is beside the title instead of over it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF
from PySide6.QtWidgets import QHeaderView, QStyle, QStyleOptionHeader, QWidget

from studio.formatting.language import tr
from studio.ui.theme import theme

ARROW, GAP = 8, 5
"""Width of the arrow, and its distance to the title, in pixels."""


class SortHeader(QHeaderView):
    """Draws the arrow itself: a style sheet draws it at the right end of a section, over right-aligned titles."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setAccessibleName(tr("Column titles; a click sorts"))

    def initStyleOptionForIndex(self, option: QStyleOptionHeader, section: int) -> None:
        """Omit Qt's own arrow."""
        super().initStyleOptionForIndex(option, section)
        option.sortIndicator = QStyleOptionHeader.SortIndicator.None_

    def sectionSizeFromContents(self, section: int) -> QSize:
        """Size of the title, in the sorted section with the arrow beside it; the style would reserve it in all."""
        option = QStyleOptionHeader()
        self.initStyleOption(option)
        self.initStyleOptionForIndex(option, section)
        size = self.style().sizeFromContents(QStyle.ContentsType.CT_HeaderSection, option, QSize(), self)
        is_sorted = self.isSortIndicatorShown() and section == self.sortIndicatorSection()
        return size + QSize(ARROW + GAP, 0) if is_sorted else size

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        """Draw the title, and the arrow of the section that determines the order."""
        painter.save()
        super().paintSection(painter, rect, section)
        painter.restore()
        if not self.isSortIndicatorShown() or section != self.sortIndicatorSection():
            return
        left, middle = self.arrow_place(rect, section), rect.center().y() + 0.5
        up = self.sortIndicatorOrder() is Qt.SortOrder.AscendingOrder
        base, tip = (middle + 2.5, middle - 2.5) if up else (middle - 2.5, middle + 2.5)
        corners = (QPointF(left, base), QPointF(left + ARROW, base), QPointF(left + ARROW / 2, tip))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.current().text))
        painter.drawPolygon(QPolygonF(corners))
        painter.restore()

    def arrow_place(self, rect: QRect, section: int) -> float:
        """Left end of the arrow: before a right-aligned title, after a left-aligned one, inside the section."""
        option = QStyleOptionHeader()
        self.initStyleOption(option)
        self.initStyleOptionForIndex(option, section)
        option.rect = rect
        room = self.style().subElementRect(QStyle.SubElement.SE_HeaderLabel, option, self)
        width = min(option.fontMetrics.horizontalAdvance(option.text), room.width())
        if option.textAlignment & Qt.AlignmentFlag.AlignRight:
            return max(rect.left() + 1.0, room.right() - width - GAP - ARROW)
        return min(rect.right() - ARROW - 1.0, room.left() + width + GAP)
