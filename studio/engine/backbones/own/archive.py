"""Reader of programs exported by `torch.export.save` (`.pt2`), which runs no code of the file.

torch's own loader would: it unpickles constants and example inputs, looks up any function of torch that the graph
names, and evaluates strings as expressions. This reader parses the graph as JSON and the tensors as raw bytes;
`program` turns them into modules.
"""

from __future__ import annotations

import json
import math
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from studio.catalog.own_networks import MAX_JSON_BYTES
from studio.spec import UserError
from studio.system.failures import first_line

EXPORT_HINT = "Export it again: torch.export.save(torch.export.export(model.eval(), (photos,)), “net.pt2”)."

DTYPES = {
    1: torch.uint8,
    2: torch.int8,
    3: torch.int16,
    4: torch.int32,
    5: torch.int64,
    6: torch.float16,
    7: torch.float32,
    8: torch.float64,
    12: torch.bool,
    13: torch.bfloat16,
}
"""Number types by their codes in the file."""

PLACES = ("models/", "data/weights/", "data/constants/", "data/sample_inputs/", "extra/", ".data/")
"""Folders of the archive in which `torch.export.save` writes."""

NOTES = ("archive_format", "archive_version", "byteorder", "version")
"""Files that it writes beside them."""


@dataclass(frozen=True)
class Stored:
    """A tensor of the file, and whether it is a parameter."""

    tensor: Tensor
    is_parameter: bool


@dataclass(frozen=True)
class Exported:
    """The content of an exported program.

    Attributes:
        graph: Its graph: inputs, nodes, outputs.
        signature: What the inputs and outputs of the graph are.
        tensors: Parameters, buffers and constants by name.
    """

    graph: dict[str, Any]
    signature: dict[str, Any]
    tensors: dict[str, Stored]


def read(file: Path) -> Exported:
    """Read an exported program.

    Raises:
        UserError: It is damaged, of another kind, or holds anything that would have to be unpickled.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            return _Reader(file, archive).read()
    except UserError:
        raise
    except OSError as error:
        raise UserError(f"{file} cannot be read ({error.strerror or error}).", "Check the file.", file) from error
    except zipfile.BadZipFile as error:
        raise UserError(f"{file} is not an exported program, or damaged ({error}).", EXPORT_HINT, file) from error
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RuntimeError, RecursionError) as error:
        raise UserError(
            f"{file} is damaged ({type(error).__name__}: {first_line(error)}).", EXPORT_HINT, file
        ) from error


class _Reader:
    """Reads the members of one archive, which all lie in one folder."""

    def __init__(self, file: Path, archive: zipfile.ZipFile) -> None:
        self._file, self._archive = file, archive
        self._names = [info.filename for info in archive.infolist()]
        self._members = {info.filename: info for info in archive.infolist()}
        marks = [name for name in self._members if name.endswith("archive_format")]
        self._root = marks[0].removesuffix("archive_format") if len(marks) == 1 else ""

    def read(self) -> Exported:
        models = [name for name in self._members if name.startswith(f"{self._root}models/") and name.endswith(".json")]
        if not models:
            raise self._kind_error()
        self._refuse_others()
        if len(models) > 1:
            raise UserError(f"{self._file} holds {len(models)} programs.", "Export one network to a file.", self._file)
        name = models[0].removeprefix(f"{self._root}models/").removesuffix(".json")
        model = self._json(models[0])["graph_module"]
        tensors = self._tensors("weights", f"{name}_weights_config.json")
        tensors |= self._tensors("constants", f"{name}_constants_config.json")
        return Exported(model["graph"], model["signature"], tensors)

    def _refuse_others(self) -> None:
        """Refuse members that torch does not write: unpacked, or opened by another program, they could do anything."""
        seen: set[str] = set()
        for name in self._names:
            own = name.removeprefix(self._root)
            is_inside = name.startswith(self._root) and "\\" not in name and ".." not in name.split("/")
            if not is_inside or name in seen or not (own in NOTES or own.startswith(PLACES)):
                raise UserError(
                    f"{self._file} has a member that torch.export.save does not write, “{name}”; it was not opened.",
                    EXPORT_HINT,
                    self._file,
                )
            seen.add(name)

    def _kind_error(self) -> UserError:
        if any("aotinductor" in name for name in self._members):
            what = "is a compiled program: machine code that would run when it is opened"
        elif any(name.endswith("serialized_exported_program.json") for name in self._members):
            what = "was written by a version of torch before 2.8"
        elif any(name.endswith("data.pkl") for name in self._members):
            what = "was written by torch.save or torch.jit.save, not by torch.export.save"
        else:
            what = "is a zip file without an exported program"
        return UserError(f"{self._file} {what}.", EXPORT_HINT, self._file)

    def _tensors(self, folder: str, config: str) -> dict[str, Stored]:
        """Read the tensors of a folder, as listed in `config`; names of the same data share one tensor."""
        listed = self._json(f"{self._root}data/{folder}/{config}")["config"]
        numbers: dict[str, Tensor] = {}
        shared: dict[str, Tensor] = {}
        tensors: dict[str, Stored] = {}
        for name, entry in listed.items():
            place, about = str(entry["path_name"]), entry["tensor_meta"]
            if entry["use_pickle"] or about is None:
                raise UserError(
                    f"{self._file} holds {name} as a pickle, which could run code when opened; it was not opened.",
                    "Export a network whose weights and constants are plain tensors.",
                    self._file,
                )
            if place not in numbers:
                numbers[place] = self._numbers(f"{self._root}data/{folder}/{place}", DTYPES[about["dtype"]])
            key = f"{place} {about['sizes']} {about['strides']} {about['storage_offset']}"
            if key not in shared:
                shared[key] = self._view(numbers[place], about)
            tensors[name] = Stored(shared[key], bool(entry["is_param"]))
        return tensors

    def _numbers(self, member: str, dtype: torch.dtype) -> Tensor:
        content = self._bytes(member)
        return torch.frombuffer(bytearray(content), dtype=dtype) if content else torch.empty(0, dtype=dtype)

    def _view(self, flat: Tensor, about: dict[str, Any]) -> Tensor:
        sizes = [int(one["as_int"]) for one in about["sizes"]]
        strides = [int(one["as_int"]) for one in about["strides"]]
        first = int(about["storage_offset"]["as_int"])
        if about["layout"] != 7 or min([*sizes, *strides, first], default=0) < 0 or len(sizes) != len(strides):
            raise ValueError("the shape of a tensor is invalid")
        last = first + sum((size - 1) * stride for size, stride in zip(sizes, strides, strict=True))
        if math.prod(sizes) and last >= flat.numel():
            raise ValueError("a tensor extends beyond its data")
        return flat.as_strided(sizes, strides, first).contiguous() if math.prod(sizes) else flat.new_empty(sizes)

    def _json(self, member: str) -> dict[str, Any]:
        if self._members[member].file_size > MAX_JSON_BYTES:
            raise ValueError("its graph is too large")
        value: dict[str, Any] = json.loads(self._bytes(member))
        return value

    def _bytes(self, member: str) -> bytes:
        info = self._members[member]
        if info.compress_type != zipfile.ZIP_STORED:  # torch never compresses; a small file could expand to any size
            raise ValueError(f"{member} is compressed")
        return self._archive.read(info)
