"""Output of `thaw label-next` and of `thaw predict --next`: which photos to label, and why."""

from __future__ import annotations

import argparse
from contextlib import closing
from typing import Any

from studio.cli import progress
from studio.cli.predictions.skipped import skipped_document, without_prediction
from studio.commands import results
from studio.events import ImageSkipped, PhotosToLabel
from studio.session.using import label_words
from studio.system.output import say, say_json, say_table


def label_next(options: argparse.Namespace) -> int:
    """Print which photos to label; photos that cannot be read are warnings, as the others can be labeled."""
    work = results.label_next(options.run, options.images, options.next, options.device, options.epoch)
    found: PhotosToLabel | None = None
    skipped: list[ImageSkipped] = []
    with closing(progress.follow(work)) as events:  # type: ignore[type-var]  # it is a generator
        for event in events:
            if isinstance(event, PhotosToLabel):
                found = event
            elif isinstance(event, ImageSkipped):
                skipped.append(event)
    assert found is not None
    fault = without_prediction(skipped) if not found.predicted else None
    if options.json:
        say_json({**document(found), **skipped_document(skipped, fault)})
    else:
        say_photos(found)
    if fault is not None:
        raise fault
    return 0


def document(found: PhotosToLabel) -> dict[str, Any]:
    """The photos to label as JSON."""
    return {
        "next": [
            {"path": one.path, "doubt": one.doubt, "why": one.why, "predicted": one.predicted} for one in found.photos
        ],
        "predicted_photos": found.predicted,
        "doubtful": found.doubtful,
        "duplicates": found.duplicates,
    }


def say_photos(found: PhotosToLabel) -> None:
    """Print the photos to label, the first of the choice first."""
    known = label_words.nothing_new(found)
    if known:
        say(known)
        return
    if found.photos:
        rows = [[one.path, f"{one.doubt:.2f}", one.why] for one in found.photos]
        say_table([["LABEL NEXT", "DOUBT", "WHY"], *rows], {1})
    else:
        say("No photo to label.")
    left_out = f", {found.duplicates:,} left out: the run knows them already" if found.duplicates else ""
    say(f"Chosen among the {found.doubtful:,} most doubtful of {found.predicted:,} photos{left_out}")
