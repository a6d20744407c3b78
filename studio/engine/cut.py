"""Splits a network where its frozen beginning ends: network = suffix ∘ prefix.

Networks are Python code, and most cannot be taken apart into a list of layers. But what runs before the cut need not be
taken apart, only skipped: the *prefix* is the network itself, stopped by a hook as soon as the cut layer has given its
output; the *suffix* is the network itself, with the layers before the cut handing on empty stand-ins of the right shape
and the cut layer handing on the rows that were computed once. Code between the layers runs as it always does.

That is right only where nothing but the cut layer's output crosses the cut. So a stand-in holds NaN, which no real
number survives, and a cut is used only after a trial: scores and gradients of the split network must be those of the
whole one. Where they are not, the cut moves one layer towards the photo.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from studio.engine.networks import flatten
from studio.events import Layer, LayerTable
from studio.plan import can_move, covers

BIGGEST_ROW = 4_000_000
"""Bytes a cached row may have. Early layers' outputs are larger than the photo they come from; past this size it is
cheaper to compute them again."""

TOLERANCE = 1e-4
"""Relative, of scores and gradients in float32."""


@dataclass(frozen=True)
class Cut:
    """Where a network is split.

    Attributes:
        layer: Path of the layer whose output is kept.
        before: Paths of the layers that are skipped in the suffix, parents without their children, `layer` not among
            them; with the shape each gives, without the batch.
        shape: Shape of what is kept for one photo.
    """

    layer: str
    before: tuple[tuple[str, tuple[int, ...]], ...]
    shape: tuple[int, ...]


class _Enough(Exception):  # noqa: N818  # no error: the prefix has done its work
    """Carries the cut layer's output out of a network that need not go on."""

    def __init__(self, output: Tensor) -> None:
        super().__init__()
        self.output = output


def prefix(network: nn.Module, cut: Cut, photos: Tensor) -> Tensor:
    """(N, 3, H, W) to (N, *cut.shape): the network up to and with the cut layer."""

    def leave(_module: nn.Module, _inputs: Any, output: Tensor) -> None:
        raise _Enough(output)

    handle = network.get_submodule(cut.layer).register_forward_hook(leave)
    try:
        network(photos)
    except _Enough as enough:
        return enough.output
    finally:
        handle.remove()
    raise RuntimeError(f"{cut.layer} did not run")


def suffix(network: nn.Module, cut: Cut, rows: Tensor, size: tuple[int, int], channels: int = 3) -> Tensor:
    """(N, *cut.shape) to flat features (N, D): the network from the cut layer on."""
    with _skipping(network, cut, rows):
        photos = _stand_in((len(rows), channels, *size), rows)
        return flatten(network(photos))


def find(
    network: nn.Module, table: LayerTable, frozen: frozenset[str], channels: int = 3, limit: int = BIGGEST_ROW
) -> Cut | None:
    """The deepest cut that holds a trial; None where only the photo itself can be kept.

    Args:
        network: In eval mode; on any device.
        table: Its layers.
        frozen: Leaves that stand still.
        channels: Of the input.
        limit: Bytes a kept row may have.
    """
    for cut in candidates(table, frozen):
        size = 4 * _product(cut.shape)
        if size <= limit and holds(network, cut, table, frozen, channels):
            return cut
    return None


def candidates(table: LayerTable, frozen: frozenset[str]) -> Iterator[Cut]:
    """Cuts from the deepest on: the last layer that has run before the first one that moves, then those before it."""
    moving = [layer for layer in table.layers if layer.leaf and layer.path not in frozen and can_move(layer)]
    if not moving:
        return
    first = min(moving, key=lambda layer: layer.order)
    chain = _chain(table.layers, first)
    for place in range(len(chain) - 1, -1, -1):
        layer = chain[place]
        if layer.output_shape:
            yield Cut(
                layer.path, tuple((other.path, other.output_shape) for other in chain[:place]), layer.output_shape
            )


