"""Times of records in local time."""

from __future__ import annotations

import datetime


def local(stamp: str) -> str:
    """A time of a record in local time: “2026-11-26 14:06”; “–” for none, other texts unchanged."""
    try:
        return datetime.datetime.fromisoformat(stamp).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return stamp or "–"
