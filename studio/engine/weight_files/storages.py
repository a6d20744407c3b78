"""Storages in torch's files: the data of tensors, read and verified on demand.

torch does not verify the checksums of a zip archive, so that a file changed by a faulty disk or an interrupted copy
would silently produce other features; here they are verified when data is read.
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

from studio.engine.weight_files.contents import StoredTensor
from studio.engine.weight_files.pickle_objects import DamagedFileError, GlobalReference

CHECKSUM_CHUNK = 1 << 22
"""Bytes of a storage that are read at a time to verify its checksum."""

MAX_DIMENSIONS = 64
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
    """A sequence of numbers in a file.

    Attributes:
        dtype: Type of the numbers.
        size: Number of bytes.
        offset: Position of the first byte in the file; -1 while unknown, or if the storage is compressed.
        decompress: Reads bytes of a compressed storage, from a position and of a length; None if it is not compressed.
        checksum: CRC-32 of an uncompressed storage; 0 if the file has none or it has been verified.
    """

    dtype: torch.dtype
    size: int
    offset: int = -1
    decompress: Callable[[int, int], bytearray] | None = None
    checksum: int = 0

    def check(self, opened: BinaryIO, data: bytearray) -> None:
        """Verify the checksum, unless it was verified before.

        Args:
            opened: File of the storage.
            data: Bytes that were already read; verified directly if they are the whole storage.

        Raises:
            DamagedFileError: The checksum is wrong.
        """
        if not self.checksum:
            return
        if len(data) == self.size:
            checksum = zlib.crc32(data)
        else:
            opened.seek(self.offset)
            checksum, remaining = 0, self.size
            while remaining:
                part = read_exactly(opened, min(remaining, CHECKSUM_CHUNK))
                checksum, remaining = zlib.crc32(part, checksum), remaining - len(part)
        if checksum != self.checksum:
            raise DamagedFileError("its data has changed since it was written")
        self.checksum = 0


@dataclass(frozen=True)
class StorageView:
    """A storage of the legacy format that is a part of another one, starting at number `first`."""

    of: Storage
    first: int


def apply_flags(stored: StoredTensor, rest: tuple[Any, ...]) -> StoredTensor:
    """Return the tensor with its values negated or conjugated, if the file has flags for that."""
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
) -> StoredTensor:
    """Return a tensor whose value at (i, j, …) is element `first` + i·strides[0] + j·strides[1] + … of a storage."""
    shape, strides, (first,) = _check_lengths(shape), _check_lengths(strides), _check_lengths((first,))
    if isinstance(storage, StorageView):
        storage, first = storage.of, first + storage.first
    if not isinstance(storage, Storage) or len(shape) != len(strides) or first < 0:
        raise DamagedFileError("a tensor has no storage")
    dtype = of or storage.dtype
    count = 1 + sum((side - 1) * stride for side, stride in zip(shape, strides, strict=True)) if math.prod(shape) else 0

    def numbers() -> Tensor:
        begin, length = first * dtype.itemsize, count * dtype.itemsize
        if begin + length > storage.size or (storage.offset < 0 and storage.decompress is None):
            raise DamagedFileError("a tensor extends beyond its data")
        if not count:
            return torch.empty(shape, dtype=dtype)
        if storage.decompress is not None:
            data = storage.decompress(begin, length)
            if len(data) != length:
                raise DamagedFileError("data is missing at its end")
        else:
            with file.open("rb") as opened:
                opened.seek(storage.offset + begin)
                data = read_exactly(opened, length)
                storage.check(opened, data)
        return torch.frombuffer(data, dtype=dtype).as_strided(shape, strides)

    return StoredTensor(shape, dtype, numbers)


def _check_lengths(values: Any) -> tuple[int, ...]:
    """Check that shape, strides or offset of a tensor are valid for torch."""
    if not isinstance(values, list | tuple) or len(values) > MAX_DIMENSIONS:
        raise DamagedFileError("a tensor has no shape")
    if not all(isinstance(value, int) and 0 <= value < 1 << 62 for value in values):
        raise DamagedFileError("a tensor has an invalid shape or offset")
    return tuple(values)


def read_exactly(opened: BinaryIO, length: int) -> bytearray:
    """Read the next `length` bytes of a file.

    Raises:
        DamagedFileError: The file has fewer.
    """
    if length > os.fstat(opened.fileno()).st_size:  # checked before the memory is allocated
        raise DamagedFileError("data is missing at its end")
    data = bytearray(length)
    if opened.readinto(data) != length:  # type: ignore[attr-defined]
        raise DamagedFileError("data is missing at its end")
    return data


def dtype_of(kind: Any) -> torch.dtype:
    """Return the type of the numbers in a storage, from its class in the file."""
    name = kind.origin.rsplit(".", 1)[-1] if isinstance(kind, GlobalReference) else ""
    if name not in STORAGES:
        raise DamagedFileError(f"data of an unknown type ({name or kind})")
    return STORAGES[name]
