"""Entry point of the command `thaw`.

A command imports only what it needs, after it was recognized: `--help`, `scan` and `backbones` import neither torch
nor Qt. Exit status: 0 done, 1 a defect of this program, 2 bad input or environment, 130 stopped.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Sequence

from studio.cli.options.parser import COMMANDS, make_parser
from studio.spec import UserError
from studio.spec.network_file import parse
from studio.system import output, paths


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):  # a character that the terminal lacks must not end a run
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    output.begin(arguments)
    try:
        status = _command(arguments)
        output.flush()  # here, where a reader that has closed the pipe is no error
    except (Exception, KeyboardInterrupt, SystemExit) as error:
        status = output.report(error)
    return status


def _command(arguments: list[str]) -> int:
    if not arguments or (arguments[0] not in COMMANDS and not arguments[0].startswith("-")):
        return _open_window(arguments)
    try:
        options = make_parser().parse_args(arguments)
    except SystemExit:  # after --help: its output may be buffered, and an error in writing it must be reported
        output.flush()
        raise
    output.concerns(_paths(options))
    return _run(options)


def _paths(options: argparse.Namespace) -> list[str]:
    """Files and folders in the options, as typed and as absolute paths."""
    values = vars(options)
    names = ("folder", "targets", "weights", "run", "other", "a", "b", "data", "out")
    typed = [str(values[name]) for name in names if values.get(name) not in (None, "", "default", "none")]
    typed += values.get("images", ())
    if (network := parse(str(values.get("backbone") or ""))) is not None:
        typed.append(network.path)
    absolute = []
    with contextlib.suppress(OSError):  # the current folder was deleted
        absolute = [os.path.abspath(paths.expanded(path)) for path in typed]  # noqa: PTH100
    return [*typed, *absolute]


def _run(options: argparse.Namespace) -> int:
    from studio.cli import advise, agreement, cache, dataset, doctor, journal, layers, photo_map, results, training
    from studio.cli.evaluation import evaluation, report, threshold
    from studio.cli.runs import runs

    agreement.settle(options)
    modules = {
        "advise": advise,
        "cache": cache,
        "compare": evaluation,
        "doctor": doctor,
        "evaluate": evaluation,
        "export": results,
        "extract": dataset,
        "journal": journal,
        "layers": layers,
        "map": photo_map,
        "describe": runs,
        "predict": results,
        "activations": results,
        "cam": results,
        "report": report,
        "runs": runs,
        "scan": dataset,
        "threshold": threshold,
    }
    module = modules.get(options.command, training)
    status: int = getattr(module, options.command)(options)
    return status


def _open_window(arguments: list[str]) -> int:
    if len(arguments) > 1:
        raise UserError(
            f"Unknown command “{arguments[0]}”.",
            f"The commands are {', '.join(COMMANDS)}. To open a folder, give only its path.",
        )
    from studio.jobs import timeouts

    if arguments == [""]:
        raise UserError("The path of the folder is empty.", "Give a folder to open, or no argument.")
    if arguments and not timeouts.folders(arguments):
        raise UserError(
            f"Unknown command “{arguments[0]}”, and there is no such folder.",
            "“thaw --help” lists the commands.",
            arguments[0],
        )
    from studio import app

    return app.run(arguments[0] if arguments else None, then_exit=True)
