"""Storages in torch's files: the numbers of tensors, read and checked on demand.

torch never verifies the checksums of a zip archive, so a file that a bad disk or an interrupted copy changed would
silently give other features; here they are verified when numbers are read.
"""

from __future__ import annotations

import math
import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from studio.engine.weight_files.contents import Stored
from studio.engine.weight_files.pickle_objects import Damaged, Named

CHECKED_AT_ONCE = 1 << 22
"""Bytes of a storage that are read at once to verify its checksum."""

MOST_SIDES = 64
"""Largest number of dimensions of a tensor, as in torch."""

STORAGES = {
    "FloatStorage": torch.float32,
    "DoubleStorage": torch.float64,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
    "ComplexFloatStorage": torch.complex64,
    "ComplexDoubleStorage": torch.complex128,
    "UntypedStorage": torch.uint8,
    "QInt8Storage": torch.int8,
    "QUInt8Storage": torch.uint8,
    "QInt32Storage": torch.int32,
}


@dataclass
class Storage:
    """A sequence of numbers in the file.

    Attributes:
        dtype: Of each.
        size: How many bytes there are.
        place: Where the first byte is in the file; in a file of the old form known only at the end.
        packed: Gives bytes of a packed one, from where and how many; None for one that lies in the file as it is.
        checksum: CRC-32 of one that is not packed; 0 where there is none, as torch writes on demand.
    """

    dtype: torch.dtype
    size: int
    place: int = -1
    packed: Callable[[int, int], bytearray] | None = None
    checksum: int = 0

    def check(self, opened: BinaryIO, data: bytearray) -> None:
        """Verify the checksum of the numbers once; `data` are those that were read already.

        Raises:
            Damaged: They are not what was written.
        """
        if not self.checksum:
            return
        if len(data) == self.size:
            found = zlib.crc32(data)
        else:
            opened.seek(self.place)
            found, left = 0, self.size
            while left:
                part = read_exactly(opened, min(left, CHECKED_AT_ONCE))
                found, left = zlib.crc32(part, found), left - len(part)
        if found != self.checksum:
            raise Damaged("its numbers have changed since it was written")
        self.checksum = 0


@dataclass(frozen=True)
class StorageView:
    """A storage of the old form that is a part of another one, from number `first` on."""

    of: Storage
    first: int


def signed(stored: Stored, rest: tuple[Any, ...]) -> Stored:
    """The tensor with its numbers negated or conjugated, if the file has this as a flag."""
    about = rest[-1] if rest and isinstance(rest[-1], dict) else {}
    negated, conjugated = bool(about.get("neg")), bool(about.get("conj"))
    if not negated and not conjugated:
        return stored

    def numbers() -> Tensor:
        tensor = stored.read()
        tensor = tensor.neg() if negated else tensor
        return tensor.conj().resolve_conj() if conjugated else tensor

    return replace(stored, read=numbers)


def stored_tensor(
    file: Path,
    storage: Any,
    first: int,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    of: torch.dtype | None = None,
) -> Stored:
    """A tensor whose number at (i, j, …) is number `first` + i·strides[0] + j·strides[1] + … of a storage."""
    shape, strides, (first,) = _lengths(shape), _lengths(strides), _lengths((first,))
    if isinstance(storage, StorageView):
        storage, first = storage.of, first + storage.first
    if not isinstance(storage, Storage) or len(shape) != len(strides) or first < 0:
        raise Damaged("a tensor has no place")
    dtype = of or storage.dtype
    count = 1 + sum((side - 1) * stride for side, stride in zip(shape, strides, strict=True)) if math.prod(shape) else 0

    def numbers() -> Tensor:
        begin, length = first * dtype.itemsize, count * dtype.itemsize
        if begin + length > storage.size or (storage.place < 0 and storage.packed is None):
            raise Damaged("a tensor reaches beyond its numbers")
        if not count:
            return torch.empty(shape, dtype=dtype)
        if storage.packed is not None:
            data = storage.packed(begin, length)
            if len(data) != length:
                raise Damaged("numbers are missing at its end")
        else:
            with file.open("rb") as opened:
                opened.seek(storage.place + begin)
                data = read_exactly(opened, length)
                storage.check(opened, data)
        return torch.frombuffer(data, dtype=dtype).as_strided(shape, strides)

    return Stored(shape, dtype, numbers)


def _lengths(values: Any) -> tuple[int, ...]:
    """Sides, strides or places of a tensor, as numbers that torch can take."""
    if not isinstance(values, list | tuple) or len(values) > MOST_SIDES:
        raise Damaged("a tensor has no shape")
    if not all(isinstance(value, int) and 0 <= value < 1 << 62 for value in values):
        raise Damaged("a tensor has an impossible shape or place")
    return tuple(values)


def read_exactly(opened: BinaryIO, length: int) -> bytearray:
    """The next `length` bytes of a file; raises where it has fewer."""
    if length > os.fstat(opened.fileno()).st_size:  # before the memory is allocated
        raise Damaged("numbers are missing at its end")
    data = bytearray(length)
    if opened.readinto(data) != length:  # type: ignore[attr-defined]
        raise Damaged("numbers are missing at its end")
    return data


def dtype_of(kind: Any) -> torch.dtype:
    """Type of the numbers in a storage, from its class in the file."""
    name = kind.origin.rsplit(".", 1)[-1] if isinstance(kind, Named) else ""
    if name not in STORAGES:
        raise Damaged(f"numbers of an unknown type ({name or kind})")
    return STORAGES[name]
