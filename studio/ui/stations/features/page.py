"""The Features page: the backbone, its freeze plan, and the outputs of its layers for a photo."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.events import LayerTable
from studio.formatting.language import tr
from studio.planning.learning_rates import with_rate
from studio.session.inspection import looking
from studio.session.inspection.looking import Look
from studio.session.selectors import layers_now
from studio.session.settings import Settings
from studio.session.state import AppState
from studio.spec import BackboneSpec, FreezePlan
from studio.spec.structs import replace
from studio.ui.page import Page
from studio.ui.stations.features.backbones.backbone_card import BackboneCard
from studio.ui.stations.features.cut_advice_dialog import CutAdviceDialog
from studio.ui.stations.features.forecast_dialog import ForecastDialog
from studio.ui.stations.features.inspector import Inspector
from studio.ui.stations.features.layers_card import LayersCard
from studio.ui.stations.features.microscope.card import Microscope
from studio.ui.stations.features.microscope.panel import MicroscopePanel
from studio.ui.stations.features.plan_card import PlanCard
from studio.ui.theme import theme
from studio.ui.widgets.part_by_part import PartByPart
from studio.ui.widgets.splitter import Panels, scrolled
from studio.ui.widgets.tabs import Tabs

PAUSE_MS = 30
"""Delay between the last change of layer or photo and the request for its outputs: one for all keys held down."""

AT_REST_S = 0.15
"""Seconds without a change after which the next one is requested without a delay."""

DRIFT_PAUSE_MS = 300
"""Delay between a comparison of weights in one layer and that of all layers, which would block the next look."""


class FeaturesPage(Page):
    """The Features page: backbones at the left, layers in the middle, the selected layer at the right.

    Attributes:
        parts: The parts of another network that are not drawn yet.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = AppState()
        self._table: LayerTable | None = None
        self.parts = PartByPart(self)
        self._requested: Look | None = None
        self.backbones = BackboneCard(self)
        self.layers = LayersCard(self)
        self.plan = PlanCard(self)
        self.inspector = Inspector(self)
        self.microscope = Microscope(self)
        self.right = Tabs(tr("Look into the network"), self)
        self.right.add(
            tr("Microscope"), MicroscopePanel(self.microscope), tr("What the selected layer does with a photo")
        )
        self.right.add(tr("Shape"), scrolled(self.inspector), tr("Sizes and state of the selected layer"))
        self.backbones.backbone_requested.connect(self._choose_backbone)
        self.backbones.comparison_requested.connect(self._compare_backbones)
        self.layers.plan_requested.connect(self._choose_plan)
        self.layers.rate_requested.connect(self._choose_rate)
        self.layers.layer_chosen.connect(self._restart_pause)
        self.layers.shapes_requested.connect(self._derive_shapes)
        self.layers.times_requested.connect(self._measure)
        self.layers.download_requested.connect(self.download_requested)
        self.layers.file_requested.connect(self.backbones.ask_for_file)
        self.microscope.look_changed.connect(self._restart_pause)
        self.microscope.layer_requested.connect(self.layers.tree.choose)
        self.microscope.call_requested.connect(self.layers.choose_call)
        self.inspector.call.call_chosen.connect(self._choose_call)
        self.plan.cache.clicked.connect(self.cache_requested)
        self.advice = CutAdviceDialog(self)
        self.advice.probe_requested.connect(self._probe)
        self.advice.plan_requested.connect(self._use_advice)
        self.plan.advise.clicked.connect(lambda: self.advice.open_with(self._state))
        self.forecast = ForecastDialog(self)
        self.forecast.forecast_requested.connect(self._forecast)
        self.plan.forecast.clicked.connect(lambda: self.forecast.open_with(self._state))
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._moved = 0.0
        self._pause.timeout.connect(self._request)
        self._compared: Look | None = None
        self._drift_pause = QTimer(self)
        self._drift_pause.setSingleShot(True)
        self._drift_pause.setInterval(DRIFT_PAUSE_MS)
        self._drift_pause.timeout.connect(self._request_drift)
        middle = QWidget(self)
        middle_column = QVBoxLayout(middle)
        middle_column.setContentsMargins(0, 0, 0, 0)
        middle_column.setSpacing(12)
        middle_column.addWidget(self.layers, 1)
        middle_column.addWidget(self.plan)
        parts = (self.backbones, middle, self.right)
        for part, least in zip(parts, (232, 548, 270), strict=True):
            part.setMinimumWidth(theme.enlarged(least))
        # Not the name of earlier versions, whose right column was too narrow for the microscope.
        self.splitter = Panels(Qt.Orientation.Horizontal, parts, (244, 564, 416), (0, 1, 1), "features_parts", self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.splitter)

    def show_state(self, state: AppState) -> None:
        """Draw the state."""
        self._state = state
        self.backbones.show_state(state)
        self._draw_in_turn(layers_now(state))
        layers, waits = self.layers, self.parts.is_waiting
        if not waits(layers.tools):
            layers.show_layers(state)
        if not waits(layers.view.bar):
            layers.show_bar()
        if not waits(self.plan):
            self._show_plan()
        for dialog in (self.advice, self.forecast):
            if dialog.isVisible():
                dialog.show_state(state)
        self._inspect()
        self._request_later()

    def _draw_in_turn(self, table: LayerTable | None) -> None:
        """Draw another network part by part: all of it at once would delay a click by a tenth of a second."""
        before, self._table = self._table, table
        if table is None or table is before or not self.window().isVisible():
            return
        layers = self.layers
        turns: dict[QWidget, Callable[[], None]] = {
            layers.tools: lambda: layers.show_layers(self._state),
            layers.view.bar: layers.show_bar,
            self.plan: self._show_plan,
            self.right: self._inspect_and_request,
        }
        # The tree is filled in the first turn and painted in the second.
        self.parts.begin((layers.tools, layers.tree, layers.view.bar, self.plan, self.right), turns)

    def _show_plan(self) -> None:
        self.plan.show_state(self._state)

    def _inspect(self) -> None:
        if not self.parts.is_waiting(self.right):
            self._show_inspected()

    def _inspect_and_request(self) -> None:
        self._show_inspected()
        self._request_later()

    def _show_inspected(self) -> None:
        tree, state = self.layers.tree, self._state
        path, head = tree.current_path(), tree.head_is_current()
        self.inspector.show_state(state, path, head, self.layers.sizes)
        calls = next((one.calls for one in self._table.layers if one.path == path), 1) if self._table else 1
        self.microscope.show_state(state, path, head, (calls, self.layers.call_of(path)))

    def choose_photo(self, path: str) -> None:
        """Show the layers' outputs for the photo at this absolute path."""
        self.microscope.picker.choose(path)

    def restore_layout(self, settings: Settings) -> None:
        """Apply the saved widths of the layers' columns and the saved measure of the bar."""
        self.layers.tree.restore(settings.columns.get(self.layers.tree.objectName(), {}))
        self.layers.view.bar.restore(settings.columns.get("freeze_bar", {}))

    def save_layout(self, settings: Settings) -> None:
        """Put the widths of the layers' columns and the measure of the bar into the settings."""
        settings.columns[self.layers.tree.objectName()] = self.layers.tree.widths()
        settings.columns["freeze_bar"] = self.layers.view.bar.choice()

    def shut_down(self) -> None:
        """Cancel a pending request for outputs."""
        self._pause.stop()
        self._drift_pause.stop()

    def _restart_pause(self) -> None:
        """Wait until the user has stopped moving through layers or photos."""
        now = time.monotonic()
        self._pause.setInterval(PAUSE_MS if now - self._moved < AT_REST_S else 0)
        self._moved = now
        self._inspect()
        self._pause.stop()
        self._request_later()

    def _look(self) -> Look | None:
        """The look to compute; None while that is not possible."""
        if not self.isVisible():
            return None
        photo, choice = self.microscope.picker.path(), self.microscope.choice()
        return looking.look(self._state, self.layers.tree.current_path(), photo, choice)

    def _request_later(self) -> None:
        if self.parts.is_waiting(self.right):
            return  # the current layer or photo may still be one of before
        look, before = self._look(), self._requested
        if look is None:
            self._requested = None
            self._pause.stop()
            return
        newer = before is not None and looking.differs_in_newest(look, before)
        if (newer or not looking.is_shown(self._state, look)) and look != before and not self._pause.isActive():
            self._pause.start()
        elif looking.drift_to_compute(self._state, look) and look != self._compared:
            self._compared = look
            self._drift_pause.start()

    def _request_drift(self) -> None:
        """Compare all layers before and after the run, once the look that needs it is shown."""
        look = self._look()
        if look is not None and looking.drift_to_compute(self._state, look):
            self.job_requested.emit("output_drift", (look.backbone, look.run, look.photo, look.ranges))

    def _request(self) -> None:
        look = self._look()
        if look is None or look == self._requested:
            return
        self._requested = look
        if look.heatmap:
            self.job_requested.emit("heatmap", (look.run, look.photo, look.class_name, look.layer, "", look.hold))
        else:
            self.outputs_requested.emit(look.layer, look.photo, look.weights, look.hold, look.call)

    def _choose_backbone(self, backbone: BackboneSpec) -> None:
        self.spec_changed.emit(replace(self._state.spec, backbone=backbone))

    def _choose_plan(self, plan: FreezePlan) -> None:
        self.spec_changed.emit(replace(self._state.spec, freeze=plan))

    def _choose_call(self, call: int) -> None:
        self.layers.choose_call(self.layers.tree.current_path(), call)

    def _derive_shapes(self, backbone: BackboneSpec) -> None:
        self.job_requested.emit("shapes", (backbone,))

    def _measure(self, batch: int) -> None:
        self.job_requested.emit("layer_times", (self._state.spec.backbone, batch))

    def _forecast(self, measure: bool) -> None:
        self.job_requested.emit("forecast", (self._state.spec, measure))

    def _compare_backbones(self) -> None:
        self.job_requested.emit("advise_backbone", (self._state.spec,))

    def _probe(self) -> None:
        self.job_requested.emit("advise_cut", (self._state.spec,))

    def _use_advice(self, plan: FreezePlan) -> None:
        """Freeze as advised; the policy for BatchNorm and the adapters stay the user's."""
        self._choose_plan(plan.with_policies_of(self._state.spec.freeze))

    def _choose_rate(self, layer: str, lr: float | None) -> None:
        spec = self._state.spec
        self.spec_changed.emit(replace(spec, train=with_rate(spec.train, layer, lr)))

    def showEvent(self, event: QShowEvent) -> None:
        """Request outputs: they are computed only while the page is visible."""
        super().showEvent(event)
        self._request_later()

    def hideEvent(self, event: QHideEvent) -> None:
        """Cancel a pending request while another page is shown."""
        super().hideEvent(event)
        self.shut_down()
