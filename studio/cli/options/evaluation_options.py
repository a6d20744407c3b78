"""Options of `thaw evaluate` and `thaw compare`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from studio.cli.options import train_options
from studio.spec import TrainSpec
from studio.spec.settings import row_of

PARTS = ("val", "test", "train")


def add_evaluate(parser: argparse.ArgumentParser, path: Callable[[str], Path]) -> None:
    """Add the options of `thaw evaluate`; `path` is the type of a file or folder."""
    parser.add_argument("run", type=path, help="folder of the run")
    _add_part(parser)
    words = "epoch whose weights are judged: best, last, or the number of one of them (the run's result)"
    parser.add_argument("--epoch", type=_epoch, metavar="best|last|N", help=words)
    parser.add_argument("--data", type=path, metavar="FOLDER", help="where its photos are now, if they were moved")
    words = "rule of the threshold of each class: f1, recall=0.95, precision=0.9, or cost=WRONG:MISSED (f1)"
    parser.add_argument("--threshold", type=_threshold, default="f1", metavar="RULE", help=words)
    words = "leave out what needs the photos: the quick probe, and slices by size, brightness and sharpness"
    parser.add_argument("--quick", action="store_true", help=words)
    train_options.add_option(parser, row_of(TrainSpec, "device"), always=True)


def add_compare(parser: argparse.ArgumentParser, path: Callable[[str], Path]) -> None:
    """Add the options of `thaw compare`; `path` is the type of a file or folder."""
    parser.add_argument("a", type=path, help="folder of the first run")
    parser.add_argument("b", type=path, help="folder of the second run")
    _add_part(parser)
    train_options.add_option(parser, row_of(TrainSpec, "device"), always=True)


def _add_part(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--part", choices=PARTS, default="val", help="photos that are judged (val)")


def _epoch(text: str) -> str | int:
    if text in ("best", "last"):
        return text
    if text.isdecimal() and int(text):
        return int(text)
    raise argparse.ArgumentTypeError(f"“{text}” is not best, last or the number of an epoch")


def _threshold(text: str) -> str:
    from studio.evaluate.probabilities import thresholds

    try:
        thresholds.parse(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"“{text}” is no rule: choose f1, recall=0.95, precision=0.9 or cost=1:5"
        ) from None
    return text
