"""Trace of a forward pass: the order of the layers, and the layers that all data on the photo passes through.

Such a layer is a *waist*: everything after it can be computed from its output alone, so the network can be split there.
Networks are Python code, so waists are determined by observation: `_Recorder` intercepts every tensor operation and
records in `liveness` what it reads and writes. A value that depends on the photo is alive from the operation that wrote
it to the last one that reads it; after a waist, the layer's output is the only such value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from studio.engine.network.liveness import Contents, Value, storage, written_arguments
from studio.system import lazy_compiler


@dataclass(frozen=True)
class TensorInfo:
    """Description of a tensor in a layer's output.

    Attributes:
        shape: Shape with the batch dimension.
        dtype: Type of its numbers.
        needed: True if a later operation reads it.
    """

    shape: tuple[int, ...]
    dtype: torch.dtype
    needed: bool = False


@dataclass
class Call:
    """A call of a layer.

    Attributes:
        path: Path of the layer.
        parent: Index of the enclosing call; -1 for the network itself.
        start: Number of operations before the call.
        end: Number of operations by the end of the call; -1 until then.
        order: Number of calls that ended before this one; -1 until it ends.
        inputs: Positional arguments, with `TensorInfo` in place of each tensor.
        output: Output, with `TensorInfo` in place of each tensor.
        depends_on_photo: True if a part of its output depends on the photo.
        waist: True if its output contains all data on the photo that later operations need.
    """

    path: str
    parent: int
    start: int
    end: int = -1
    order: int = -1
    inputs: Any = None
    output: Any = None
    depends_on_photo: bool = False
    waist: bool = False


@dataclass(frozen=True)
class Trace:
    """The calls and the output of a forward pass.

    Attributes:
        calls: Calls of layers in the order in which they start.
        uses: For each parameter that is read, the order of the first call that ends after its first use.
        output: Output of the network.
    """

    calls: tuple[Call, ...]
    uses: dict[str, int]
    output: Any


@lazy_compiler.placeholder()  # torch's dispatch mode would import its compiler
def trace_pass(network: nn.Module, photos: Tensor) -> Trace:
    """Run `network` in its current mode on photos (N, 3, H, W), without gradients, and return the trace."""
    recorder = _Recorder(network, photos)
    with torch.no_grad(), _recording(network, recorder), recorder:
        output = network(photos)
    return recorder.trace(output)


def row_shape(call: Call, batch: int) -> tuple[int, ...] | None:
    """Shape of the row to cache for continuing after a layer; None if the network cannot be split there.

    Several tensors form one flat row.

    Args:
        call: Call of the layer.
        batch: Number of photos in the pass.
    """
    needed = [one for one in tree_leaves(call.output) if isinstance(one, TensorInfo) and one.needed]
    if not call.waist or not all(one.dtype.is_floating_point and one.shape[:1] == (batch,) for one in needed):
        return None
    return needed[0].shape[1:] if len(needed) == 1 else (sum(math.prod(one.shape[1:]) for one in needed),)


class _Recorder(TorchDispatchMode):
    """Dispatch mode that records every operation and the layer that calls it."""

    def __init__(self, network: nn.Module, photos: Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls: list[Call] = []
        self._open: list[int] = []
        self._outputs: dict[int, list[Value | None]] = {}
        self._contents = Contents()
        self._operations = 0
        self._ended_calls = 0
        self._parameters: dict[int, list[str]] = {}
        self._first_read: dict[str, int] = {}
        for name, parameter in network.named_parameters():
            self._parameters.setdefault(storage(parameter), []).append(name)
        self._contents.write(photos, -1, True, -1)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run the operation and record what it reads and writes."""
        kwargs = kwargs or {}
        inputs = [one for one in tree_leaves((args, kwargs)) if isinstance(one, Tensor)]
        values = [value for tensor in inputs for value in self._read(tensor)]
        output = func(*args, **kwargs)
        depends_on_photo = any(value.depends_on_photo for value in values)
        owner = self._open[-1] if self._open else -1
        input_storages = {storage(tensor) for tensor in inputs}
        for tensor in written_arguments(func, args, kwargs):
            self._contents.overwrite(tensor, self._operations, depends_on_photo, owner)
        for tensor in tree_leaves(output):
            if isinstance(tensor, Tensor):
                if storage(tensor) not in input_storages:
                    self._contents.forget(tensor)
                content = self._contents.content(tensor)
                # An operation may return an existing view, whose content then counts as written by this operation.
                if content is None or content not in values:
                    self._contents.write(tensor, self._operations, depends_on_photo, owner)
        self._operations += 1
        return output

    def begin(self, path: str, inputs: Any) -> None:
        """Record the start of a call."""
        self.calls.append(Call(path, self._open[-1] if self._open else -1, self._operations, inputs=inputs))
        self._open.append(len(self.calls) - 1)

    def end(self, output: Any) -> None:
        """Record the end of the innermost call."""
        number = self._open.pop()
        call = self.calls[number]
        tensors = [one for one in tree_leaves(output) if isinstance(one, Tensor)]
        self._outputs[number] = [self._contents.content(tensor) for tensor in tensors]
        call.end, call.order = self._operations, self._ended_calls
        call.output = tree_map(_describe, output)
        call.depends_on_photo = any(value is not None and value.depends_on_photo for value in self._outputs[number])
        self._ended_calls += 1

    def trace(self, output: Any) -> Trace:
        """Return the trace of the finished pass."""
        for tensor in tree_leaves(output):
            if isinstance(tensor, Tensor):
                self._read(tensor)
        self._operations += 1
        self._mark_lost()
        alive = self._contents.alive(self._operations)
        for number, call in enumerate(self.calls):
            _mark_waist(call, self._outputs.get(number, []), alive)
        ends = sorted((call.end, call.order) for call in self.calls if call.order >= 0)
        uses = {name: _order_after(operation, ends) for name, operation in self._first_read.items()}
        return Trace(tuple(self.calls), uses, output)

    def _read(self, tensor: Tensor) -> list[Value]:
        for name in self._parameters.get(storage(tensor), ()):
            self._first_read.setdefault(name, self._operations)
        return self._contents.read(tensor, self._operations)

    def _mark_lost(self) -> None:
        """Set `lost_at` of all values; those without the photo are lost only if their layer is skipped."""
        for value in self._contents.values:
            value.lost_at = value.written_at + 1
            if not value.depends_on_photo:
                number = value.owner
                while number >= 0 and not self.calls[number].depends_on_photo:
                    number = self.calls[number].parent
                value.lost_at = self.calls[number].end if number >= 0 else self._operations + 1


