"""The network as one bar of blocks, frozen above an edge and training below it; free of Qt."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from studio.events import Layer, LayerTable
from studio.formatting import numbers
from studio.formatting.language import counted, tr
from studio.planning import blocks, freezing
from studio.planning.freezing import covers, has_weights, with_parents
from studio.session.plan import plan_summary, time_estimate
from studio.session.plan.layer_rows import BYTES, NO_ADAPTERS, NewHead
from studio.session.plan.layer_sizes import LayerSizes
from studio.session.state import AppState
from studio.spec import FreezePlan

Measure = Literal["parameters", "macs", "memory"]
PieceState = Literal["frozen", "adapted", "part", "trains"]

MEASURES: tuple[tuple[Measure, str], ...] = (
    ("parameters", tr("Parameters")),
    ("macs", "MACs"),
    ("memory", tr("Activation memory")),
)
"""Quantities that the height of a piece may show, with their names; the settings store the index of one."""

STATES: dict[PieceState, str] = {
    "frozen": "frozen",
    "adapted": tr("frozen, with adapters (LoRA)"),
    "part": tr("part frozen"),
    "trains": "trains",
}


STILL: tuple[PieceState, ...] = ("frozen", "adapted")
"""States of a block whose own weights are frozen."""


@dataclass(frozen=True)
class Piece:
    """A block of the bar.

    Attributes:
        path: Path of the block or layer.
        size: Its size in the unit of the measure.
        words: Its size in words.
        state: Whether it is frozen.
    """

    path: str
    size: float
    words: str
    state: PieceState

    @property
    def tip(self) -> str:
        """Path, size and state in one line."""
        return f"{self.path} · {self.words} · {STATES[self.state]}"


@dataclass(frozen=True)
class Bar:
    """The bar of a network.

    Attributes:
        pieces: Its blocks with weights from the input to the new head, which comes last and always trains.
        edge: Number of blocks from the input on that are wholly frozen.
        regular: True where all blocks below the edge train.
        frozen: Parameters that are frozen, in words.
        trains: Parameters that train, the head's included, in words.
        places: Positions of the edge that a plan can have, as numbers of frozen blocks; none between parallel blocks,
            such as two embeddings.
    """

    pieces: tuple[Piece, ...] = ()
    edge: int = 0
    regular: bool = True
    frozen: str = ""
    trains: str = ""
    places: tuple[int, ...] = (0,)

    @property
    def last(self) -> int:
        """The lowest position of the edge: above the head."""
        return max(0, len(self.pieces) - 1)

    def index_of(self, path: str) -> int:
        """Index of the piece that a layer is in; -1 for none."""
        places = (place for place, piece in enumerate(self.pieces) if path and covers(piece.path, path))
        return next(places, -1)

    @property
    def where(self) -> str:
        """The edge in words."""
        if not self.edge:
            text = tr("no block from the input on is frozen")
        elif self.edge == self.last:
            text = tr("the whole backbone is frozen")
        else:
            text = tr("{edge} of {blocks} frozen, up to {path}").format(
                edge=self.edge, blocks=counted(self.last, "block"), path=self.pieces[self.edge - 1].path
            )
        return text if self.regular else tr("{text}; below it some layers are frozen, too").format(text=text)


@dataclass(frozen=True)
class Figures:
    """Costs of a plan, in words; "" where they cannot be estimated.

    Attributes:
        trainable: Trainable parameters and their share.
        cache: Size of the cached rows.
        epoch: Time of an epoch.
        memory: Memory of a training step.
    """

    trainable: str = ""
    cache: str = ""
    epoch: str = ""
    memory: str = ""

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """The known figures, each with its color role."""
        rows = ((self.epoch, ""), (self.cache, "ice"), (self.trainable, "warm"), (self.memory, ""))
        return tuple(row for row in rows if row[0])


def bar(
    sizes: LayerSizes,
    frozen: Collection[str],
    head: NewHead,
    measure: Measure,
    adapters: Mapping[str, int] = NO_ADAPTERS,
) -> Bar:
    """The bar of a network under a freeze plan.

    Args:
        sizes: The layers.
        frozen: Paths of the frozen leaves.
        head: The new head.
        measure: What the heights stand for.
        adapters: Parameters of the adapters (LoRA) of leaves that have one, by path.
    """
    table = sizes.table
    chain = _chain(table)
    leaves = _leaves(table, chain)
    pieces = [_piece(layer, leaves[layer.path], frozen, sizes, measure, adapters) for layer in chain]
    size = _size_of_head(head, measure)
    pieces.append(Piece(table.classifier, size, _words(size, measure), "trains"))
    edge = next((place for place, piece in enumerate(pieces) if piece.state not in STILL), len(pieces))
    regular = all(piece.state == "trains" for piece in pieces[edge:])
    still = sum(layer.parameters for layer in table.layers if layer.leaf and layer.path in frozen)
    moving = sum(layer.parameters for layer in table.layers if layer.leaf and layer.path not in frozen)
    return Bar(
        tuple(pieces),
        edge,
        regular,
        numbers.count(still),
        numbers.count(moving + head.parameters + sum(adapters.values())),
        _places([leaves[layer.path] for layer in chain]),
    )


def plan_at(table: LayerTable, place: int) -> FreezePlan:
    """The plan that freezes the first `place` blocks."""
    chain = _chain(table)
    if place <= 0:
        return FreezePlan("none")
    return FreezePlan("all") if place >= len(chain) else FreezePlan("all", until=chain[place - 1].path)


def figures(state: AppState, table: LayerTable) -> Figures:
    """The costs of the chosen plan."""
    size = plan_summary.cached_size(state, table)
    epoch, memory = time_estimate.epoch(state, table), time_estimate.memory(state, table)
    return Figures(
        tr("{trainable_words} trainable").format(trainable_words=trainable_words(state, table)),
        tr("cache {size}").format(size=size) if size != "–" else "",
        tr("epoch {epoch}").format(epoch=epoch) if epoch else "",
        tr("memory {memory}").format(memory=memory) if memory else "",
    )


def trainable_words(state: AppState, table: LayerTable) -> str:
    """Trainable parameters of backbone and head: "1.0 M of 3.4 M (29.8 %)"."""
    head = plan_summary.head_parameters(state, table)
    moving = freezing.trainable(plan_summary.safe_plan(state, table), table) + head
    total = table.parameters + head + sum(plan_summary.adapters(state, table).values())
    share = numbers.percent(moving / total, 2 if moving < total / 100 else 1) if total else "–"
    number = numbers.exact(moving) if moving < 100_000 else numbers.count(moving)
    return tr("{number} of {total} ({share})").format(number=number, total=numbers.count(total), share=share)


def _chain(table: LayerTable) -> list[Layer]:
    """Blocks with weights, in execution order."""
    weighted = {
        name for layer in table.layers if layer.leaf and has_weights(layer) for name in with_parents(layer.path)
    }
    return [layer for layer in blocks.block_chain(table) if layer.path in weighted]


def _leaves(table: LayerTable, chain: Sequence[Layer]) -> dict[str, list[Layer]]:
    """The leaves of each block."""
    leaves: dict[str, list[Layer]] = {layer.path: [] for layer in chain}
    for leaf in (layer for layer in table.layers if layer.leaf):
        for name in with_parents(leaf.path):
            if name in leaves:
                leaves[name].append(leaf)
    return leaves


def _places(blocks_leaves: Sequence[Sequence[Layer]]) -> tuple[int, ...]:
    """Numbers of blocks that a plan can freeze: freezing up to a block also freezes all layers that run before its end.

    Args:
        blocks_leaves: The leaves of each block.
    """
    ends = [max(leaf.order for leaf in leaves) for leaves in blocks_leaves]
    last = [max(leaf.order for leaf in leaves if has_weights(leaf)) for leaves in blocks_leaves]
    places = {0, len(ends)}
    for place, end in enumerate(ends, 1):
        leading = next((number for number, order in enumerate(last) if order > end), len(last))
        if leading == place:
            places.add(place)
    return tuple(sorted(places))


def _piece(
    block: Layer,
    leaves: Sequence[Layer],
    frozen: Collection[str],
    sizes: LayerSizes,
    measure: Measure,
    adapters: Mapping[str, int],
) -> Piece:
    weighted = [leaf.path in frozen for leaf in leaves if has_weights(leaf)]
    state: PieceState = "frozen" if all(weighted) else "part" if any(weighted) else "trains"
    if state == "frozen" and any(leaf.path in adapters for leaf in leaves):
        state = "adapted"
    if measure == "parameters":
        size = block.parameters
    elif measure == "macs":
        size = sizes.macs.get(block.path, 0) * sizes.batch if sizes.macs is not None else 0
    else:
        size = sizes.batch * sum(_memory(leaf) for leaf in leaves)
    return Piece(block.path, size, _words(size, measure), state)


def _memory(leaf: Layer) -> int:
    if leaf.type == "Parameter" or not leaf.output_shape:
        return 0
    size = BYTES
    for side in leaf.output_shape:
        size *= side
    return size


def _size_of_head(head: NewHead, measure: Measure) -> int:
    sizes = {"parameters": head.parameters, "macs": head.macs, "memory": head.outputs * BYTES}
    return sizes[measure]


def _words(size: float, measure: Measure) -> str:
    if measure == "memory":
        return numbers.small_bytes(int(size))
    return f"{numbers.count(size)} {'parameters' if measure == 'parameters' else 'MACs'}"
