"""Conversion of JSON to structs, in one thread at a time.

The first conversion of a type collects its fields; one in another thread at the same time would crash the process.
"""

from __future__ import annotations

import threading
from typing import Any, TypeVar

import msgspec

Converted = TypeVar("Converted")

_CONVERTING = threading.Lock()


def convert(values: Any, kind: type[Converted]) -> Converted:
    """Convert parsed JSON to a type.

    Raises:
        msgspec.ValidationError: A field is missing or has the wrong type.
    """
    with _CONVERTING:
        return msgspec.convert(values, kind)


def decode(content: bytes, kind: type[Converted]) -> Converted:
    """Parse JSON and convert it to a type.

    Raises:
        msgspec.DecodeError: It is not JSON.
        msgspec.ValidationError: A field is missing or has the wrong type.
    """
    with _CONVERTING:
        return msgspec.json.decode(content, type=kind)
