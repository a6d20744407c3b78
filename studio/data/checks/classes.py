"""Checks of classes: their names, and the number of their photos."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator

from studio.data.checks.evidence import Evidence, Hit
from studio.data.folder import layout
from studio.events import Photo

MIN_PHOTOS = 10
"""Number of photos, without those for testing, below which a class is tiny."""

MAX_RATIO = 5
"""A class is underrepresented where the largest class has at least this many times its photos."""

_GAP = re.compile(r"(?<!\d)[\s_]+|[\s_]+(?!\d)")
"""Spaces in a name that do not separate two numbers: “1 2” is not “12”."""


def tiny_class(evidence: Evidence) -> Iterator[Hit]:
    """Classes of few photos, smallest first."""
    by_label: defaultdict[int, list[Photo]] = defaultdict(list)
    for photo in evidence.dataset.photos:
        if photo.split != "test":
            by_label[photo.label].append(photo)
    labels = {name: label for label, name in enumerate(evidence.dataset.classes)}
    for name, number in sorted(_counts(evidence).items(), key=lambda row: row[1]):
        if 0 < number < MIN_PHOTOS:
            photos = by_label[labels[name]]
            training = sum(photo.split == "train" for photo in photos)
            words = f"{training} for training, {number - training or 'none'} for validation"
            yield Hit(None, words, name, tuple(photo.path for photo in photos))


def empty_class(evidence: Evidence) -> Iterator[Hit]:
    """Classes, or their folders, without a photo; and classes missing in a part of a split found in the folder."""
    dataset = evidence.dataset
    if dataset.target:
        return
    for skipped in dataset.skipped:
        if skipped.reason == layout.EMPTY:
            yield Hit(None, f"the folder “{skipped.path}” holds no photos", skipped.path.rpartition("/")[2])
    parts = Counter((photo.label, photo.split) for photo in dataset.photos)
    used = _counts(evidence)
    for label, name in enumerate(dataset.classes):
        if not any(parts[label, split] for split in ("train", "val", "test")):
            chosen = any(choice.excluded or choice.label for choice in dataset.choices.photos)
            yield Hit(None, "your choices left no readable photo" if chosen else "none of its files can be read", name)
        elif dataset.split_found and used[name] >= MIN_PHOTOS:  # `tiny_class` reports smaller classes
            if not parts[label, "train"]:
                yield Hit(None, "no photo for training", name)
            if not parts[label, "val"] and any(split == "val" for _, split in parts):
                yield Hit(None, "no photo for validation", name)


def imbalance(evidence: Evidence) -> Iterator[Hit]:
    """Underrepresented classes: another class has many times their photos; smallest first."""
    counts = {name: number for name, number in _counts(evidence).items() if number}
    if not counts:
        return
    largest = max(counts, key=lambda name: counts[name])
    for name in sorted(counts, key=lambda name: counts[name]):
        if counts[name] * MAX_RATIO <= counts[largest]:
            yield Hit(None, f"{counts[name]:,} photos, “{largest}” has {counts[largest]:,}", name)


def class_names_alike(evidence: Evidence) -> Iterator[Hit]:
    """Classes whose names differ only in case, spaces or the form of their letters."""
    if evidence.dataset.target:
        return
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for name in evidence.dataset.classes:
        groups[plain(name)].append(name)
    for group in groups.values():
        for name in group if len(group) > 1 else ():
            others = ", ".join(f"“{other}”" for other in group if other != name)
            yield Hit(None, f"like {others}", name)


def plain(name: str) -> str:
    """A class name without case, spaces, invisible characters and variants of letters."""
    visible = "".join(letter for letter in name if unicodedata.category(letter) != "Cf")
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).casefold()).strip()
    return re.sub(r"[\s_]+", " ", _GAP.sub("", folded))


def _counts(evidence: Evidence) -> dict[str, int]:
    """Photos of each class for training and validation; none in regression."""
    dataset = evidence.dataset
    if dataset.target:
        return {}
    numbers = Counter(photo.label for photo in dataset.photos if photo.split != "test")
    return {name: numbers[label] for label, name in enumerate(dataset.classes)}
