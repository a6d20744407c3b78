"""Content of a weights file: its tensors by name, and a description of everything else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from studio.engine.weight_files import pickles
from studio.engine.weight_files.pickle_objects import Inert, TooLarge

DEEPEST = 12
"""Levels of nested containers that are searched for tensors."""

OWN_FORMS = {
    "_rebuild_qtensor": "quantized",
    "_rebuild_sparse_tensor": "sparse",
    "_rebuild_meta_tensor_no_storage": "without numbers (on the meta device)",
    "_rebuild_wrapper_subclass": "of a tensor class of their own",
    "_rebuild_device_tensor_from_numpy": "of another device",
    "_rebuild_device_tensor_from_cpu_tensor": "of another device",
    "_reconstruct": "NumPy arrays",
}
"""Unsupported kinds of tensors, by the function that would rebuild them."""


@dataclass(frozen=True)
class Stored:
    """A tensor in a file.

    Attributes:
        shape: Shape of the tensor.
        dtype: Type in the file.
        read: Reads the numbers.
    """

    shape: tuple[int, ...]
    dtype: torch.dtype
    read: Callable[[], Tensor]


@dataclass(frozen=True)
class Contents:
    """Content of a weights file.

    Attributes:
        tensors: By name; names of containers are prefixes, separated by dots.
        whole: Class of a whole network that was pickled into the file; "" where there is none.
        form: Kind of the tensors that cannot be read; "" where there are none.
        object: Description of the content.
    """

    tensors: dict[str, Stored]
    whole: str = ""
    form: str = ""
    object: str = ""


def of(value: Any) -> Contents:
    """The tensors in nested containers, by their paths joined with dots."""
    tensors: dict[str, Stored] = {}
    whole = form = ""
    unnamed = 0
    for path, found in _Walk().through(value, (), DEEPEST):
        if isinstance(found, Stored):
            if path and all(isinstance(key, str) for key in path):
                tensors[".".join(path)] = found
            else:
                unnamed += 1
        elif isinstance(found, Inert):
            state = found.children()
            if "_parameters" in state and "_modules" in state:
                whole = whole or found.origin
            else:
                form = form or OWN_FORMS.get(found.origin.rsplit(".", 1)[-1], "")
    return Contents(tensors, whole, form, _object(value, unnamed))


def _object(value: Any, unnamed: int) -> str:
    """Description of a file without named tensors."""
    if isinstance(value, Stored):
        return f"a single tensor of shape {value.shape}"
    if unnamed:
        return f"tensors ({unnamed}) in a list or under numbers, without the names of their layers"
    if isinstance(value, dict):
        return "a dict without a tensor" if value else "an empty dict"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)} items without a tensor"
    return f"an object ({value.origin if isinstance(value, Inert) else type(value).__name__}) without a tensor"


class _Walk:
    """One search through all of a file.

    Containers may contain each other many times over, so that a small file has more paths than can be followed.
    """

    def __init__(self) -> None:
        self._left = pickles.MOST

    def through(self, value: Any, path: tuple[Any, ...], levels: int) -> Iterator[tuple[tuple[Any, ...], Any]]:
        """Tensors and inert objects with their paths; a whole network is not searched."""
        if isinstance(value, Stored | Inert):
            yield path, value
        if not levels or not isinstance(value, dict | list | tuple | Inert):
            return
        inner = value.children() if isinstance(value, Inert) else value
        if isinstance(value, Inert) and "_parameters" in inner:
            return
        self._left -= len(inner)
        if self._left < 0:
            raise TooLarge("containers that hold each other too many times")
        for key, one in inner.items() if isinstance(inner, dict) else enumerate(inner):
            if isinstance(one, Stored | Inert | dict | list | tuple):
                yield from self.through(one, (*path, key), levels - 1)
