"""Cache of results that are not rows: properties of a network, and compiled networks, each in a file.

A file starts with a hash of its content, so that a damaged file is ignored and computed again. The module imports
neither numpy nor torch.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from importlib import metadata
from pathlib import Path

from studio.engine.cache import eviction
from studio.system import paths
from studio.system.files import atomic_files

CONTENT = "content"

HASH_BYTES = 32

LIBRARIES = ("torch", "torchvision", "timm", "openvino", "thaw-studio")
"""Libraries whose versions affect the results."""


def key(kind: str, **parts: object) -> str:
    """Return the name of an artifact: a hash of everything that it depends on, including versions of libraries."""
    versions = [(name, version(name)) for name in LIBRARIES]
    words = repr((kind, versions, sorted(parts.items())))
    return hashlib.blake2b(words.encode(), digest_size=16).hexdigest()


def version(library: str) -> str:
    """Return the version of an installed library without importing it; "" if it is not installed."""
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return ""


def digest_of(file: Path) -> str:
    """Return a hash of a file's content.

    Raises:
        OSError: It cannot be read.
    """
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def read(root: Path, name: str) -> bytes | None:
    """Return the content of an artifact; None if it is missing or damaged."""
    file = _file(root, name)
    try:
        data = file.read_bytes()
        content = data[HASH_BYTES:]
        if data[:HASH_BYTES] != _hash(content):
            return None
        os.utime(file)  # the time of the last use, for eviction
    except OSError:
        return None
    return content


def write(root: Path, name: str, content: bytes, about: dict[str, object]) -> None:
    """Store an artifact, if it fits into the cache and on the disk.

    Args:
        root: Folder of the cache.
        name: Result of `key`.
        content: Content to store.
        about: Description for people who look into the folder: `backbone`, and the kind of artifact as `cut`.
    """
    limit = paths.cache_limit()
    if len(content) > limit // 2:  # it would evict too many results of other networks
        return
    file = _file(root, name)
    with contextlib.suppress(OSError):
        eviction.prune(root, limit, (file.parent,), len(content))
        file.parent.mkdir(parents=True, exist_ok=True)
        eviction.describe(file.parent, about)
        with atomic_files.atomic_write(file) as temporary:
            temporary.write_bytes(_hash(content) + content)


def _file(root: Path, name: str) -> Path:
    return root / name / f"{CONTENT}{eviction.ARTIFACT}"


def _hash(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=HASH_BYTES).digest()
