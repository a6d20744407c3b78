"""Liveness analysis: the content of each tensor, and the operations between which it is needed.

A tensor is a view of a piece of memory. Views share memory, operations overwrite it, and freed memory is reused; so the
content of a tensor is identified by its memory and its view of it, not by Python's identity. A `Value` is one such
content: written by one operation, read by later ones, alive in between.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from torch import Tensor
from torch.utils._pytree import tree_leaves

View = tuple[Any, ...]
"""Position of a tensor's numbers in its memory, and their type."""


@dataclass(eq=False)
class Value:
    """The content of a tensor.

    Attributes:
        made: Operation that wrote it; -1 for content that existed before.
        of_photo: True where it depends on the photo.
        owner: Position of the call of the layer that wrote it; -1 outside of all layers.
        lost: First operation before which only running its layer restores it.
        read: Last operation that read it; -1 for none.
    """

    made: int
    of_photo: bool
    owner: int
    lost: int = -1
    read: int = -1


class Contents:
    """Contents of all memory, as each view of it was last written.

    Attributes:
        values: All values so far.
    """

    def __init__(self) -> None:
        self.values: list[Value] = []
        self._memory: dict[int, dict[View, Value]] = {}

    def known(self, tensor: Tensor) -> Value | None:
        """Content of a tensor; None where it is unknown."""
        return self._memory.get(storage(tensor), {}).get(_view(tensor))

    def read(self, tensor: Tensor, at: int) -> list[Value]:
        """Record that operation `at` reads a tensor; of a view never written, all of the photo in its memory."""
        views = self._memory.get(storage(tensor), {})
        known = views.get(_view(tensor))
        values = [known] if known is not None else [value for value in views.values() if value.of_photo]
        for value in values:
            value.read = at
        return values

    def write(self, tensor: Tensor, at: int, of_photo: bool, owner: int) -> None:
        """Record that operation `at` returns a tensor."""
        self._put(storage(tensor), _view(tensor), Value(at, of_photo, owner))

    def overwrite(self, tensor: Tensor, at: int, of_photo: bool, owner: int) -> None:
        """Record that operation `at` wrote into a tensor: the content of every view of its memory changed."""
        memory = storage(tensor)
        before = {view: value.of_photo for view, value in self._memory.get(memory, {}).items()}
        for view, was_of_photo in (before | {_view(tensor): False}).items():
            self._put(memory, view, Value(at, of_photo or was_of_photo, owner))

    def forget(self, tensor: Tensor) -> None:
        """Drop a tensor's memory: it was allocated anew, perhaps where another tensor was."""
        self._memory.pop(storage(tensor), None)

    def alive(self, done: int) -> list[int]:
        """For each number of operations up to `done`, the number of values from before that are needed after."""
        steps = [0] * (done + 3)
        for value in self.values:
            if value.lost <= value.read:
                steps[value.lost] += 1
                steps[value.read + 1] -= 1
        return list(accumulate(steps))

    def _put(self, memory: int, view: View, value: Value) -> None:
        self.values.append(value)
        self._memory.setdefault(memory, {})[view] = value


def written(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Iterator[Tensor]:
    """The arguments that an operation writes into, according to its schema."""
    schema = func._schema.arguments
    named = {one.name: one for one in schema}
    given = [*zip(args, schema, strict=False), *((value, named.get(name)) for name, value in kwargs.items())]
    for argument, described in given:
        if described is not None and described.alias_info is not None and described.alias_info.is_write:
            yield from (tensor for tensor in tree_leaves(argument) if isinstance(tensor, Tensor))


def storage(tensor: Tensor) -> int:
    """The piece of memory of a tensor."""
    return int(tensor.untyped_storage()._cdata)


def _view(tensor: Tensor) -> View:
    return tensor.storage_offset(), tuple(tensor.shape), tensor.stride(), tensor.dtype
