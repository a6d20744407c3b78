"""Station 3: the backbone, which of its layers stand still, and what each of them makes of a photo."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.events import ValueRanges
from studio.planning.learning_rates import with_rate
from studio.session.selectors import layers_now, ranges_now, training
from studio.session.state import AppState
from studio.spec import BackboneSpec, FreezePlan
from studio.ui.page import Page
from studio.ui.stations.features.backbone_card import BackboneCard
from studio.ui.stations.features.inspector import Inspector
from studio.ui.stations.features.layers_card import LayersCard
from studio.ui.stations.features.plan_card import PlanCard
from studio.ui.widgets.splitter import Panels

PAUSE_MS = 120
"""Rest after the last step through the layers before an output is asked for."""


class FeaturesPage(Page):
    """Backbones at the left, layers in the middle, one layer close up at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = AppState()
        self._asked: tuple[str, str, BackboneSpec, ValueRanges] | None = None
        self.backbones = BackboneCard(self)
        self.layers = LayersCard(self)
        self.plan = PlanCard(self)
        self.inspector = Inspector(self)
        self.backbones.backbone_wanted.connect(self._choose_backbone)
        self.layers.plan_wanted.connect(self._choose_plan)
        self.layers.rate_wanted.connect(self._choose_rate)
        self.layers.layer_chosen.connect(self._look)
        self.layers.download_wanted.connect(self.download_wanted)
        self.layers.file_wanted.connect(self.backbones.ask_for_file)
        self.inspector.picker.photo_changed.connect(self._look)
        self.plan.cache.clicked.connect(self.cache_wanted)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        middle = QWidget(self)
        middle_column = QVBoxLayout(middle)
        middle_column.setContentsMargins(0, 0, 0, 0)
        middle_column.setSpacing(12)
        middle_column.addWidget(self.layers, 1)
        middle_column.addWidget(self.plan)
        parts = (self.backbones, middle, self.inspector)
        for part, least in zip(parts, (232, 548, 256), strict=True):
            part.setMinimumWidth(least)
        self.splitter = Panels(Qt.Orientation.Horizontal, parts, (244, 780, 272), (0, 1, 0), "features_columns", self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.splitter)

    def show_state(self, state: AppState) -> None:
        """Draw the state."""
        self._state = state
        self.backbones.show_state(state)
        self.layers.show_state(state)
        self.plan.show_state(state)
        self.inspector.show_state(state, self.layers.tree.current_path(), self.layers.tree.head_is_current())
        self._ask_later()

    def choose_photo(self, path: str) -> None:
        """Show the layers' outputs for the photo at this absolute path."""
        self.inspector.picker.choose(path)

    def shut_down(self) -> None:
        """Ask for nothing more."""
        self._pause.stop()

    def _look(self) -> None:
        """Another layer or photo is looked at."""
        self.inspector.show_state(self._state, self.layers.tree.current_path(), self.layers.tree.head_is_current())
        self._pause.stop()
        self._ask_later()

    def _wanted(self) -> tuple[str, str, BackboneSpec, ValueRanges] | None:
        """Layer, photo and backbone to be shown; None while that cannot be computed."""
        state, table = self._state, layers_now(self._state)
        path, photo = self.layers.tree.current_path(), self.inspector.picker.path()
        if table is None or not photo or not path or not state.engine_ready or training(state) is not None:
            return None
        if not self.isVisible() or not any(layer.path == path and layer.output_shape for layer in table.layers):
            return None
        return path, photo, state.spec.backbone, ranges_now(state)

    def _ask_later(self) -> None:
        wanted = self._wanted()
        if wanted is None:
            self._asked = None
            self._pause.stop()
            return
        output = self._state.output
        shown = output is not None and (output.layer, output.path) == wanted[:2]
        if not shown and wanted != self._asked and not self._pause.isActive():
            self._pause.start()

    def _ask(self) -> None:
        wanted = self._wanted()
        if wanted is not None and wanted != self._asked:
            self._asked = wanted
            self.outputs_wanted.emit(wanted[0], wanted[1])

    def _choose_backbone(self, backbone: BackboneSpec) -> None:
        self.spec_changed.emit(replace(self._state.spec, backbone=backbone))

    def _choose_plan(self, plan: FreezePlan) -> None:
        self.spec_changed.emit(replace(self._state.spec, freeze=plan))

    def _choose_rate(self, layer: str, lr: float | None) -> None:
        spec = self._state.spec
        self.spec_changed.emit(replace(spec, train=with_rate(spec.train, layer, lr)))

    def showEvent(self, event: QShowEvent) -> None:
        """Outputs are computed only for eyes."""
        super().showEvent(event)
        self._ask_later()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing is asked for behind another page."""
        super().hideEvent(event)
        self._pause.stop()
