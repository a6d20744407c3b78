"""Widths of a table's columns: from their texts in the font there is, changed by the user, remembered by the window."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHeaderView, QTableView

PADDING = 20
"""Free room around a cell's text."""


class Columns(QObject):
    """Sizes the columns of a table and keeps what the user made of them.

    Attributes:
        on_spread: Called before widths are shared out; may hide and show columns.

    Args:
        table: Its header is made to be dragged; a double click on a border takes the column's own width back.
        name: Under which the window remembers the widths.
        fill: The column that takes the room that is left.
        samples: The longest usual text of a column, where the header is not the longest.
    """

    def __init__(self, table: QTableView, name: str, fill: int, samples: Mapping[int, str]) -> None:
        super().__init__(table)
        self.setObjectName(name)
        self._table, self._fill, self._samples = table, fill, dict(samples)
        self._by_hand: dict[int, int] = {}
        self._busy = False
        self.on_spread: Callable[[], None] | None = None
        header = self._header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(32)
        header.sectionResized.connect(self._resized)
        header.sectionHandleDoubleClicked.connect(self._forget)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        table.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        table.viewport().installEventFilter(self)
        if table.model() is not None:
            table.model().modelReset.connect(self.spread)

    def sample(self, column: int, text: str) -> None:
        """Take another longest text of a column."""
        self._samples[column] = text

    def wanted(self, column: int) -> int:
        """Width at which nothing usual is shortened."""
        text = self._table.fontMetrics().horizontalAdvance(self._samples.get(column, "")) + PADDING
        return max(self._header.sectionSizeHint(column), text if column in self._samples else 0)

    def others(self) -> int:
        """Width of all columns in sight but the one that fills."""
        return sum(
            self._by_hand.get(column, self.wanted(column))
            for column in range(self._header.count())
            if column != self._fill and not self._header.isSectionHidden(column)
        )

    def spread(self) -> None:
        """Share the width out; columns that do not fit are scrolled to."""
        if self._busy or not self._header.count():
            return
        self._busy = True
        try:
            if self.on_spread is not None:
                self.on_spread()
            for column in range(self._header.count()):
                if column != self._fill and not self._header.isSectionHidden(column):
                    self._header.resizeSection(column, self._by_hand.get(column, self.wanted(column)))
            left = self._table.viewport().width() - self.others()
            self._header.resizeSection(self._fill, self._by_hand.get(self._fill, max(self.wanted(self._fill), left)))
        finally:
            self._busy = False

    def state(self) -> dict[str, int]:
        """Widths the user chose, by column."""
        return {str(column): width for column, width in self._by_hand.items()}

    def restore(self, widths: Mapping[str, int]) -> None:
        """Take widths that were chosen once; those of columns that are no more are ignored."""
        self._by_hand = {int(column): width for column, width in widths.items() if column.isdigit() and width > 0}
        self.spread()

    def take(self, column: int, width: int) -> None:
        """The user dragged a column's border."""
        self._by_hand[column] = width
        self.spread()

    def _resized(self, column: int, _old: int, new: int) -> None:
        if not self._busy and QGuiApplication.mouseButtons() & Qt.MouseButton.LeftButton:
            self.take(column, new)

    def _forget(self, column: int) -> None:
        self._by_hand.pop(column, None)
        self.spread()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Another width of the table, or another font, shares it out anew."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.FontChange):
            self.spread()
        return super().eventFilter(watched, event)
