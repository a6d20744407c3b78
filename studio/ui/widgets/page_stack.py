"""The pages of the window, one at a time, with scroll bars where a page is larger than the window."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QScrollBar, QStackedWidget, QWidget

from studio.jobs.worker_pauses import worker_pauses
from studio.ui.theme import theme

WIDTH = 1088
"""Pixels that a page has in the narrowest window, which are enough for texts of the usual size."""
HEIGHT = 560
"""The same for its height."""

FITS = "fits"
"""Property of a page that fits into the narrowest window whatever the size of its texts."""

LEVELS = 6
"""Levels of parents whose layouts are updated at once."""


def lay_out_now() -> None:
    """Lay out all that was just shown, and mark it for painting, before anything is painted.

    Qt posts an event for each widget shown, and a plot among them paints its whole window before the others have been
    handled: a page with two plots was painted three times. A new height reaches the parents one by one, with an event
    for each, between which Qt paints: up to six times.
    """
    with worker_pauses.drawing():  # each widget of ours that is asked for its size needs the interpreter
        for _ in range(LEVELS):
            QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)  # for any widget
        QCoreApplication.sendPostedEvents(None, QEvent.Type.UpdateLater.value)


class PageStack(QStackedWidget):
    """Stack that needs as much space as the shown page; Qt's own needs that of its largest page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.currentChanged.connect(self.updateGeometry)

    def show_page(self, page: QWidget) -> None:
        """Show a page; it is painted once."""
        if page is not self.currentWidget():
            self.setCurrentWidget(page)
            lay_out_now()

    def minimumSizeHint(self) -> QSize:
        """Minimum size of the shown page; larger where the user enlarged all texts, unless it has `FITS`."""
        page = self.currentWidget()
        least = page.minimumSizeHint().expandedTo(page.minimumSize()) if page is not None else super().minimumSizeHint()
        if theme.enlargement() > 1 and page is not None and not page.property(FITS):
            least = least.expandedTo(QSize(theme.enlarged(WIDTH), theme.enlarged(HEIGHT)))
        return least

    def heightForWidth(self, width: int) -> int:  # noqa: ARG002
        """The minimum height: with wrapping texts, Qt's own returns the preferred height of a page."""
        return self.minimumSizeHint().height()


class PageScroll(QScrollArea):
    """Scrolls the stack vertically; with enlarged texts, horizontally, too.

    The vertical bar is in the window's margin, so that pages keep their width.
    """

    def __init__(self, stack: PageStack, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        if theme.enlargement() > 1:
            self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        else:
            self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setVerticalScrollBar(_Bar(self))
        self.setWidget(stack)
        stack.currentChanged.connect(self._to_top)

    def bar_width(self) -> int:
        """Width of the margin that the bar takes."""
        return self.verticalScrollBar().sizeHint().width()

    def _to_top(self) -> None:
        """Scroll to the top of a new page."""
        self.verticalScrollBar().setValue(0)


class _Bar(QScrollBar):
    """Scroll bar that is painted only where there is something to scroll; its space stays reserved."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the handle where it can be moved."""
        if self.maximum() > self.minimum():
            super().paintEvent(event)
