"""Reads the metadata of an ONNX file without its graph, and without any library."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

METADATA_PROPS = 14
"""Number of the field `metadata_props` of `ModelProto` in onnx.proto, a pair of strings."""

MAX_BYTES = 1 << 24
"""Most bytes of a pair that is read."""


def read(file: Path) -> dict[str, str]:
    """The metadata of an ONNX file, strings by name.

    Raises:
        OSError: It cannot be read.
        ValueError: It is not an ONNX file, or is damaged.
    """
    size = file.stat().st_size
    found: dict[str, str] = {}
    with file.open("rb") as opened:
        while opened.tell() < size:
            number, content = _field(opened, size, METADATA_PROPS)
            if number == METADATA_PROPS:
                name, text = _pair(content)
                found[name] = text
    return found


def _pair(content: bytes) -> tuple[str, str]:
    stream, parts = io.BytesIO(content), {1: "", 2: ""}
    while stream.tell() < len(content):
        number, text = _field(stream, len(content), None)
        parts[number] = text.decode()
    return parts[1], parts[2]


def _field(stream: BinaryIO, size: int, wanted: int | None) -> tuple[int, bytes]:
    """Number and bytes of the next field; the bytes of all but the wanted one (None: any) are skipped."""
    key = _varint(stream)
    number, kind = key >> 3, key & 7
    if kind == 0:
        _varint(stream)
        return number, b""
    length = {1: 8, 5: 4}.get(kind, 0) or (_varint(stream) if kind == 2 else size)
    if number == 0 or stream.tell() + length > size:
        raise ValueError("it is not an ONNX file, or is cut off")
    if kind != 2 or wanted not in (None, number):
        stream.seek(length, 1)
        return number, b""
    if length > MAX_BYTES:
        raise ValueError("its metadata is too large")
    return number, stream.read(length)


def _varint(stream: BinaryIO) -> int:
    value = 0
    for shift in range(0, 70, 7):
        byte = stream.read(1)
        if not byte:
            raise ValueError("it is not an ONNX file, or is cut off")
        value |= (byte[0] & 127) << shift
        if byte[0] < 128:
            return value
    raise ValueError("it is not an ONNX file")
