"""The formats of whole models, for command line and window; imports no torch.

To add a format, write a class in a file beside this one and add it to `MODEL_FORMATS`.
"""

from __future__ import annotations

import importlib.util
import platform
from pathlib import Path

from studio.engine.export.model.model_format import ModelFormat
from studio.engine.export.model.onnx_file import OnnxFile
from studio.engine.export.model.openvino_file import OpenVinoFile
from studio.engine.export.model.plain_file import PlainFile
from studio.engine.export.model.pt2_file import Pt2File
from studio.spec import UserError
from studio.system.files import output_file

MODEL_FORMATS: list[ModelFormat] = [PlainFile(), Pt2File(), OnnxFile(), OpenVinoFile()]
"""All formats of whole models."""


CORE_ML = "coreml"
"""Name of a format that users ask for but that is not supported."""


def core_ml_missing() -> str:
    """Why Core ML cannot be written here, as a sentence."""
    here = platform.system() or "another system"
    if here != "Darwin":
        return f"Core ML runs on a Mac only, and this is {here}: a file could not be checked here, so none is written."
    if importlib.util.find_spec("coremltools") is None:
        return "Core ML needs coremltools, which is not installed here."
    return "This version does not write Core ML, because its files were never checked on a Mac."


def names() -> tuple[str, ...]:
    """Names of the formats."""
    return tuple(one.name for one in MODEL_FORMATS)


def model_format(name: str) -> ModelFormat:
    """The format of a name.

    Raises:
        UserError: There is no such format.
    """
    for one in MODEL_FORMATS:
        if one.name == name:
            return one
    if name == CORE_ML:
        raise UserError(core_ml_missing(), "Choose onnx (--format onnx): ONNX Runtime runs it on a Mac, too.")
    raise UserError(f"There is no format “{name}”.", f"Choose one of {', '.join(names())}.")


def missing(one: ModelFormat) -> str:
    """Why a format cannot be written here, as a sentence; "" if it can."""
    absent = [package for module, package in one.libraries.items() if importlib.util.find_spec(module) is None]
    return f"{one.title} needs {' and '.join(absent)}, which is not installed here." if absent else ""


def check(one: ModelFormat, precision: str, out: Path) -> None:
    """Raise `UserError` if a format cannot be written with this precision to this file.

    Raises:
        UserError: A library is missing, the format lacks the precision, or the file has another suffix.
    """
    if out.suffix.lower() != one.suffix:
        raise output_file.wrong_suffix(out, one.suffix)
    if precision not in one.precisions:
        has = ", ".join(one.precisions)
        raise UserError(f"{one.title} cannot be written as {precision}.", f"It can be written as {has}.")
    if reason := missing(one):
        raise UserError(reason, "Install it: pip install “thaw-studio[onnx]” (or uv sync --extra onnx).")
