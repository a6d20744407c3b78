"""The command `thaw map`."""

from __future__ import annotations

import argparse
from pathlib import Path

from studio.cli import progress
from studio.cli.options.specs import backbone_of, dataset_of
from studio.commands import photo_map as jobs
from studio.data.journal.photo_names import PhotoNames
from studio.evaluate.photo_map import document as documents
from studio.events import DatasetScanned, PhotosMapped, Saved
from studio.jobs.protocol import Work
from studio.runs import folder as runs
from studio.system import paths
from studio.system.output import say, say_json, say_table

MOST = 20
"""Largest number of photos that are printed; --json and --out list all."""


def map(options: argparse.Namespace) -> int:
    """Map the photos of a folder or run, and name those whose label is likely wrong."""
    work = _work(options)
    events = progress.drain(jobs.written(work, options.out) if options.out is not None else work)
    dataset = next(event.dataset for event in events if isinstance(event, DatasetScanned))
    result = [event for event in events if isinstance(event, PhotosMapped)][-1]
    similar = _similar(result, options.similar) if options.similar is not None else None
    if options.json:
        more = {} if similar is None else {"similar": similar}
        out = next((event.path for event in events if isinstance(event, Saved)), None)
        say_json({**documents.document(result, dataset), **more, "out": out})
        return 0
    say(f"{len(result.paths):,} photos placed by {documents.method_words(result)} ({result.backbone.name})")
    suspects = documents.suspects(result, dataset)
    if suspects:
        say(f"Likely label errors ({len(suspects):,}), by the nearest photos:")
        some = suspects[:MOST]
        rows = [[f"  {one.path}", one.label, one.suggested, f"{one.agree} of {one.of}"] for one in some]
        say_table([["  PHOTO", "LABEL", "LIKELY", "NEIGHBORS"], *rows])
        if len(suspects) > MOST:
            say(f"  and {len(suspects) - MOST:,} more; --json and --out have all")
    elif not dataset.target:
        say("No photo's label is likely wrong, by the nearest photos")
    if similar is not None:
        say("Most similar photos, the most similar first:")
        for path in similar[:MOST]:
            say(f"  {path}")
    if options.out is not None:
        say(f"The map was written to {options.out}")
    return 0


def _work(options: argparse.Namespace) -> Work:
    where = Path(paths.expanded(options.folder))
    if where.name == runs.RUN or (where / runs.RUN).is_file():
        return jobs.map_of_run(where, options.method, options.device, options.data)
    return jobs.photo_map(dataset_of(options), backbone_of(options), options.method, options.device)


def _similar(result: PhotosMapped, name: str) -> list[str]:
    """The photos most similar to one, the most similar first."""
    (path, *_) = PhotoNames(result.folder, sorted(result.paths)).find([name])
    if result.neighbors is None:
        return []
    return [result.paths[place] for place in result.neighbors[result.paths.index(path)].tolist()]
