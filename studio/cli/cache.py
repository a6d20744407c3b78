"""What `thaw cache` prints and does: the cache of computed features, its size, its limit, and emptying it."""

from __future__ import annotations

import argparse
import datetime
import sys
from dataclasses import asdict

from studio.commands import cache as jobs
from studio.commands import imports
from studio.events import CacheFound, Events, ShelfFound
from studio.spec import UserError
from studio.system.output import say, say_json, say_table

HEADER = ["BACKBONE", "KEPT", "ROWS", "SIZE", "LAST USED"]


def cache(options: argparse.Namespace) -> int:
    """Show the cache; set its limit or empty it first where that was asked for."""
    before = _found(imports.start(jobs.cache()))
    if options.clear and not options.yes:
        _agree(before)
    found = _found(imports.start(jobs.cache(options.limit, options.clear)))
    if options.json:
        say_json(asdict(found))
        return 0
    if found.shelves:
        say_table([HEADER, *(_row(shelf) for shelf in found.shelves)], right={2, 3})
    say(f"{size(found.bytes)} of {size(found.limit)} in {found.folder}")
    if freed := before.bytes - found.bytes:
        say(f"{size(freed)} freed")
    return 0


def size(number: float) -> str:
    """Bytes for people: "640 B", "2.0 MB", "1.2 GB"."""
    for unit, power in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if number >= power * 0.9995:
            return f"{number / power:.1f} {unit}".replace(".0 GB", " GB")
    return f"{number:.0f} B"


def _found(events: Events) -> CacheFound:
    return next(event for event in events if isinstance(event, CacheFound))


def _agree(found: CacheFound) -> None:
    """Ask; whoever does not say yes gets nothing emptied."""
    if not found.shelves:
        return
    if not sys.stdin.isatty():
        raise UserError(f"The cache holds {size(found.bytes)}; nothing was removed.", "Add --yes to empty it.")
    print(f"Remove {size(found.bytes)} of computed features? Runs stay. [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UserError("Nothing was removed.")


def _row(shelf: ShelfFound) -> list[str]:
    used = datetime.datetime.fromtimestamp(shelf.used).strftime("%Y-%m-%d %H:%M")
    return [shelf.backbone or "?", shelf.cut or "?", f"{shelf.rows:,}", size(shelf.bytes), used]
