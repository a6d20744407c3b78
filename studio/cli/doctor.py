"""Output of `thaw doctor`: the state of everything the program depends on, and how to repair it."""

from __future__ import annotations

import argparse
from typing import Any

from studio.cli import progress
from studio.commands import doctor as command
from studio.events import CheckResult
from studio.formatting.numbers import many
from studio.system.failures import ErrorMessage
from studio.system.output import DONE, REFUSED, error_document, say, say_json, say_table


def doctor(options: argparse.Namespace) -> int:
    """Run all checks; exit status 2 if one failed."""
    checks = [event for event in progress.drain(command.doctor()) if isinstance(event, CheckResult)]
    broken = [check for check in checks if not check.ok]
    title = f"{many(len(broken), 'problem')}: {', '.join(one.name for one in broken)}."
    if options.json:
        error = error_document(ErrorMessage(title, broken[0].hint)) if broken else {}
        devices = [
            {"name": one.name, "kernel_ran": one.kernel_ran, "ok": one.ok}
            for one in checks
            if one.kernel_ran is not None
        ]
        say_json({"ok": not broken, **error, "devices": devices, "checks": [_document(one) for one in checks]})
    else:
        say_table([row for one in checks for row in _rows(one)])
        say(title if broken else "No problems.")
    return REFUSED if broken else DONE


def _document(one: CheckResult) -> dict[str, Any]:
    return {"name": one.name, "ok": one.ok, "found": one.detail, "hint": one.hint}


def _rows(one: CheckResult) -> list[list[str]]:
    """Rows of one check: its result, and a hint below it."""
    row = ["ok" if one.ok else "problem", one.name, one.detail]
    return [row, ["", "", f"→ {one.hint}"]] if one.hint else [row]
