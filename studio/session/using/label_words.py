"""Sentences about photos to label next, for window, terminal and library."""

from __future__ import annotations

from studio.events import PhotosToLabel
from studio.formatting import numbers
from studio.formatting.language import tr


def nothing_new(found: PhotosToLabel) -> str:
    """The sentence for photos that the run knows, all of them; "" where there is a photo that it does not know."""
    if found.doubtful or not found.predicted or found.duplicates < found.predicted:
        return ""
    given = (
        tr("the photo is")
        if found.predicted == 1
        else tr("all {predicted} photos are").format(predicted=numbers.exact(found.predicted))
    )
    return tr(
        "Nothing to label: {given} in the run's data set already, or a copy of one of its training "
        "photos. Give photos that the run does not know."
    ).format(given=given)
