"""Shape inspector of the Features page: sizes and state of the selected layer."""

from __future__ import annotations

import math

from PySide6.QtWidgets import QWidget

from studio.events import Layer, LayerTable
from studio.formatting import numbers
from studio.formatting.language import tr
from studio.planning import cuts, freezing
from studio.session.plan import plan_summary
from studio.session.plan.layer_rows import BYTES
from studio.session.plan.layer_sizes import LayerSizes
from studio.session.selectors import layers_now
from studio.session.state import AppState
from studio.ui.stations.features.call_choice import CallChoice
from studio.ui.widgets.card import Card
from studio.ui.widgets.tables.fact_list import Facts

NAMES = (tr("Type"), tr("Input"), tr("Output"), tr("Parameters"), tr("MACs"), tr("Memory"), tr("Time"), tr("State"))


class Inspector(Card):
    """The card of the shapes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Shape inspector"), parent)
        self.shape = Facts(NAMES, self)
        self.call = CallChoice(self)
        self.body.addWidget(self.call)
        self.body.addWidget(self.shape)
        self.body.addStretch(1)
        self._drawn: tuple[object, ...] = ()

    def show_state(self, state: AppState, path: str, head: bool, sizes: LayerSizes | None) -> None:
        """Draw the layer at `path`, or the head, or nothing, at the image size and batch looked at."""
        table = layers_now(state)
        run = plan_summary.proof(state)
        key = (id(table), state.spec, id(state.dataset), path, head, run, sizes)
        if key != self._drawn:
            self._drawn = key
            self._draw_shape(state, sizes if table is not None else None, path, head)

    def _draw_shape(self, state: AppState, sizes: LayerSizes | None, path: str, head: bool) -> None:
        table = sizes.table if sizes is not None else None
        layer = next((one for one in table.layers if one.path == path), None) if table is not None else None
        shown = table is not None and (layer is not None or head)
        chosen = sizes.at_call(layer) if sizes is not None and layer is not None else layer
        call = sizes.calls.get(path, 1) if sizes is not None else 1
        self.call.show_calls(layer.calls if layer is not None else 1, call)
        self.set_title(
            tr("Shape inspector · {name}").format(name=_name(table, layer)) if shown else tr("Shape inspector")
        )
        if sizes is None or table is None or not shown:
            for name in NAMES:
                self.shape.put(name, "–")
        elif layer is None or chosen is None:
            number, new = plan_summary.classes(state), plan_summary.new_head(state, table)
            self.shape.put(tr("Type"), new.type)
            self._put_shapes(sizes, (table.features,), (number,) if number else (), new.macs)
            self.shape.put(tr("Parameters"), numbers.exact(plan_summary.head_parameters(state, table)))
            self.shape.put(tr("Time"), "–")
            self.shape.put(tr("State"), "trains", "warm")
        else:
            self.shape.put(tr("Type"), layer.type)
            macs = sizes.macs.get(layer.path, 0) if sizes.macs is not None else 0
            self._put_shapes(sizes, chosen.input_shape, chosen.output_shape, macs, layer.type == "Parameter")
            self.shape.put(tr("Parameters"), numbers.exact(layer.parameters))
            self.shape.put(tr("Time"), sizes.time_words(layer.path))
            self.shape.put(tr("State"), *_state(state, table, layer))

    def _put_shapes(
        self, sizes: LayerSizes, inputs: tuple[int, ...], outputs: tuple[int, ...], macs: int, bare: bool = False
    ) -> None:
        """Show shapes with the batch, MACs and memory. A bare parameter has neither batch nor output."""
        batch = () if bare else (sizes.batch,)
        self.shape.put(tr("Input"), numbers.shape((*batch, *inputs)) if inputs else "–", mono=True)
        self.shape.put(tr("Output"), numbers.shape((*batch, *outputs)) if outputs else "–", mono=True)
        share = f", {numbers.percent(macs / sizes.total_macs, 1)}" if macs and sizes.total_macs else ""
        self.shape.put(tr("MACs"), f"{numbers.count(macs * sizes.batch)}{share}" if macs else "–")
        size = BYTES * sizes.batch * math.prod(outputs) if outputs and not bare else 0
        self.shape.put(tr("Memory"), numbers.small_bytes(size) if size else "–")


def _name(table: LayerTable | None, layer: Layer | None) -> str:
    return layer.path if layer is not None else table.classifier if table is not None else ""


def _state(state: AppState, table: LayerTable, layer: Layer) -> tuple[str, str]:
    """Word and color role of a layer's state."""
    frozen = freezing.frozen_leaves(plan_summary.safe_plan(state, table), table.layers)
    leaves = [leaf for leaf in table.layers if leaf.leaf and freezing.covers(layer.path, leaf.path)]
    if not any(freezing.has_weights(leaf) or cuts.can_change(leaf) for leaf in leaves):
        return tr("no weights"), ""
    below = [leaf.path in frozen for leaf in leaves]
    proof = plan_summary.proof(state)
    if proof is not None and any(freezing.covers(layer.path, name) for name in proof.changed_layers):
        return tr("changed although frozen"), "bad"
    if all(below):
        adapted = any(freezing.covers(layer.path, path) for path in plan_summary.adapters(state, table))
        words = tr("frozen") if proof is None else tr("unchanged (hash equal)")
        return (tr("{words}, with adapters (LoRA)").format(words=words), "warm") if adapted else (words, "ice")
    return (tr("part frozen"), "") if any(below) else (tr("trains"), "warm")
