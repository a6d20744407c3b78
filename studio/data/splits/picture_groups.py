"""Photos of a folder that belong together by their pictures or their EXIF metadata: near duplicates, day, camera.

Every photo has to be opened to know them, so the result is stored, by the set of contents that it was computed for. It
may be deleted at any time.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from studio.data.checks.duplicates import NearContents
from studio.data.images.facts import PhotoFacts
from studio.data.images.facts_table import FactsTable
from studio.spec.encoding import conversion
from studio.system import paths
from studio.system.files import atomic_files
from studio.system.sorting import sorted_in_parts

VERSION = 1
"""Increment it when the search or the facts change: stored groups are then computed again."""

MOST_RECENT = 4
"""Number of folders whose groups stay in memory, for repeated runs in one process."""

MOST_FILES = 30
"""Number of sets of photos whose groups are stored; each takes some 100 bytes a photo."""


class PictureGroups(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Photos of one folder that belong together, each identified by the hash of its content.

    Attributes:
        contents: Fingerprint of the contents of all photos.
        near: For each photo with near duplicates, the photo whose split the group gets.
        days: Day on which each photo was taken, of those that state it.
        cameras: Camera of each photo, of those that state it.
    """

    contents: str = ""
    near: dict[str, str] = {}
    days: dict[str, str] = {}
    cameras: dict[str, str] = {}


_RECENT: dict[str, PictureGroups] = {}


def fingerprint(contents: Iterable[str]) -> str:
    """Fingerprint of a set of contents."""
    text = "\n".join([str(VERSION), *sorted_in_parts(set(contents))])
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def of_facts(contents: Iterable[str], facts: FactsTable, near: Sequence[NearContents]) -> PictureGroups:
    """The groups of photos that were opened.

    Args:
        contents: Contents of all photos, unreadable ones included.
        facts: Facts of the readable ones.
        near: Pairs that show the same picture.
    """
    groups = joined((one.first.hex(), one.second.hex()) for one in near)
    rows = {digest.hex(): row for row, digest in enumerate(facts.digests()) if groups and digest.hex() in groups}
    leaders: dict[str, str] = {}
    for content, group in groups.items():
        # A resized, cropped or recompressed copy that is added never moves its original.
        if group not in leaders or _rank(facts.at(rows[content])) < _rank(facts.at(rows[leaders[group]])):
            leaders[group] = content
    return PictureGroups(
        fingerprint(contents),
        {content: leaders[group] for content, group in groups.items()},
        _stated(facts, "day"),
        _stated(facts, "camera"),
    )


def _stated(facts: FactsTable, name: str) -> dict[str, str]:
    """The day or camera of each photo that states it, by the hash of its content."""
    return {digest.hex(): text for digest, text in zip(facts.digests(), facts.texts(name), strict=True) if text}


def joined(pairs: Iterable[tuple[str, str]], order: Callable[[str], tuple[bool, str]] | None = None) -> dict[str, str]:
    """Connected components of the pairs: for each member, the lowest member of its component, by `order`."""
    parents: dict[str, str] = {}

    def find(one: str) -> str:
        while (parent := parents.setdefault(one, one)) != one:
            parents[one] = parents[parent]
            one = parent
        return one

    for pair in pairs:
        low, high = sorted(map(find, pair), key=order)
        parents[high] = low
    return {one: find(one) for one in list(parents)}


def _rank(facts: PhotoFacts) -> tuple[int, int, bytes]:
    """Sort key; the first photo of a group decides its split: most pixels, then the largest file."""
    return -facts.width * facts.height, -facts.file_size, facts.digest


def load(contents: Iterable[str]) -> PictureGroups | None:
    """The stored groups of photos with these contents; None where there are none."""
    name = fingerprint(contents)
    if (recent := _RECENT.get(name)) is not None:
        return recent
    with contextlib.suppress(OSError, msgspec.DecodeError, msgspec.ValidationError):  # stored groups only save time
        groups = conversion.decode(_file(name).read_bytes(), PictureGroups)
        if groups.contents == name:
            return groups
    return None


def store(groups: PictureGroups) -> None:
    """Store groups; only the newest `MOST_FILES` files stay."""
    if len(_RECENT) >= MOST_RECENT:
        _RECENT.clear()
    _RECENT[groups.contents] = groups
    file = _file(groups.contents)
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with atomic_files.atomic_write(file) as beside:
            beside.write_bytes(msgspec.json.encode(groups))
        others = sorted(file.parent.glob("*.groups"), key=lambda path: path.stat().st_mtime)
        for old in others[:-MOST_FILES]:
            old.unlink(missing_ok=True)


def _file(name: str) -> Path:
    return paths.hashes_folder() / f"{name}.groups"
