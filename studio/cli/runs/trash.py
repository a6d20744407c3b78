"""Output of the options of `thaw runs` that concern the trash."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from studio.cli import progress
from studio.commands import runs as jobs
from studio.events import RunRestored, RunTrashed, TrashListed
from studio.formatting.numbers import many, megabytes, plain
from studio.formatting.times import local
from studio.jobs.protocol import Work
from studio.spec import UserError
from studio.spec.structs import asdict
from studio.system.names import command_word
from studio.system.output import is_confirmed, say, say_json, say_table


def act(options: argparse.Namespace) -> int:
    """Move runs to the trash, restore them, list the trash, or empty it."""
    if options.trash:
        return _discarded(options)
    if options.restore:
        return _restored(options)
    listing = _listing(jobs.list_trash(options.folder))
    if options.empty_trash:
        if not options.yes:
            _confirm(listing)
        left = _listing(jobs.empty_trash(options.folder))
        freed = sum(run.size for run in listing.runs) - sum(run.size for run in left.runs)
        if options.json:
            say_json({"folder": listing.folder, "deleted": [asdict(run) for run in listing.runs], "freed": freed})
            return 0
        say(f"{plain(many(len(listing.runs), 'run'))} deleted, {plain(megabytes(freed))} freed")
        return 0
    if options.json:
        say_json({"folder": listing.folder, "trashed": [asdict(run) for run in listing.runs]})
        return 0
    if listing.runs:
        rows = [
            [Path(run.origin).name, run.title or "–", local(run.trashed), plain(megabytes(run.size))]
            for run in listing.runs
        ]
        say_table([["NAME", "TITLE", "REMOVED", "SIZE"], *rows], right={3})
    say(f"{plain(many(len(listing.runs), 'run'))} in the trash of {listing.folder}")
    return 0


def _discarded(options: argparse.Namespace) -> int:
    trashed = []
    for path in options.trash:
        run = _event(jobs.discard(Path(path)), RunTrashed).run
        trashed.append(asdict(run))
        if not options.json:
            say(f"Moved to the trash: {run.origin}")
            say(f"To restore it: thaw runs --restore {command_word(run.origin)}")
    if options.json:
        say_json({"trashed": trashed})
    return 0


def _restored(options: argparse.Namespace) -> int:
    restored = []
    for name in options.restore:
        run = _event(jobs.restore(name, options.folder), RunRestored).run
        restored.append(asdict(run))
        if not options.json:
            say(f"Restored: {run.origin}")
    if options.json:
        say_json({"restored": restored})
    return 0


def _event(work: Work, kind: type) -> RunTrashed | RunRestored:
    return next(event for event in progress.drain(work) if isinstance(event, kind))  # type: ignore[return-value]


def _listing(work: Work) -> TrashListed:
    return next(event for event in progress.drain(work) if isinstance(event, TrashListed))


def _confirm(listing: TrashListed) -> None:
    """Ask for confirmation; any answer but yes raises."""
    if not listing.runs:
        return
    size = plain(megabytes(sum(run.size for run in listing.runs)))
    count = plain(many(len(listing.runs), "run"))
    if not sys.stdin.isatty():
        raise UserError(f"The trash holds {count} ({size}); nothing was deleted.", "Add --yes to empty it.")
    if not is_confirmed(f"Delete {count} ({size}) for good?"):
        raise UserError("Nothing was deleted.")
