"""Reads what torch.save writes, in its two forms: a zip archive, and pickles one behind the other.

A zip archive holds a checksum of each storage. torch itself never looks at them, so that a file that a bad disk or an
interrupted copy changed gives other features without a word; here they are checked where numbers are used.
"""

from __future__ import annotations

import io
import math
import os
import sys
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, BinaryIO

import torch
from torch import Tensor

from studio.engine.weight_files import contents, pickles
from studio.engine.weight_files.contents import Contents, Stored
from studio.engine.weight_files.pickles import Damaged, Inert, Named, TooLarge

LARGEST_PICKLE = 1 << 29
"""Bytes of the pickle in a zip file, unpacked."""

LARGEST_PACKED = 1 << 32
"""Bytes of a storage that somebody packed; torch itself packs nothing."""

CHECKED_AT_ONCE = 1 << 22
"""Bytes of a storage that are held against its checksum at once."""

MOST_SIDES = 64
"""Dimensions of a tensor, as torch has it."""

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C

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
TYPES = {f"torch.{name}": kind for name, kind in vars(torch).items() if isinstance(kind, torch.dtype)}


@dataclass
class _Storage:
    """Numbers in a row in the file.

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
        """Hold the numbers against their checksum, once; `data` are those that were read already.

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
                part = _exactly(opened, min(left, CHECKED_AT_ONCE))
                found, left = zlib.crc32(part, found), left - len(part)
        if found != self.checksum:
            raise Damaged("its numbers have changed since it was written")
        self.checksum = 0


@dataclass(frozen=True)
class _View:
    """A storage of the old form that is a part of another one: from its number `first` on."""

    of: _Storage
    first: int


def zipped(file: Path) -> Contents:
    """A file of torch 1.6 or newer: a zip archive with one pickle and one member a storage."""
    with zipfile.ZipFile(file) as archive, file.open("rb") as opened:
        members = {info.filename: info for info in archive.infolist()}
        pickle = next(name for name in members if name == "data.pkl" or name.endswith("/data.pkl"))
        root = pickle.removesuffix("data.pkl")
        order = members.get(f"{root}byteorder")
        if order is not None and _member(archive, order).decode() != sys.byteorder:
            raise Damaged("its numbers are in the byte order of another kind of computer")
        storages: dict[str, _Storage] = {}

        def storage(identity: Any) -> _Storage:
            key, dtype = str(identity[2]), _dtype(identity[1])
            if key not in storages:
                info = members[f"{root}data/{key}"]
                if info.flag_bits & 1:
                    raise Damaged("its numbers are encrypted")
                if info.compress_type == zipfile.ZIP_STORED:
                    opened.seek(info.header_offset + 26)
                    lengths = opened.read(4)
                    skip = 30 + int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
                    place = info.header_offset + skip
                    storages[key] = _Storage(dtype, info.file_size, place, checksum=info.CRC)
                elif info.file_size > LARGEST_PACKED:
                    raise Damaged(f"its numbers unpack to {info.file_size:,} bytes")
                else:
                    storages[key] = _Storage(dtype, info.file_size, packed=_unpacker(file, info))
            return storages[key] if storages[key].dtype == dtype else replace(storages[key], dtype=dtype)

        if members[pickle].file_size > LARGEST_PICKLE:
            raise TooLarge(f"{members[pickle].file_size:,} bytes")
        return contents.of(pickles.load(io.BytesIO(_member(archive, members[pickle])), _rebuilders(file), storage))


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with _opened(archive, info) as stream:
        return stream.read()


