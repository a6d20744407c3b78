"""The layers of a network as a tree with sums, without Qt: what stands below what, and what trains below it.

Sums are made once a change over all rows, so that drawing a row of a tree of thousands only looks numbers up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from studio.events import LayerChange, LayerTable
from studio.planning.blocks import CONTAINERS
from studio.planning.cuts import can_move
from studio.planning.freezing import has_weights

SHOWN_AT_FIRST = 24
"""Rows up to which containers are opened at first: enough for the blocks of common networks, and no scrolling."""

BYTES = 4
"""Bytes of one float32."""


@dataclass(frozen=True)
class Sums:
    """What is below each row under one plan.

    Attributes:
        frozen: Leaves that stand still, by row.
        trainable: Parameters that train, by row.
    """

    frozen: tuple[int, ...]
    trainable: tuple[int, ...]


@dataclass(frozen=True)
class NewHead:
    """The row of the new last layers.

    Attributes:
        type: What they are made of.
        outputs: Scores they give; 0 while no folder is open.
        parameters: Weights and biases; 0 while no folder is open.
        lr: Their learning rate, before the schedule.
    """

    type: str = "Linear (new)"
    outputs: int = 0
    parameters: int = 0
    lr: float = 0.0


@dataclass(frozen=True)
class CutMarker:
    """The line in the tree before which nothing is computed twice.

    Attributes:
        words: What is kept there.
        at_top: True where pixels are kept, False where the features before the head are.
        behind: Path of the layer that it stands right behind, where the network is split; goes before `at_top`.
    """

    words: str = ""
    at_top: bool = False
    behind: str = ""


@dataclass(frozen=True)
class Shown:
    """What a run did to the layers, as the tree shows it.

    Attributes:
        changes: Of the leaves; empty where nothing is known.
        epoch: Position in epochs when they were measured.
        stale: True where the run was made with other settings than those chosen now.
        statistics_follow: True where frozen BatchNorm layers may move their statistics.
        epochs: How many the head was trained for.
    """

    changes: tuple[LayerChange, ...] = ()
    epoch: float = 0.0
    stale: bool = False
    statistics_follow: bool = False
    epochs: int = 0


@dataclass(frozen=True)
class Rates:
    """How fast each thawed leaf learns, and which rates were set by hand.

    Attributes:
        of: Rate of each thawed leaf that has parameters.
        by_hand: Rates that were set, by the name of the layer they were set for.
    """

    of: Mapping[str, float] = field(default_factory=dict)
    by_hand: Mapping[str, float] = field(default_factory=dict)


class LayerRows:
    """Parents and children of a layer table, by row number.

    Attributes:
        parents: Row of the parent; -1 for top rows.
        children: Rows directly below, in the order they run.
        places: Position of a row among its siblings.
        leaves: Leaves at and below each row.
        weighted: Those of them that have weights.
        acting: Those of them that have weights, or drop at random.
    """

    def __init__(self, table: LayerTable) -> None:
        self.table = table
        self.layers = table.layers
        self.numbers = {layer.path: row for row, layer in enumerate(table.layers)}
        self.parents = [self._parent(layer.path) for layer in table.layers]
        self.children: list[list[int]] = [[] for _ in table.layers]
        self.top: list[int] = []
        self.places: list[int] = []
        for row, parent in enumerate(self.parents):
            siblings = self.top if parent < 0 else self.children[parent]
            self.places.append(len(siblings))
            siblings.append(row)
        self.leaves = self._summed([int(layer.leaf) for layer in table.layers])
        self.weighted = self._summed([int(layer.leaf and has_weights(layer)) for layer in table.layers])
        self.acting = self._summed(
            [int(layer.leaf and (has_weights(layer) or can_move(layer))) for layer in table.layers]
        )

    def sums(self, frozen: Collection[str]) -> Sums:
        """Frozen leaves and trainable parameters at and below each row."""
        still = [int(layer.leaf and layer.path in frozen) for layer in self.layers]
        moving = [
            layer.parameters if layer.leaf and not held else 0 for layer, held in zip(self.layers, still, strict=True)
        ]
        return Sums(tuple(self._summed(still)), tuple(self._summed(moving)))

    def spans(self, rates: Mapping[str, float]) -> tuple[tuple[float, float] | None, ...]:
        """Lowest and highest rate at and below each row; None where nothing learns."""
        found: list[tuple[float, float] | None] = [None] * len(self.layers)
        for path, rate in rates.items():
            row = self.numbers.get(path, -1)
            while row >= 0:
                known = found[row] or (rate, rate)
                found[row] = (min(known[0], rate), max(known[1], rate))
                row = self.parents[row]
        return tuple(found)

    def changes(self, moved: Iterable[LayerChange]) -> tuple[tuple[LayerChange, ...], ...]:
        """Changes of the leaves at and below each row."""
        found: list[list[LayerChange]] = [[] for _ in self.layers]
        for change in moved:
            row = self.numbers.get(change.path, -1)
            while row >= 0:
                found[row].append(change)
                row = self.parents[row]
        return tuple(tuple(below) for below in found)

    def place_of(self, cut: CutMarker) -> tuple[int, int]:
        """Where the line stands: the row that it is below (-1 for the top), and how many of that row's come before."""
        if cut.behind in self.numbers:
            row = self.numbers[cut.behind]
            return self.parents[row], self.places[row] + 1
        return -1, 0 if cut.at_top else len(self.top)

    def opened_at_first(self) -> list[int]:
        """Rows to open so that the tree shows blocks: containers, level by level, while it stays short."""
        opened: list[int] = []
        level, shown = self.top, len(self.top)
        while level:
            containers = [row for row in level if self.children[row] and self._is_container(row)]
            if len(level) == 1 and not containers and self.children[level[0]]:
                containers = level  # the whole network wrapped in one module
            below = [child for row in containers for child in self.children[row]]
            if not below or (opened and shown + len(below) > SHOWN_AT_FIRST):
                break
            opened += containers
            level, shown = below, shown + len(below)
        return opened

    def type_of(self, row: int) -> str:
        """Class name; a container of equal blocks is named by them: "InvertedResidual ×2"."""
        layer, below = self.layers[row], self.children[row]
        kinds = {self.layers[child].type for child in below}
        if self._is_container(row) and len(kinds) == 1:
            return f"{kinds.pop()} ×{len(below)}"
        return layer.type

    def memory(self, row: int) -> int:
        """Bytes of the output for one photo in float32; 0 where the layer gives no tensor or is a bare parameter."""
        layer = self.layers[row]
        if not layer.output_shape or layer.type == "Parameter":
            return 0
        size = BYTES
        for side in layer.output_shape:
            size *= side
        return size

    def _is_container(self, row: int) -> bool:
        kind = self.layers[row].type
        return "Sequential" in kind or kind.endswith(CONTAINERS)

    def _parent(self, path: str) -> int:
        while path := path.rpartition(".")[0]:
            if path in self.numbers:
                return self.numbers[path]
        return -1

    def _summed(self, values: list[int]) -> list[int]:
        for row in range(len(values) - 1, -1, -1):  # children stand after their parents
            if self.parents[row] >= 0:
                values[self.parents[row]] += values[row]
        return values
