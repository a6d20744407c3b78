"""Preview of labels in file names: the labels that a pattern finds in some names of a folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from studio.data.folder import label_pattern
from studio.formatting import numbers
from studio.formatting.language import counted, tr, translated
from studio.spec import UserError

MOST_CLASSES = 12
"""Largest number of classes that the summary names."""


@dataclass(frozen=True)
class LabelPreview:
    """The labels that a pattern finds.

    Attributes:
        rows: Names of photos, each with its label, "" where it has none: first some of each class, then some without.
        words: Summary: the classes with their counts, and the names without a label.
        obstacle: The reason why the pattern cannot be used; "" where it can.
    """

    rows: tuple[tuple[str, str], ...]
    words: str
    obstacle: str = ""


def preview(names: Sequence[str], total: int, pattern: str, each: int = 3) -> LabelPreview:
    """The labels that a pattern finds.

    Args:
        names: Names of photos; a sample of a very large folder.
        total: Number of photos in the folder.
        pattern: The pattern.
        each: Number of names shown for each class.
    """
    if not pattern:
        return LabelPreview(tuple((name, "") for name in names[: 4 * each]), "", tr("Write a pattern first."))
    try:
        label_of = label_pattern.reader(pattern)
    except UserError as error:
        return LabelPreview(tuple((name, "") for name in names[: 4 * each]), "", translated(error.title))
    labels = [label_of(name) for name in names]
    counts = Counter(filter(None, labels))
    if not counts:
        return LabelPreview(tuple((name, "") for name in names[: 4 * each]), "", tr("No name matches this pattern."))
    shown: Counter[str] = Counter()
    rows = []
    for name, label in sorted(zip(names, labels, strict=True), key=lambda row: (not row[1], row[1], row[0])):
        shown[label] += 1
        if shown[label] <= each:
            rows.append((name, label))
    classes = [f"{label} {numbers.exact(count)}" for label, count in sorted(counts.items())]
    more = [tr("{classes} more").format(classes=len(classes) - MOST_CLASSES)] if len(classes) > MOST_CLASSES else []
    parts = [f"{counted(len(counts), 'class', 'classes')}: {', '.join(classes[:MOST_CLASSES] + more)}"]
    if missing := len(labels) - sum(counts.values()):
        parts.append(tr("{names} without a label, left out").format(names=counted(missing, "name")))
    if total > len(names):
        parts.append(
            tr("of {names} of {total} photos").format(names=numbers.exact(len(names)), total=numbers.exact(total))
        )
    return LabelPreview(tuple(rows), " · ".join(parts))
