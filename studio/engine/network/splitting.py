"""Splitting of a network after its frozen first layers: network = suffix ∘ prefix.

Networks are Python code, and most cannot be converted to a list of layers. But the part before the cut can be skipped:
the *prefix* is the network itself, stopped by a hook after the cut layer has returned its output; the *suffix* is the
network itself, in which the layers before the cut return placeholders of the right shape and the cut layer returns the
cached rows. Code between the layers runs unchanged.

This is correct only if no data other than the cut layer's output crosses the cut, which `tracing` determines. In
addition each cut is tested: features and gradients of the split network must equal those of the whole one, and
placeholders are NaN, which propagates into every result that reads them. If the test fails, the next cut toward the
input is tried.
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
from studio.engine.network.tracing import TensorInfo, Trace, row_shape, trace_pass
from studio.events import LayerTable
from studio.planning.cuts import MAX_ROW_BYTES, Cut, cuts
from studio.planning.freezing import covers

MAX_TRIALS = 4
"""Most cuts that are tested. If these fail although the trace allows them, the cause affects the others, too."""

TRACED_PHOTOS = 2
"""Number of photos in the traced pass. It differs from that in the test, which therefore fails if a shape does not
scale with the number of photos."""


@dataclass(frozen=True)
class Split(Cut):
    """A cut with the data needed to run the network from it.

    Attributes:
        output: Output of the cut layer for `TRACED_PHOTOS` photos, with `TensorInfo` in place of each tensor.
        prior_outputs: For each layer before the cut, its output at each call; None for calls that are not skipped.
    """

    output: Any = field(default=None, repr=False, compare=False)
    prior_outputs: Mapping[str, tuple[Any, ...]] = field(default_factory=dict, repr=False, compare=False)


class _StopForward(Exception):  # noqa: N818  # not an error: the prefix is done
    """Exception that ends a forward pass after the cut layer and carries that layer's output."""

    def __init__(self, output: Any) -> None:
        super().__init__()
        self.output = output


def prefix(network: nn.Module, cut: Split, photos: Tensor) -> Tensor:
    """Run the network up to and including the cut layer: (N, 3, H, W) to (N, *cut.shape)."""

    def stop_forward(_module: nn.Module, _inputs: Any, output: Any) -> None:
        raise _StopForward(output)

    handle = network.get_submodule(cut.layer).register_forward_hook(stop_forward)
    try:
        network(photos)
    except _StopForward as stop:
        return _pack(cut, stop.output)
    finally:
        handle.remove()
    raise RuntimeError(f"{cut.layer} did not run")


def suffix(network: nn.Module, cut: Split, rows: Tensor, size: tuple[int, int], channels: int = 3) -> Tensor:
    """Run the network after the cut layer: (N, *cut.shape) to flat features (N, D)."""
    with _skipping(network, cut, rows):
        photos = _nan_tensor((len(rows), channels, *size), torch.float32, rows.device)
        return flatten(network(photos))


def find(
    network: nn.Module, table: LayerTable, frozen: frozenset[str], channels: int = 3, limit: int = MAX_ROW_BYTES
) -> Split | None:
    """Return the cut closest to the output that passes its test; None if only the photos themselves can be cached.

    Args:
        network: On any device; unchanged afterwards.
        table: Its layer table.
        frozen: Frozen leaves.
        channels: Channels of the input.
        limit: Largest size of a cached row in bytes.
    """
    candidates = list(itertools.islice(cuts(table, frozen, limit), MAX_TRIALS))
    if not candidates:
        return None
    thawed = [
        parameter for name, parameter in network.named_parameters() if not any(covers(path, name) for path in frozen)
    ]
    with _test_mode(network, thawed):
        trace = trace_pass(network, _noise(network, TRACED_PHOTOS, channels, table.image_size))
        photos = _noise(network, 1, channels, table.image_size)
        whole = _run(network, lambda: flatten(network(photos)), thawed)
        for candidate in candidates:
            split = _split(trace, candidate)
            if split is not None and _is_equivalent(network, split, photos, thawed, whole):
                return split
    return None


Outcome = tuple[Tensor, Sequence[Tensor | None]]
"""Features, and the gradient of each thawed parameter."""


def _is_equivalent(
    network: nn.Module, split: Split, photos: Tensor, thawed: Sequence[nn.Parameter], whole: Outcome
) -> bool:
    """True if the split network has the same features and gradients as the whole one."""
    size = (int(photos.shape[2]), int(photos.shape[3]))
    try:
        with torch.no_grad():
            rows = prefix(network, split, photos)
        if tuple(rows.shape) != (len(photos), *split.shape):
            return False
        parts = _run(network, lambda: suffix(network, split, rows, size, photos.shape[1]), thawed)
    except (RuntimeError, ValueError, TypeError, AttributeError, IndexError, AssertionError):
        return False
    pairs = [(parts[0], whole[0]), *zip(parts[1], whole[1], strict=True)]
    return all(same(actual, expected, SAME_KERNELS) for actual, expected in pairs)


def _run(network: nn.Module, forward: Callable[[], Tensor], thawed: Sequence[nn.Parameter]) -> Outcome:
    """Compute features and the gradients of their sum of squares; no gradients if no thawed layer has weights."""
    _clear_caches(network)
    features = forward()
    gradients = torch.autograd.grad(features.square().sum(), thawed, allow_unused=True) if thawed else ()
    _clear_caches(network)
    return features.detach(), gradients


