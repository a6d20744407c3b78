"""Watches one pass through a network: which layers run when, and through which one all that is known of the photo goes.

Such a layer is a *waist*: what comes after it can be computed from its output alone, so the network can be split there.
Networks are Python code, so this is not read from the code but seen: every operation on tensors passes through
`_Recorder`, which notes what it reads and writes. A value made of the photo is alive from the operation that made it to
the last one that reads it; behind a waist nothing else is alive than the layer's output.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map


@dataclass(frozen=True)
class Blank:
    """What is remembered of a tensor that a layer gave.

    Attributes:
        shape: With the batch in front.
        dtype: Of its numbers.
        kept: True where something after the layer needs it.
    """

    shape: tuple[int, ...]
    dtype: torch.dtype
    kept: bool = False


@dataclass
class Call:
    """One layer ran once.

    Attributes:
        path: Of the layer.
        parent: Position of the call that it is part of; -1 for the network itself.
        began: Operations done before it.
        ended: Operations done when it was through.
        order: Layers that were through before it.
        taken: What it was called with.
        given: What it gave, `Blank` in place of each tensor.
        sees_photo: True where something that it gave was made of the photo.
        waist: True where all that is known of the photo afterwards is in what it gave.
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
    """What was seen.

    Attributes:
        calls: In the order in which they began.
        uses: For each parameter that was read, how many layers were through by then.
        output: What the network gave.
    """

    calls: tuple[Call, ...]
    uses: dict[str, int]
    output: Any


def watch(network: nn.Module, photos: Tensor) -> Flow:
    """Run `network` as it stands over photos (N, 3, H, W), without gradients, and tell what happened."""
    recorder = _Recorder(network, photos)
    with torch.no_grad(), _hooked(network, recorder), recorder:
        output = network(photos)
    return recorder.flow(output)


def row_shape(call: Call, batch: int) -> tuple[int, ...] | None:
    """Shape of what must be kept of one photo to go on behind a layer; None where the network cannot be split there.

    Several tensors are kept as one flat row.

    Args:
        call: The layer's.
        batch: Photos that were passed.
    """
    kept = [one for one in tree_leaves(call.given) if isinstance(one, Blank) and one.kept]
    if not call.waist or not all(one.dtype.is_floating_point and one.shape[:1] == (batch,) for one in kept):
        return None
    return kept[0].shape[1:] if len(kept) == 1 else (sum(math.prod(one.shape[1:]) for one in kept),)


@dataclass(eq=False)
class _Value:
    """The content of a tensor: made by one operation, read by later ones."""

    made: int
    of_photo: bool
    lost: int = -1
    """From when on only a pass through the layer that made it brings it back; for what is not made of the photo."""
    read: int = -1
    owner: int = -1


@dataclass
class _Memory:
    """What is known of one piece of memory: its content, as each view of it was last written."""

    views: dict[Any, _Value] = field(default_factory=dict)


