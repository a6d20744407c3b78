"""Output of `thaw report`."""

from __future__ import annotations

import argparse
from pathlib import Path

from studio.cli import progress
from studio.commands.evaluation import report as commands
from studio.events import Saved
from studio.formatting.numbers import megabytes, plain
from studio.spec import UserError
from studio.system.output import say, say_json


def report(options: argparse.Namespace) -> int:
    """Write the report and print its path."""
    if options.other is not None:
        _refuse_options_of_one_run(options)
        work = commands.report_comparison(
            options.run, options.other, options.out, options.part, options.device, not options.no_photos
        )
    else:
        work = commands.report(
            options.run,
            options.out,
            options.part,
            options.epoch,
            options.data,
            options.device,
            options.quick,
            options.threshold,
            not options.no_photos,
        )
    saved = next(event for event in progress.drain(work) if isinstance(event, Saved))
    size = Path(saved.path).stat().st_size
    if options.json:
        say_json({"file": saved.path, "bytes": size})
    else:
        say(f"Report written to {saved.path} ({plain(megabytes(size))})")
    return 0


def _refuse_options_of_one_run(options: argparse.Namespace) -> None:
    """Refuse options that have no meaning in a comparison of two runs."""
    options_of_one_run = {
        "--epoch": options.epoch is not None,
        "--data": options.data is not None,
        "--quick": options.quick,
        "--threshold": options.threshold != "f1",
    }
    for name, is_given in options_of_one_run.items():
        if is_given:
            raise UserError(f"{name} cannot be used where two runs are compared.", "Leave it out.")
