"""Problems of a network under a freeze plan that can be found before anything is trained."""

from __future__ import annotations

from dataclasses import dataclass

from studio.catalog import catalog, image_sizes
from studio.events import Layer, LayerTable
from studio.planning import blocks
from studio.planning.freezing import adapted_layers, frozen_leaves, no_adapters
from studio.spec import FreezePlan, UserError

SMALLEST_MAP = 2
"""Smallest side of the last maps in which positions differ; at the size of their weights, most have 7 or more."""


@dataclass(frozen=True)
class LayerProblem:
    """A problem of some layers.

    Attributes:
        paths: Paths of the layers, in execution order.
        text: What the problem is, one sentence.
        advice: What to do about it.
    """

    paths: tuple[str, ...]
    text: str
    advice: str


def find(table: LayerTable, plan: FreezePlan) -> tuple[LayerProblem, ...]:
    """The problems of a network under a freeze plan, those of training layers first.

    Raises:
        UserError: The plan names a layer that the network does not have.
    """
    frozen = frozen_leaves(plan, table.layers)
    leaves = sorted((layer for layer in table.layers if layer.leaf and layer.parameters), key=lambda one: one.order)
    used = [layer for layer in leaves if layer.path not in table.unused]
    training = [layer for layer in used if layer.path not in frozen]
    problems: list[LayerProblem] = []
    adapted = adapted_layers(plan, table.layers)
    if plan.lora_rank and not adapted:
        problems.append(LayerProblem((), *no_adapters(table.layers, table.backbone)))
    large = tuple(one.path for one in adapted if one.parameters(plan.lora_rank) >= one.inputs * one.outputs)
    if large:
        problems.append(
            LayerProblem(
                large,
                f"Adapters (LoRA) of rank {plan.lora_rank:,} have as many parameters as {_names(large)}, or more.",
                f"Choose a lower rank, or thaw {_it(large)} instead.",
            )
        )
    if (small := _small_map(table)) is not None:
        height, width = table.image_size
        side = " × ".join(map(str, small[1]))
        problems.append(
            LayerProblem(
                (small[0],),
                f"Photos of {width} × {height} pixels become maps of {side} after {small[0]}, too small for shapes.",
                "Use the image size of the weights, or a larger one.",
            )
        )
    if (problem := edge(table)) is not None:
        problems.append(problem)
    idle = tuple(path for path in table.unused if path not in frozen)
    if idle:
        problems.append(
            LayerProblem(
                idle,
                f"{_names(idle)} should train, but no pass uses {_it(idle)}, so nothing changes in {_it(idle)}.",
                "Freeze them, or leave them: they only take memory.",
            )
        )
    later = _frozen_later(used, frozen, training)
    if later:
        problems.append(
            LayerProblem(
                later,
                f"{_names(later)} {_is(later)} frozen, although {training[0].path} before {_it(later)} trains.",
                "This saves no time, because gradients pass through. Usually only the first layers are frozen.",
            )
        )
    return tuple(problems)


def edge(table: LayerTable) -> LayerProblem | None:
    """The edge of a photo that the network does not see, by its first convolutions or the catalog; None for none."""
    if table.unseen:
        return _unread(table)
    try:
        info = catalog.find(table.backbone)
    except UserError:  # the backbone is a user's file that is gone
        return None
    side = table.image_size[0]
    words = image_sizes.unseen(info, side)
    return LayerProblem((), words, image_sizes.fitting(info, side)) if words else None


def edge_words(table: LayerTable) -> str:
    """The problem of `edge` in sentences; "" for none."""
    problem = edge(table)
    return f"{problem.text} {problem.advice}".rstrip() if problem is not None else ""


def _unread(table: LayerTable) -> LayerProblem:
    height, width = table.image_size
    pixels = "pixel" if table.unseen == 1 else f"{table.unseen} pixels"
    where = f"The network does not see the last {pixels} at the right and at the bottom"
    fits = f"{' and '.join(map(str, table.fitting))} {'fits' if len(table.fitting) == 1 else 'fit'}."
    return LayerProblem((), f"{where} of {width} × {height} pixels.", fits if table.fitting else "")


def _small_map(table: LayerTable) -> tuple[str, tuple[int, int]] | None:
    """The last block whose output is a map, and the height and width of that, if they are below `SMALLEST_MAP`."""
    for block in reversed(blocks.block_chain(table)):
        if block.leaf or not block.parameters or len(block.output_shape) != 3:
            continue
        first, second, third = block.output_shape
        sides = (second, third) if second == third else (first, second)  # channels are first or last
        return (block.path, sides) if sides[0] == sides[1] < SMALLEST_MAP else None
    return None


def _frozen_later(used: list[Layer], frozen: frozenset[str], training: list[Layer]) -> tuple[str, ...]:
    """Frozen leaves that run after the first training one, except BatchNorm, which has a policy of its own."""
    if not training:
        return ()
    first = training[0].order
    return tuple(layer.path for layer in used if layer.path in frozen and layer.order > first and not layer.statistics)


def _names(paths: tuple[str, ...]) -> str:
    """The paths in words, at most three of them."""
    if len(paths) == 1:
        return paths[0]
    if len(paths) <= 3:
        return f"{', '.join(paths[:-1])} and {paths[-1]}"
    more = len(paths) - 3
    return f"{', '.join(paths[:3])} and {more:,} more {'layer' if more == 1 else 'layers'}"


def _it(paths: tuple[str, ...]) -> str:
    return "it" if len(paths) == 1 else "them"


def _is(paths: tuple[str, ...]) -> str:
    return "is" if len(paths) == 1 else "are"
