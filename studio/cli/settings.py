"""Output of `thaw settings`: the user's preferences, and changing them."""

from __future__ import annotations

import argparse
from typing import Any

from studio.spec import UserError
from studio.system import output, preferences
from studio.system.output import say, say_json, say_table
from studio.system.preferences import Preference


def settings(options: argparse.Namespace) -> int:
    """Show all preferences or one, after changing it on request."""
    if options.reset:
        if options.value is not None:
            raise UserError("A value and --reset exclude each other.", "Give one of them.")
        preferences.change({row.key: None for row in _rows(options.key)})
    elif options.value is not None:
        preferences.change({options.key: preferences.parsed(options.key, options.value)})
    rows, faults = _rows(options.key), preferences.faults()
    if options.json:
        say_json({"settings": [_document(row) for row in rows], "faults": list(faults)})
        return output.DONE
    say_table([["SETTING", "VALUE", "FROM", "MEANING"], *([*_cells(row), _meaning(row)] for row in rows)])
    for words in faults:
        output.complain(words)
    if options.value is not None or options.reset:
        when = {row.when for row in rows}
        say(f"This takes effect {next(iter(when)) if len(when) == 1 else 'after a restart'}.")
    return output.DONE


def _rows(key: str | None) -> tuple[Preference, ...]:
    return preferences.ROWS if key is None else (preferences.row(key),)


def _cells(row: Preference) -> list[str]:
    return [row.key, shown(row, preferences.value(row.key)), preferences.origin(row.key)]


def shown(row: Preference, value: Any) -> str:
    """A value as it is typed, with its unit."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    number = f"{value:g}" if isinstance(value, (int, float)) else value or '""'
    return f"{number} {row.unit}".strip()


def _meaning(row: Preference) -> str:
    return f"{row.help} ({', '.join(row.choices)})" if row.choices else row.help


def _document(row: Preference) -> dict[str, Any]:
    return {
        "key": row.key,
        "value": preferences.value(row.key),
        "origin": preferences.origin(row.key),
        "default": row.default,
        "choices": list(row.choices),
        "variable": row.variable,
        "takes_effect": row.when,
        "help": row.help,
    }
