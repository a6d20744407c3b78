"""Reader of weights files: safetensors and both formats of torch, regardless of the suffix.

Names and shapes are read first, and the values of a tensor on demand, so that a file of another network is rejected
early, and the state of an optimizer in the same file is not read.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor

from studio.engine.weight_files import file_kinds, torch_files
from studio.engine.weight_files.contents import Contents, StoredTensor
from studio.engine.weight_files.pickle_objects import FileTooLargeError, UnsafePickleError
from studio.jobs.job import is_out_of_memory
from studio.spec import UserError
from studio.system.failures import first_line

MAX_NAME_LENGTH = 1_000
"""Longest name of a tensor, including its containers, in characters."""

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


def read(file: Path) -> Contents:
    """Read the tensors of a file by name. No code that the file names is imported or run.

    Raises:
        UserError: The file is missing, has no weights, is damaged, or would run code in another reader.
    """
    _require_file(file)
    try:
        kind = file_kinds.kind(file)
        contents = {"zip": torch_files.read_zip, "legacy": torch_files.read_legacy, "safetensors": _safetensors}[kind](
            file
        )
    except UnsafePickleError as error:
        raise UserError(
            f"{file} holds more than weights: other programs would run code from the file when they open it ({error}), "
            "so it was not used.",
            "Get a file with the weights only: a state dict (.pt) or, better, .safetensors.",
            file,
        ) from error
    except FileTooLargeError as error:
        raise UserError(
            f"{file} holds too much data besides its weights ({error}).", file_kinds.SAVE_HINT, file
        ) from error
    except OSError as error:
        if is_out_of_memory(error):
            raise
        raise UserError(
            f"{file} cannot be read ({error.strerror or error}).", "Check the file and its permissions.", file
        ) from error
    except UserError:
        raise
    except Exception as error:  # a damaged file may raise anything
        raise UserError(
            f"{file} is cut off or damaged ({first_line(error)}).", file_kinds.DOWNLOAD_HINT, file
        ) from error
    if not contents.tensors:
        raise _no_tensors_error(file, contents)
    if any(len(name) > MAX_NAME_LENGTH for name in contents.tensors):
        raise UserError(
            f"{file} is damaged: the name of a tensor has more than {MAX_NAME_LENGTH:,} characters.",
            file_kinds.DOWNLOAD_HINT,
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
            hint = f"Choose {inside[0]} in it." if inside else "Choose a weights file (.pt, .pth, .safetensors)."
            raise UserError(f"{file} is a folder, not a weights file.", hint, file)
        if file.exists():
            raise UserError(
                f"{file} is a pipe or a device, not a weights file.", "Copy the weights to a file first.", file
            )
    except OSError as error:
        raise UserError(
            f"{file} cannot be read ({error.strerror or error}).", "Check the path and its permissions.", file
        ) from error
    raise UserError(f"There is no weights file at {file}.", "Check the path, or use “default”.", file)


def _no_tensors_error(file: Path, contents: Contents) -> UserError:
    if contents.pickled_network:
        return UserError(
            f"{file} holds a whole pickled network ({contents.pickled_network}), not only its weights: opening it "
            "would run code from the file, so it was not opened.",
            f"{file_kinds.SAVE_HINT} Or save it as .safetensors.",
            file,
        )
    if contents.unsupported:
        return UserError(
            f"The tensors in {file} are {contents.unsupported}, which cannot be read.", file_kinds.SAVE_HINT, file
        )
    return UserError(
        f"{file} holds {contents.description or 'no tensors'}, not a state dict.", file_kinds.SAVE_HINT, file
    )


def _safetensors(file: Path) -> Contents:
    opened: Any = safe_open(file, framework="pt")
    tensors: dict[str, StoredTensor] = {}
    for name in opened.keys():  # noqa: SIM118  # not a dict: it has no iterator
        part = opened.get_slice(name)
        dtype = SAFETENSORS.get(part.get_dtype())
        if dtype is not None:
            tensors[name] = StoredTensor(tuple(part.get_shape()), dtype, _reader(opened, name))
    return Contents(tensors, unsupported="" if tensors else "of an unknown type")


def _reader(opened: Any, name: str) -> Callable[[], Tensor]:
    def read_one() -> Tensor:
        tensor: Tensor = opened.get_tensor(name)
        return tensor

    return read_one
