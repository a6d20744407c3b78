"""Labels in file names: a regular expression finds the class in the name of each photo."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from studio.spec import UserError

UNMATCHED = "its name does not match the pattern of the labels"
"""Reason for leaving out a photo."""

PROPOSALS = (
    r"^(.+?)[\s._-]*\(?\d+\)?\.",
    r"^([^\W\d_]+)",
    r"^([^_]+)_",
    r"^([^-]+)-",
    r"[_-]([^_-]+)\.",
)
"""Common forms: “cat.12.jpg” and “cat (12).jpg”, letters at the start, the part before “_” or “-”, the last part."""

MOST_CLASSES = 0.5
"""Classes per photo above which a pattern is not proposed: nearly every photo would be its own class."""


def reader(pattern: str) -> Callable[[str], str]:
    """A function that finds the label in the path of a photo: the first group, or the whole match; "" without one.

    Args:
        pattern: The regular expression; searched in the name of the file, with its suffix.

    Raises:
        UserError: It is not a regular expression.
    """
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise UserError(
            f"The pattern “{pattern}” is not a regular expression: {error}.",
            "Example: “^([^_]+)_” finds the part before the first underscore.",
        ) from error

    def label_of(name: str) -> str:
        match = expression.search(name.rpartition("/")[2])
        if match is None:
            return ""
        label = next((group for group in match.groups() if group is not None), match.group()).strip()
        return "" if label in (".", "..") else label  # classes may become folders

    return label_of


def propose(names: Sequence[str]) -> str:
    """The pattern of `PROPOSALS` that fits most names of photos with few classes; "" where none does."""
    best = (0.0, 0, "")
    for place, pattern in enumerate(PROPOSALS):
        label_of = reader(pattern)
        counts = Counter(filter(None, map(label_of, names)))
        single = sum(count == 1 for count in counts.values())  # probably names of single photos, not classes
        photos = sum(counts.values()) - 2 * single
        if 2 <= len(counts) - single <= max(2, MOST_CLASSES * len(names)):
            best = max(best, (photos / len(names), -place, pattern))
    return best[2]


def labels_of(paths: Iterable[str], pattern: str) -> dict[str, str]:
    """The label of each photo whose name has one, by path.

    Raises:
        UserError: It is not a regular expression.
    """
    label_of = reader(pattern)
    return {path: label for path in paths if (label := label_of(path))}
