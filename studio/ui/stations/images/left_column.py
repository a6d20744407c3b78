"""The left column of the Images page: cards that take less height where the window is low."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from studio.ui.stations.images.class_table import ClassTable
from studio.ui.stations.images.findings_card import FEW_ROWS, MOST_ROWS, FindingsCard
from studio.ui.stations.images.folder_list import FolderList
from studio.ui.stations.images.split_card import SplitCard
from studio.ui.theme import theme

SPACING, NARROW = 12, 8
"""Gap between cards, and the gap where height is scarce."""

STEP = 20
"""Pixels of a step of the scroll bar where there are no pages, as in other lists."""


class LeftColumn(QScrollArea):
    """Scrolls only where the cards do not fit although all of them are as short as possible.

    Then the first page ends with a whole card, and one step of the wheel leads to the next page.

    Args:
        cards: The cards, the first below the second taking what height is left.
        findings: The card of the data check, one of them.
        split: The card of the split, one of them.
        folders: The list of folders, in the first card.
        classes: The table of classes, in the second card.
        parent: Owner.
    """

    def __init__(
        self,
        cards: Sequence[QWidget],
        findings: FindingsCard,
        split: SplitCard,
        folders: FolderList,
        classes: ClassTable,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._cards, self._findings, self._split = tuple(cards), findings, split
        self._folders, self._classes = folders, classes
        self._fitted = QSize()
        self._tried: set[tuple[int, ...]] = set()
        self._inner = QWidget(self)
        self._column = QVBoxLayout(self._inner)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACING)
        for card in cards:
            self._column.addWidget(card)
        self._column.addStretch(0)
        self.setWidgetResizable(True)
        self._is_held = False
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(self._inner)
        self.setMinimumWidth(theme.enlarged(280))
        self._inner.installEventFilter(self)
        findings.list.itemSelectionChanged.connect(self.fit)

    def fit_later(self) -> None:
        """Fit only when `fit_now` is called, whatever changes until then."""
        self._is_held = True

    def fit_now(self) -> None:
        """Fit if `fit_later` was called, and from now on at once again."""
        if self._is_held:
            self._is_held = False
            self.fit()

    def fit(self) -> None:
        """Shorten the cards as little as needed for all to be visible; if they cannot be, divide them into pages."""
        if self._is_held:
            return
        self._hold_pages(0, 0)
        short = [(False, rows) for rows in range(MOST_ROWS, FEW_ROWS - 1, -1)]
        for is_compact, ways in ((False, [(True, MOST_ROWS), *short]), (True, short)):
            self._be_compact(is_compact)
            for is_open, rows in ways:
                self._split.fold(not is_open)
                self._findings.list.show_rows(rows)
                if self._needed() <= self.viewport().height():
                    return
        # In pages, shorter cards would gain nothing.
        self._be_compact(False)
        self._part()

    def _be_compact(self, is_compact: bool) -> None:
        """Let folders, classes and gaps take less height, or their full height."""
        self._folders.set_compact(is_compact)
        self._classes.hold_rows(1 if is_compact else 2)
        self._column.setSpacing(NARROW if is_compact else SPACING)

    def _part(self) -> None:
        """Let the first page end with a whole card, and the second one begin with the next."""
        self._settle()
        room, heights = self.viewport().height(), [self._height(card) for card in self._cards]
        whole = sum(sum(heights[:number]) + SPACING * (number - 1) <= room for number in range(1, len(heights) + 1))
        if 2 <= whole < len(heights):  # the second card takes the height that is left
            left = room - sum(heights[:whole]) - SPACING * (whole - 1)
            rest = sum(heights[whole:]) + SPACING * (len(heights) - whole - 1)
            self._hold_pages(heights[1] + left, room + max(room, SPACING + rest))

    def _hold_pages(self, second: int, whole: int) -> None:
        """Set the least height of the second card and of the whole column; 0 for no pages."""
        self._cards[1].setMinimumHeight(second)
        self._inner.setMinimumHeight(whole)
        self._column.setStretch(1, 0 if whole else 1)
        self._column.setStretch(len(self._cards), 1 if whole else 0)  # the rest of the last page stays empty
        self.verticalScrollBar().setSingleStep(self.viewport().height() if whole else STEP)

    def _settle(self) -> None:
        """Update the layouts now, so that they know the heights of the cards; otherwise the next events would do it."""
        for part in (self._folders, self._split.options):  # layouts store the heights of what is inside them
            if (inner := part.layout()) is not None:
                inner.invalidate()
            part.updateGeometry()
        for layout in (*(card.layout() for card in self._cards), self._column):
            if layout is not None:
                layout.invalidate()
                layout.activate()

    def _height(self, card: QWidget) -> int:
        """Height of a card at the width that the scroll bar leaves."""
        width = self.width() - self.verticalScrollBar().sizeHint().width()
        return max(card.heightForWidth(width) if card.hasHeightForWidth() else 0, card.minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit again where the size of the column changed, which the scroll bar alone does not do."""
        super().resizeEvent(event)
        if self.size() != self._fitted:
            self._fitted = self.size()
            self._tried.clear()
            self.fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Fit again where a card needs another height than before, for instance when it is drawn for the first time."""
        if watched is self._inner and event.type() == QEvent.Type.LayoutRequest:
            heights = tuple(map(self._height, self._cards))
            if heights not in self._tried:  # each combination once, because fitting changes the heights, too
                self._tried.add(heights)
                self.fit()
        return super().eventFilter(watched, event)

    def showEvent(self, event: QShowEvent) -> None:
        """Fit for the first time: hidden cards have no sizes."""
        super().showEvent(event)
        self.fit()

    def _needed(self) -> int:
        """Height of all cards."""
        self._settle()
        width = self.width()
        if self._column.hasHeightForWidth():
            return self._column.heightForWidth(width)
        return self._column.sizeHint().height()
