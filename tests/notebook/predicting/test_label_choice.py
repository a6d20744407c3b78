"""The photos to label next, as the library describes them."""

from __future__ import annotations

from studio.events import PhotosToLabel, PhotoToLabel
from studio.notebook.predicting.label_next import LabelChoice


def test_photos_that_the_run_knows_are_said_to_need_no_label():
    assert str(LabelChoice(PhotosToLabel((), 5, 0, 5))).startswith(
        "Nothing to label: all 5 photos are in the run's data"
    )
    chosen = LabelChoice(PhotosToLabel((PhotoToLabel("a.jpg", 0.9, "between a 0.5 and b 0.4", "a"),), 5, 3, 2))
    assert "1 of 5 photos to label; the run knows 2 doubtful ones" in str(chosen)
