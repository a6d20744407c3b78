"""Output of `thaw cache`: the size and limit of the feature cache, and emptying it."""

from __future__ import annotations

import argparse
import datetime
import sys
from dataclasses import asdict

from studio.commands import cache as jobs
from studio.commands import imports
from studio.events import CacheContents, Events, StoredFeatures
from studio.formatting.numbers import megabytes, plain
from studio.session import cache_words
from studio.spec import UserError
from studio.system.output import is_confirmed, say, say_json, say_table

HEADER = ["BACKBONE", "CONTENT", "PHOTOS", "ROWS", "SIZE", "LAST USED"]


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
        say_table([HEADER, *(_row(stored) for stored in content.stores)], right={3, 4})
    say(f"{_size(content.bytes)} of {_size(content.limit)} in {content.folder}")
    if freed := before.bytes - content.bytes:
        say(f"{_size(freed)} freed")
    return 0


def _size(number: float) -> str:
    return plain(megabytes(number))


def _contents(events: Events) -> CacheContents:
    return next(event for event in events if isinstance(event, CacheContents))


def _confirm(content: CacheContents) -> None:
    """Ask for confirmation; any answer but yes raises."""
    if not content.stores:
        return
    if not sys.stdin.isatty():
        raise UserError(f"The cache holds {_size(content.bytes)}; nothing was removed.", "Add --yes to empty it.")
    if not is_confirmed(f"Remove {_size(content.bytes)} of computed features? Runs are not affected."):
        raise UserError("Nothing was removed.")


def _row(stored: StoredFeatures) -> list[str]:
    used = datetime.datetime.fromtimestamp(stored.used).strftime("%Y-%m-%d %H:%M")
    content, photos = cache_words.content(stored), plain(cache_words.photos(stored))
    return [stored.backbone or "?", content or "?", photos, f"{stored.rows:,}", _size(stored.bytes), used]