def _mark_waist(call: Call, values: Sequence[Value | None], alive: Sequence[int]) -> None:
    """Determine whether a call is a waist, and which of its tensors later operations read."""
    if call.end < 0:
        return
    needed = [value is not None and value.lost_at <= call.end <= value.last_read for value in values]
    needed_values = {id(value) for value, need in zip(values, needed, strict=True) if need}
    flags = iter(needed)
    call.output = tree_map(
        lambda one: TensorInfo(one.shape, one.dtype, next(flags)) if isinstance(one, TensorInfo) else one, call.output
    )
    call.waist = call.depends_on_photo and alive[call.end] == len(needed_values) > 0


def _order_after(operation: int, ends: list[tuple[int, int]]) -> int:
    """Return the order of the first call that ended after an operation."""
    return min((order for ended, order in ends if ended > operation), default=len(ends))


def _describe(one: Any) -> Any:
    return TensorInfo(tuple(one.shape), one.dtype) if isinstance(one, Tensor) else one


@contextmanager
def _recording(network: nn.Module, recorder: _Recorder) -> Iterator[None]:
    """Report the start and end of each layer's calls to the recorder."""

    def before(path: str) -> Callable[..., None]:
        def hook(_module: nn.Module, inputs: Any) -> None:
            recorder.begin(path, tree_map(_describe, inputs))

        return hook

    def after(_module: nn.Module, _inputs: Any, output: Any) -> None:
        recorder.end(output)

    handles = []
    for path, module in network.named_modules():
        if path:
            handles += [module.register_forward_pre_hook(before(path)), module.register_forward_hook(after)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
