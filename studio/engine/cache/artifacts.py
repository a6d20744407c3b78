"""Cached results that are not rows, each a file of bytes: properties of a network, or a compiled one.

A file begins with a hash of its content, so that a damaged one is ignored and computed again. Imports neither numpy nor
torch.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from importlib import metadata
from pathlib import Path

from studio.engine.cache import eviction
from studio.system import atomic_files, paths

CONTENT = "content"

HASH_BYTES = 32

LIBRARIES = ("torch", "torchvision", "timm", "openvino", "thaw-studio")
"""Libraries whose versions affect the results."""


def key(kind: str, **parts: object) -> str:
    """Name of an artifact: a hash over everything that it depends on, versions of libraries included."""
    versions = [(name, version(name)) for name in LIBRARIES]
    words = repr((kind, versions, sorted(parts.items())))
    return hashlib.blake2b(words.encode(), digest_size=16).hexdigest()


def version(library: str) -> str:
    """Version of an installed library, read without importing it; "" where it is not installed."""
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return ""


def digest_of(file: Path) -> str:
    """Hash of a file's content.

    Raises:
        OSError: It cannot be read.
    """
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def read(root: Path, name: str) -> bytes | None:
    """Content of the file with this name; None where there is none, or it is damaged."""
    file = _file(root, name)
    try:
        data = file.read_bytes()
        content = data[HASH_BYTES:]
        if data[:HASH_BYTES] != _hash(content):
            return None
        os.utime(file)  # it was used now
    except OSError:
        return None
    return content


def write(root: Path, name: str, content: bytes, about: dict[str, object]) -> None:
    """Keep some bytes; nothing where they do not fit into the cache or onto the disk: they can be computed again.

    Args:
        root: Folder of the cache.
        name: A `key`.
        content: What is kept.
        about: Words for people who look into the cache: `backbone`, and as `cut` what it is.
    """
    limit = paths.cache_limit()
    if len(content) > limit // 2:  # one network must not throw out what all others computed
        return
    file = _file(root, name)
    with contextlib.suppress(OSError):
        eviction.prune(root, limit, (file.parent,), len(content))
        file.parent.mkdir(parents=True, exist_ok=True)
        eviction.describe(file.parent, about)
        with atomic_files.atomic_write(file) as beside:
            beside.write_bytes(_hash(content) + content)


def _file(root: Path, name: str) -> Path:
    return root / name / f"{CONTENT}{eviction.ARTIFACT}"


def _hash(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=HASH_BYTES).digest()
