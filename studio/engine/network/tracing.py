"""Traces one pass through a network: the order of its layers, and the ones that all data on the photo passes through.

Such a layer is a *waist*: everything after it can be computed from its output alone, so the network can be split there.
Networks are Python code, so this is found by observation: every tensor operation passes through `_Recorder`, which
records in `liveness` what it reads and writes. A value that depends on the photo is alive from the operation that wrote
it to the last one that reads it; after a waist no other value is alive than the layer's output.
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

from studio.engine.network.liveness import Contents, Value, storage, written
from studio.system import lazy_compiler


@dataclass(frozen=True)
class Blank:
    """Description of a tensor in a layer's output.

    Attributes:
        shape: Shape with the batch dimension.
        dtype: Type of its numbers.
        kept: True where a later operation needs it.
    """

    shape: tuple[int, ...]
    dtype: torch.dtype
    kept: bool = False


@dataclass
class Call:
    """One call of a layer.

    Attributes:
        path: Path of the layer.
        parent: Position of the enclosing call; -1 for the network itself.
        began: Number of operations before it.
        ended: Number of operations at its end.
        order: Number of calls that ended before it.
        taken: Arguments.
        given: Output, with `Blank` in place of each tensor.
        sees_photo: True where a part of its output depends on the photo.
        waist: True where all data on the photo that is needed later is in its output.
    """

    path: str
    parent: int
    began: int
    ended: int = -1
    order: int = -1
    taken: Any = None
    given: Any = None
    sees_photo: bool = False
    waist: bool = False


@dataclass(frozen=True)
class Flow:
    """Result of a trace.

    Attributes:
        calls: In the order of their beginning.
        uses: For each parameter that was read, the number of calls that had ended by then.
        output: Output of the network.
    """

    calls: tuple[Call, ...]
    uses: dict[str, int]
    output: Any


@lazy_compiler.placeholder()  # torch asks for its compiler where operations are seen
def watch(network: nn.Module, photos: Tensor) -> Flow:
    """Run `network` in its present mode on photos (N, 3, H, W), without gradients, and return the trace."""
    recorder = _Recorder(network, photos)
    with torch.no_grad(), _hooked(network, recorder), recorder:
        output = network(photos)
    return recorder.flow(output)


def row_shape(call: Call, batch: int) -> tuple[int, ...] | None:
    """Shape of the row to cache for continuing after a layer; None where the network cannot be split there.

    Several tensors form one flat row.

    Args:
        call: Call of the layer.
        batch: Number of photos in the pass.
    """
    kept = [one for one in tree_leaves(call.given) if isinstance(one, Blank) and one.kept]
    if not call.waist or not all(one.dtype.is_floating_point and one.shape[:1] == (batch,) for one in kept):
        return None
    return kept[0].shape[1:] if len(kept) == 1 else (sum(math.prod(one.shape[1:]) for one in kept),)


class _Recorder(TorchDispatchMode):
    """Records every operation, and the layer it belongs to."""

    def __init__(self, network: nn.Module, photos: Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls: list[Call] = []
        self._open: list[int] = []
        self._outputs: dict[int, list[Value | None]] = {}
        self._contents = Contents()
        self._done = 0
        self._through = 0
        self._parameters: dict[int, list[str]] = {}
        self._first_read: dict[str, int] = {}
        for name, parameter in network.named_parameters():
            self._parameters.setdefault(storage(parameter), []).append(name)
        self._contents.write(photos, -1, True, -1)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run the operation and record what it reads and writes."""
        kwargs = kwargs or {}
        taken = [one for one in tree_leaves((args, kwargs)) if isinstance(one, Tensor)]
        values = [value for tensor in taken for value in self._read(tensor)]
        given = func(*args, **kwargs)
        of_photo = any(value.of_photo for value in values)
        owner = self._open[-1] if self._open else -1
        held = {storage(tensor) for tensor in taken}
        for tensor in written(func, args, kwargs):
            self._contents.overwrite(tensor, self._done, of_photo, owner)
        for tensor in tree_leaves(given):
            if isinstance(tensor, Tensor):
                if storage(tensor) not in held:
                    self._contents.forget(tensor)
                known = self._contents.known(tensor)
                # The same view of the same memory can be taken again without the operation that took it first.
                if known is None or known not in values:
                    self._contents.write(tensor, self._done, of_photo, owner)
        self._done += 1
        return given

    def begin(self, path: str, taken: Any) -> None:
        """Record the beginning of a call."""
        self.calls.append(Call(path, self._open[-1] if self._open else -1, self._done, taken=taken))
        self._open.append(len(self.calls) - 1)

    def end(self, given: Any) -> None:
        """Record the end of the innermost call."""
        number = self._open.pop()
        call = self.calls[number]
        tensors = [one for one in tree_leaves(given) if isinstance(one, Tensor)]
        self._outputs[number] = [self._contents.known(tensor) for tensor in tensors]
        call.ended, call.order = self._done, self._through
        call.given = tree_map(_blank, given)
        call.sees_photo = any(value is not None and value.of_photo for value in self._outputs[number])
        self._through += 1

    def flow(self, output: Any) -> Flow:
        """The trace, after the end of the pass."""
        for tensor in tree_leaves(output):
            if isinstance(tensor, Tensor):
                self._read(tensor)
        self._done += 1
        self._lose()
        alive = self._contents.alive(self._done)
        for number, call in enumerate(self.calls):
            _judge(call, self._outputs.get(number, []), alive)
        ends = sorted((call.ended, call.order) for call in self.calls if call.order >= 0)
        uses = {name: _through_at(place, ends) for name, place in self._first_read.items()}
        return Flow(tuple(self.calls), uses, output)

    def _read(self, tensor: Tensor) -> list[Value]:
        for name in self._parameters.get(storage(tensor), ()):
            self._first_read.setdefault(name, self._done)
        return self._contents.read(tensor, self._done)

    def _lose(self) -> None:
        """Mark values that a skipped layer would not compute again, even those that do not depend on the photo."""
        for value in self._contents.values:
            value.lost = value.made + 1
            if not value.of_photo:
                number = value.owner
                while number >= 0 and not self.calls[number].sees_photo:
                    number = self.calls[number].parent
                value.lost = self.calls[number].ended if number >= 0 else self._done + 1


def _judge(call: Call, values: Sequence[Value | None], alive: Sequence[int]) -> None:
    """Decide whether a call is a waist, and which of its tensors are needed."""
    if call.ended < 0:
        return
    needed = [value is not None and value.lost <= call.ended <= value.read for value in values]
    kept = {id(value) for value, need in zip(values, needed, strict=True) if need}
    flags = iter(needed)
    call.given = tree_map(
        lambda one: Blank(one.shape, one.dtype, next(flags)) if isinstance(one, Blank) else one, call.given
    )
    call.waist = call.sees_photo and alive[call.ended] == len(kept) > 0


def _through_at(place: int, ends: list[tuple[int, int]]) -> int:
    """Order of the first call that ended after operation `place`."""
    return min((order for ended, order in ends if ended > place), default=len(ends))


def _blank(one: Any) -> Any:
    return Blank(tuple(one.shape), one.dtype) if isinstance(one, Tensor) else one


@contextmanager
def _hooked(network: nn.Module, recorder: _Recorder) -> Iterator[None]:
    """Inform the recorder of the beginning and end of each layer's calls."""

    def before(path: str) -> Callable[..., None]:
        def hook(_module: nn.Module, inputs: Any) -> None:
            recorder.begin(path, tree_map(_blank, inputs))

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
