"""Times from records as local times."""

from __future__ import annotations

import datetime


def local(stamp: str) -> str:
    """A time from a record as local time: “2026-11-26 14:06”; “–” for none; other texts are returned as they are."""
    try:
        return datetime.datetime.fromisoformat(stamp).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return stamp or "–"
