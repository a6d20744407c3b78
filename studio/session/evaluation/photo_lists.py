"""The lists of photos that an evaluation names: the hardest ones, and those whose label is likely wrong."""

from __future__ import annotations

from dataclasses import dataclass

from studio.session.evaluation.photo_selection import PhotoSelection
from studio.session.part_results import PartResults


@dataclass(frozen=True)
class PhotoList:
    """A list to go through.

    Attributes:
        text: Its name with the number of its photos.
        tip: What it contains.
        selection: Its photos.
        why: The reason why it cannot be shown; "" where it can.
    """

    text: str
    tip: str
    selection: PhotoSelection
    why: str = ""


def lists(results: PartResults) -> tuple[PhotoList, ...]:
    """All mistakes, the hardest photos and the likely label errors."""
    mistakes = PhotoList("All mistakes", "Every wrong photo, the most confident first", PhotoSelection())
    tips = {
        "hardest": ("Hardest photos", "Photos with the highest losses, right or wrong, the worst first"),
        "label_errors": (
            "Likely label errors",
            "Another class is far more probable than the label, likeliest first",
        ),
    }
    return (mistakes, *(_list(results, key, title, tip) for key, (title, tip) in tips.items()))


def _list(results: PartResults, key: str, title: str, tip: str) -> PhotoList:
    paths = tuple(row["path"] for row in results.document.get(key, ()))
    why = ""
    if not results.document:
        why = "The photos are not evaluated yet."
    elif not paths:
        why = "There are no such photos." if key == "label_errors" else "There are no photos."
    return PhotoList(f"{title} ({len(paths)})" if paths else title, tip, PhotoSelection(None, paths, title), why)
