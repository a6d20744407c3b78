"""Text, check mark, icon and color of each cell of the layer tree, from a layer table, a freeze plan and a run.

Longer than other files, because it has every cell of a row.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon

from studio.events import LayerTable, OutputDrift
from studio.formatting import numbers
from studio.formatting.language import counted, tr, translated
from studio.runs.layer_changes import distance, sentence, summarize
from studio.session.plan.layer_rows import BYTES, NO_ADAPTERS, LayerRows, NewHead, Rates, ShownProof
from studio.session.plan.layer_sizes import LayerSizes
from studio.ui.theme import theme
from studio.ui.widgets.fields.number_field import compact

COLUMNS = (
    tr("Layer"),
    tr("Type"),
    tr("Output shape"),
    tr("Parameters"),
    tr("Trainable"),
    tr("Memory / image"),
    tr("Rate"),
    tr("State"),
    tr("Change"),
    tr("Input shape"),
    tr("MACs"),
    tr("Time, measured"),
    tr("Output drift"),
)
"""Headings by column number, under which widths are saved: a new column gets the next number."""

NARROW_COLUMNS = (
    tr("Layer"),
    tr("Type"),
    tr("Output"),
    tr("Params"),
    tr("Trains"),
    tr("Memory"),
    tr("Rate"),
    tr("State"),
    tr("This run"),
    tr("Input"),
    tr("MACs"),
    tr("Time"),
    tr("Drift"),
)
LAYER, TYPE, SHAPE, PARAMETERS, TRAINABLE, MEMORY, RATE, STATE, PROOF, INPUT, MACS, TIME, DRIFT = range(len(COLUMNS))
ORDER = (LAYER, TYPE, INPUT, SHAPE, PARAMETERS, TRAINABLE, MACS, MEMORY, TIME, RATE, STATE, PROOF, DRIFT)
"""Columns from left to right."""

SHAPES = (INPUT, SHAPE)
NUMBERS = (INPUT, SHAPE, PARAMETERS, TRAINABLE, MACS, MEMORY, TIME, RATE, DRIFT)
CHECKED, PARTLY, UNCHECKED = Qt.CheckState.Checked, Qt.CheckState.PartiallyChecked, Qt.CheckState.Unchecked
BOXES = {CHECKED: "checkbox-marked", PARTLY: "minus-box", UNCHECKED: "checkbox-blank-outline"}
STATES = {
    CHECKED: (tr("frozen"), "snowflake"),
    PARTLY: (tr("part frozen"), "circle-half-full"),
    UNCHECKED: (tr("trains"), "fire"),
}


class LayerCells:
    """Cells of one network, addressed by the row numbers of its layer table."""

    def __init__(self, table: LayerTable, frozen: Collection[str], head: NewHead) -> None:
        self.rows = LayerRows(table)
        self.sizes = LayerSizes(table)
        self.head = head
        self._frozen = frozen
        self.adapters = NO_ADAPTERS
        self.sums = self.rows.sums(frozen)
        self.shown = ShownProof()
        self.rates = Rates()
        self.drift: OutputDrift | None = None
        self._spans = self.rows.spans({})
        self._changes = self.rows.changes(())
        self._icons: dict[tuple[str, str], QIcon] = {}

    def plan(self, frozen: Collection[str], head: NewHead) -> None:
        """Replace the check marks and the head."""
        self._frozen = frozen
        self.sums = self.rows.sums(frozen, self.adapters)
        self.head = head

    def adapt(self, adapters: Mapping[str, int]) -> None:
        """Replace the adapters (LoRA): their numbers of parameters by path of their leaf."""
        self.adapters = adapters
        self.sums = self.rows.sums(self._frozen, adapters)

    def resize(self, sizes: LayerSizes) -> None:
        """Replace the shapes by those at another image size or batch; the layers are the same."""
        if sizes.table is not self.rows.table:
            self.rows = LayerRows(sizes.table)
            self.sums = self.rows.sums(self._frozen, self.adapters)
        self.sizes = sizes

    def prove(self, shown: ShownProof) -> None:
        """Replace the changes of the layers by those of a run."""
        if shown.changes is not self.shown.changes:
            self._changes = self.rows.changes(shown.changes)
        self.shown = shown

    def drift_words(self, row: int) -> str:
        """Relative change of a layer's output: "1.3e-04"; "0" where it is equal, "–" where it is unknown."""
        drift = self.drift.layers.get(self.rows.layers[row].path) if self.drift is not None else None
        return "–" if drift is None else f"{drift:.1e}" if drift else "0"

    def rate(self, rates: Rates) -> None:
        """Replace the learning rates."""
        self.rates = rates
        self._spans = self.rows.spans(rates.of)

    def forget_icons(self) -> None:
        """Discard icons drawn in the colors of another theme."""
        self._icons.clear()

    def tick(self, row: int) -> Qt.CheckState:
        """Checked where every layer at or below the row is frozen."""
        frozen, leaves = self.sums.frozen[row], self.rows.leaves[row]
        return CHECKED if frozen == leaves else PARTLY if frozen else UNCHECKED

    def words(self, row: int, column: int) -> str:
        """Text of a layer's cell."""
        layer = self.sizes.at_call(self.rows.layers[row])
        call = self.sizes.calls.get(layer.path, 1)
        if column == LAYER:
            name = layer.path.rpartition(".")[2] if layer.depth > 1 else layer.path
            return name if call == 1 else tr("{layer}, call {call}").format(layer=name, call=call)
        if column == TYPE:
            kind = self.rows.type_of(row)
            return kind if call == 1 else tr("{type}, call {call}").format(type=kind, call=call)
        if column == SHAPE:
            bare = layer.type == "Parameter"
            return numbers.shape(layer.output_shape) if bare else self._shape(layer.output_shape) or "–"
        if column == INPUT:
            return self._shape(layer.input_shape) or "–"
        if column == PARAMETERS:
            return numbers.count(layer.parameters)
        if column == TRAINABLE:
            return numbers.count(self.sums.trainable[row]) if self.sums.trainable[row] else "–"
        if column == MEMORY:
            size = self.memory(row)
            return numbers.small_bytes(size) if size else "–"
        if column == MACS:
            macs = self.macs(row)
            return numbers.count(macs) if macs else "–"
        if column == TIME:
            return self.sizes.time_words(layer.path)
        if column == RATE:
            return self.rate_words(row)
        if column == DRIFT:
            return self.drift_words(row)
        return self.state(row)[0] if column == STATE else self.proof(row)[0]

    def exact(self, row: int, column: int) -> object:
        """The cell's content for the clipboard where it differs from its text: a path or an exact number."""
        values = {
            LAYER: lambda: self.rows.layers[row].path,
            PARAMETERS: lambda: self.rows.layers[row].parameters,
            TRAINABLE: lambda: self.sums.trainable[row],
            MACS: lambda: self.macs(row),
            MEMORY: lambda: self.memory(row),
        }
        return values[column]() if column in values else None

    def memory(self, row: int) -> int:
        """Bytes of the output for the whole batch in float32; 0 where there is no tensor."""
        return self.rows.memory(row, self.sizes.calls.get(self.rows.layers[row].path, 1)) * self.sizes.batch

    def macs(self, row: int) -> int | None:
        """MACs for the whole batch; None until they are counted."""
        counted = self.sizes.macs
        return counted.get(self.rows.layers[row].path, 0) * self.sizes.batch if counted is not None else None

    def _shape(self, shape: tuple[int, ...]) -> str:
        """A shape with the batch, where that is not a single photo; "" for no tensor."""
        batch = (self.sizes.batch,) if self.sizes.batch > 1 else ()
        return numbers.shape((*batch, *shape)) if shape else ""

    def learns(self, row: int) -> bool:
        """True where something at or below a row has a rate."""
        return self._spans[row] is not None

    def by_hand(self, row: int) -> bool:
        """True where a rate was set for exactly this layer."""
        return self.rows.layers[row].path in self.rates.by_hand

    def typed_rate(self, row: int) -> str:
        """The rate set for exactly this layer, as the user typed it; "" where none was set."""
        rate = self.rates.by_hand.get(self.rows.layers[row].path)
        return compact(rate) if rate is not None else ""

    def rate_words(self, row: int) -> str:
        """The rate, or the lowest and highest below: "1e-5", "2.5e-6 – 1e-5"."""
        span = self._spans[row]
        if span is None:
            adapted = self.sums.adapters[row] and self.rates.adapters
            return numbers.learning_rate(self.rates.adapters) if adapted else "–"
        low, high = (numbers.learning_rate(rate) for rate in span)
        return low if low == high else f"{low} – {high}"

    def no_rate(self, row: int) -> str:
        """Tooltip of the rate of a layer that has none of its own."""
        path = self.rows.layers[row].path
        if self.sums.adapters[row]:
            return tr("{path}: the learning rate of all adapters (LoRA); set it on the Head page.").format(path=path)
        return tr("{path} is frozen or has no parameters, so it has no learning rate.").format(path=path)

    def proof(self, row: int) -> tuple[str, str, str]:
        """Text, icon and color of a run's change of a layer, or of all layers below it."""
        shades, below, shown = theme.current(), self._changes[row], self.shown
        if not below:
            return "–", "", shades.muted
        change = summarize(below, shown.statistics_follow)
        if change.broken:
            text, sign, color = tr("changed although frozen"), "alert", shades.bad
        elif change.largest is None:
            text, sign, color = tr("unchanged (hash equal)"), "snowflake", shades.ice
        else:
            size = distance(change.largest)
            text = tr("{children}{size} (relative)").format(
                children=tr("up to ") if self.rows.children[row] else "", size=size
            )
            sign, color = "arrow-expand-horizontal", shades.warm
        return (text, "history", shades.muted) if shown.stale else (text, sign, color)

    def proof_tip(self, row: int) -> str:
        """A run's change of a layer in a sentence, and when it was measured."""
        below, shown = self._changes[row], self.shown
        if not below:
            return tr("It has no parameters and no statistics, so it cannot change.") if shown.changes else ""
        text = sentence(summarize(below, shown.statistics_follow), worded=translated)
        adapters = [shown.adapters[change.path] for change in below if change.path in shown.adapters]
        if adapters:
            most = tr("up to ") if len(adapters) > 1 else ""
            text += tr("; beside them {counted} (LoRA), {most}{adapters:.1e}").format(
                counted=counted(len(adapters), "adapter"), most=most, adapters=max(adapters)
            )
        text += tr(".\nMeasured at epoch {epoch:g}, relative to the weights at the start of the run.").format(
            epoch=shown.epoch
        )
        if any(change.by is not None and change.frozen and not change.unchanged for change in below):
            text += tr(
                "\nThe running statistics of frozen BatchNorm layers were updated in this run; their weights were not."
            )
        return text + (tr("\nThe run used other settings than those selected now.") if shown.stale else "")

    def head_words(self, column: int) -> str:
        """Text of a cell in the row of the new head."""
        head, batch = self.head, self.sizes.batch
        size = numbers.exact(head.parameters) if head.parameters else "–"
        texts = {
            LAYER: self.rows.table.classifier,
            TYPE: head.type,
            INPUT: self._shape((self.rows.table.features,)),
            SHAPE: self._shape((head.outputs,)) if head.outputs else "–",
            PARAMETERS: size,
            TRAINABLE: size,
            MACS: numbers.count(head.macs * batch) if head.macs else "–",
            MEMORY: numbers.small_bytes(head.outputs * BYTES * batch) if head.outputs else "–",
            RATE: numbers.learning_rate(head.lr) if head.lr else "–",
            STATE: tr("trains"),
            DRIFT: "–",
        }
        return texts[column] if column in texts else self.head_proof()

    def head_proof(self) -> str:
        """A run's effect on the head, in words."""
        number = self.shown.epochs
        return (
            (tr("trained, {number} epoch") if number == 1 else tr("trained, {number} epochs")).format(number=number)
            if number
            else "–"
        )

    def state(self, row: int) -> tuple[str, str, str]:
        """Word, icon and color of a layer's state."""
        tick, shades = self.tick(row), theme.current()
        if not self.rows.acting[row]:
            return tr("no weights"), "minus", shades.muted
        word, sign = STATES[tick]
        if tick is CHECKED and self.sums.adapters[row]:
            return "LoRA", "circle-half-full", shades.warm
        if not self.rows.weighted[row] and tick is UNCHECKED:
            return tr("active"), "fire", shades.warm  # a dropout layer: active in training
        return word, sign, {CHECKED: shades.ice, PARTLY: shades.muted, UNCHECKED: shades.warm}[tick]

    def icon(self, row: int, column: int) -> QIcon | None:
        """Check mark or state icon; None in other columns."""
        shades = theme.current()
        if column == LAYER:
            tick = self.tick(row)
            return self._icon(BOXES[tick], shades.muted if tick is UNCHECKED else shades.ice)
        if column == STATE:
            _, sign, color = self.state(row)
            return self._icon(sign, color)
        if column == PROOF:
            _, sign, color = self.proof(row)
            return self._icon(sign, color) if sign else None
        if column == RATE and self.by_hand(row):
            return self._icon("pencil", shades.muted)
        return None

    def head_icon(self, column: int) -> QIcon | None:
        """Icons of the head: an empty box that cannot be checked, and the sign for training."""
        shades = theme.current()
        if column == LAYER:
            return self._icon(BOXES[UNCHECKED], shades.faint)
        return self._icon("fire", shades.warm) if column == STATE else None

    def color(self, row: int, column: int) -> QColor | None:
        """Text color of a layer's cell where it is not the default."""
        shades = theme.current()
        if column == STATE:
            return QColor(self.state(row)[2])
        if column == PROOF:
            return QColor(self.proof(row)[2])
        if column == TRAINABLE and self.sums.trainable[row]:
            return QColor(shades.warm)
        return QColor(shades.muted) if column in (TYPE, INPUT, TRAINABLE) else None

    def _icon(self, name: str, color: str) -> QIcon:
        key = (name, color)
        if key not in self._icons:
            self._icons[key] = theme.icon(name, color)
        return self._icons[key]