class _Recorder(TorchDispatchMode):
    """Sees every operation. Tensors are known by their memory and their view of it, never by Python's identity."""

    def __init__(self, network: nn.Module, photos: Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls: list[Call] = []
        self._open: list[int] = []
        self._outputs: dict[int, list[_Value | None]] = {}
        self._values: list[_Value] = []
        self._memory: dict[int, _Memory] = {}
        self._done = 0
        self._through = 0
        self._parameters: dict[int, list[str]] = {}
        self._first_read: dict[str, int] = {}
        for name, parameter in network.named_parameters():
            self._parameters.setdefault(_storage(parameter), []).append(name)
        self._write(photos, made=-1, of_photo=True)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run the operation and note what it read and wrote."""
        kwargs = kwargs or {}
        taken = [one for one in tree_leaves((args, kwargs)) if isinstance(one, Tensor)]
        values = [value for tensor in taken for value in self._read(tensor)]
        given = func(*args, **kwargs)
        of_photo = any(value.of_photo for value in values)
        held = {_storage(tensor) for tensor in taken}
        for argument, schema in zip(args, func._schema.arguments, strict=False):
            if schema.alias_info is not None and schema.alias_info.is_write:
                self._overwrite(argument, of_photo)
        for name, argument in kwargs.items():
            schema = next((one for one in func._schema.arguments if one.name == name), None)
            if schema is not None and schema.alias_info is not None and schema.alias_info.is_write:
                self._overwrite(argument, of_photo)
        for tensor in tree_leaves(given):
            if isinstance(tensor, Tensor):
                if _storage(tensor) not in held:  # new memory, perhaps where another tensor has been
                    self._memory.pop(_storage(tensor), None)
                known = self._memory.setdefault(_storage(tensor), _Memory()).views.get(_view(tensor))
                # The same view of the same memory, taken again, can be had again without what took it first.
                if known is None or known not in values:
                    self._write(tensor, self._done, of_photo)
        self._done += 1
        return given

    def begin(self, path: str, taken: Any) -> None:
        """A layer is called."""
        self.calls.append(Call(path, self._open[-1] if self._open else -1, self._done, taken=taken))
        self._open.append(len(self.calls) - 1)

    def end(self, given: Any) -> None:
        """The layer that was called last is through."""
        number = self._open.pop()
        call = self.calls[number]
        tensors = [one for one in tree_leaves(given) if isinstance(one, Tensor)]
        self._outputs[number] = [self._known(tensor) for tensor in tensors]
        call.ended, call.order = self._done, self._through
        call.given = tree_map(_blank, given)
        call.sees_photo = any(value is not None and value.of_photo for value in self._outputs[number])
        self._through += 1

    def flow(self, output: Any) -> Flow:
        """What was seen, once the network is through."""
        for tensor in tree_leaves(output):
            if isinstance(tensor, Tensor):
                self._read(tensor)
        self._done += 1
        self._lose()
        alive = self._alive()
        for number, call in enumerate(self.calls):
            self._judge(call, self._outputs.get(number, []), alive)
        ends = sorted((call.ended, call.order) for call in self.calls if call.order >= 0)
        uses = {name: _through_at(place, ends) for name, place in self._first_read.items()}
        return Flow(tuple(self.calls), uses, output)

    # ------------------------------------------------------------------------------------------ values

    def _read(self, tensor: Tensor) -> list[_Value]:
        storage = _storage(tensor)
        for name in self._parameters.get(storage, ()):
            self._first_read.setdefault(name, self._done)
        memory = self._memory.get(storage)
        if memory is None:
            return []
        known = memory.views.get(_view(tensor))
        values = [known] if known is not None else [value for value in memory.views.values() if value.of_photo]
        for value in values:
            value.read = self._done
        return values

    def _known(self, tensor: Tensor) -> _Value | None:
        memory = self._memory.get(_storage(tensor))
        return memory.views.get(_view(tensor)) if memory is not None else None

    def _write(self, tensor: Tensor, made: int, of_photo: bool) -> None:
        value = _Value(made, of_photo, owner=self._open[-1] if self._open else -1)
        self._values.append(value)
        self._memory.setdefault(_storage(tensor), _Memory()).views[_view(tensor)] = value

    def _overwrite(self, argument: Any, of_photo: bool) -> None:
        """An operation wrote into a tensor: every view of the same memory holds something else now."""
        for tensor in tree_leaves(argument):
            if isinstance(tensor, Tensor):
                memory = self._memory.setdefault(_storage(tensor), _Memory())
                views = {view: value.of_photo for view, value in memory.views.items()} | {_view(tensor): False}
                for view, was_of_photo in views.items():
                    value = _Value(self._done, of_photo or was_of_photo, owner=self._open[-1] if self._open else -1)
                    self._values.append(value)
                    memory.views[view] = value

    def _lose(self) -> None:
        """What a skipped layer makes is not made again, even where it knows nothing of the photo."""
        for value in self._values:
            value.lost = value.made + 1
            if not value.of_photo:
                number = value.owner
                while number >= 0 and not self.calls[number].sees_photo:
                    number = self.calls[number].parent
                value.lost = self.calls[number].ended if number >= 0 else self._done + 1

    def _alive(self) -> list[int]:
        """For each number of operations done, how many values from before are needed after."""
        steps = [0] * (self._done + 3)
        for value in self._values:
            if value.lost <= value.read:
                steps[value.lost] += 1
                steps[value.read + 1] -= 1
        return list(accumulate(steps))

    def _judge(self, call: Call, values: list[_Value | None], alive: list[int]) -> None:
        """Whether the call is a waist, and which of its tensors are needed."""
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
    """Order of the first layer that was through after operation `place`."""
    return min((order for ended, order in ends if ended > place), default=len(ends))


def _blank(one: Any) -> Any:
    return Blank(tuple(one.shape), one.dtype) if isinstance(one, Tensor) else one


def _storage(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)


def _view(tensor: Tensor) -> Any:
    return tensor.storage_offset(), tuple(tensor.shape), tensor.stride(), tensor.dtype


@contextmanager
def _hooked(network: nn.Module, recorder: _Recorder) -> Iterator[None]:
    """Tells the recorder when each layer begins and ends."""

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
