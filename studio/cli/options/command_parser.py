"""The parsers of the terminal, and the types of its paths."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, NoReturn

from studio.spec import UserError
from studio.system import paths


class Parser(argparse.ArgumentParser):
    """Parser that reports an error in one line, like every other error of this program."""

    def error(self, message: str) -> NoReturn:
        """Raise the error as a `UserError`."""
        raise UserError(f"{message}.".replace("..", "."), f"“{self.prog} --help” lists the options.")


class CommandParser(Parser):
    """Parser of one command, whose errors name that command."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse options; unknown ones are an error of this command."""
        # argparse leaves unknown options to the main parser, which cannot name the command.
        options, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return options, unknown


def path_text(text: str) -> str:
    """The type of a path as text, with “~” expanded, which shells do not do in “--out=~/run”."""
    if not text:  # for instance an unset variable of a script; it would mean the current folder
        raise argparse.ArgumentTypeError("the path is empty")
    return str(paths.expanded(text)) if text.startswith("~") else text


def path(text: str) -> Path:
    """The type of a file or folder."""
    return Path(path_text(text))
