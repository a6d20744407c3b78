"""Entry point of the command `thaw`.

A command imports only what it needs, and only after the command line was parsed: `--help`, `scan` and `backbones`
import neither torch nor Qt. Exit status: 0 done, 1 a defect of this program, 2 bad input or environment, 4 an exported
file is not verified or has changed, or the results of a `replay` differ, 5 a run cannot be trained again, 130 stopped.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import os
import sys
from collections.abc import Sequence

from studio.cli import workers
from studio.cli.options.parser import COMMANDS, make_parser
from studio.spec import UserError
from studio.spec.network_file import parse
from studio.system import output, paths

_MODULES = {
    "activations": "studio.cli.results",
    "advise": "studio.cli.advise",
    "cache": "studio.cli.cache",
    "cam": "studio.cli.results",
    "compare": "studio.cli.evaluation.evaluation",
    "describe": "studio.cli.runs.runs",
    "doctor": "studio.cli.doctor",
    "evaluate": "studio.cli.evaluation.evaluation",
    "export": "studio.cli.results",
    "extract": "studio.cli.data.dataset",
    "forecast": "studio.cli.forecast",
    "journal": "studio.cli.data.journal",
    "label-next": "studio.cli.predictions.label_next",
    "layers": "studio.cli.layers",
    "map": "studio.cli.data.photo_map",
    "predict": "studio.cli.predictions.predict",
    "project": "studio.cli.runs.project",
    "queue": "studio.cli.runs.queue",
    "replay": "studio.cli.runs.replay",
    "report": "studio.cli.evaluation.report",
    "runs": "studio.cli.runs.runs",
    "scan": "studio.cli.data.dataset",
    "settings": "studio.cli.settings",
    "sweep": "studio.cli.runs.sweep",
    "threshold": "studio.cli.evaluation.threshold",
    "unsort": "studio.cli.predictions.folder_output",
}
"""The module of each command whose function is not in `studio.cli.training`."""

SUFFIX = ".thaw"
"""Suffix of project files; `studio.runs.project_file` has the same, and takes long to import."""


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


def module_of(command: str) -> str:
    """Name of the module with the function of a command."""
    return _MODULES.get(command, "studio.cli.training")


def function_of(command: str) -> str:
    """Name of the function of a command in its module: of `label-next` it is `label_next`."""
    return command.replace("-", "_")


def _command(arguments: list[str]) -> int:
    if not arguments or (arguments[0] not in COMMANDS and not arguments[0].startswith("-")):
        return _open_window(arguments)
    try:
        options = make_parser().parse_args(arguments)
    except SystemExit:  # after --help: its output may be buffered, and an error in writing it must be reported
        output.flush()
        raise
    output.concerns(_paths(options))
    workers.require_able(options.command)
    return _run(options)


def _paths(options: argparse.Namespace) -> list[str]:
    """Files and folders in the options, as typed and as absolute paths."""
    values = vars(options)
    names = (
        "folder",
        "space",
        "targets",
        "weights",
        "run",
        "source",
        "image",
        "other",
        "a",
        "b",
        "data",
        "out",
        "file",
    )
    typed = [str(values[name]) for name in names if values.get(name) not in (None, "", "default", "none")]
    typed += values.get("images", ())
    if (network := parse(str(values.get("backbone") or ""))) is not None:
        typed.append(network.path)
    absolute = []
    with contextlib.suppress(OSError):  # the current folder was deleted
        absolute = [paths.absolute(path) for path in typed]
    return [*typed, *absolute]


def _run(options: argparse.Namespace) -> int:
    from studio.cli import agreement

    agreement.settle(options)
    # Only its own module: those of all commands together take a quarter of a second to import.
    module = importlib.import_module(module_of(options.command))
    with output.results_only():
        status: int = getattr(module, function_of(options.command))(options)
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
    if arguments and arguments[0].lower().endswith(SUFFIX) and os.path.isfile(paths.expanded(arguments[0])):  # noqa: PTH113
        from studio import app

        return app.run(None, then_exit=True, project=os.path.abspath(paths.expanded(arguments[0])))  # noqa: PTH100
    if arguments and not timeouts.folders(arguments):
        raise UserError(
            f"Unknown command “{arguments[0]}”, and there is no such folder.",
            "“thaw --help” lists the commands.",
            arguments[0],
        )
    from studio import app

    return app.run(arguments[0] if arguments else None, then_exit=True)
