"""Card below the layers: what the freeze plan trains, what it caches, and how long it takes."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QWidget

from studio.events import LayerTable
from studio.formatting.language import tr
from studio.planning import freezing
from studio.session.plan import freeze_bar, plan_summary, time_estimate
from studio.session.selectors import layers_now
from studio.session.state import AppState
from studio.ui.dialogs.cache import reuse_text, size_text
from studio.ui.stations.features.flow_facts import FlowFacts
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.wrapped_label import WrappedLabel

OF_PLAN = (
    tr("Trainable"),
    tr("Frozen layers"),
    tr("Adapters"),
    tr("Cached"),
    tr("Cached size"),
    tr("First pass"),
    tr("Each epoch"),
    tr("Memory"),
)


class PlanCard(Card):
    """Facts on the plan, and a button for the cache."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("This plan"), parent)
        self.cost = WrappedLabel(self)
        theme.set_color_role(self.cost, "muted")
        self.cache = QPushButton(tr("Cache…"), self)
        self.cache.setToolTip(tr("Show the size and limit of the feature cache, or empty it"))
        self.advise = QPushButton(tr("Probe layers…"), self)
        self.advise.setToolTip(tr("Probe the network after each block, to see which layers to freeze"))
        self.header.addWidget(self.advise)
        self.forecast = QPushButton(tr("Forecast…"), self)
        self.forecast.setToolTip(tr("Memory, time and largest batch of this plan, from a short measurement"))
        self.header.addWidget(self.forecast)
        self.header.addWidget(self.cache)
        self.facts = FlowFacts((*OF_PLAN, tr("Cache"), tr("Last run")), self)
        self.body.addWidget(self.cost)
        self.body.addWidget(self.facts)
        self._drawn: tuple[object, ...] = ()

    def show_state(self, state: AppState) -> None:
        """Draw the current plan."""
        table = layers_now(state)
        run = state.run
        done = (run.extraction, len(run.epochs)) if run is not None else None
        key = (id(table), state.spec, id(state.dataset), done)
        if key != self._drawn:
            self._drawn = key
            self._draw(state, table)
        self.facts.put(tr("Cache"), size_text(state.cache) if state.cache is not None else "")
        self.facts.put(tr("Last run"), reuse_text(state))

    def _draw(self, state: AppState, table: LayerTable | None) -> None:
        if table is None:
            for name in OF_PLAN:
                self.facts.put(name, "–" if name == tr("Trainable") else "")
            self.cost.show_text("")
            return
        chosen = plan_summary.safe_plan(state, table)
        counted = freezing.weighted_leaves(table.layers)
        still = len(freezing.frozen_leaves(chosen, table.layers) & counted)
        self.facts.put(tr("Trainable"), freeze_bar.trainable_words(state, table), "warm")
        self.facts.put(tr("Frozen layers"), tr("{number} of {total}").format(number=still, total=len(counted)), "ice")
        self.facts.put(tr("Adapters"), plan_summary.adapter_words(state, table), "warm")
        self.facts.put(tr("Cached"), plan_summary.cached_shape(state, table))
        self.facts.put(tr("Cached size"), plan_summary.cached_size(state, table))
        self.facts.put(tr("First pass"), time_estimate.first_pass(state, table))
        self.facts.put(tr("Each epoch"), time_estimate.epoch(state, table))
        self.facts.put(tr("Memory"), time_estimate.memory(state, table))
        self.cost.show_text(plan_summary.epoch_cost(state, table))
