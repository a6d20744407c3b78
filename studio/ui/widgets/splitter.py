"""Panels side by side, or one below another, whose sizes the user changes; none can be closed by accident."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QSplitter, QWidget

GAP = 12


class Panels(QSplitter):
    """A splitter as every page has them.

    Args:
        way: Side by side (horizontal) or one below another.
        panels: Widgets from the left, or from the top.
        sizes: Their first sizes; the window keeps what the user makes of them under `name`.
        stretch: How they share what a larger window gives; 0 for those that stay as they are.
        name: Of the object; "" where sizes are not kept.
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
    """A card that scrolls where the window is low."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(card)
    return area
