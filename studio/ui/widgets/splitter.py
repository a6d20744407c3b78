"""Panels side by side or stacked, resized by the user; none can be collapsed by accident."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QSplitter, QWidget

GAP = 12


class Panels(QSplitter):
    """Splitter used by all pages.

    Args:
        way: Horizontal (side by side) or vertical.
        panels: Widgets from the left, or from the top.
        sizes: Initial sizes; the window saves the user's under `name`.
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
        self.setSizes(list(sizes))


def scrolled(card: QWidget) -> QScrollArea:
    """A card with a scroll bar where the window is low."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(card)
    return area
