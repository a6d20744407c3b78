"""Options of the commands on lists of runs."""

from __future__ import annotations

import argparse

from studio.cli.options import shared_options
from studio.cli.options.command_parser import path, path_text
from studio.formatting import run_code


def add_seeds(parser: argparse.ArgumentParser) -> None:
    """Add the option of `thaw train` that repeats a run."""
    words = "train K runs with consecutive seeds, on the same split, and print mean and spread of their metric"
    parser.add_argument("--seeds", type=int, metavar="K", help=words)


def add_sweep(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `thaw sweep` beside those of a run."""
    words = "what to vary: a JSON file, described in docs/sweeps.md; other options are the same for all runs"
    parser.add_argument("space", type=path, metavar="SPACE.json", help=words)
    words = "folder of the sweep and its runs (your own folders); a sweep that is already there is continued"
    parser.add_argument("--out", type=path, metavar="DIR", help=words)


def add_queue(parser: argparse.ArgumentParser) -> None:
    """Add the actions of `thaw queue`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION")

    def add(action: str, words: str) -> argparse.ArgumentParser:
        one = actions.add_parser(action, help=words, description=f"{words[0].upper()}{words[1:]}.")
        # Also after the action; without a default, which would replace what was given before it.
        for option in ("--json", "--debug"):
            one.add_argument(option, action="store_true", default=argparse.SUPPRESS, help="as for every command")
        return one

    add("list", "list the queued runs, the next one first")
    one = add("add", "add a run at the end; the options are those of “thaw train”")
    shared_options.add_run(one)
    one.add_argument("--out", type=path, metavar="RUN_DIR", help="new folder for the run (in your folder of runs)")
    words = "train the queued runs one after another; continues one that was stopped or killed"
    add("start", words)
    move = add("move", "change the order: the training at position 1 is the next one")
    move.add_argument("number", type=int, metavar="NUMBER", help="number of the training, as listed")
    words = "its new position: 1, 2, …, “first” or “last”; a run in progress goes on"
    move.add_argument("place", type=queue_place, metavar="PLACE", help=words)
    stop = add("stop", "stop the queue after a checkpoint, or remove runs from it")
    words = "number of a run to remove, as listed; the folder of one that has begun stays and can be resumed"
    stop.add_argument("numbers", type=int, nargs="*", metavar="NUMBER", help=words)


def queue_place(text: str) -> int:
    """A position in the queue from 0 on; -1 for the last one."""
    if text in ("first", "last"):
        return -1 if text == "last" else 0
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"“{text}” is not a position in the queue: 1, 2, …, “first” or “last”")
    return int(text) - 1


def add_project(parser: argparse.ArgumentParser) -> None:
    """Add the actions of `thaw project`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def add(action: str, words: str) -> argparse.ArgumentParser:
        one = actions.add_parser(action, help=words, description=f"{words[0].upper()}{words[1:]}.")
        for option in ("--json", "--debug"):  # also after the action
            one.add_argument(option, action="store_true", default=argparse.SUPPRESS, help="as for every command")
        one.add_argument("file", type=path, metavar="FILE.thaw", help="the project")
        return one

    for action, words in (
        ("show", "what is in a project, and what of it is on this computer; changes nothing"),
        ("open", "add its choices to the journal of its folder, and print the command that trains with its settings"),
    ):
        one = add(action, words)
        one.add_argument("--data", type=path, metavar="FOLDER", help="where its photos are now, if they were moved")
    one = add("save", "write the settings with their folder, its choices, and its runs; options as in “thaw train”")
    shared_options.add_run(one)
    words = "a run of the project (repeatable; without it, all of your runs on this folder)"
    one.add_argument("--run", dest="runs", type=path_text, action="append", default=[], metavar="RUN", help=words)


def add_listing(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `thaw runs`."""
    parser.add_argument("folder", nargs="?", type=path, help="folder of runs, or one run (your own runs)")
    parser.add_argument("--photos", type=path, metavar="FOLDER", help="only runs on this folder of photos")
    parser.add_argument("--starred", action="store_true", help="only runs with a star")
    words = "only runs with this tag (repeatable)"
    parser.add_argument("--tag", action="append", default=[], metavar="TAG", help=words)
    words = (
        "print what trains with the same settings: a “thaw train” command, a Python script for the library, or a "
        "“torchrun” command for several GPUs or computers"
    )
    parser.add_argument("--as", dest="form", choices=run_code.FORMS, help=words)
    add_trash(parser)


def add_replay(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `thaw replay`."""
    parser.add_argument("run", type=path, help="folder of the run, which is only read")
    shared_options.add_trust(parser, always_runs=False)
    parser.add_argument("--data", type=path, metavar="FOLDER", help="where its photos are now, if they were moved")
    words = "new folder for the second run, which stays (a temporary one, which is deleted)"
    parser.add_argument("--out", type=path, metavar="RUN_DIR", help=words)
    words = "take features from your cache: faster, but it only shows that the training is the same"
    parser.add_argument("--cached", action="store_true", help=words)
    words = "print each step as a line of JSON as it happens, for other programs; the last one is the result"
    parser.add_argument("--events", action="store_true", help=words)
    parser.epilog = (
        "Exit status: 0 the same bit for bit, 4 the results differ, 5 it cannot be trained again (photos or weights "
        "have changed since). A record of an earlier version is replayed, too; “not checked” names what it lacks."
    )


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


def add_describe(parser: argparse.ArgumentParser) -> None:
    """Add the options of `thaw describe`."""
    parser.add_argument("run", type=path, help="folder of the run")
    parser.add_argument("--title", metavar="TEXT", help="title shown in lists; empty for the name of the folder")
    parser.add_argument("--note", metavar="TEXT", help="a note")
    parser.add_argument("--star", action=argparse.BooleanOptionalAction, help="mark the run as a favorite")
    for option, words in (("--tag", "add a tag (repeatable)"), ("--untag", "remove a tag (repeatable)")):
        parser.add_argument(option, action="append", default=[], metavar="TAG", help=words)
