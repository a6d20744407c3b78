"""Options of `thaw journal`: the folder, then an action with its photos and its value."""

from __future__ import annotations

import argparse

from studio.cli.options.command_parser import path, path_text
from studio.cli.options.train_options import add_also, add_option
from studio.spec import DatasetSpec
from studio.spec.settings import row_of


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the folder and the actions."""
    parser.add_argument("folder", type=path_text, help="the folder of photos")
    add_also(parser)
    for key in ("labels", "label_pattern"):
        add_option(parser, row_of(DatasetSpec, key), always=True)
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION", prog=f"{parser.prog} FOLDER")

    def add(action: str, words: str) -> argparse.ArgumentParser:
        one = actions.add_parser(action, help=words, description=f"{words[0].upper()}{words[1:]}.")
        # Also after the action; without a default, which would replace what was given before it.
        for option in ("--json", "--debug"):
            one.add_argument(option, action="store_true", default=argparse.SUPPRESS, help="as for every command")
        return one

    def photos(one: argparse.ArgumentParser, many: str = "+") -> None:
        one.add_argument("photos", type=path_text, nargs=many, metavar="PHOTO", help="photos, or folders with photos")

    add("show", "list the choices in effect")
    photos(add("exclude", "leave photos out"))
    photos(add("restore", "use excluded photos again"))
    relabel = add("relabel", "count photos as another class; CLASS is last")
    photos(relabel)
    relabel.add_argument("value", metavar="CLASS", help="name of the class")
    split = add("split", "move photos to another split, which is last")
    photos(split)
    split.add_argument("value", metavar="train|val|test", help="name of the split")
    kinds = "kind of finding, as in “thaw scan --json”; for one on a class KIND:CLASS"
    for action, words in (("accept", "accept a finding"), ("reopen", "no longer accept a finding")):
        one = add(action, words)
        one.add_argument("value", metavar="KIND", help=kinds)
        photos(one, "*")
    for action, words in (("undo", "undo the last entries"), ("redo", "redo what was undone last")):
        add(action, words).add_argument("count", type=int, nargs="?", default=1, metavar="N", help="number (1)")
    add("export", "write the choices to a CSV file").add_argument("out", type=path, metavar="FILE.csv")
    add("import", "add the choices of a CSV file").add_argument("file", type=path, metavar="FILE.csv")
    copy = add("copy", "write a new folder with the choices applied")
    copy.add_argument("out", type=path, metavar="OUT", help="new folder")
    copy.add_argument("--links", action="store_true", help="links to the photos in place of copies")
