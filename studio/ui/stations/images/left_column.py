"""The left column of the Images page: cards that take less height where the window is low."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from studio.ui.stations.images.findings_card import FEW_ROWS, MOST_ROWS, FindingsCard
from studio.ui.stations.images.split_card import SplitCard


class LeftColumn(QScrollArea):
    """Scrolls only where the cards do not fit although the split is folded and the list of findings is short.

    Args:
        cards: The cards, the first below the second taking what height is left.
        findings: The card of the data check, one of them.
        split: The card of the split, one of them.
        parent: Owner.
    """

    def __init__(
        self, cards: Sequence[QWidget], findings: FindingsCard, split: SplitCard, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._findings, self._split = findings, split
        self._inner = QWidget(self)
        self._fitted = QSize()
        column = QVBoxLayout(self._inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        for place, card in enumerate(cards):
            column.addWidget(card, 1 if place == 1 else 0)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(self._inner)
        self.setMinimumWidth(280)
        findings.list.itemSelectionChanged.connect(self.fit)

    def fit(self) -> None:
        """Fold as little as is needed for all cards to be visible."""
        for is_open, rows in ((True, MOST_ROWS), *((False, rows) for rows in range(MOST_ROWS, FEW_ROWS - 1, -1))):
            self._split.fold(not is_open)
            self._findings.list.show_rows(rows)
            if self._needed() <= self.viewport().height():
                return

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold or unfold where the column has another size, and not where only its scroll bar came or went.

        Otherwise, at some heights, folding would show the bar, and refolding in the width beside it would hide it.
        """
        super().resizeEvent(event)
        if self.size() != self._fitted:
            self._fitted = self.size()
            self.fit()

    def showEvent(self, event: QShowEvent) -> None:
        """Fold or unfold: before, the cards have no sizes."""
        super().showEvent(event)
        self.fit()

    def _needed(self) -> int:
        """Height of all cards."""
        layout = self._inner.layout()
        assert layout is not None
        layout.activate()
        width = self.viewport().width()
        return layout.heightForWidth(width) if layout.hasHeightForWidth() else layout.sizeHint().height()
