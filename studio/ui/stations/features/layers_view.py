"""The freeze bar beside the layer tree."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.ui.stations.features.freeze_bar import FreezeBar
from studio.ui.stations.features.layers.layer_tree import LayerTree

ROOM = 640
"""Width from which on the blocks of the bar are named."""


class LayersView(QWidget):
    """Bar and tree; the current layer is marked in both."""

    def __init__(self, tree: LayerTree, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = FreezeBar(self)
        self.bar.layer_requested.connect(tree.choose)
        tree.layer_chosen.connect(self.bar.show_current)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.bar)
        row.addWidget(tree, 1)
        self.bar.set_wide(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Name the blocks where there is room."""
        super().resizeEvent(event)
        self.bar.set_wide(event.size().width() >= ROOM)
