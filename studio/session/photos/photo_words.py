"""Words about the photos on the Images page: the title of their card, and why there are none; free of Qt."""

from __future__ import annotations

from studio.events import Dataset
from studio.formatting import numbers, typography
from studio.session.photos.photo_filter import PhotoFilter


def title(dataset: Dataset | None, shown: int, selected: int) -> str:
    """Title of the card: how many photos are shown and selected."""
    if dataset is None:
        return "Photos"
    excluded, total = len(dataset.excluded), len(dataset.shown)
    used = numbers.exact(total - excluded) + (f" + {numbers.exact(excluded)} excluded" if excluded else "")
    number = used if shown == total else f"{numbers.exact(shown)} of {numbers.exact(total)}"
    more = f" · {numbers.exact(selected)} selected" if selected > 1 else ""
    return f"Photos · {number}{more}"


def why_none(shown: PhotoFilter) -> str:
    """The reason why no photo matches a filter."""
    text = shown.text.strip()
    if shown.paths and not (text or shown.labels or shown.split):
        return "The photos of this finding are left out of the data set, so they are not shown."
    if text and not (shown.labels or shown.split or shown.paths):
        return f"No photo is called “{typography.one_line(text)}”."
    return "No photo matches the search and the filters." if text else "No photo matches the filters."
