"""Panels side by side or stacked, resized by the user; none can be collapsed by accident."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QSplitter, QWidget

from studio.ui.theme import theme

GAP = 12
LOWEST = 96
"""Least height of a fitted card."""


class Panels(QSplitter):
    """Splitter used by all pages.

    Args:
        way: Horizontal (side by side) or vertical.
        panels: Widgets from the left, or from the top.
        sizes: Initial sizes in pixels; the window saves those that the user sets, under `name`.
        stretch: Shares of additional space; 0 for panels that keep their size.
        name: Object name; "" where sizes are not saved.
        parent: Owner.
    """

    def __init__(
        self,
        way: Qt.Orientation,
        panels: Sequence[QWidget],
        sizes: Sequence[int],
        stretch: Sequence[int],
        name: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(way, parent)
        self.setObjectName(name)
        self.setHandleWidth(GAP)
        self.setChildrenCollapsible(False)
        for place, (panel, factor) in enumerate(zip(panels, stretch, strict=True)):
            self.addWidget(panel)
            if factor:
                self.setStretchFactor(place, factor)
        self.setSizes([theme.enlarged(size) for size in sizes])


def scrolled(card: QWidget) -> QScrollArea:
    """A card in a scroll area, with a scroll bar where the window is low."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(card)
    return area


class Fitted(QScrollArea):
    """A card at its preferred height, with a scroll bar where the window is too low for it."""

    def __init__(self, card: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._card = card
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setWidget(card)

    def sizeHint(self) -> QSize:
        """The size of the card."""
        card = self._card
        width = max(self.width(), card.minimumSizeHint().width())
        return QSize(width, card.heightForWidth(width) if card.hasHeightForWidth() else card.sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Title and a row of the card."""
        return QSize(self._card.minimumSizeHint().width(), min(LOWEST, self.sizeHint().height()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the card's height."""
        if watched is self._card and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Follow the height of wrapped text at another width."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.updateGeometry()