def _opened(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    stream = archive.open(info)
    if not info.CRC:  # torch leaves checksums out on demand (`set_crc32_options`) and writes 0
        stream._expected_crc = None  # type: ignore[attr-defined]  # the library has no way to say so
    return stream


def _unpacker(file: Path, info: zipfile.ZipInfo) -> Callable[[int, int], bytearray]:
    def unpack(begin: int, length: int) -> bytearray:
        try:
            with zipfile.ZipFile(file) as archive, _opened(archive, info) as stream:
                stream.seek(begin)  # unpacks what lies before in small pieces
                return bytearray(stream.read(length))  # the checksum is compared where this is the end
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise Damaged("its numbers have changed since it was written") from error

    return unpack


def legacy(file: Path) -> Contents:
    """A file of torch before 1.6: pickles one behind the other, then the numbers."""
    storages: dict[str, _Storage] = {}

    def storage(identity: Any) -> Any:
        if _text(identity[0]) == "module":
            return identity[1]
        _, kind, key, _, count, *views = identity
        found = storages.setdefault(_text(key), _Storage(_dtype(kind), int(count) * _dtype(kind).itemsize))
        return _View(found, int(views[0][1])) if views and views[0] is not None else found

    with file.open("rb") as opened:
        first = pickles.load(opened, {}, storage)
        if first != LEGACY_MAGIC:
            # Written by `pickle` itself: torch pickles tensors into bytes that are a file again.
            form = "pickled without torch.save" if isinstance(first, dict | Inert | list) else ""
            found = contents.of(first)
            return replace(found, form=found.form or form)
        pickles.load(opened, {}, storage)  # version
        about = pickles.load(opened, {}, storage)
        if isinstance(about, dict) and about.get("little_endian") is not (sys.byteorder == "little"):
            raise Damaged("its numbers are in the byte order of another kind of computer")
        value = pickles.load(opened, _rebuilders(file), storage)
        size = file.stat().st_size
        for key in pickles.load(opened, {}, storage):
            count = int.from_bytes(_exactly(opened, 8), "little")
            known = storages[_text(key)]
            known.place = opened.tell()
            if count * known.dtype.itemsize != known.size:
                raise Damaged("a storage has another size than the file says")
            if known.place + known.size > size:
                raise Damaged("numbers are missing at its end")
            opened.seek(known.size, 1)
    if any(known.place < 0 for known in storages.values()):
        raise Damaged("a storage is missing")
    return contents.of(value)


def _rebuilders(file: Path) -> pickles.Calls:
    """What torch's files call to make tensors; everything else in them stays inert."""

    def tensor(storage: Any, first: int, shape: tuple[int, ...], strides: tuple[int, ...], *rest: Any) -> Stored:
        return _signed(_stored(file, storage, first, shape, strides), rest)

    def typed(
        storage: Any,
        first: int,
        shape: tuple[int, ...],
        strides: tuple[int, ...],
        _1: Any,
        _2: Any,
        dtype: Any,
        *rest: Any,
    ) -> Stored:
        of = TYPES.get(dtype.origin) if isinstance(dtype, Named) else None
        if of is None:
            raise Damaged("a tensor is of an unknown type")
        return _signed(_stored(file, storage, first, shape, strides, of), rest)

    def of_type(function: Any, _: Any, args: Any, *_state: Any) -> Any:
        made = calls.get(function.origin)
        return made(*args) if made is not None else Inert(function.origin, tuple(args))

    calls: dict[str, Callable[..., Any]] = {
        "torch._utils._rebuild_tensor": tensor,
        "torch._utils._rebuild_tensor_v2": tensor,
        "torch._utils._rebuild_tensor_v3": typed,
        "torch._utils._rebuild_parameter": lambda data, *_: data,
        "torch._utils._rebuild_parameter_with_state": lambda data, *_: data,
        "torch._tensor._rebuild_from_type_v2": of_type,
        "torch.Size": lambda *args: tuple(args[0]) if args else (),
    }
    return calls


def _signed(stored: Stored, rest: tuple[Any, ...]) -> Stored:
    """The tensor with its numbers negated or conjugated where the file says so instead of holding them that way."""
    about = rest[-1] if rest and isinstance(rest[-1], dict) else {}
    negated, conjugated = bool(about.get("neg")), bool(about.get("conj"))
    if not negated and not conjugated:
        return stored

    def numbers() -> Tensor:
        tensor = stored.read()
        tensor = tensor.neg() if negated else tensor
        return tensor.conj().resolve_conj() if conjugated else tensor

    return replace(stored, read=numbers)


def _stored(
    file: Path,
    storage: Any,
    first: int,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    of: torch.dtype | None = None,
) -> Stored:
    """A tensor whose number at (i, j, …) is number `first` + i·strides[0] + j·strides[1] + … of a storage."""
    shape, strides, (first,) = _lengths(shape), _lengths(strides), _lengths((first,))
    if isinstance(storage, _View):
        storage, first = storage.of, first + storage.first
    if not isinstance(storage, _Storage) or len(shape) != len(strides) or first < 0:
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
                data = _exactly(opened, length)
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


def _exactly(opened: BinaryIO, length: int) -> bytearray:
    if length > os.fstat(opened.fileno()).st_size:  # before so much memory is taken
        raise Damaged("numbers are missing at its end")
    data = bytearray(length)
    if opened.readinto(data) != length:  # type: ignore[attr-defined]
        raise Damaged("numbers are missing at its end")
    return data


def _dtype(kind: Any) -> torch.dtype:
    name = kind.origin.rsplit(".", 1)[-1] if isinstance(kind, Named) else ""
    if name not in STORAGES:
        raise Damaged(f"numbers of an unknown type ({name or kind})")
    return STORAGES[name]


def _text(value: Any) -> str:
    return value.decode("ascii") if isinstance(value, bytes) else str(value)
