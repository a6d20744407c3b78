"""Output of `thaw predict` with a table or folders: what was written, not each prediction."""

from __future__ import annotations

import argparse
import shlex
from contextlib import closing
from typing import Any

from studio.cli import progress
from studio.cli.predictions.skipped import skipped_document, without_prediction
from studio.commands.predictions import folder
from studio.data import sorted_folders
from studio.events import ImageSkipped, PhotosSorted, SortingUndone, TableWritten
from studio.formatting import numbers
from studio.spec import UserError
from studio.system.output import complain, say, say_json

MOST_SKIPPED = 1000
"""Largest number of photos without a prediction that are listed; a table has all of them."""


MOST_LEFT = 20
"""Largest number of files listed that stay when sorting is undone."""


def predict(options: argparse.Namespace) -> int:
    """Write the table or sort the photos; exit status 2 if a photo has no prediction."""
    if options.trace:
        raise UserError("--trace shows single photos.", "Leave it out, or leave out --out and --sort-into.")
    if options.sort_into is None and (options.link or options.copy):
        raise UserError("--link and --copy say how photos are sorted.", "Give the folder with --sort-into.")
    outputs = folder.Outputs(options.out, options.sort_into, links=not options.copy)
    work = folder.predict(options.run, options.images, outputs, options.device, options.epoch)
    skipped: list[ImageSkipped] = []
    written: TableWritten | None = None
    ordered: PhotosSorted | None = None
    number = 0
    try:
        with closing(progress.follow(work)) as events:  # type: ignore[type-var]  # it is a generator
            for event in events:
                if isinstance(event, ImageSkipped):
                    number += not event.stray
                    if len(skipped) < MOST_SKIPPED:
                        skipped.append(event)
                elif isinstance(event, TableWritten):
                    written = event
                elif isinstance(event, PhotosSorted):
                    ordered = event
    except KeyboardInterrupt:
        complain("Stopped; everything done so far is saved, and the same command continues.")
        raise
    fault = without_prediction(skipped, number)
    if options.json:
        say_json({**_table(written), **_sorted(ordered), **skipped_document(skipped, fault)})
    else:
        _say(written, ordered)
    if fault is not None:
        raise fault
    return 0


def unsort(options: argparse.Namespace) -> int:
    """Remove the links and copies of sorted photos."""
    undone: SortingUndone | None = None
    with closing(progress.follow(folder.undo_sorting(options.folder))) as events:  # type: ignore[type-var]
        for event in events:
            undone = event if isinstance(event, SortingUndone) else undone
    assert undone is not None
    if options.json:
        left = [{"path": path, "reason": reason} for path, reason in undone.left]
        say_json({"folder": undone.folder, "removed": undone.removed, "left": left})
        return 0
    say(f"{numbers.many(undone.removed, 'link or copy', 'links and copies')} removed from {undone.folder}")
    for path, reason in undone.left[:MOST_LEFT]:
        say(f"stays: {path}: {reason}")
    if len(undone.left) > MOST_LEFT:
        say(f"{len(undone.left) - MOST_LEFT:,} more files stay; they are in {sorted_folders.LISTING}.")
    return 0


def _table(written: TableWritten | None) -> dict[str, Any]:
    if written is None:
        return {}
    return {
        "out": written.path,
        "rows": written.rows,
        "rows_before": written.before,
        "without_prediction": written.without,
    }


def _sorted(ordered: PhotosSorted | None) -> dict[str, Any]:
    if ordered is None:
        return {}
    return {
        "sorted_into": ordered.folder,
        "folders": dict(ordered.counts),
        "kind": "links" if ordered.links else "copies",
        "sorted_before": ordered.before,
        "not_sorted": [{"path": path, "reason": reason} for path, reason in ordered.failed],
        "listing": ordered.listing,
    }


def _say(written: TableWritten | None, ordered: PhotosSorted | None) -> None:
    if written is not None:
        before = f", {written.before:,} of them from before" if written.before else ""
        without = f"; {written.without:,} without a prediction, with the reason" if written.without else ""
        say(f"{written.rows:,} rows in {written.path}{before}{without}")
    if ordered is not None:
        kind = "links" if ordered.links else "copies"
        for name, count in ordered.counts:
            say(f"{count:8,}  {name}")
        before = f"; {ordered.before:,} photos were sorted before" if ordered.before else ""
        say(f"{sum(count for _, count in ordered.counts):,} {kind} in {ordered.folder}{before}")
        for path, reason in ordered.failed[:20]:
            say(f"not sorted: {path}: {reason}")
        say(f"All that was made is listed in {ordered.listing}. To undo it: thaw unsort {shlex.quote(ordered.folder)}")
