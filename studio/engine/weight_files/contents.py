"""Content of a weights file: its tensors by name, and a description of other content."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from studio.engine.weight_files import pickles
from studio.engine.weight_files.pickle_objects import FileTooLargeError, InertObject

MAX_DEPTH = 12
"""Number of levels of nested containers that are searched for tensors."""

UNSUPPORTED_TENSORS = {
    "_rebuild_qtensor": "quantized",
    "_rebuild_sparse_tensor": "sparse",
    "_rebuild_meta_tensor_no_storage": "without values (on the meta device)",
    "_rebuild_wrapper_subclass": "of a custom tensor class",
    "_rebuild_device_tensor_from_numpy": "of another device",
    "_rebuild_device_tensor_from_cpu_tensor": "of another device",
    "_reconstruct": "NumPy arrays",
}
"""Unsupported kinds of tensors, by the function that rebuilds them in torch."""


@dataclass(frozen=True)
class StoredTensor:
    """A tensor in a file.

    Attributes:
        shape: Shape of the tensor.
        dtype: Type in the file.
        read: Reads the values.
    """

    shape: tuple[int, ...]
    dtype: torch.dtype
    read: Callable[[], Tensor]


@dataclass(frozen=True)
class Contents:
    """Content of a weights file.

    Attributes:
        tensors: Tensors by name; names of containers are prefixes, separated by dots.
        pickled_network: Class of a whole network in the file; "" if there is none.
        unsupported: Kind of the tensors that cannot be read; "" if there are none.
        description: Description of a file without named tensors.
    """

    tensors: dict[str, StoredTensor]
    pickled_network: str = ""
    unsupported: str = ""
    description: str = ""


def from_object(value: Any) -> Contents:
    """Collect the tensors in nested containers, by their paths joined with dots."""
    tensors: dict[str, StoredTensor] = {}
    pickled_network = unsupported = ""
    unnamed = 0
    for path, item in _Walk().through(value, (), MAX_DEPTH):
        if isinstance(item, StoredTensor):
            if path and all(isinstance(key, str) for key in path):
                tensors[".".join(path)] = item
            else:
                unnamed += 1
        elif isinstance(item, InertObject):
            state = item.children()
            if "_parameters" in state and "_modules" in state:
                pickled_network = pickled_network or item.origin
            else:
                unsupported = unsupported or UNSUPPORTED_TENSORS.get(item.origin.rsplit(".", 1)[-1], "")
    return Contents(tensors, pickled_network, unsupported, _describe(value, unnamed))


def _describe(value: Any, unnamed: int) -> str:
    """Describe a file without named tensors."""
    if isinstance(value, StoredTensor):
        return f"a single tensor of shape {value.shape}"
    if unnamed:
        return f"tensors ({unnamed}) in a list or under numbers, without the names of their layers"
    if isinstance(value, dict):
        return "a dict without a tensor" if value else "an empty dict"
    if isinstance(value, list | tuple):
        return f"a list of {len(value):,} items without a tensor"
    return f"an object ({value.origin if isinstance(value, InertObject) else type(value).__name__}) without a tensor"


class _Walk:
    """Search of a file for tensors, limited because a small file can have containers with countless paths."""

    def __init__(self) -> None:
        self._budget = pickles.MAX_OPERATIONS

    def through(self, value: Any, path: tuple[Any, ...], levels: int) -> Iterator[tuple[tuple[Any, ...], Any]]:
        """Yield tensors and inert objects with their paths; a pickled network is not searched."""
        if isinstance(value, StoredTensor | InertObject):
            yield path, value
        if not levels or not isinstance(value, dict | list | tuple | InertObject):
            return
        inner = value.children() if isinstance(value, InertObject) else value
        if isinstance(value, InertObject) and "_parameters" in inner:
            return
        self._budget -= len(inner)
        if self._budget < 0:
            raise FileTooLargeError("containers that contain each other too many times")
        for key, one in inner.items() if isinstance(inner, dict) else enumerate(inner):
            if isinstance(one, StoredTensor | InertObject | dict | list | tuple):
                yield from self.through(one, (*path, key), levels - 1)
