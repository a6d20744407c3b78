"""Output of `thaw journal`: the user's choices about the photos of a folder."""

from __future__ import annotations

import argparse

from studio.cli import progress
from studio.cli.options.specs import folder_of
from studio.commands import journal as jobs
from studio.data.journal.words import choice_words, summary
from studio.events import JournalRead
from studio.jobs.protocol import Work
from studio.spec import DatasetSpec
from studio.spec.structs import asdict
from studio.system import paths
from studio.system.output import say, say_json, say_table

MOST_ROWS = 40
"""Largest number of choices that are printed."""


def journal(options: argparse.Namespace) -> int:
    """Show or change the journal of a folder."""
    result = next(event for event in progress.drain(_work(options)) if isinstance(event, JournalRead))
    if options.json:
        document = asdict(result)
        document["gone"] = document.pop("missing")  # scripts read this key
        say_json({**document, "change": result.change or None, "taken_over": result.taken_over or None})
        return 0
    if result.taken_over:
        say(result.taken_over)
    if result.change:
        say(result.change)
    for row in result.left_out:
        say(f"Not imported: {row.path}, {row.reason}")
    if options.action == "show":
        _say_choices(result)
    say(f"{summary(result.photos) or 'No choices about photos'}; {result.undoable} to undo, {result.redoable} to redo")
    return 0


def _work(options: argparse.Namespace) -> Work:
    folder, folders, background = folder_of(options)
    labels = str(paths.expanded(options.labels).absolute()) if options.labels else ""
    spec = DatasetSpec(
        folder, label_pattern=options.label_pattern, labels=labels, folders=folders, background=background
    )
    match options.action:
        case "show":
            return jobs.show(folder, folders)
        case "undo":
            return jobs.undo(folder, options.count, folders)
        case "redo":
            return jobs.redo(folder, options.count, folders)
        case "export":
            return jobs.export_csv(folder, options.out, folders)
        case "import":
            return jobs.import_csv(folder, options.file, spec)
        case "copy":
            return jobs.copy(folder, options.out, options.links, spec)
        case kind:
            return jobs.choose(folder, kind, options.photos, getattr(options, "value", ""), spec)


def _say_choices(result: JournalRead) -> None:
    rows = [[one.path, choice_words(one)] for one in result.photos]
    rows += [[one.path, f"{choice_words(one)} (not in the folder)"] for one in result.missing]
    rows += [[", ".join(one.photos) or "–", f"{one.kind} accepted"] for one in result.accepted]
    if rows:
        say_table([["PHOTO", "CHOICE"], *rows[:MOST_ROWS]])
    if len(rows) > MOST_ROWS:
        say(f"and {len(rows) - MOST_ROWS:,} more; --json lists all")
