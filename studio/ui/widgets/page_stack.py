"""The pages of the window, one at a time. One that needs more height than the window has is scrolled, not squeezed."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QScrollBar, QStackedWidget, QWidget


class PageStack(QStackedWidget):
    """Needs as much room as the page shown; Qt's own needs that of its largest page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.currentChanged.connect(self.updateGeometry)

    def minimumSizeHint(self) -> QSize:
        """The room that the page shown cannot do without."""
        page = self.currentWidget()
        return page.minimumSizeHint().expandedTo(page.minimumSize()) if page is not None else super().minimumSizeHint()

    def heightForWidth(self, width: int) -> int:  # noqa: ARG002
        """The same: where words wrap, Qt's own asks for the height a page would like to have."""
        return self.minimumSizeHint().height()


class PageScroll(QScrollArea):
    """Scrolls the stack up and down. Its bar stands in the window's margin, so a page keeps its width."""

    def __init__(self, stack: PageStack, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setVerticalScrollBar(_Bar(self))
        self.setWidget(stack)
        stack.currentChanged.connect(self._to_top)

    def bar_width(self) -> int:
        """Width that the bar takes of the margin."""
        return self.verticalScrollBar().sizeHint().width()

    def _to_top(self) -> None:
        """Another page begins at its top."""
        self.verticalScrollBar().setValue(0)


class _Bar(QScrollBar):
    """Seen only where there is something to scroll; its room stays."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The handle, where it can be moved."""
        if self.maximum() > self.minimum():
            super().paintEvent(event)
