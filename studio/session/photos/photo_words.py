"""Words about the photos on the Images page: the title of their card, and why there are none; free of Qt."""

from __future__ import annotations

from studio.events import Dataset
from studio.formatting import numbers, typography
from studio.formatting.language import tr
from studio.session.photos.photo_filter import PhotoFilter


def title(dataset: Dataset | None, shown: int, selected: int) -> str:
    """Title of the card: how many photos are shown and selected."""
    if dataset is None:
        return tr("Photos")
    excluded, total = len(dataset.excluded), len(dataset.shown)
    used = numbers.exact(total - excluded) + (
        tr(" + {number} excluded").format(number=numbers.exact(excluded)) if excluded else ""
    )
    number = (
        used
        if shown == total
        else tr("{number} of {total}").format(number=numbers.exact(shown), total=numbers.exact(total))
    )
    more = tr(" · {number} selected").format(number=numbers.exact(selected)) if selected > 1 else ""
    return f"{tr('Photos')} · {number}{more}"


def why_none(shown: PhotoFilter) -> str:
    """The reason why no photo matches a filter."""
    text = shown.text.strip()
    if shown.paths and not (text or shown.labels or shown.split or shown.answer):
        return tr("The photos of this finding are left out of the data set, so they are not shown.")
    if text and not (shown.labels or shown.split or shown.paths or shown.set or shown.answer):
        return tr("No photo has “{name}” in its path.").format(name=typography.one_line(text))
    return tr("No photo matches the search and the filters.") if text else tr("No photo matches the filters.")
