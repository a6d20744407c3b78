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

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from studio.engine.networks import flatten
from studio.events import LayerTable
from studio.plan import BIGGEST_ROW, Cut, covers, cuts

TRIALS = 24
"""Places that are tried; where none of these holds, the network is not a chain and the rest would fail as well."""

TOLERANCE = 1e-4
"""Relative, of scores and gradients in float32."""


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
    """The best cut that holds a trial; None where only the photo itself can be kept.

    Args:
        network: On any device; left as it was.
        table: Its layers.
        frozen: Leaves that stand still.
        channels: Of the input.
        limit: Bytes that what is kept for one photo may have.
    """
    trials = itertools.islice(cuts(table, frozen, limit), TRIALS)
    return next((cut for cut in trials if holds(network, cut, table, frozen, channels)), None)


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
