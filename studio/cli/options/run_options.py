"""Options of the commands on lists of runs."""

from __future__ import annotations

import argparse

from studio.cli.options.command_parser import path_text


def add_seeds(parser: argparse.ArgumentParser) -> None:
    """Add the option of `thaw train` that repeats a training."""
    words = "train K runs with consecutive seeds, on the same split, and print mean and spread of their metric"
    parser.add_argument("--seeds", type=int, metavar="K", help=words)


def add_trash(parser: argparse.ArgumentParser) -> None:
    """Add the options of `thaw runs` that concern its trash; they exclude each other."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--trash",
        action="append",
        default=[],
        type=path_text,
        metavar="RUN",
        help="move this run to the trash beside it, “.trash” (repeatable)",
    )
    group.add_argument(
        "--restore",
        action="append",
        default=[],
        type=path_text,
        metavar="RUN",
        help="put this run back from the trash: its name, title or former folder (repeatable)",
    )
    group.add_argument("--trashed", action="store_true", help="list the runs in the trash")
    group.add_argument("--empty-trash", action="store_true", help="delete the runs in the trash for good")
    parser.add_argument("--yes", action="store_true", help="empty the trash without asking for confirmation")
