"""Splits a network at the end of its frozen beginning: network = suffix ∘ prefix.

Networks are Python code, and most cannot be taken apart into a list of layers. But the part before the cut can be
skipped: the *prefix* is the network itself, stopped by a hook after the cut layer has returned its output; the *suffix*
is the network itself, in which the layers before the cut return empty placeholders of the right shape and the cut layer
returns the cached rows. Code between the layers runs as always.

This is correct only if nothing but the cut layer's output crosses the cut, which `tracing` finds out by tracing a
pass. In addition each cut is tested: features and gradients of the split network must equal those of the whole one, and
a placeholder is NaN, which propagates into every result. If a test fails, the cut moves towards the input.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves, tree_map

from studio.engine.network.equivalence import SAME_KERNELS, same
from studio.engine.network.features import flatten
from studio.engine.network.tracing import Blank, Flow, row_shape, watch
from studio.events import LayerTable
from studio.planning.cuts import BIGGEST_ROW, Cut, cuts
from studio.planning.freezing import covers

TRIALS = 4
"""Number of cuts that are tested. If these fail in spite of `tracing`, the cause affects all of them."""

WATCHED = 2
"""Photos in the traced pass. Another number than in the test, so that a shape that does not depend on the number of
photos is detected."""


@dataclass(frozen=True)
class Split(Cut):
    """A cut with all data needed to run the network from it.

    Attributes:
        given: Output of the cut layer for `WATCHED` photos, with `Blank` in place of each tensor.
        skipped: For each layer before the cut its output at each call, None where it runs as always.
    """

    given: Any = field(default=None, repr=False, compare=False)
    skipped: Mapping[str, tuple[Any, ...]] = field(default_factory=dict, repr=False, compare=False)


class _Enough(Exception):  # noqa: N818  # not an error: the prefix is done
    """Carries the cut layer's output out of a network that need not run any further."""

    def __init__(self, output: Any) -> None:
        super().__init__()
        self.output = output


def prefix(network: nn.Module, cut: Split, photos: Tensor) -> Tensor:
    """The network up to and including the cut layer: (N, 3, H, W) to (N, *cut.shape)."""

    def leave(_module: nn.Module, _inputs: Any, output: Any) -> None:
        raise _Enough(output)

    handle = network.get_submodule(cut.layer).register_forward_hook(leave)
    try:
        network(photos)
    except _Enough as enough:
        return _packed(cut, enough.output)
    finally:
        handle.remove()
    raise RuntimeError(f"{cut.layer} did not run")


def suffix(network: nn.Module, cut: Split, rows: Tensor, size: tuple[int, int], channels: int = 3) -> Tensor:
    """The network after the cut layer: (N, *cut.shape) to flat features (N, D)."""
    with _skipping(network, cut, rows):
        photos = _nothing((len(rows), channels, *size), torch.float32, rows.device)
        return flatten(network(photos))


def find(
    network: nn.Module, table: LayerTable, frozen: frozenset[str], channels: int = 3, limit: int = BIGGEST_ROW
) -> Split | None:
    """The best cut that passes its test; None where only the photos themselves can be cached.

    Args:
        network: On any device; unchanged afterwards.
        table: Its layer table.
        frozen: Frozen leaves.
        channels: Channels of the input.
        limit: Largest size of a cached row in bytes.
    """
    places = list(itertools.islice(cuts(table, frozen, limit), TRIALS))
    if not places:
        return None
    thawed = [
        parameter for name, parameter in network.named_parameters() if not any(covers(path, name) for path in frozen)
    ]
    with _still(network, thawed):
        flow = watch(network, _photos(network, WATCHED, channels, table.image_size))
        photos = _photos(network, 1, channels, table.image_size)
        whole = _passes(network, lambda: flatten(network(photos)), thawed)
        for place in places:
            split = _split(flow, place)
            if split is not None and _holds(network, split, photos, thawed, whole):
                return split
    return None


Outcome = tuple[Tensor, Sequence[Tensor | None]]
"""Features, and the gradient of each thawed parameter."""


def _holds(network: nn.Module, split: Split, photos: Tensor, thawed: Sequence[nn.Parameter], whole: Outcome) -> bool:
    """True where the split network has the whole one's features and gradients."""
    size = (int(photos.shape[2]), int(photos.shape[3]))
    try:
        with torch.no_grad():
            rows = prefix(network, split, photos)
        if tuple(rows.shape) != (len(photos), *split.shape):
            return False
        parts = _passes(network, lambda: suffix(network, split, rows, size, photos.shape[1]), thawed)
    except (RuntimeError, ValueError, TypeError, AttributeError, IndexError, AssertionError):
        return False
    pairs = [(parts[0], whole[0]), *zip(parts[1], whole[1], strict=True)]
    return all(same(given, wanted, SAME_KERNELS) for given, wanted in pairs)


def _passes(network: nn.Module, forward: Callable[[], Tensor], thawed: Sequence[nn.Parameter]) -> Outcome:
    """Features, and the gradients of their sum of squares; without gradients where no thawed layer has weights."""
    _forget(network)
    features = forward()
    gradients = torch.autograd.grad(features.square().sum(), thawed, allow_unused=True) if thawed else ()
    _forget(network)
    return features.detach(), gradients


