"""The layers of a network as a tree, without Qt: parents and children, and sums over all layers below a row.

Sums over all rows are computed once per change, so that drawing a row, even of thousands, only looks numbers up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from studio.events import LayerChange, LayerTable
from studio.formatting.language import tr
from studio.planning.blocks import CONTAINERS
from studio.planning.cuts import can_change
from studio.planning.freezing import has_weights

SHOWN_AT_FIRST = 24
"""Number of rows up to which containers are expanded at first: the blocks of common networks fit without scrolling."""

BYTES = 4
"""Bytes of one float32."""

NO_ADAPTERS: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class Sums:
    """Sums over the layers at and below each row, for one freeze plan.

    Attributes:
        frozen: Number of frozen leaves, by row.
        trainable: Number of parameters that train, by row, those of adapters included.
        adapters: Number of parameters of adapters (LoRA), by row.
    """

    frozen: tuple[int, ...]
    trainable: tuple[int, ...]
    adapters: tuple[int, ...] = ()


@dataclass(frozen=True)
class NewHead:
    """The row of the new head.

    Attributes:
        type: Its kind: "Linear (new)" or "MLP 64 (new)".
        outputs: Number of class scores; 0 while no folder is open.
        parameters: Number of weights and biases; 0 while no folder is open.
        lr: Its learning rate, before the schedule.
        macs: MACs for one photo; 0 while no folder is open.
    """

    type: str = tr("Linear (new)")
    outputs: int = 0
    parameters: int = 0
    lr: float = 0.0
    macs: int = 0


@dataclass(frozen=True)
class CutMarker:
    """The row of the cut in the tree: layers above it are computed once.

    Attributes:
        words: Label of the row: what is cached there.
        at_top: True where pixels are cached, False where the features before the head are.
        after: Path of the layer after which the network is cut; takes precedence over `at_top`. "" for no such layer.
    """

    words: str = ""
    at_top: bool = False
    after: str = ""


@dataclass(frozen=True)
class ShownProof:
    """A run's changes of the layers, as the tree shows them.

    Attributes:
        changes: Change of each leaf; empty without a run of this network.
        epoch: Position in epochs at which they were measured.
        stale: True where the run has other settings than those chosen now.
        statistics_follow: True where frozen BatchNorm layers may update their statistics.
        epochs: Number of epochs the head was trained for.
        adapters: Changes by adapters (LoRA), relative to the weights that they are added to, by path.
    """

    changes: tuple[LayerChange, ...] = ()
    epoch: float = 0.0
    stale: bool = False
    statistics_follow: bool = False
    epochs: int = 0
    adapters: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Rates:
    """Learning rates of the thawed leaves, and those set by hand.

    Attributes:
        of: Rate of each thawed leaf that has parameters, by path.
        by_hand: Rates set by hand, by the path of the layer they were set for.
        adapters: Rate of all adapters (LoRA).
    """

    of: Mapping[str, float] = field(default_factory=dict)
    by_hand: Mapping[str, float] = field(default_factory=dict)
    adapters: float = 0.0


class LayerRows:
    """Parents and children of a layer table, by row number.

    Attributes:
        parents: Row of the parent; -1 for top rows.
        children: Rows directly below, in execution order.
        places: Position of a row among its siblings.
        leaves: Number of leaves at and below each row.
        weighted: Number of those with weights.
        acting: Number of those with weights or dropout.
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
            [int(layer.leaf and (has_weights(layer) or can_change(layer))) for layer in table.layers]
        )

    def sums(self, frozen: Collection[str], adapters: Mapping[str, int] = NO_ADAPTERS) -> Sums:
        """Frozen leaves and trainable parameters at and below each row.

        Args:
            frozen: Paths of the frozen leaves.
            adapters: Parameters of the adapters (LoRA) of leaves that have one, by path.
        """
        is_frozen = [int(layer.leaf and layer.path in frozen) for layer in self.layers]
        of_adapters = [adapters.get(layer.path, 0) for layer in self.layers]
        trainable = [
            own + (layer.parameters if layer.leaf and not flag else 0)
            for layer, flag, own in zip(self.layers, is_frozen, of_adapters, strict=True)
        ]
        return Sums(*(tuple(self._summed(values)) for values in (is_frozen, trainable, of_adapters)))

    def spans(self, rates: Mapping[str, float]) -> tuple[tuple[float, float] | None, ...]:
        """Lowest and highest rate at and below each row; None where nothing trains."""
        spans: list[tuple[float, float] | None] = [None] * len(self.layers)
        for path, rate in rates.items():
            row = self.numbers.get(path, -1)
            while row >= 0:
                span = spans[row] or (rate, rate)
                spans[row] = (min(span[0], rate), max(span[1], rate))
                row = self.parents[row]
        return tuple(spans)

    def changes(self, moved: Iterable[LayerChange]) -> tuple[tuple[LayerChange, ...], ...]:
        """Changes of the leaves at and below each row."""
        changes: list[list[LayerChange]] = [[] for _ in self.layers]
        for change in moved:
            row = self.numbers.get(change.path, -1)
            while row >= 0:
                changes[row].append(change)
                row = self.parents[row]
        return tuple(tuple(below) for below in changes)

    def place_of(self, cut: CutMarker) -> tuple[int, int]:
        """Position of the cut: its parent row (-1 for the top level), and its position among that row's children."""
        if cut.after in self.numbers:
            row = self.numbers[cut.after]
            return self.parents[row], self.places[row] + 1
        return -1, 0 if cut.at_top else len(self.top)

    def opened_at_first(self) -> list[int]:
        """Rows to expand so that the tree shows blocks: containers, level by level, while it stays short."""
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
        """Class name of a layer; a container of equal blocks is named after them: "InvertedResidual ×2"."""
        layer, below = self.layers[row], self.children[row]
        kinds = {self.layers[child].type for child in below}
        if self._is_container(row) and len(kinds) == 1:
            return f"{kinds.pop()} ×{len(below)}"
        return layer.type

    def memory(self, row: int, call: int = 1) -> int:
        """Bytes of a call's output for one photo in float32; 0 where it is no tensor, or for a bare parameter."""
        layer = self.layers[row].at_call(call)
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
        for row in range(len(values) - 1, -1, -1):  # children come after their parents
            if self.parents[row] >= 0:
                values[self.parents[row]] += values[row]
        return values