def _clear_caches(network: nn.Module) -> None:
    """Clear tensors that some transformers compute from weights in eval mode and cache; end in eval mode."""
    network.train()
    network.eval()  # the test must neither update statistics nor depend on dropout


def _noise(network: nn.Module, number: int, channels: int, size: tuple[int, int]) -> Tensor:
    """Return the same noise at each call, approximately in the range of normalized photos."""
    generator = torch.Generator().manual_seed(1)
    photos = torch.rand((number, channels, *size), generator=generator).sub(0.5).mul(4)
    return photos.to(next(network.parameters()).device)


@contextmanager
def _test_mode(network: nn.Module, thawed: Sequence[nn.Parameter]) -> Iterator[None]:
    """Set eval mode, and gradients for thawed parameters only; restore the previous state afterwards."""
    required_gradient = [parameter.requires_grad for parameter in network.parameters()]
    was_training = {name: module.training for name, module in network.named_modules()}
    try:
        _clear_caches(network)
        network.requires_grad_(False)
        for parameter in thawed:
            parameter.requires_grad_(True)
        yield
    finally:
        for parameter, flag in zip(network.parameters(), required_gradient, strict=True):
            parameter.requires_grad_(flag)
        for name, module in network.named_modules():
            module.training = was_training[name]


# ------------------------------------------------------------------------------------------ skipping


def _split(trace: Trace, candidate: Cut) -> Split | None:
    """Return the data needed to run the network from a layer on; None if that is not possible."""
    last = min(
        (call for call in trace.calls if call.path == candidate.layer), key=lambda call: call.order, default=None
    )
    if last is None or row_shape(last, TRACED_PHOTOS) != candidate.shape:
        return None
    outputs: dict[str, list[Any]] = {}
    hidden: set[int] = set()  # calls inside skipped layers, which do not run
    for number, call in enumerate(trace.calls):
        if call.parent in hidden:
            hidden.add(number)
        elif call.start <= last.end:
            skips = call.order < last.order and call.depends_on_photo
            outputs.setdefault(call.path, []).append(call.output if skips else None)
            if skips or call is last:
                hidden.add(number)
    prior = {path: tuple(calls) for path, calls in outputs.items() if any(one is not None for one in calls)}
    return Split(candidate.layer, candidate.shape, last.output, prior)


@contextmanager
def _skipping(network: nn.Module, cut: Split, rows: Tensor) -> Iterator[None]:
    """Make the layers before the cut return placeholders, and the cut layer `rows`."""
    replaced: list[tuple[nn.Module, Any]] = []

    def replace(path: str, answers: Sequence[Callable[[], Any] | None]) -> None:
        module = network.get_submodule(path)
        replaced.append((module, vars(module).get("forward")))
        own, remaining = module.forward, iter(answers)

        def forward(*args: Any, **kwargs: Any) -> Any:
            answer = next(remaining, None)
            return own(*args, **kwargs) if answer is None else answer()

        module.forward = forward  # an instance's `forward` has priority over its class's

    try:
        for path, outputs in cut.prior_outputs.items():
            replace(path, [None if one is None else _placeholder_output(one, rows) for one in outputs])
        replace(cut.layer, [lambda: _unpack(cut, rows)])
        yield
    finally:
        for module, own in replaced:
            if own is None:
                del module.forward
            else:
                module.forward = own


def _placeholder_output(output: Any, rows: Tensor) -> Callable[[], Any]:
    """Return a function that returns placeholders for a layer's output, for as many photos as there are rows."""

    def placeholder(one: Any) -> Any:
        if not isinstance(one, TensorInfo):
            return one
        return _nan_tensor(_batch_shape(one.shape, len(rows)), one.dtype, rows.device)

    return lambda: tree_map(placeholder, output)


def _nan_tensor(shape: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """Return a tensor of NaN, or of zeros for integers, whose elements all share one value in memory."""
    value = float("nan") if dtype.is_floating_point else 0
    return torch.full((), value, dtype=dtype, device=device).expand(shape)


def _batch_shape(shape: tuple[int, ...], photos: int) -> tuple[int, ...]:
    """Convert a shape for `TRACED_PHOTOS` photos to one for any number of photos."""
    if not shape or shape[0] % TRACED_PHOTOS:
        return shape
    return (shape[0] // TRACED_PHOTOS * photos, *shape[1:])


def _pack(cut: Split, output: Any) -> Tensor:
    """Return the part of the cut layer's output to cache: its tensor, or several as one flat row per photo."""
    flags = [one.needed for one in tree_leaves(cut.output) if isinstance(one, TensorInfo)]
    tensors = [one for one in tree_leaves(output) if isinstance(one, Tensor)]
    parts = [tensor for tensor, needed in zip(tensors, flags, strict=True) if needed]
    return parts[0] if len(parts) == 1 else torch.cat([tensor.flatten(1) for tensor in parts], dim=1)


def _unpack(cut: Split, rows: Tensor) -> Any:
    """Return the cut layer's output, restored from cached rows."""
    several = sum(isinstance(one, TensorInfo) and one.needed for one in tree_leaves(cut.output)) > 1
    start = 0

    def part(one: Any) -> Any:
        nonlocal start
        if not isinstance(one, TensorInfo):
            return one
        shape = _batch_shape(one.shape, len(rows))
        if not one.needed:
            return _nan_tensor(shape, one.dtype, rows.device)
        if not several:
            return rows
        width = math.prod(one.shape[1:])
        start += width
        return rows[:, start - width : start].reshape(shape)

    return tree_map(part, cut.output)
