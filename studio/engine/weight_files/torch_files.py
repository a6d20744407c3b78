"""Reader of files written by torch.save, in both formats: a zip archive, and a sequence of pickles."""

from __future__ import annotations

import io
import sys
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import torch

from studio.engine.weight_files import contents, pickles
from studio.engine.weight_files.contents import Contents, StoredTensor
from studio.engine.weight_files.pickle_objects import (
    Calls,
    DamagedFileError,
    FileTooLargeError,
    GlobalReference,
    InertObject,
)
from studio.engine.weight_files.storages import Storage, StorageView, apply_flags, dtype_of, read_exactly, stored_tensor

MAX_PICKLE_BYTES = 1 << 29
"""Largest size of the pickle in a zip file in bytes, uncompressed."""

MAX_DECOMPRESSED_BYTES = 1 << 32
"""Largest size of a compressed storage in bytes; torch itself compresses nothing."""


LEGACY_MAGIC = 0x1950A86A20F9469CFC6C

TYPES = {f"torch.{name}": kind for name, kind in vars(torch).items() if isinstance(kind, torch.dtype)}


def read_zip(file: Path) -> Contents:
    """Read a file of torch 1.6 or later: a zip archive with a pickle and one member per storage."""
    with zipfile.ZipFile(file) as archive, file.open("rb") as opened:
        members = {info.filename: info for info in archive.infolist()}
        pickle = next(name for name in members if name == "data.pkl" or name.endswith("/data.pkl"))
        root = pickle.removesuffix("data.pkl")
        order = members.get(f"{root}byteorder")
        if order is not None and _member(archive, order).decode() != sys.byteorder:
            raise DamagedFileError("its data has the byte order of another kind of computer")
        storages: dict[str, Storage] = {}

        def storage(identity: Any) -> Storage:
            key, dtype = str(identity[2]), dtype_of(identity[1])
            if key not in storages:
                info = members[f"{root}data/{key}"]
                if info.flag_bits & 1:
                    raise DamagedFileError("its data is encrypted")
                if info.compress_type == zipfile.ZIP_STORED:
                    opened.seek(info.header_offset + 26)
                    lengths = opened.read(4)
                    skip = 30 + int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
                    offset = info.header_offset + skip
                    storages[key] = Storage(dtype, info.file_size, offset, checksum=info.CRC)
                elif info.file_size > MAX_DECOMPRESSED_BYTES:
                    raise DamagedFileError(f"its decompressed data would have {info.file_size:,} bytes")
                else:
                    storages[key] = Storage(dtype, info.file_size, decompress=_unpacker(file, info))
            return storages[key] if storages[key].dtype == dtype else replace(storages[key], dtype=dtype)

        if members[pickle].file_size > MAX_PICKLE_BYTES:
            raise FileTooLargeError(f"{members[pickle].file_size:,} bytes")
        return contents.from_object(
            pickles.load(io.BytesIO(_member(archive, members[pickle])), _rebuilders(file), storage)
        )


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with _open(archive, info) as stream:
        return stream.read()


def _open(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    stream = archive.open(info)
    if not info.CRC:  # torch can omit checksums (`set_crc32_options`) and then writes 0
        stream._expected_crc = None  # type: ignore[attr-defined]  # `zipfile` has no public option for this
    return stream


def _unpacker(file: Path, info: zipfile.ZipInfo) -> Callable[[int, int], bytearray]:
    def unpack(begin: int, length: int) -> bytearray:
        try:
            with zipfile.ZipFile(file) as archive, _open(archive, info) as stream:
                stream.seek(begin)  # decompresses the preceding bytes in small pieces
                return bytearray(stream.read(length))  # `zipfile` verifies the checksum if this reaches the end
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise DamagedFileError("its data has changed since it was written") from error

    return unpack


def read_legacy(file: Path) -> Contents:
    """Read a file of torch before 1.6: a sequence of pickles, then the data of the tensors."""
    storages: dict[str, Storage] = {}

    def storage(identity: Any) -> Any:
        if _text(identity[0]) == "module":
            return identity[1]
        _, kind, key, _, count, *views = identity
        entry = storages.setdefault(_text(key), Storage(dtype_of(kind), int(count) * dtype_of(kind).itemsize))
        return StorageView(entry, int(views[0][1])) if views and views[0] is not None else entry

    with file.open("rb") as opened:
        first = pickles.load(opened, {}, storage)
        if first != LEGACY_MAGIC:
            # Written by `pickle` instead of torch.save: each tensor is then pickled as the bytes of a file of its own.
            unsupported = "pickled without torch.save" if isinstance(first, dict | InertObject | list) else ""
            content = contents.from_object(first)
            return replace(content, unsupported=content.unsupported or unsupported)
        pickles.load(opened, {}, storage)  # version
        about = pickles.load(opened, {}, storage)
        if isinstance(about, dict) and about.get("little_endian") is not (sys.byteorder == "little"):
            raise DamagedFileError("its data has the byte order of another kind of computer")
        value = pickles.load(opened, _rebuilders(file), storage)
        size = file.stat().st_size
        for key in pickles.load(opened, {}, storage):
            count = int.from_bytes(read_exactly(opened, 8), "little")
            entry = storages[_text(key)]
            entry.offset = opened.tell()
            if count * entry.dtype.itemsize != entry.size:
                raise DamagedFileError("a storage does not have the size stated in the file")
            if entry.offset + entry.size > size:
                raise DamagedFileError("data is missing at its end")
            opened.seek(entry.size, 1)
    if any(entry.offset < 0 for entry in storages.values()):
        raise DamagedFileError("a storage is missing")
    return contents.from_object(value)


def _rebuilders(file: Path) -> Calls:
    """Return the functions that torch's files call to build tensors; all other calls become inert objects."""

    def tensor(storage: Any, first: int, shape: tuple[int, ...], strides: tuple[int, ...], *rest: Any) -> StoredTensor:
        return apply_flags(stored_tensor(file, storage, first, shape, strides), rest)

    def typed(
        storage: Any,
        first: int,
        shape: tuple[int, ...],
        strides: tuple[int, ...],
        _1: Any,
        _2: Any,
        dtype: Any,
        *rest: Any,
    ) -> StoredTensor:
        of = TYPES.get(dtype.origin) if isinstance(dtype, GlobalReference) else None
        if of is None:
            raise DamagedFileError("a tensor is of an unknown type")
        return apply_flags(stored_tensor(file, storage, first, shape, strides, of), rest)

    def rebuild_from_type(function: Any, _: Any, args: Any, *_state: Any) -> Any:
        rebuild = calls.get(function.origin)
        return rebuild(*args) if rebuild is not None else InertObject(function.origin, tuple(args))

    calls: dict[str, Callable[..., Any]] = {
        "torch._utils._rebuild_tensor": tensor,
        "torch._utils._rebuild_tensor_v2": tensor,
        "torch._utils._rebuild_tensor_v3": typed,
        "torch._utils._rebuild_parameter": lambda data, *_: data,
        "torch._utils._rebuild_parameter_with_state": lambda data, *_: data,
        "torch._tensor._rebuild_from_type_v2": rebuild_from_type,
        "torch.Size": lambda *args: tuple(args[0]) if args else (),
    }
    return calls


def _text(value: Any) -> str:
    return value.decode("ascii") if isinstance(value, bytes) else str(value)
