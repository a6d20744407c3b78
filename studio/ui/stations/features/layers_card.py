"""Middle column of the Features page: the layers with their check marks, or the state of their loading."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QStackedWidget, QWidget

from studio.events import LayerTable
from studio.formatting.language import tr
from studio.planning import blocks, freezing
from studio.session.inspection import looking
from studio.session.plan import freeze_bar, layer_sizes, plan_summary
from studio.session.plan.layer_rows import CutMarker, NewHead
from studio.session.plan.layer_sizes import LayerSizes
from studio.session.selectors import layers_now
from studio.session.state import AppState
from studio.spec import FreezePlan
from studio.spec.structs import replace
from studio.ui.stations.features.adapter_choices import AdapterChoices
from studio.ui.stations.features.layers.layer_tools import LayerTools
from studio.ui.stations.features.layers.layer_tree import LayerTree
from studio.ui.stations.features.layers.problem_list import ProblemList
from studio.ui.stations.features.layers_view import LayersView
from studio.ui.stations.features.plan_choices import POLICIES, PRESETS, STATISTICS
from studio.ui.stations.features.waiting_page import CHOOSE_FILE, FILE_TIP, WaitingPage
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.notice import Notice
from studio.ui.widgets.wrapped_label import WrappedLabel

LOW = 360
"""Height of the card below which the line that there are no problems is omitted."""
NOT_LOADED = tr("The backbone's layers are not loaded yet.")
RETRY = tr("Retry")


class LayersCard(Card):
    """The layer tree below its presets.

    Signals:
        plan_requested: The `FreezePlan` the user chose.
        layer_chosen: Path of the current layer; "" for the head.
        rate_requested: Path of a layer, and its rate, or None to discard the one set by hand.
        download_requested: Download the weights, or try to load them again.
        shapes_requested: Derive the shapes of this `BackboneSpec`, which has the image size looked at.
        times_requested: Measure the time of each layer for this many photos.
        file_requested: Let the user choose a weights file.

    Attributes:
        sizes: The layers at the image size and batch looked at; None where no layers are shown.
    """

    plan_requested = Signal(object)
    download_requested = Signal()
    file_requested = Signal()
    layer_chosen = Signal(str)
    rate_requested = Signal(str, object)
    shapes_requested = Signal(object)
    times_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Layers"), parent)
        self._state = AppState()
        self._table: LayerTable | None = None
        self.sizes: LayerSizes | None = None
        self._bar_drawn: tuple[object, ...] = ()
        self._plan_before = FreezePlan()
        self._shapes_drawn: tuple[object, ...] = ()
        self._calls: dict[str, int] = {}
        self._plan = FreezePlan()
        self._drawn: tuple[object, ...] = ()
        self._presets: dict[str, FreezePlan] = {}
        self._preset_leaves: dict[str, frozenset[str]] = {}
        self.buttons = {key: self._preset(key, text, tip) for key, text, tip in PRESETS}
        self.until = QPushButton(tr("Freeze up to here"), self)
        self.until.setProperty("role", "preset")
        self.until.setToolTip(tr("Freeze every layer up to the selected row and train what follows (Shift+Space)"))
        self.header.addWidget(self.until)
        self.notice = Notice(self)
        self.notice.offer(
            RETRY,
            tr("Try to load the weights again, and to download them where they are missing"),
            self.download_requested,
        )
        self.notice.offer(CHOOSE_FILE, FILE_TIP, self.file_requested)
        self.tree = LayerTree(self)
        self.tree.tick_requested.connect(self._tick)
        self.tree.until_requested.connect(self._until)
        self.tree.layer_chosen.connect(self.layer_chosen)
        self.tree.rate_requested.connect(self.rate_requested)
        self.tree.call_requested.connect(self.choose_call)
        self.tools = LayerTools(self.tree, self)
        self.tools.side_changed.connect(self._look_at_side)
        self.tools.batch_changed.connect(self._take_batch)
        self.tools.times_requested.connect(self.times_requested)
        self.problems = ProblemList(self)
        self.problems.layer_requested.connect(self._point_at)
        self.until.clicked.connect(self.tree.freeze_up_to_current)
        self._stack = QStackedWidget(self)
        self.waiting = WaitingPage(self)
        self.waiting.download.clicked.connect(self.download_requested)
        self.waiting.file.clicked.connect(self.file_requested)
        self._stack.addWidget(self.waiting)
        self.view = LayersView(self.tree, self)
        self.view.bar.edge_requested.connect(self._freeze_blocks)
        self.view.bar.drag_started.connect(self._remember_plan)
        self.view.bar.drag_cancelled.connect(self._restore_plan)
        self.view.bar.measure_changed.connect(self.show_bar)
        self.tools.more.addSeparator()
        self.tools.more.addMenu(self.view.bar.menu)
        self._stack.addWidget(self.view)
        self.body.addWidget(self.notice)
        self.body.addLayout(self._statistics())
        self.adapters = AdapterChoices(self)
        self.adapters.plan_requested.connect(self.plan_requested)
        self.body.addWidget(self.adapters)
        self.body.addWidget(self.tools)
        self.body.addWidget(self._stack, 1)
        self.body.addWidget(self.problems)

    def show_layers(self, state: AppState) -> None:
        """Draw the layers under the current freeze plan, at the image size and batch looked at."""
        fault = state.faults.get("features")
        if fault is not None:
            self.notice.show_fault(fault)
            self.notice.show_actions(RETRY, CHOOSE_FILE)
        elif not self.notice.isHidden():
            self.notice.clear()
        table = layers_now(state)
        if table is None:
            self.waiting.show_state(state)
        spec, photos = state.spec, (plan_summary.classes(state), plan_summary.photos(state))
        key = (table, spec.freeze, spec.head, spec.train, spec.augment, photos)
        with self.tree.columns.fitted_once():
            if key != self._drawn:
                self._drawn = key
                self._draw(state, table)
            if table is not None:
                self.tree.show_proof(plan_summary.shown_proof(state))
                self.tree.show_drift(looking.drift_now(state))
            self._state = state
            self._show_shapes()

    def _show_shapes(self) -> None:
        """Show shapes, MACs and problems at the image size and batch looked at."""
        state, table = self._state, self._table
        self.tools.setVisible(table is not None)
        if table is None:
            self.sizes, self._shapes_drawn = None, ()
            self.problems.show_problems((), "")
            return
        self.tools.show_side(layer_sizes.side_of_photos(state))
        allow(self.tools.measure, layer_sizes.cannot_measure(state, self.tools.shows_settings_side()))
        sizes = layer_sizes.sizes(state, table, self.tools.batch.value(), self._calls)
        key = (sizes, self._plan, state.shapes, plan_summary.classes(state))
        if key != self._shapes_drawn:
            self.sizes = sizes
            self._shapes_drawn = key
            self.tree.show_sizes(sizes)
            self.problems.show_problems(layer_sizes.problems(state, sizes), layer_sizes.summary(state, sizes))

    def call_of(self, path: str) -> int:
        """Which call of a layer is looked at; the first is 1."""
        return self._calls.get(path, 1)

    def choose_call(self, path: str, call: int) -> None:
        """Look at another call of a layer that runs several times in a pass."""
        if self.call_of(path) != call:
            self._calls[path] = call
            self._show_shapes()
            self.layer_chosen.emit(path)

    def show_bar(self) -> None:
        """Draw the freeze bar and what the plan costs."""
        state, sizes, measure = self._state, self.sizes, self.view.bar.measure
        if sizes is None or self._table is None:
            return
        if sizes.macs is None and measure == "macs":
            measure = "parameters"  # while the MACs are not counted yet
        run = state.run
        done = (run.extraction, len(run.epochs)) if run is not None else None
        key = (sizes, measure, state.spec, id(state.dataset), done)
        if key != self._bar_drawn:
            self._bar_drawn = key
            frozen = freezing.frozen_leaves(self._plan, sizes.table.layers)
            head = plan_summary.new_head(state, self._table)
            figures = freeze_bar.figures(state, self._table)
            adapters = plan_summary.adapters(state, self._table)
            self.view.bar.show_bar(freeze_bar.bar(sizes, frozen, head, measure, adapters), figures)

    def _freeze_blocks(self, number: int) -> None:
        if self._table is not None:
            self._request(freeze_bar.plan_at(self._table, number))

    def _remember_plan(self) -> None:
        self._plan_before = self._plan

    def _restore_plan(self) -> None:
        if self._plan_before != self._plan:
            self.plan_requested.emit(self._plan_before)

    def _take_batch(self) -> None:
        self._show_shapes()
        self.show_bar()
        self.layer_chosen.emit(self.tree.current_path())

    def _look_at_side(self, side: int) -> None:
        backbone = self._state.spec.backbone
        self.shapes_requested.emit(replace(backbone, weights="none", image_size=side or backbone.image_size))

    def _point_at(self, path: str) -> None:
        self.tree.choose(path)
        self.tree.setFocus(Qt.FocusReason.OtherFocusReason)

    def _draw(self, state: AppState, table: LayerTable | None) -> None:
        changed = table is not self._table
        self._table = table
        for button in (*self.buttons.values(), self.until):
            allow(button, "" if table is not None else NOT_LOADED)
        self.statistics.setCurrentIndex(self.statistics.findData(state.spec.freeze.batch_norm))
        normed = table is not None and any("BatchNorm" in layer.type for layer in table.layers)
        allow(self.statistics, "" if normed else NOT_LOADED if table is None else tr("This network has no BatchNorm."))
        self._cost.show_text(plan_summary.statistics_cost(state, table) if table is not None else "")
        self.adapters.show_plan(state, table)
        self._stack.setCurrentIndex(int(table is not None))
        if table is None:
            self.tree.show_table(None, (), NewHead(), CutMarker())
            return
        self._plan = plan_summary.safe_plan(state, table)
        frozen = freezing.frozen_leaves(self._plan, table.layers)
        if changed:
            self._calls.clear()
            self._learn_presets(table)
            self.tools.reset()
        cut = plan_summary.cut(state, table)
        if changed:
            self.tree.show_table(table, frozen, plan_summary.new_head(state, table), cut)
            self.tree.choose(next((layer.path for layer in table.layers if layer.output_shape), ""))
        else:
            self.tree.show_plan(frozen, plan_summary.new_head(state, table), cut)
        self.tree.show_adapters(plan_summary.adapters(state, table))
        self.tree.show_rates(plan_summary.rates(state, table))
        for key, button in self.buttons.items():
            button.setChecked(self._preset_leaves[key] == frozen)

    def _learn_presets(self, table: LayerTable) -> None:
        self._presets = {"all": FreezePlan("all"), "last": blocks.last_block(table), "none": FreezePlan("none")}
        self._preset_leaves = {key: freezing.frozen_leaves(one, table.layers) for key, one in self._presets.items()}

    def _statistics(self) -> QHBoxLayout:
        self.statistics = QComboBox(self)
        for policy, text in POLICIES:
            self.statistics.addItem(text, policy)
        self.statistics.setAccessibleName(tr("BatchNorm statistics"))
        self.statistics.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.statistics.setToolTip(STATISTICS)
        self.statistics.activated.connect(self._take_statistics)
        name = QLabel(tr("&BatchNorm statistics"), self)
        name.setBuddy(self.statistics)
        name.setToolTip(STATISTICS)
        self._cost = WrappedLabel(self)
        theme.set_color_role(self._cost, "muted")
        row = QHBoxLayout()
        row.setSpacing(8)
        for part in (name, self.statistics):
            row.addWidget(part)
        row.addWidget(self._cost, 1)
        return row

    def _preset(self, key: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setCheckable(True)
        button.setToolTip(tip)
        button.setProperty("preset", key)
        button.setProperty("role", "preset")
        button.clicked.connect(self._take_preset)
        self.header.addWidget(button)
        return button

    def _take_preset(self) -> None:
        button = self.sender()
        if isinstance(button, QPushButton) and self._table is not None:
            key = button.property("preset")
            frozen = freezing.frozen_leaves(self._plan, self._table.layers)
            button.setChecked(self._preset_leaves[key] == frozen)  # the pressed state follows the plan, not the click
            self._request(self._presets[key])

    def _tick(self, path: str, freeze: bool) -> None:
        if self._table is not None:
            self._request(freezing.toggled(self._plan, self._table, path, freeze))

    def _until(self, path: str) -> None:
        if self._table is not None:
            self._request(FreezePlan("all", until=path))

    def _take_statistics(self, place: int) -> None:
        policy = POLICIES[place][0]
        if policy != self._plan.batch_norm:
            self.plan_requested.emit(replace(self._plan, batch_norm=policy))

    def _request(self, chosen: FreezePlan) -> None:
        """Request another freeze plan with the same BatchNorm policy and adapters."""
        chosen = chosen.with_policies_of(self._plan)
        if chosen != self._plan:
            self.plan_requested.emit(chosen)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the room to the layers in a low window."""
        super().resizeEvent(event)
        self.problems.set_low(event.size().height() < LOW)