def holds(network: nn.Module, cut: Cut, table: LayerTable, frozen: frozenset[str], channels: int = 3) -> bool:
    """True where the split network gives the whole one's features, and the same gradients to what is thawed."""
    reference = next(network.parameters())
    generator = torch.Generator().manual_seed(1)
    photos = torch.rand((2, channels, *table.image_size), generator=generator).sub(0.5).mul(4).to(reference.device)
    thawed = [
        parameter for name, parameter in network.named_parameters() if not any(covers(path, name) for path in frozen)
    ]
    before = [parameter.requires_grad for parameter in network.parameters()]
    was_training = {name: module.training for name, module in network.named_modules()}
    network.eval()  # the trial must not move statistics, nor depend on dropout
    try:
        network.requires_grad_(False)
        for parameter in thawed:
            parameter.requires_grad_(True)
        whole, wanted = _passes(lambda: flatten(network(photos)), thawed)
        with torch.no_grad():
            rows = prefix(network, cut, photos)
        if tuple(rows.shape[1:]) != cut.shape or len(rows) != len(photos):
            return False
        split, given = _passes(lambda: suffix(network, cut, rows, table.image_size, channels), thawed)
    except (RuntimeError, ValueError, TypeError, AttributeError, IndexError, AssertionError):
        return False
    finally:
        for parameter, flag in zip(network.parameters(), before, strict=True):
            parameter.requires_grad_(flag)
        for name, module in network.named_modules():
            module.training = was_training[name]
    return _same(whole, split) and all(_same(a, b) for a, b in zip(wanted, given, strict=True))


def _passes(forward: Callable[[], Tensor], thawed: Sequence[nn.Parameter]) -> tuple[Tensor, list[Tensor | None]]:
    """Features, and the gradients of their sum of squares."""
    features = forward()
    gradients = torch.autograd.grad(features.square().sum(), thawed, allow_unused=True)
    return features.detach(), list(gradients)


def _same(a: Tensor | None, b: Tensor | None) -> bool:
    if a is None or b is None:
        return a is b
    scale = float(a.abs().max()) or 1.0
    return a.shape == b.shape and bool(torch.allclose(a, b, rtol=TOLERANCE, atol=TOLERANCE * scale * 0.1))


def _chain(layers: Sequence[Layer], first: Layer) -> list[Layer]:
    """What runs before `first`, in order, in the largest pieces that end before it begins."""
    inside = [layer for layer in layers if not layer.leaf and covers(layer.path, first.path)]
    opened = {"", *(layer.path for layer in inside)}
    pieces = [
        layer
        for layer in layers
        if layer.path.rpartition(".")[0] in opened
        and layer.path not in opened
        and layer.type != "Parameter"
        and layer.order < first.order
    ]
    return sorted(pieces, key=lambda layer: layer.order)


@contextmanager
def _skipping(network: nn.Module, cut: Cut, rows: Tensor) -> Iterator[None]:
    """While it holds, the layers before the cut give stand-ins and the cut layer gives `rows`."""
    replaced: list[nn.Module] = []

    def give(path: str, output: Callable[[], Tensor]) -> None:
        module = network.get_submodule(path)
        module.forward = lambda *_args, **_kwargs: output()  # an instance's own `forward` goes before its class's
        replaced.append(module)

    try:
        for path, shape in cut.before:
            give(path, lambda shape=shape: _stand_in((len(rows), *shape), rows))  # type: ignore[misc]
        give(cut.layer, lambda: rows)
        yield
    finally:
        for module in replaced:
            del module.forward


def _stand_in(shape: tuple[int, ...], like: Tensor) -> Tensor:
    """NaN of any shape that takes no memory of its own."""
    return torch.full((), float("nan"), dtype=torch.float32, device=like.device).expand(shape)


def _product(shape: Sequence[int]) -> int:
    result = 1
    for side in shape:
        result *= side
    return result
