"""The golden photo of a certificate: a small copy of a validation photo, with the scores of the run for it."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterable
from pathlib import Path

from studio.data.bit_depth.reading import Reading
from studio.data.images import decode
from studio.events import GoldenPhoto

SIDE = 128
"""Longer side of the golden photo in pixels."""


def make(paths: Iterable[str], reading: Reading, file: Path) -> str:
    """Write a small copy of the first photo that can be read, a PNG file; returns its path, or "" if none can be."""
    for path in paths:
        with contextlib.suppress(decode.Unreadable):
            small = decode.read(path, reading)
            small.thumbnail((SIDE, SIDE))
            small.save(file)
            return path
    return ""


def described(file: Path, made_from: str, expected: dict[str, float]) -> GoldenPhoto:
    """The golden photo in a file, with the scores of the run."""
    return GoldenPhoto(base64.b64encode(file.read_bytes()).decode(), made_from, expected)
