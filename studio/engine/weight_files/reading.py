"""Reader of weights files: the tensors by name, of both of torch's forms and safetensors, whatever the suffix.

Names and shapes come first; the numbers of a tensor are read on demand, so that a file of another network is refused at
once, and an optimizer's state beside the weights is never read.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor

from studio.engine.weight_files import file_kinds, torch_files
from studio.engine.weight_files.contents import Contents, Stored
from studio.engine.weight_files.pickle_objects import RunsCode, TooLarge
from studio.jobs.job import is_out_of_memory
from studio.spec import UserError

LONGEST_NAME = 1_000
"""Longest name of a tensor, with its containers, in characters."""

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
    """The tensors of a file by name. No code that the file names is imported or run.

    Raises:
        UserError: The file is missing, has no weights, is damaged, or would run code in another reader.
    """
    _require_file(file)
    try:
        kind = file_kinds.kind(file)
        contents = {"zip": torch_files.zipped, "legacy": torch_files.legacy, "safetensors": _safetensors}[kind](file)
    except RunsCode as error:
        raise UserError(
            f"{file} holds more than weights: opening it elsewhere would run code from the file ({error}), so it was "
            "not used.",
            "Ask for the weights alone: a state dict (.pt) or, better, .safetensors.",
            file,
        ) from error
    except TooLarge as error:
        raise UserError(
            f"{file} holds too much beside its weights to be read ({error}).", file_kinds.SAVE, file
        ) from error
    except OSError as error:
        if is_out_of_memory(error):
            raise
        raise UserError(
            f"{file} cannot be read ({error.strerror or error}).", "Check the file and its rights.", file
        ) from error
    except UserError:
        raise
    except Exception as error:  # a damaged file may raise anything
        raise UserError(f"{file} is cut off or damaged ({_first_line(error)}).", file_kinds.AGAIN, file) from error
    if not contents.tensors:
        raise _without_tensors(file, contents)
    if any(len(name) > LONGEST_NAME for name in contents.tensors):
        raise UserError(
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
            raise UserError(f"{file} is a folder, not a weights file.", hint, file)
        if file.exists():
            raise UserError(
                f"{file} is a pipe or a device, not a weights file.", "Copy the weights to a file first.", file
            )
    except OSError as error:
        raise UserError(
            f"{file} cannot be read ({error.strerror or error}).", "Check the path and its rights.", file
        ) from error
    raise UserError(f"There is no weights file at {file}.", "Check the path, or use “default”.", file)


def _without_tensors(file: Path, contents: Contents) -> UserError:
    if contents.whole:
        return UserError(
            f"{file} holds a whole pickled network ({contents.whole}), not its weights alone: opening it "
            "would run code from the file, so it was not opened.",
            f"{file_kinds.SAVE} Or save it as .safetensors.",
            file,
        )
    if contents.form:
        return UserError(f"The tensors in {file} are {contents.form}, which cannot be read.", file_kinds.SAVE, file)
    return UserError(f"{file} holds {contents.object or 'no tensors'}, not a state dict.", file_kinds.SAVE, file)


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


def _first_line(error: BaseException) -> str:
    words = str(error).strip()
    return words.splitlines()[0].rstrip(".:") if words else type(error).__name__
