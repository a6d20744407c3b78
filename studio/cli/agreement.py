"""The agreement to run the code of a user's own network: by an option, or by an answer in the terminal."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from studio.catalog import agreements, network_files
from studio.commands import backbones
from studio.jobs import timeouts
from studio.spec import UserError
from studio.spec.network_file import NetworkFile, parse
from studio.system import paths
from studio.system.output import is_confirmed

NETWORKS = ("backbone", "source")
"""Options that may name a network."""

RUNS = ("run", "a", "b", "other", "folder", "source")
"""Options that may name a run or an exported head."""

PATIENCE_S = 2.0
"""Seconds after which a disk or server that holds a run counts as unresponsive."""


def settle(options: argparse.Namespace) -> None:
    """Ask for the agreement to every file of code that a command would run, unless it was given before.

    A command that needs the code only if results are missing does not ask, and fails there without the agreement.

    Raises:
        UserError: A file cannot be used, or the user does not agree.
    """
    if not hasattr(options, "trust") or not (options.trust or options.always_runs_code):
        return
    for file in _files(options):
        if agreements.is_agreed(file):
            continue
        if options.trust or _answer(file):
            agreements.agree(file)
        else:
            agreements.require(file)


def _files(options: argparse.Namespace) -> Iterator[NetworkFile]:
    """The files of code in the options, as they are now."""
    values = vars(options)
    for name in NETWORKS:
        own = parse(str(values.get(name) or ""))
        if own is not None:
            yield network_files.pinned_file(own)
    for name in RUNS:
        if values.get(name):
            source = Path(paths.expanded(str(values[name])))
            try:
                recorded = timeouts.within(PATIENCE_S, _recorded, source)
            except TimeoutError:  # the command itself reports a server that does not answer
                continue
            if recorded is not None:
                try:
                    yield network_files.pinned_file(recorded)
                except UserError:
                    if values["always_runs_code"]:
                        raise


def _recorded(source: Path) -> NetworkFile | None:
    """The file of code of a run or an exported head; None if there is neither at this path."""
    return backbones.network_file_of(source) if source.exists() else None


def _answer(file: NetworkFile) -> bool:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    words = (
        f"{file.path} is code, which can do anything on this computer that you can do.\n"
        f"Run it now, and whenever it has this content (SHA-256 {file.content[:12]}…)?"
    )
    try:
        return is_confirmed(words)
    except (OSError, UserError):
        return False
