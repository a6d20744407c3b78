"""Reads the tensors of a weights file by name: torch's two forms and safetensors, whatever the file is called.

The names and shapes come first; a tensor's numbers are read when they are asked for, so that a file of another network
is refused at once, and an optimizer's state beside the weights is never read.
"""

from __future__ import annotations

import io
import math
import os
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import torch
from safetensors import safe_open
from torch import Tensor

from studio.engine import file_kinds, pickles
from studio.engine.pickles import Damaged, Inert, Named, RunsCode, TooLarge
from studio.spec import Fault

DEEPEST = 12
"""Levels of containers that are looked through for tensors."""

LONGEST_NAME = 1_000
"""Characters of a tensor's name with those of its containers."""

LARGEST_PICKLE = 1 << 29
"""Bytes of the pickle in a zip file, unpacked."""

LARGEST_PACKED = 1 << 32
"""Bytes of a storage that somebody packed; torch itself packs nothing."""

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
}
TYPES = {f"torch.{name}": kind for name, kind in vars(torch).items() if isinstance(kind, torch.dtype)}
SAFETENSORS = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
OWN_FORMS = {
    "_rebuild_qtensor": "quantized",
    "_rebuild_sparse_tensor": "sparse",
    "_rebuild_meta_tensor_no_storage": "without numbers (on the meta device)",
    "_rebuild_wrapper_subclass": "of a tensor class of their own",
    "_rebuild_device_tensor_from_numpy": "of another device",
    "_rebuild_device_tensor_from_cpu_tensor": "of another device",
    "_reconstruct": "NumPy arrays",
}
"""Forms of tensors that are not read, by the function that would rebuild them."""


@dataclass(frozen=True)
class Stored:
    """A tensor in a file.

    Attributes:
        shape: Of the tensor.
        dtype: As it is in the file.
        read: Gives its numbers.
    """

    shape: tuple[int, ...]
    dtype: torch.dtype
    read: Callable[[], Tensor]


@dataclass(frozen=True)
class Contents:
    """What a weights file holds.

    Attributes:
        tensors: By name; names of containers stand in front, with dots between.
        whole: Class of a whole network that was pickled into the file; "" where there is none.
        form: What kind of tensors there are that cannot be read; "" where there are none.
        object: What is in the file, in words.
    """

    tensors: dict[str, Stored]
    whole: str = ""
    form: str = ""
    object: str = ""


def read(file: Path) -> Contents:
    """The tensors of a file by name. Nothing that the file names is imported or run.

    Raises:
        Fault: No such file, no weights, damaged, or a file that would run code in an ordinary reader.
    """
    _require_file(file)
    try:
        kind = file_kinds.kind(file)
        contents = {"zip": _zip, "legacy": _legacy, "safetensors": _safetensors}[kind](file)
    except RunsCode as error:
        raise Fault(
            f"{file} holds more than weights: opening it elsewhere would run code from the file ({error}), so it was "
            "not used.",
            "Ask for the weights alone: a state dict (.pt) or, better, .safetensors.",
            file,
        ) from error
    except TooLarge as error:
        raise Fault(f"{file} holds too much beside its weights to be read ({error}).", file_kinds.SAVE, file) from error
    except OSError as error:
        raise Fault(
            f"{file} cannot be read ({error.strerror or error}).", "Check the file and its rights.", file
        ) from error
    except Fault:
        raise
    except Exception as error:  # a damaged file fails anywhere
        raise Fault(f"{file} is cut off or damaged ({_first_line(error)}).", file_kinds.AGAIN, file) from error
    if not contents.tensors:
        raise _without_tensors(file, contents)
    if any(len(name) > LONGEST_NAME for name in contents.tensors):
        raise Fault(
            f"{file} is damaged: the name of a tensor has more than {LONGEST_NAME:,} characters.",
            file_kinds.AGAIN,
            file,
        )
    return contents


def _require_file(file: Path) -> None:
    try:
        if file.is_file():
            return
        if file.is_dir():
            inside = sorted(
                entry.name for entry in file.iterdir() if entry.suffix in (".safetensors", ".pt", ".pth", ".bin")
            )
            hint = f"Choose {inside[0]} in it." if inside else "Choose a file of weights (.pt, .pth, .safetensors)."
            raise Fault(f"{file} is a folder, not a weights file.", hint, file)
        if file.exists():
            raise Fault(f"{file} is a pipe or a device, not a weights file.", "Copy the weights to a file first.", file)
    except OSError as error:
        raise Fault(
            f"{file} cannot be read ({error.strerror or error}).", "Check the path and its rights.", file
        ) from error
    raise Fault(f"There is no weights file at {file}.", "Check the path, or use “default”.", file)


def _without_tensors(file: Path, contents: Contents) -> Fault:
    if contents.whole:
        return Fault(
            f"{file} holds a whole pickled network ({contents.whole}), not its weights alone: opening it "
            "would run code from the file, so it was not opened.",
            f"{file_kinds.SAVE} Or save it as .safetensors.",
            file,
        )
    if contents.form:
        return Fault(f"The tensors in {file} are {contents.form}, which cannot be read.", file_kinds.SAVE, file)
    return Fault(f"{file} holds {contents.object or 'no tensors'}, not a state dict.", file_kinds.SAVE, file)


# ---------------------------------------------------------------------------------------------- safetensors


