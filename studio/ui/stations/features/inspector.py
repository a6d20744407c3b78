"""Right column of the Features page: shape and outputs of the selected layer for one photo."""

from __future__ import annotations

import math
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.events import Dataset, Layer, LayerOutput, LayerTable
from studio.formatting import numbers, typography
from studio.planning import cuts, freezing
from studio.session.plan import plan_summary
from studio.session.plan.layer_rows import BYTES
from studio.session.plan.layer_sizes import LayerSizes
from studio.session.selectors import layers_now
from studio.session.state import AppState
from studio.ui.stations.features.feature_maps import FeatureMaps
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.tables.fact_list import Facts


class PhotoPicker(QWidget):
    """Steps through the photos of the open folder.

    Signals:
        photo_changed: Another photo is selected.
    """

    photo_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dataset: Dataset | None = None
        self._number = 0
        self._pending = ""
        self._name = QLabel(self)
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        self._name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._name.setAccessibleName("Photo")
        self.back = self._button("chevron-left", "Previous photo", self._step_back)
        self.on = self._button("chevron-right", "Next photo", self._step_on)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.back)
        row.addWidget(self._name, 1)
        row.addWidget(self.on)
        theme.when_changed(self._apply_theme)

    def show_dataset(self, dataset: Dataset | None) -> None:
        """Offer the photos of a folder; the selected one stays if the folder has it."""
        if dataset is self._dataset:
            return
        before = self._pending or self.path()
        self._dataset = dataset
        self._number = 0
        self.choose(before)
        self._draw()

    def choose(self, path: str) -> None:
        """Select the photo at an absolute path, now or once its folder is shown."""
        self._pending = path
        if self._dataset is None or not path:
            return
        number = self._dataset.index_of_file(path)
        if number >= 0:
            self._pending = ""
            self._go(number)

    def path(self) -> str:
        """Absolute path of the chosen photo; "" where there is none."""
        if self._dataset is None or not self._dataset.photos:
            return ""
        return self._dataset.file(self._number)

    def _step_back(self) -> None:
        self._go(self._number - 1)

    def _step_on(self) -> None:
        self._go(self._number + 1)

    def _go(self, number: int) -> None:
        if self._dataset is not None and self._dataset.photos:
            self._number = number % len(self._dataset.photos)
            self._draw()
            self.photo_changed.emit()

    def _draw(self) -> None:
        path = self.path()
        number = len(self._dataset.photos) if self._dataset is not None else 0
        for button in (self.back, self.on):
            allow(button, "" if number > 1 else "There is no other photo.")
        self.setVisible(bool(path))
        self._name.setText(typography.one_line(Path(path).name))
        self._name.setToolTip(
            typography.tip(f"{typography.one_line(path)}\nphoto {self._number + 1} of {number}") if path else ""
        )

    def _button(self, sign: str, tip: str, slot: object) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(theme.icon(sign))
        button.setIconSize(theme.ICON)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setAutoRepeat(True)
        button.clicked.connect(slot)
        return button

    def _apply_theme(self) -> None:
        self.back.setIcon(theme.icon("chevron-left"))
        self.on.setIcon(theme.icon("chevron-right"))


NAMES = ("Type", "Input", "Output", "Parameters", "MACs", "Memory", "Time", "State")


