"""Reader of files written by torch.save, in both forms: a zip archive, and a sequence of pickles."""

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
from studio.engine.weight_files.contents import Contents, Stored
from studio.engine.weight_files.pickle_objects import Calls, Damaged, Inert, Named, TooLarge
from studio.engine.weight_files.storages import Storage, StorageView, dtype_of, read_exactly, signed, stored_tensor

LARGEST_PICKLE = 1 << 29
"""Largest size of the pickle in a zip file in bytes, uncompressed."""

LARGEST_PACKED = 1 << 32
"""Largest size of a compressed storage in bytes; torch itself compresses nothing."""


LEGACY_MAGIC = 0x1950A86A20F9469CFC6C

TYPES = {f"torch.{name}": kind for name, kind in vars(torch).items() if isinstance(kind, torch.dtype)}


def zipped(file: Path) -> Contents:
    """A file of torch 1.6 or newer: a zip archive with one pickle and one member a storage."""
    with zipfile.ZipFile(file) as archive, file.open("rb") as opened:
        members = {info.filename: info for info in archive.infolist()}
        pickle = next(name for name in members if name == "data.pkl" or name.endswith("/data.pkl"))
        root = pickle.removesuffix("data.pkl")
        order = members.get(f"{root}byteorder")
        if order is not None and _member(archive, order).decode() != sys.byteorder:
            raise Damaged("its numbers are in the byte order of another kind of computer")
        storages: dict[str, Storage] = {}

        def storage(identity: Any) -> Storage:
            key, dtype = str(identity[2]), dtype_of(identity[1])
            if key not in storages:
                info = members[f"{root}data/{key}"]
                if info.flag_bits & 1:
                    raise Damaged("its numbers are encrypted")
                if info.compress_type == zipfile.ZIP_STORED:
                    opened.seek(info.header_offset + 26)
                    lengths = opened.read(4)
                    skip = 30 + int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
                    place = info.header_offset + skip
                    storages[key] = Storage(dtype, info.file_size, place, checksum=info.CRC)
                elif info.file_size > LARGEST_PACKED:
                    raise Damaged(f"its numbers unpack to {info.file_size:,} bytes")
                else:
                    storages[key] = Storage(dtype, info.file_size, packed=_unpacker(file, info))
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
    """A file of torch before 1.6: a sequence of pickles, then the numbers."""
    storages: dict[str, Storage] = {}

    def storage(identity: Any) -> Any:
        if _text(identity[0]) == "module":
            return identity[1]
        _, kind, key, _, count, *views = identity
        found = storages.setdefault(_text(key), Storage(dtype_of(kind), int(count) * dtype_of(kind).itemsize))
        return StorageView(found, int(views[0][1])) if views and views[0] is not None else found

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
            count = int.from_bytes(read_exactly(opened, 8), "little")
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


def _rebuilders(file: Path) -> Calls:
    """Functions that torch's files call to build tensors; everything else in them stays inert."""

    def tensor(storage: Any, first: int, shape: tuple[int, ...], strides: tuple[int, ...], *rest: Any) -> Stored:
        return signed(stored_tensor(file, storage, first, shape, strides), rest)

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
        return signed(stored_tensor(file, storage, first, shape, strides, of), rest)

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


def _text(value: Any) -> str:
    return value.decode("ascii") if isinstance(value, bytes) else str(value)
