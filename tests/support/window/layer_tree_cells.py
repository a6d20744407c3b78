"""Cells of the layer tree on the Features page."""

from __future__ import annotations

from PySide6.QtCore import Qt

from studio.ui.stations.features.page import FeaturesPage


def text(page: FeaturesPage, path: str, column: int) -> str:
    return str(page.layers.tree.layer_model.index_of(path).siblingAtColumn(column).data())


def ticks(page: FeaturesPage, path: str) -> Qt.CheckState:
    state = page.layers.tree.layer_model.index_of(path).data(Qt.ItemDataRole.CheckStateRole)
    assert isinstance(state, Qt.CheckState)
    return state
