"""What each tensor holds, and from when to when that is needed: liveness, as compilers call it.

A tensor is a view of a piece of memory. Views share memory, operations write over it, and freed memory is given out
again; so what a tensor holds is known by its memory and its view of it, never by Python's identity. A `Value` is one
such content: made by one operation, read by later ones, alive in between.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from torch import Tensor
from torch.utils._pytree import tree_leaves

View = tuple[Any, ...]
"""Where in its memory a tensor's numbers lie, and of what type they are."""


@dataclass(eq=False)
class Value:
    """The content of a tensor.

    Attributes:
        made: Operation that made it; -1 for what was there before.
        of_photo: True where it was made of the photo.
        owner: Position of the call of a layer that it was made in; -1 outside of all.
        lost: First operation before which only a pass through the layer that made it brings it back.
        read: Last operation that read it; -1 for none.
    """

    made: int
    of_photo: bool
    owner: int
    lost: int = -1
    read: int = -1


class Contents:
    """What every piece of memory holds, as each view of it was last written.

    Attributes:
        values: All that ever were.
    """

    def __init__(self) -> None:
        self.values: list[Value] = []
        self._memory: dict[int, dict[View, Value]] = {}

    def known(self, tensor: Tensor) -> Value | None:
        """What a tensor holds; None where nothing is known of it."""
        return self._memory.get(storage(tensor), {}).get(_view(tensor))

    def read(self, tensor: Tensor, at: int) -> list[Value]:
        """Operation `at` reads a tensor. Of a view that was never written, all of the photo in its memory is read."""
        views = self._memory.get(storage(tensor), {})
        known = views.get(_view(tensor))
        values = [known] if known is not None else [value for value in views.values() if value.of_photo]
        for value in values:
            value.read = at
        return values

    def write(self, tensor: Tensor, at: int, of_photo: bool, owner: int) -> None:
        """Operation `at` gives a tensor."""
        self._put(storage(tensor), _view(tensor), Value(at, of_photo, owner))

    def overwrite(self, tensor: Tensor, at: int, of_photo: bool, owner: int) -> None:
        """Operation `at` wrote into a tensor: every view of the same memory holds something else now."""
        memory = storage(tensor)
        before = {view: value.of_photo for view, value in self._memory.get(memory, {}).items()}
        for view, was_of_photo in (before | {_view(tensor): False}).items():
            self._put(memory, view, Value(at, of_photo or was_of_photo, owner))

    def forget(self, tensor: Tensor) -> None:
        """The tensor's memory was given out anew, perhaps where another one has been."""
        self._memory.pop(storage(tensor), None)

    def alive(self, done: int) -> list[int]:
        """For each number of operations up to `done`, how many values from before are needed after."""
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
    """The tensors among its arguments that an operation writes into, as its schema says."""
    schema = func._schema.arguments
    named = {one.name: one for one in schema}
    given = [*zip(args, schema, strict=False), *((value, named.get(name)) for name, value in kwargs.items())]
    for argument, described in given:
        if described is not None and described.alias_info is not None and described.alias_info.is_write:
            yield from (tensor for tensor in tree_leaves(argument) if isinstance(tensor, Tensor))


def storage(tensor: Tensor) -> int:
    """The piece of memory that a tensor is a view of."""
    return int(tensor.untyped_storage()._cdata)


def _view(tensor: Tensor) -> View:
    return tensor.storage_offset(), tuple(tensor.shape), tensor.stride(), tensor.dtype
