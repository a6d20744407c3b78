"""Detection of the kind of a file chosen as weights, by its content rather than its suffix."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Literal

from studio.data.formats import magic
from studio.spec import UserError
from studio.system.files import json_text

Kind = Literal["zip", "legacy", "safetensors"]
"""Supported formats: torch's zip format, its legacy format from before 1.6, and safetensors."""

MAX_HEADER_BYTES = 100_000_000
"""Largest header of a safetensors file in bytes, the same limit as in the safetensors library."""

SAVE_HINT = "Save them with torch.save(model.state_dict(), file) where the network was trained."
DOWNLOAD_HINT = "Download or copy it again."

SIGNS: tuple[tuple[bytes, str, str], ...] = (
    (magic.HDF5, "is an HDF5 file (Keras)", "Convert the weights to PyTorch, or choose a PyTorch file."),
    (b"GGUF", "is a GGUF file of a language model", "Choose a file of an image network."),
    (magic.NUMPY, "is a NumPy array", SAVE_HINT),
    *(
        (sign, f"is a compressed file ({program})", "Unpack it first.")
        for sign, program in (*magic.PACKED, *magic.ARCHIVES)
    ),
    (b"\xff\xd8\xff", "is a photo (JPEG)", "Choose a weights file (.pt, .pth, .safetensors)."),
    (b"\x89PNG", "is a picture (PNG)", "Choose a weights file (.pt, .pth, .safetensors)."),
    (magic.PDF, "is a PDF document", "Choose a weights file (.pt, .pth, .safetensors)."),
)


def kind(file: Path) -> Kind:
    """Return the format of a weights file.

    Raises:
        UserError: The file is of another kind; the message names it.
        OSError: It cannot be read.
    """
    size = file.stat().st_size
    if size == 0:
        raise UserError(f"{file} is empty (0 bytes).", DOWNLOAD_HINT, file)
    with file.open("rb") as opened:
        head = opened.read(512)
    if head.startswith(magic.LFS_POINTER):
        raise UserError(
            f"{file} is not the weights but a Git LFS pointer to them ({size} bytes).",
            "Fetch the weights with “git lfs pull”, or download the file itself.",
            file,
        )
    for sign, what, hint in SIGNS:
        if head.startswith(sign):
            raise UserError(f"{file} {what}, not PyTorch weights.", hint, file)
    if head[4:8] == b"TFL3":
        raise UserError(f"{file} is a TensorFlow Lite model, not PyTorch weights.", SAVE_HINT, file)
    if head.startswith(b"PK"):
        _require_torch_zip(file)
        return "zip"
    if _is_safetensors(head):
        _require_complete(file, size)
        return "safetensors"
    if magic.is_tar(head):
        raise UserError(
            f"{file} is a tar archive, not a weights file.", "Unpack it first, and choose the file inside it.", file
        )
    if head[:1] == b"\x80" and head[1:2] in b"\x00\x01\x02\x03\x04\x05":
        return "legacy"
    raise _unknown_kind_error(file, head)


def _unknown_kind_error(file: Path, head: bytes) -> UserError:
    start = head.lstrip(magic.BLANK)[:64].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<?xml")):
        what = "a web page" if b"html" in start or start.startswith(b"<head") else "an XML document"
        return UserError(
            f"{file} is {what}, not weights: the server sent it instead of the file.",
            "Download the file again; some sites require you to sign in first.",
            file,
        )
    if start.startswith((b"{", b"[")) and magic.text(head) is not None:
        return UserError(
            f"{file} is JSON text, not weights.",
            "Choose the weights file in the same folder (.safetensors, .bin, .pt).",
            file,
        )
    if _is_onnx(file, head):
        return UserError(f"{file} is an ONNX model, not PyTorch weights.", SAVE_HINT, file)
    if not head.strip(b"\0"):
        return UserError(f"{file} starts with zero bytes: its download was interrupted.", DOWNLOAD_HINT, file)
    if magic.text(head) is not None:
        return UserError(f"{file} is text, not weights.", "Choose a weights file (.pt, .pth, .safetensors).", file)
    return UserError(
        f"{file} cannot be read as weights: it is damaged or of an unknown kind.",
        f"{DOWNLOAD_HINT} Weights are PyTorch files (.pt, .pth, .ckpt, .bin) or .safetensors.",
        file,
    )


def _require_torch_zip(file: Path) -> None:
    """Check that a zip file is complete and contains torch's weights."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
        raise UserError(
            f"{file} is cut off or damaged: the list of contents at its end is missing.", DOWNLOAD_HINT, file
        ) from error
    last = {name.rsplit("/", 1)[-1] for name in names}
    if "constants.pkl" in last or any("/code/" in name for name in names):
        raise UserError(
            f"{file} is a TorchScript program, not weights: opening it would run its code.",
            f"{SAVE_HINT} (The weights of a TorchScript program are torch.jit.load(file).state_dict().)",
            file,
        )
    if "data.pkl" in last:
        return
    if any("exported_program" in name or name.endswith("archive_format") for name in names):
        raise UserError(f"{file} is an exported program of torch.export, not weights.", SAVE_HINT, file)
    if any(name.endswith(".npy") for name in names):
        raise UserError(f"{file} holds NumPy arrays (.npz), not PyTorch weights.", SAVE_HINT, file)
    if any(name.endswith(".h5") for name in last):
        raise UserError(
            f"{file} is a Keras model, not PyTorch weights.",
            "Convert the weights to PyTorch, or choose a PyTorch file.",
            file,
        )
    raise UserError(
        f"{file} is a zip archive, not a weights file.", "Unpack it first, and choose the weights inside it.", file
    )


def _is_safetensors(head: bytes) -> bool:
    return len(head) > 8 and head[8:9] == b"{" and int.from_bytes(head[:8], "little") <= MAX_HEADER_BYTES


def _require_complete(file: Path, size: int) -> None:
    """Check that a safetensors file is as long as its header says."""
    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        header = opened.read(length)
    try:
        entries = json_text.loads(header)
        needed = max((entry["data_offsets"][1] for name, entry in entries.items() if name != "__metadata__"), default=0)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise UserError(f"{file} is cut off or damaged: its header cannot be read.", DOWNLOAD_HINT, file) from error
    if size < 8 + length + needed:
        raise UserError(
            f"{file} is cut off: {size:,} of {8 + length + needed:,} bytes are here.",
            DOWNLOAD_HINT,
            file,
        )


def _is_onnx(file: Path, head: bytes) -> bool:
    """True for a protobuf that starts with ONNX's version number, or a file with the suffix .onnx."""
    return file.suffix == ".onnx" or (head[:1] == b"\x08" and head[1:2] < b"\x20" and head[2:3] in (b"\x12", b"\x1a"))
