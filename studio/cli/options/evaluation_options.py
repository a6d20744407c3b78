"""Options of `thaw evaluate`, `thaw threshold`, `thaw compare` and `thaw report`."""

from __future__ import annotations

import argparse

from studio.cli.options import train_options
from studio.cli.options.command_parser import path, path_text
from studio.spec import TrainSpec
from studio.spec.decision import CRITERIA
from studio.spec.settings import row_of

PARTS = ("val", "test", "train")


def add_evaluate(parser: argparse.ArgumentParser) -> None:
    """Add the options of `thaw evaluate`."""
    parser.add_argument("run", type=path, help="folder of the run")
    _add_evaluation(parser)
    train_options.add_option(parser, row_of(TrainSpec, "device"), always=True)


def add_threshold(parser: argparse.ArgumentParser) -> None:
    """Add the options of `thaw threshold`."""
    parser.add_argument("run", type=path, help="folder of the run")
    words = "class whose threshold is chosen; repeatable (every class)"
    parser.add_argument("--class", dest="classes", action="append", default=[], metavar="NAME", help=words)
    either = parser.add_mutually_exclusive_group()
    costs = "costs of a photo wrongly called one of the class, and of a missed one"
    words = f"choose the threshold by a rule: {CRITERIA} ({costs})"
    either.add_argument("--rule", type=_rule, metavar="RULE", help=words)
    either.add_argument("--at", type=_share, metavar="P", help="set the threshold itself, from 0 to 1")
    either.add_argument("--none", action="store_true", help="remove the threshold")
    words = "divisor of the scores: fit (lowest cross-entropy), none, or a number"
    parser.add_argument("--temperature", type=_temperature, metavar="fit|none|T", help=words)
    least = parser.add_mutually_exclusive_group()
    words = "answer “not sure” where the highest probability is lower (0: never)"
    least.add_argument("--confidence", type=_share, metavar="P", help=words)
    words = "choose that probability so that this share of the photos is answered"
    least.add_argument("--coverage", type=_share, metavar="SHARE", help=words)
    words = "share of the validation photos to accept as like the training photos (0.95)"
    parser.add_argument("--known", type=_positive_share, metavar="SHARE", help=words)
    parser.add_argument("--clear", action="store_true", help="remove everything that was chosen before")


def add_map(parser: argparse.ArgumentParser) -> None:
    """Add the options that only `thaw map` has."""
    words = "tsne: similar photos form groups; pca: the first two principal components, much faster (tsne)"
    parser.add_argument("--method", choices=("tsne", "pca"), default="tsne", help=words)
    parser.add_argument("--similar", metavar="PHOTO", type=path_text, help="list the photos most similar to this one")
    parser.add_argument("--out", type=path, metavar="FILE.csv", help="write path, class, split, x and y of each photo")
    words = "of a run: where its photos are now, if they were moved"
    parser.add_argument("--data", type=path, metavar="FOLDER", help=words)


def add_compare(parser: argparse.ArgumentParser) -> None:
    """Add the options of `thaw compare`."""
    parser.add_argument("a", type=path, help="folder of the first run")
    parser.add_argument("b", type=path, help="folder of the second run")
    _add_part(parser)
    train_options.add_option(parser, row_of(TrainSpec, "device"), always=True)


def add_report(parser: argparse.ArgumentParser) -> None:
    """Add the options of `thaw report`."""
    parser.add_argument("run", type=path, help="folder of the run")
    words = "folder of a second run: the report compares it with the first one"
    parser.add_argument("other", type=path, nargs="?", metavar="OTHER", help=words)
    parser.add_argument("--out", type=path, required=True, metavar="FILE.html", help="the file; an old one is replaced")
    _add_evaluation(parser)
    parser.add_argument("--no-photos", action="store_true", help="leave out photos and their paths")
    train_options.add_option(parser, row_of(TrainSpec, "device"), always=True)


def _add_evaluation(parser: argparse.ArgumentParser) -> None:
    _add_part(parser)
    words = "epoch whose weights are judged: best, last, or the number of one of them (the run's result)"
    parser.add_argument("--epoch", type=epoch, metavar="best|last|N", help=words)
    parser.add_argument("--data", type=path, metavar="FOLDER", help="where its photos are now, if they were moved")
    words = f"rule of the threshold of each class: {CRITERIA} (f1)"
    parser.add_argument("--threshold", type=_rule, default="f1", metavar="RULE", help=words)
    words = "leave out what needs the photos: the quick probe, and slices by size, brightness, sharpness and camera"
    parser.add_argument("--quick", action="store_true", help=words)
    words = "CSV file with a column “path” and further columns to slice the photos by (repeatable)"
    parser.add_argument("--slices", type=path, action="append", default=[], metavar="FILE", help=words)


def _add_part(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--part", choices=PARTS, default="val", help="photos that are judged (val)")


def epoch(text: str) -> str | int:
    """The type of an epoch: best, last, or a number."""
    if text in ("best", "last"):
        return text
    if text.isdecimal() and int(text):
        return int(text)
    raise argparse.ArgumentTypeError(f"“{text}” is not best, last or the number of an epoch")


def _rule(text: str) -> str:
    from studio.evaluate.probabilities import thresholds

    try:
        thresholds.parse(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is not a rule: choose {CRITERIA}") from None
    return text


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"“{text}” is not a number from 0 to 1")
    return value


def _positive_share(text: str) -> float:
    if not (value := _share(text)):
        raise argparse.ArgumentTypeError("the share must be more than 0")
    return value


def _temperature(text: str) -> float | str:
    if text in ("fit", "none"):
        return "fit" if text == "fit" else 1.0
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 1e-3 <= value <= 1e3:
        raise argparse.ArgumentTypeError(f"“{text}” is not fit, none or a number from 0.001 to 1000")
    return value
