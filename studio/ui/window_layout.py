"""Place, size, splitters and columns of the window, kept in the settings from one start to the next."""

from __future__ import annotations

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QSplitter, QWidget

from studio.session.settings import Settings
from studio.ui.stations.features.layer_tree import LayerTree
from studio.ui.widgets.columns import Columns


def restore_geometry(window: QWidget, settings: Settings) -> None:
    """Give the window the place and size that it had."""
    if settings.geometry:
        window.restoreGeometry(QByteArray.fromBase64(settings.geometry.encode()))


def restore_parts(page: QWidget, settings: Settings) -> None:
    """Give the splitters and columns of a page the widths that they had."""
    for splitter in page.findChildren(QSplitter):
        saved = settings.splitters.get(splitter.objectName())
        if saved:
            splitter.restoreState(QByteArray.fromBase64(saved.encode()))
    for columns in page.findChildren(Columns):
        columns.restore(settings.columns.get(columns.objectName(), {}))
    for tree in page.findChildren(LayerTree):
        tree.restore(settings.columns.get(tree.objectName(), {}))


def remember(window: QWidget, settings: Settings) -> None:
    """Put what the window looks like now into the settings."""
    settings.geometry = bytes(window.saveGeometry().toBase64().data()).decode()
    for splitter in window.findChildren(QSplitter):
        if splitter.objectName():
            state = bytes(splitter.saveState().toBase64().data()).decode()
            settings.splitters[splitter.objectName()] = state
    for columns in window.findChildren(Columns):
        settings.columns[columns.objectName()] = columns.state()
    for tree in window.findChildren(LayerTree):
        settings.columns[tree.objectName()] = tree.widths()
