"""Finds the backbones that a file's tensors belong to, by their names and shapes.

`resources/signatures.json` holds one number a backbone, made by `packaging/make_signatures.py`; a test holds the file
against the libraries. No network is built to search all of them.
"""

# One number a backbone is enough because what may differ between a file and its network (heads, counters, shapes of
# position tensors) is left out of it on both sides.

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Mapping

from studio.catalogue import catalogue
from studio.catalogue.catalogue import BackboneInfo
from studio.engine.backbones import builders
from studio.engine.weight_files import fitting
from studio.engine.weight_files.contents import Stored
from studio.system import resources

SMALLEST = 8
"""Tensors that must stand under a prefix for a backbone to be looked for there."""

Signed = Iterable[tuple[str, tuple[int, ...]]]
"""Names and shapes of tensors that are not counters."""


def signature(tensors: Signed) -> str:
    """A number that does not depend on the order of tensors, on heads or on the image size; 16 hex digits."""
    return f"{sum(_summand(name, shape) for name, shape in tensors) % 2**64:016x}"


def backbones_of(stored: Mapping[str, Stored], like: BackboneInfo | None = None) -> list[BackboneInfo]:
    """Backbones whose weights a file holds; those of the library of `like` first."""
    sums: dict[str, list[int]] = {}
    for name, tensor in stored.items():
        if not (tensor.dtype.is_floating_point or tensor.dtype.is_complex):
            continue
        parts = fitting.unwrapped(name).split(".")
        for start in range(len(parts)):
            inside = ".".join(parts[start:])
            total = sums.setdefault(".".join(parts[:start]), [0, 0])
            total[0] = (total[0] + _summand(inside, tensor.shape)) % 2**64
            total[1] += 1
    names = [
        name for total, count in sums.values() if count >= SMALLEST for name in _by_signature().get(f"{total:016x}", ())
    ]
    found = [catalogue.find(name) for name in dict.fromkeys(names)]
    source = like.source if like is not None else ""
    return sorted(found, key=lambda info: (info.source != source, len(info.arch), info.arch))


def that_fit(stored: Mapping[str, Stored], like: BackboneInfo, most: int = 3) -> list[str]:
    """Names of backbones that take the file's tensors; empty where none does.

    The first is built without numbers and held against the file, to be sure; the others have the same tensors.
    """
    found = [info for info in backbones_of(stored, like) if info.name != like.name]
    for place, info in enumerate(found[:most]):
        fit = fitting.fit(builders.without_numbers(info.source, info.arch), stored)
        if fit.fits or fit.only_positions:
            return [other.name for other in found[place : place + most]]
    return []


def _summand(name: str, shape: tuple[int, ...]) -> int:
    if fitting.is_part_of_head(name):
        return 0
    # A position's shape follows the image size.
    words = name if fitting.POSITIONS.search(name) else f"{name}{tuple(shape)}"
    return int.from_bytes(hashlib.blake2b(words.encode(), digest_size=8).digest())


@functools.cache
def _by_signature() -> dict[str, tuple[str, ...]]:
    try:
        text = resources.path("signatures.json").read_text(encoding="utf-8")
    except FileNotFoundError:  # the proposal is lacking then, and nothing else
        return {}
    rows: dict[str, str] = json.loads(text)["signatures"]
    names: dict[str, tuple[str, ...]] = {}
    for name, number in rows.items():
        names[number] = (*names.get(number, ()), name)
    return names
