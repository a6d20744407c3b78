"""Output of `thaw cache`: the size and limit of the feature cache, and emptying it."""

from __future__ import annotations

import argparse
import datetime
import sys
from dataclasses import asdict

from studio.commands import cache as jobs
from studio.commands import imports
from studio.events import CacheContents, Events, StoredFeatures
from studio.spec import UserError
from studio.system.output import say, say_json, say_table

HEADER = ["BACKBONE", "CONTENT", "ROWS", "SIZE", "LAST USED"]


def cache(options: argparse.Namespace) -> int:
    """Show the cache, after setting its limit or emptying it on request."""
    before = _contents(imports.start(jobs.cache()))
    if options.clear and not options.yes:
        _confirm(before)
    content = _contents(imports.start(jobs.cache(options.limit, options.clear)))
    if options.json:
        document = asdict(content)
        document["shelves"] = document.pop("stores")  # scripts read this key
        say_json(document)
        return 0
    if content.stores:
        say_table([HEADER, *(_row(stored) for stored in content.stores)], right={2, 3})
    say(f"{size(content.bytes)} of {size(content.limit)} in {content.folder}")
    if freed := before.bytes - content.bytes:
        say(f"{size(freed)} freed")
    return 0


def size(number: float) -> str:
    """A number of bytes: "640 B", "2.0 MB", "1.2 GB"."""
    for unit, power in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if number >= power * 0.9995:
            return f"{number / power:.1f} {unit}".replace(".0 GB", " GB")
    return f"{number:.0f} B"


def _contents(events: Events) -> CacheContents:
    return next(event for event in events if isinstance(event, CacheContents))


def _confirm(content: CacheContents) -> None:
    """Ask for confirmation; any answer but yes raises."""
    if not content.stores:
        return
    if not sys.stdin.isatty():
        raise UserError(f"The cache holds {size(content.bytes)}; nothing was removed.", "Add --yes to empty it.")
    print(f"Remove {size(content.bytes)} of computed features? Runs stay. [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UserError("Nothing was removed.")


def _row(stored: StoredFeatures) -> list[str]:
    used = datetime.datetime.fromtimestamp(stored.used).strftime("%Y-%m-%d %H:%M")
    return [stored.backbone or "?", stored.cut or "?", f"{stored.rows:,}", size(stored.bytes), used]
