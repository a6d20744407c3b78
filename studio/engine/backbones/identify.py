"""Identification of the backbones that a file's tensors belong to, by the tensors' names and shapes.

`resources/signatures.json` holds one number per backbone, computed by `packaging/make_signatures.py`; a test compares
it with the libraries. The search builds no network.
"""

# One number per backbone is sufficient because it excludes everything in which a file and its network may differ:
# heads, counters, shapes of position tensors.

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Mapping

from studio.catalog import catalog
from studio.catalog.catalog import BackboneInfo
from studio.engine.backbones import builders
from studio.engine.weight_files import fitting
from studio.engine.weight_files.contents import StoredTensor
from studio.system import resources

MIN_TENSORS = 8
"""A prefix with fewer tensors than this is not searched for."""

NamedShapes = Iterable[tuple[str, tuple[int, ...]]]
"""Names and shapes of tensors that are not counters."""


def signature(tensors: NamedShapes) -> str:
    """Return 16 hex digits that do not depend on the order of the tensors, on heads or on the image size."""
    return f"{sum(_summand(name, shape) for name, shape in tensors) % 2**64:016x}"


def backbones_of(stored: Mapping[str, StoredTensor], like: BackboneInfo | None = None) -> list[BackboneInfo]:
    """Return the backbones whose weights a file holds; those from the library of `like` first."""
    sums: dict[str, list[int]] = {}
    for name, tensor in stored.items():
        if not (tensor.dtype.is_floating_point or tensor.dtype.is_complex):
            continue
        parts = fitting.unwrap(name).split(".")
        for start in range(len(parts)):
            inside = ".".join(parts[start:])
            total = sums.setdefault(".".join(parts[:start]), [0, 0])
            total[0] = (total[0] + _summand(inside, tensor.shape)) % 2**64
            total[1] += 1
    names = [
        name
        for total, count in sums.values()
        if count >= MIN_TENSORS
        for name in _by_signature().get(f"{total:016x}", ())
    ]
    matches = [catalog.find(name) for name in dict.fromkeys(names)]
    source = like.source if like is not None else ""
    return sorted(matches, key=lambda info: (info.source != source, len(info.arch), info.arch))


def matching_names(stored: Mapping[str, StoredTensor], like: BackboneInfo, limit: int = 3) -> list[str]:
    """Return the names of up to `limit` other backbones that the file's tensors fit.

    The first one is built on the meta device and compared with the file; the others have the same signature.
    """
    matches = [info for info in backbones_of(stored, like) if info.name != like.name]
    for index, info in enumerate(matches[:limit]):
        fit = fitting.fit(builders.build_on_meta(info.source, info.arch), stored)
        if fit.fits or fit.only_positions:
            return [other.name for other in matches[index : index + limit]]
    return []


def _summand(name: str, shape: tuple[int, ...]) -> int:
    if fitting.is_part_of_head(name):
        return 0
    # The shape of position tensors depends on the image size.
    words = name if fitting.POSITIONS.search(name) else f"{name}{tuple(shape)}"
    return int.from_bytes(hashlib.blake2b(words.encode(), digest_size=8).digest())


@functools.cache
def _by_signature() -> dict[str, tuple[str, ...]]:
    try:
        text = resources.path("signatures.json").read_text(encoding="utf-8")
    except FileNotFoundError:  # only the suggestion of another backbone is lost
        return {}
    rows: dict[str, str] = json.loads(text)["signatures"]
    names: dict[str, tuple[str, ...]] = {}
    for name, number in rows.items():
        names[number] = (*names.get(number, ()), name)
    return names