class Inspector(QScrollArea):
    """Two cards, with a scroll bar where the window is low."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(256)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inner = QWidget(self)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        self._shape_card = Card("Shape inspector", inner)
        self.shape = Facts(NAMES, inner)
        self._shape_card.body.addWidget(self.shape)
        outputs = Card("Layer outputs", inner)
        self.picker = PhotoPicker(outputs)
        self.maps = FeatureMaps(outputs)
        outputs.header.addWidget(self.maps.files.button(outputs))
        self.caption = QLabel(outputs)
        self.caption.setWordWrap(True)
        theme.set_color_role(self.caption, "muted")
        for part in (self.picker, self.maps, self.caption):
            outputs.body.addWidget(part)
        for card in (self._shape_card, outputs):
            column.addWidget(card)
        column.addStretch(1)
        self.setWidget(inner)
        self._drawn: tuple[object, ...] = ()

    def show_state(self, state: AppState, path: str, head: bool, sizes: LayerSizes | None) -> None:
        """Draw the layer at `path`, or the head, or nothing, at the image size and batch looked at."""
        table = layers_now(state)
        self.picker.show_dataset(state.dataset)
        run = plan_summary.proof(state)
        key = (id(table), state.spec, id(state.dataset), path, head, run, sizes)
        if key != self._drawn:
            self._drawn = key
            self._draw_shape(state, sizes if table is not None else None, path, head)
        self._draw_outputs(state, table, path, head)

    def _draw_shape(self, state: AppState, sizes: LayerSizes | None, path: str, head: bool) -> None:
        table = sizes.table if sizes is not None else None
        layer = next((one for one in table.layers if one.path == path), None) if table is not None else None
        shown = table is not None and (layer is not None or head)
        self._shape_card.set_title(f"Shape inspector · {_name(table, layer)}" if shown else "Shape inspector")
        if sizes is None or table is None or not shown:
            for name in NAMES:
                self.shape.put(name, "–")
        elif layer is None:
            number, new = plan_summary.classes(state), plan_summary.new_head(state, table)
            self.shape.put("Type", new.type)
            self._put_shapes(sizes, (table.features,), (number,) if number else (), new.multiply_adds)
            self.shape.put("Parameters", numbers.exact(plan_summary.head_parameters(state, table)))
            self.shape.put("Time", "–")
            self.shape.put("State", "trains", "warm")
        else:
            self.shape.put("Type", layer.type)
            macs = sizes.macs.get(layer.path, 0) if sizes.macs is not None else 0
            self._put_shapes(sizes, layer.input_shape, layer.output_shape, macs, layer.type == "Parameter")
            self.shape.put("Parameters", numbers.exact(layer.parameters))
            self.shape.put("Time", sizes.time_words(layer.path))
            self.shape.put("State", *_state(state, table, layer))

    def _put_shapes(
        self, sizes: LayerSizes, inputs: tuple[int, ...], outputs: tuple[int, ...], macs: int, bare: bool = False
    ) -> None:
        """Show shapes with the batch, operations and memory. A bare parameter has neither batch nor output."""
        batch = () if bare else (sizes.batch,)
        self.shape.put("Input", numbers.shape((*batch, *inputs)) if inputs else "–", mono=True)
        self.shape.put("Output", numbers.shape((*batch, *outputs)) if outputs else "–", mono=True)
        share = f", {numbers.percent(macs / sizes.total_macs, 1)}" if macs and sizes.total_macs else ""
        self.shape.put("MACs", f"{numbers.count(macs * sizes.batch)}{share}" if macs else "–")
        size = BYTES * sizes.batch * math.prod(outputs) if outputs and not bare else 0
        self.shape.put("Memory", numbers.small_bytes(size) if size else "–")

    def _draw_outputs(self, state: AppState, table: LayerTable | None, path: str, head: bool) -> None:
        output = state.output
        if output is not None and (output.layer != path or output.path != self.picker.path()):
            output = None
        if state.dataset is None or not self.picker.path():
            text = "Open an image folder to see the output of each layer for a photo."
        elif head:
            text = "The new head gives class scores; they are on the Evaluate page."
        elif table is None or not path:
            text = "Select a layer to see its output for the photo."
        elif not _gives_tensor(table, path):
            text = "This layer returns no tensor."
        elif output is None:
            text = "Computing…" if "outputs" in state.jobs or "features" not in state.faults else ""
        else:
            text = _output_summary(output)
        self.maps.show_output(output)
        if self.caption.text() != text:
            self.caption.setText(text)
        self.caption.setVisible(bool(text))


def _output_summary(output: LayerOutput) -> str:
    """Shape of an output, its computing time, and how many channels are drawn where that is not all."""
    shape, drawn = output.shape, len(output.channels)
    time = numbers.seconds(output.seconds)
    if output.run:
        time += f" · weights {output.weights or 'before the first checkpoint'}"
    if len(shape) == 1:
        return f"{numbers.many(shape[0], 'number')} in {time}"
    all_in_one = len(shape) == 2 and output.maps.shape[1:] == shape
    channels_last = len(shape) == 2 or (shape[0] == shape[1] != shape[-1])
    channels = shape[-1] if channels_last else shape[0]
    of = "" if all_in_one or drawn in (0, channels) else f" · {drawn} of {numbers.exact(channels)} channels drawn"
    return f"{numbers.shape(shape)} in {time}{of}"


def _name(table: LayerTable | None, layer: Layer | None) -> str:
    return layer.path if layer is not None else table.classifier if table is not None else ""


def _gives_tensor(table: LayerTable, path: str) -> bool:
    return any(layer.path == path and layer.output_shape for layer in table.layers)


def _state(state: AppState, table: LayerTable, layer: Layer) -> tuple[str, str]:
    """Word and color role of a layer's state."""
    frozen = freezing.frozen_leaves(plan_summary.safe_plan(state, table), table.layers)
    leaves = [leaf for leaf in table.layers if leaf.leaf and freezing.covers(layer.path, leaf.path)]
    if not any(freezing.has_weights(leaf) or cuts.can_change(leaf) for leaf in leaves):
        return "no weights", ""
    below = [leaf.path in frozen for leaf in leaves]
    proof = plan_summary.proof(state)
    if proof is not None and any(freezing.covers(layer.path, name) for name in proof.changed_layers):
        return "changed although frozen", "bad"
    if all(below):
        return "frozen" if proof is None else "unchanged (hash equal)", "ice"
    return ("part frozen", "") if any(below) else ("trains", "warm")
