"""The command `thaw`.

Only what a command needs is imported, and only once it is known: `--help`, `scan` and `backbones` never touch torch or
Qt. Exit status: 0 done, 1 a defect of this program, 2 bad input or surroundings, 130 stopped.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Sequence

from studio.cli.parser import COMMANDS, make_parser
from studio.spec import UserError
from studio.system import output, paths


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):  # a terminal of another alphabet must not end a run
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    output.begin(arguments)
    try:
        status = _command(arguments)
        output.flush()  # here, where a reader that has gone is no error
    except (Exception, KeyboardInterrupt, SystemExit) as error:
        status = output.report(error)
    return status


def _command(arguments: list[str]) -> int:
    if not arguments or (arguments[0] not in COMMANDS and not arguments[0].startswith("-")):
        return _open_window(arguments)
    try:
        options = make_parser().parse_args(arguments)
    except SystemExit:  # after --help; what it printed must not be lost without a word
        output.flush()
        raise
    output.concerns(_paths(options))
    return _run(options)


def _paths(options: argparse.Namespace) -> list[str]:
    """Files and folders that the options name, as written and as the program speaks of them."""
    given = vars(options)
    names = ("folder", "targets", "weights", "run", "data", "out")
    written = [str(given[name]) for name in names if given.get(name) not in (None, "", "default", "none")]
    written += given.get("images", ())
    absolute = []
    with contextlib.suppress(OSError):  # the folder the command was started in is gone
        absolute = [os.path.abspath(paths.expanded(path)) for path in written]  # noqa: PTH100
    return [*written, *absolute]


def _run(options: argparse.Namespace) -> int:
    from studio.cli import cache, dataset, doctor, results, runs, training

    modules = {
        "cache": cache,
        "doctor": doctor,
        "export": results,
        "extract": dataset,
        "predict": results,
        "runs": runs,
        "scan": dataset,
    }
    where = modules.get(options.command, training)
    status: int = getattr(where, options.command)(options)
    return status


def _open_window(arguments: list[str]) -> int:
    if len(arguments) > 1:
        raise UserError(
            f"“{arguments[0]}” is not a command.",
            f"The commands are {', '.join(COMMANDS)}; or give one folder to open.",
        )
    from studio.jobs import timeouts

    if arguments == [""]:
        raise UserError("The path of the folder is empty.", "Give a folder to open, or nothing.")
    if arguments and not timeouts.folders(arguments):
        raise UserError(
            f"“{arguments[0]}” is neither a command nor a folder.", "“thaw --help” lists the commands.", arguments[0]
        )
    from studio import app

    return app.run(arguments[0] if arguments else None, then_exit=True)
