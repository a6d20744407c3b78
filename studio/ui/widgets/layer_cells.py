"""What stands in the cells of the layer tree: words, ticks, icons and colours, from a layer table, a plan and a run."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon

from studio.events import LayerTable, Trained
from studio.ui import theme, words
from studio.ui.widgets.layer_rows import BYTES, LayerRows

COLUMNS = ("Layer", "Type", "Output shape", "Parameters", "Trainable", "Memory / image", "State")
NARROW_COLUMNS = ("Layer", "Type", "Output", "Params", "Trains", "Memory", "State")
LAYER, TYPE, SHAPE, PARAMETERS, TRAINABLE, MEMORY, STATE = range(len(COLUMNS))
NUMBERS = (SHAPE, PARAMETERS, TRAINABLE, MEMORY)
CHECKED, PARTLY, UNCHECKED = Qt.CheckState.Checked, Qt.CheckState.PartiallyChecked, Qt.CheckState.Unchecked
BOXES = {CHECKED: "checkbox-marked", PARTLY: "minus-box", UNCHECKED: "checkbox-blank-outline"}
STATES = {CHECKED: ("frozen", "snowflake"), PARTLY: ("part frozen", "circle-half-full"), UNCHECKED: ("trains", "fire")}


class LayerCells:
    """Cells of one network, by row number of its layer table."""

    def __init__(self, table: LayerTable, frozen: Collection[str], classes: int) -> None:
        self.rows = LayerRows(table)
        self.classes = classes
        self.sums = self.rows.sums(frozen)
        self._proof: Trained | None = None
        self._moved: frozenset[str] = frozenset()
        self._icons: dict[tuple[str, str], QIcon] = {}

    def plan(self, frozen: Collection[str], classes: int) -> None:
        """Other ticks, or another number of classes."""
        self.sums = self.rows.sums(frozen)
        self.classes = classes

    def prove(self, trained: Trained | None) -> None:
        """What a run with these settings did to the layers; None while there is none."""
        self._proof = trained
        names = trained.changed_layers if trained is not None else ()
        self._moved = frozenset(names) | {part for name in names for part in _ancestors(name)}

    def forget_icons(self) -> None:
        """The colours changed."""
        self._icons.clear()

    def tick(self, row: int) -> Qt.CheckState:
        """Checked where everything below stands still."""
        frozen, leaves = self.sums.frozen[row], self.rows.leaves[row]
        return CHECKED if frozen == leaves else PARTLY if frozen else UNCHECKED

    def words(self, row: int, column: int) -> str:
        """Text of a layer's cell."""
        layer = self.rows.layers[row]
        if column == LAYER:
            return layer.path.rpartition(".")[2] if layer.depth > 1 else layer.path
        if column == TYPE:
            return self.rows.type_of(row)
        if column == SHAPE:
            return words.shape(layer.output_shape)
        if column == PARAMETERS:
            return words.count(layer.parameters)
        if column == TRAINABLE:
            return words.count(self.sums.trainable[row]) if self.sums.trainable[row] else "–"
        if column == MEMORY:
            size = self.rows.memory(row)
            return _bytes(size) if size else "–"
        return self.state(row)[0]

    def head_words(self, column: int) -> str:
        """Text of a cell in the row of the new head."""
        table, classes = self.rows.table, self.classes
        size = words.exact(table.features * classes + classes) if classes else "–"
        memory = _bytes(classes * BYTES) if classes else "–"
        return (table.classifier, "Linear (new)", str(classes or "–"), size, size, memory, "trains")[column]

    def state(self, row: int) -> tuple[str, str, str]:
        """Word, icon and colour of a layer's state."""
        tick, shades = self.tick(row), theme.current()
        word, sign = STATES[tick]
        if self._proof is not None and tick is not UNCHECKED:
            if self.rows.layers[row].path in self._moved:
                return "moved", "alert", shades.bad
            if tick is CHECKED:
                word = "unchanged"
        return word, sign, {CHECKED: shades.ice, PARTLY: shades.muted, UNCHECKED: shades.warm}[tick]

    def icon(self, row: int, column: int) -> QIcon | None:
        """The tick or the sign of the state; None in other columns."""
        shades = theme.current()
        if column == LAYER:
            tick = self.tick(row)
            return self._icon(BOXES[tick], shades.muted if tick is UNCHECKED else shades.ice)
        if column == STATE:
            _, sign, colour = self.state(row)
            return self._icon(sign, colour)
        return None

    def head_icon(self, column: int) -> QIcon | None:
        """Signs of the head: a box that cannot be ticked, and that it trains."""
        shades = theme.current()
        if column == LAYER:
            return self._icon(BOXES[UNCHECKED], shades.faint)
        return self._icon("fire", shades.warm) if column == STATE else None

    def colour(self, row: int, column: int) -> QColor | None:
        """Colour of a layer's text where it is not the ordinary one."""
        shades = theme.current()
        if column == STATE:
            return QColor(self.state(row)[2])
        if column == TRAINABLE and self.sums.trainable[row]:
            return QColor(shades.warm)
        return QColor(shades.muted) if column in (TYPE, TRAINABLE) else None

    def _icon(self, name: str, colour: str) -> QIcon:
        key = (name, colour)
        if key not in self._icons:
            self._icons[key] = theme.icon(name, colour)
        return self._icons[key]


def _ancestors(path: str) -> list[str]:
    parts = path.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]


def _bytes(size: int) -> str:
    return words.megabytes(size) if size >= 1000 else f"{size}{words.NARROW}B"