def _forget(network: nn.Module) -> None:
    """Reset what some transformers cache from their weights until the next training, gradients included."""
    network.train()
    network.eval()  # the test must not update statistics, nor depend on dropout


def _photos(network: nn.Module, number: int, channels: int, size: tuple[int, int]) -> Tensor:
    """Noise with about the range of normalized photos, always the same."""
    generator = torch.Generator().manual_seed(1)
    photos = torch.rand((number, channels, *size), generator=generator).sub(0.5).mul(4)
    return photos.to(next(network.parameters()).device)


@contextmanager
def _still(network: nn.Module, thawed: Sequence[nn.Parameter]) -> Iterator[None]:
    """Eval mode with gradients for thawed parameters only; restores the previous state afterwards."""
    needed_gradient = [parameter.requires_grad for parameter in network.parameters()]
    was_training = {name: module.training for name, module in network.named_modules()}
    try:
        _forget(network)
        network.requires_grad_(False)
        for parameter in thawed:
            parameter.requires_grad_(True)
        yield
    finally:
        for parameter, flag in zip(network.parameters(), needed_gradient, strict=True):
            parameter.requires_grad_(flag)
        for name, module in network.named_modules():
            module.training = was_training[name]


# ------------------------------------------------------------------------------------------ skipping


def _split(flow: Flow, place: Cut) -> Split | None:
    """Data needed to run the network from a layer on; None where that is not possible."""
    last = min((call for call in flow.calls if call.path == place.layer), key=lambda call: call.order, default=None)
    if last is None or row_shape(last, WATCHED) != place.shape:
        return None
    outputs: dict[str, list[Any]] = {}
    hidden: set[int] = set()  # calls inside skipped layers: they do not happen
    for number, call in enumerate(flow.calls):
        if call.parent in hidden:
            hidden.add(number)
        elif call.began <= last.ended:
            skips = call.order < last.order and call.sees_photo
            outputs.setdefault(call.path, []).append(call.given if skips else None)
            if skips or call is last:
                hidden.add(number)
    skipped = {path: tuple(given) for path, given in outputs.items() if any(one is not None for one in given)}
    return Split(place.layer, place.shape, last.given, skipped)


@contextmanager
def _skipping(network: nn.Module, cut: Split, rows: Tensor) -> Iterator[None]:
    """Let the layers before the cut return placeholders and the cut layer `rows`."""
    replaced: list[tuple[nn.Module, Any]] = []

    def replace(path: str, answers: Sequence[Callable[[], Any] | None]) -> None:
        module = network.get_submodule(path)
        replaced.append((module, vars(module).get("forward")))
        own, coming = module.forward, iter(answers)

        def forward(*args: Any, **kwargs: Any) -> Any:
            answer = next(coming, None)
            return own(*args, **kwargs) if answer is None else answer()

        module.forward = forward  # an instance's `forward` has priority over its class's

    try:
        for path, given in cut.skipped.items():
            replace(path, [None if one is None else _answer(one, rows) for one in given])
        replace(cut.layer, [lambda: _unpacked(cut, rows)])
        yield
    finally:
        for module, own in replaced:
            if own is None:
                del module.forward
            else:
                module.forward = own


def _answer(given: Any, rows: Tensor) -> Callable[[], Any]:
    """Returns a function that gives placeholders for a layer's output, for as many photos as there are rows."""

    def blank(one: Any) -> Any:
        return _nothing(_scaled(one.shape, len(rows)), one.dtype, rows.device) if isinstance(one, Blank) else one

    return lambda: tree_map(blank, given)


def _nothing(shape: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """NaN of any shape without memory of its own; zeros for integers."""
    value = float("nan") if dtype.is_floating_point else 0
    return torch.full((), value, dtype=dtype, device=device).expand(shape)


def _scaled(shape: tuple[int, ...], photos: int) -> tuple[int, ...]:
    """The shape for any number of photos, from one for `WATCHED` photos."""
    if not shape or shape[0] % WATCHED:
        return shape
    return (shape[0] // WATCHED * photos, *shape[1:])


def _packed(cut: Split, output: Any) -> Tensor:
    """The cached part of the cut layer's output: its tensor, or several in one flat row."""
    blanks = [one.kept for one in tree_leaves(cut.given) if isinstance(one, Blank)]
    tensors = [one for one in tree_leaves(output) if isinstance(one, Tensor)]
    kept = [tensor for tensor, needed in zip(tensors, blanks, strict=True) if needed]
    return kept[0] if len(kept) == 1 else torch.cat([tensor.flatten(1) for tensor in kept], dim=1)


def _unpacked(cut: Split, rows: Tensor) -> Any:
    """The cut layer's output from cached rows."""
    several = sum(isinstance(one, Blank) and one.kept for one in tree_leaves(cut.given)) > 1
    start = 0

    def part(one: Any) -> Any:
        nonlocal start
        if not isinstance(one, Blank):
            return one
        shape = _scaled(one.shape, len(rows))
        if not one.kept:
            return _nothing(shape, one.dtype, rows.device)
        if not several:
            return rows
        width = math.prod(one.shape[1:])
        start += width
        return rows[:, start - width : start].reshape(shape)

    return tree_map(part, cut.given)
