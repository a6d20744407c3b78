"""What `thaw doctor` prints: each thing that the program stands on, and what to do where one is broken."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from studio.cli import progress
from studio.commands import doctor as command
from studio.events import Checked
from studio.formatting.numbers import many
from studio.system.failures import Words
from studio.system.output import DONE, REFUSED, error_document, say, say_json, say_table


def doctor(options: argparse.Namespace) -> int:
    """Check everything; exit status 2 where something is to be done."""
    found = [event for event in progress.drain(command.doctor()) if isinstance(event, Checked)]
    broken = [one for one in found if not one.ok]
    title = f"{many(len(broken), 'problem')}: {', '.join(one.name for one in broken)}."
    if options.json:
        error = error_document(Words(title, broken[0].hint)) if broken else {}
        say_json({"ok": not broken, **error, "checks": [asdict(one) for one in found]})
    else:
        say_table([row for one in found for row in _rows(one)])
        say(title if broken else "All is well.")
    return REFUSED if broken else DONE


def _rows(one: Checked) -> list[list[str]]:
    """What was found, and under it what to do."""
    row = ["ok" if one.ok else "problem", one.name, one.found]
    return [row, ["", "", f"→ {one.hint}"]] if one.hint else [row]