def _safetensors(file: Path) -> Contents:
    opened: Any = safe_open(file, framework="pt")
    tensors: dict[str, Stored] = {}
    for name in opened.keys():  # noqa: SIM118  # it is no dict
        part = opened.get_slice(name)
        dtype = SAFETENSORS.get(part.get_dtype())
        if dtype is not None:
            tensors[name] = Stored(tuple(part.get_shape()), dtype, _reader(opened, name))
    return Contents(tensors, form="" if tensors else "of a type of their own")


def _reader(opened: Any, name: str) -> Callable[[], Tensor]:
    def read_one() -> Tensor:
        tensor: Tensor = opened.get_tensor(name)
        return tensor

    return read_one


# ---------------------------------------------------------------------------------------------- torch


@dataclass
class _Storage:
    """Numbers in a row in the file.

    Attributes:
        dtype: Of each.
        size: How many bytes there are.
        place: Where the first byte is in the file; in a file of the old form known only at the end.
        packed: Gives bytes of a packed one, from where and how many; None for one that lies in the file as it is.
    """

    dtype: torch.dtype
    size: int
    place: int = -1
    packed: Callable[[int, int], bytearray] | None = None


@dataclass(frozen=True)
class _View:
    """A storage of the old form that is a part of another one: from its number `first` on."""

    of: _Storage
    first: int


def _zip(file: Path) -> Contents:
    """A file of torch 1.6 or newer: a zip archive with one pickle and one member a storage."""
    with zipfile.ZipFile(file) as archive, file.open("rb") as opened:
        members = {info.filename: info for info in archive.infolist()}
        pickle = next(name for name in members if name == "data.pkl" or name.endswith("/data.pkl"))
        root = pickle.removesuffix("data.pkl")
        order = members.get(f"{root}byteorder")
        if order is not None:
            with archive.open(order) as stream:
                if stream.read(16).decode() != sys.byteorder:
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
                    storages[key] = _Storage(dtype, info.file_size, info.header_offset + skip)
                elif info.file_size > LARGEST_PACKED:
                    raise Damaged(f"its numbers unpack to {info.file_size:,} bytes")
                else:
                    storages[key] = _Storage(dtype, info.file_size, packed=_unpacker(file, info.filename))
            return storages[key] if storages[key].dtype == dtype else replace(storages[key], dtype=dtype)

        if members[pickle].file_size > LARGEST_PICKLE:
            raise TooLarge(f"{members[pickle].file_size:,} bytes")
        return _contents(pickles.load(io.BytesIO(archive.read(pickle)), _rebuilders(file), storage))


def _unpacker(file: Path, name: str) -> Callable[[int, int], bytearray]:
    def unpack(begin: int, length: int) -> bytearray:
        with zipfile.ZipFile(file) as archive, archive.open(name) as stream:
            stream.seek(begin)  # unpacks what lies before in small pieces
            return bytearray(stream.read(length))

    return unpack


def _legacy(file: Path) -> Contents:
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
            contents = _contents(first)
            return replace(contents, form=contents.form or form)
        pickles.load(opened, {}, storage)  # version
        about = pickles.load(opened, {}, storage)
        if isinstance(about, dict) and about.get("little_endian") is not (sys.byteorder == "little"):
            raise Damaged("its numbers are in the byte order of another kind of computer")
        value = pickles.load(opened, _rebuilders(file), storage)
        size = file.stat().st_size
        for key in pickles.load(opened, {}, storage):
            count = int.from_bytes(opened.read(8), "little")
            known = storages[_text(key)]
            known.size, known.place = count * known.dtype.itemsize, opened.tell()
            if known.place + known.size > size:
                raise Damaged("numbers are missing at its end")
            opened.seek(known.size, 1)
    return _contents(value)


def _rebuilders(file: Path) -> pickles.Calls:
    """What torch's files call to make tensors; everything else in them stays inert."""

    def tensor(storage: Any, first: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any) -> Stored:
        return _stored(file, storage, first, shape, strides)

    def typed(
        storage: Any,
        first: int,
        shape: tuple[int, ...],
        strides: tuple[int, ...],
        _1: Any,
        _2: Any,
        dtype: Any,
        *_: Any,
    ) -> Stored:
        of = TYPES.get(dtype.origin) if isinstance(dtype, Named) else None
        if of is None:
            raise Damaged("a tensor is of an unknown type")
        return _stored(file, storage, first, shape, strides, of)

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


# ---------------------------------------------------------------------------------------------- what is in it


def _contents(value: Any) -> Contents:
    """The tensors in nested containers, their paths joined with dots."""
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
    """What a file holds in words, where it holds no named tensors."""
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
    """One look through everything in a file.

    Containers may hold each other many times over, so that a small file has more paths than could ever be followed.
    """

    def __init__(self) -> None:
        self._left = pickles.MOST

    def through(self, value: Any, path: tuple[Any, ...], levels: int) -> Iterator[tuple[tuple[Any, ...], Any]]:
        """Tensors and inert objects with their paths; inside a whole network nothing is looked for."""
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


def _text(value: Any) -> str:
    return value.decode("ascii") if isinstance(value, bytes) else str(value)


def _first_line(error: BaseException) -> str:
    words = str(error).strip()
    return words.splitlines()[0].rstrip(".:") if words else type(error).__name__
