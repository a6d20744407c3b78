"""Scroll area of the threshold card: curve and slider are visible at once in a low window."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from studio.ui.widgets.fields.wheel import ScrollPast

LEAST_PLOT, READABLE_PLOT = 144, 180
"""Heights of the curve in pixels: as high as its numbers, and that at which it is easy to read.

It has the second one where the slider below it is visible as well; otherwise it is lower, down to the first one.
"""


class ThresholdArea(QScrollArea):
    """Scrolls a column in a low window, and gives the plot in it the height that leaves room for other parts.

    Args:
        inner: The content of the area.
        column: Its layout.
        plot: The plot.
        beside: Parts of the column that stay visible together with it, where they are shown.
        parent: Owner.
    """

    def __init__(
        self, inner: QWidget, column: QVBoxLayout, plot: QWidget, beside: Sequence[QWidget], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._gap = column.spacing()
        self._plot, self._beside = plot, tuple(beside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(inner)
        ScrollPast(inner)
        inner.setMinimumWidth(0)
        plot.setMinimumHeight(READABLE_PLOT)
        for part in self._beside:
            part.installEventFilter(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the plot into the new height."""
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Fit the plot when a part is shown or hidden."""
        if event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent):
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        others: list[int] = [part.sizeHint().height() + self._gap for part in self._beside if not part.isHidden()]
        room = self.viewport().height() - sum(others)
        self._plot.setMinimumHeight(max(LEAST_PLOT, min(READABLE_PLOT, room)))
        self._plot.setMaximumHeight(max(LEAST_PLOT, room))  # it would take what the column has more than it needs
