"""Layout of the window (position, splitters, columns, size of photos) in the settings; folders dropped on it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QByteArray, QSize
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from studio.session.settings import Settings
from studio.ui.page import Page
from studio.ui.widgets.page_stack import PageScroll, PageStack
from studio.ui.widgets.tables.columns import Columns

USUAL = QSize(1280, 800)
TITLE_BAR = 40
"""Height of the title bar of the window, about."""


def central(window: QWidget, ribbon: QWidget, strips: QWidget, stack: PageStack) -> QWidget:
    """Build the central widget: ribbon, notices, and the pages, which scroll where the window is low."""
    area = QWidget(window)
    column = QVBoxLayout(area)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(ribbon)
    column.addWidget(strips)
    scroll = PageScroll(stack, area)
    pages = QVBoxLayout()
    pages.setContentsMargins(16, 16, max(0, 16 - scroll.bar_width()), 16)
    pages.addWidget(scroll)
    column.addLayout(pages, 1)
    return area


def first_size(room: QSize, least: QSize) -> QSize:
    """Size of the window at its first start: 1280 × 800, or what a smaller screen leaves beside the title bar.

    Args:
        room: Size of the screen without the desktop's panels.
        least: Smallest size of the window.
    """
    if room.width() < least.width():  # the window does not fit on such a screen in any case
        return USUAL
    return USUAL.boundedTo(QSize(room.width(), room.height() - TITLE_BAR)).expandedTo(least)


def restore_geometry(window: QWidget, settings: Settings) -> None:
    """Restore the saved position and size of the window."""
    window.resize(first_size(window.screen().availableSize(), window.minimumSize()))
    if settings.geometry:
        window.restoreGeometry(QByteArray.fromBase64(settings.geometry.encode()))


def restore_parts(page: Page, settings: Settings) -> None:
    """Restore the saved layout of a page: its splitters, columns of tables, and parts that only this page has."""
    for splitter in page.findChildren(QSplitter):
        saved = settings.splitters.get(splitter.objectName())
        if saved:
            splitter.restoreState(QByteArray.fromBase64(saved.encode()))
    for columns in page.findChildren(Columns):
        columns.restore(settings.columns.get(columns.objectName(), {}))
    page.restore_layout(settings)


def remember(window: QWidget, pages: Iterable[Page], settings: Settings) -> None:
    """Store the present layout of the window and of its pages in the settings."""
    settings.geometry = bytes(window.saveGeometry().toBase64().data()).decode()
    for splitter in window.findChildren(QSplitter):
        if splitter.objectName():
            state = bytes(splitter.saveState().toBase64().data()).decode()
            settings.splitters[splitter.objectName()] = state
    for columns in window.findChildren(Columns):
        settings.columns[columns.objectName()] = columns.state()
    for page in pages:
        page.save_layout(settings)


def dropped_folder(event: QDropEvent) -> str:
    """The first folder among the dragged files; "" where there is none."""
    paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
    return next((path for path in paths if Path(path).is_dir()), "")


def dropped_project(event: QDropEvent) -> str:
    """The first project file among the dragged files; "" where there is none."""
    paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
    return next((path for path in paths if path.lower().endswith(".thaw") and Path(path).is_file()), "")
