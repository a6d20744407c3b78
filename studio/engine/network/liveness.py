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
        written_at: Operation that wrote it; -1 for content that existed before.
        depends_on_photo: True if it depends on the photo.
        owner: Index of the call of the layer that wrote it; -1 outside of all layers.
        lost_at: Smallest number of operations after which a cut loses it; set at the end of the pass.
        last_read: Last operation that read it; -1 for none.
    """

    written_at: int
    depends_on_photo: bool
    owner: int
    lost_at: int = -1
    last_read: int = -1


class Contents:
    """Current content of each view of each piece of memory.

    Attributes:
        values: All values so far, including overwritten ones.
    """

    def __init__(self) -> None:
        self.values: list[Value] = []
        self._memory: dict[int, dict[View, Value]] = {}

    def content(self, tensor: Tensor) -> Value | None:
        """Return the content of a tensor; None if it is unknown."""
        return self._memory.get(storage(tensor), {}).get(_view(tensor))

    def read(self, tensor: Tensor, at: int) -> list[Value]:
        """Record that operation `at` reads a tensor; return the values it reads.

        For a view that was never written, these are all values in its memory that depend on the photo.
        """
        views = self._memory.get(storage(tensor), {})
        own = views.get(_view(tensor))
        values = [own] if own is not None else [value for value in views.values() if value.depends_on_photo]
        for value in values:
            value.last_read = at
        return values

    def write(self, tensor: Tensor, at: int, depends_on_photo: bool, owner: int) -> None:
        """Record that operation `at` returns a tensor."""
        self._put(storage(tensor), _view(tensor), Value(at, depends_on_photo, owner))

    def overwrite(self, tensor: Tensor, at: int, depends_on_photo: bool, owner: int) -> None:
        """Record that operation `at` wrote into a tensor, which changes every view of its memory."""
        memory = storage(tensor)
        before = {view: value.depends_on_photo for view, value in self._memory.get(memory, {}).items()}
        for view, had_depended in (before | {_view(tensor): False}).items():
            self._put(memory, view, Value(at, depends_on_photo or had_depended, owner))

    def forget(self, tensor: Tensor) -> None:
        """Forget the contents of a tensor's memory, because it was newly allocated."""
        self._memory.pop(storage(tensor), None)

    def alive(self, operations: int) -> list[int]:
        """Return, for each number of operations up to `operations`, how many earlier values later ones read."""
        steps = [0] * (operations + 3)
        for value in self.values:
            if value.lost_at <= value.last_read:
                steps[value.lost_at] += 1
                steps[value.last_read + 1] -= 1
        return list(accumulate(steps))

    def _put(self, memory: int, view: View, value: Value) -> None:
        self.values.append(value)
        self._memory.setdefault(memory, {})[view] = value


def written_arguments(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Iterator[Tensor]:
    """Yield the tensors that an operation writes into, according to its schema."""
    schema = func._schema.arguments
    by_name = {one.name: one for one in schema}
    arguments = [*zip(args, schema, strict=False), *((value, by_name.get(name)) for name, value in kwargs.items())]
    for argument, declared in arguments:
        if declared is not None and declared.alias_info is not None and declared.alias_info.is_write:
            yield from (tensor for tensor in tree_leaves(argument) if isinstance(tensor, Tensor))


def storage(tensor: Tensor) -> int:
    """Return an identifier of the memory that a tensor is a view of."""
    return int(tensor.untyped_storage()._cdata)


def _view(tensor: Tensor) -> View:
    return tensor.storage_offset(), tuple(tensor.shape), tensor.stride(), tensor.dtype
