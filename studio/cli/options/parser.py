"""The options of each command.

The file has over 300 lines because it has a function for each command, in the order of the help.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from studio.cli.options import evaluation_options, journal_options, run_options, train_options
from studio.engine.export import registry
from studio.planning.augmentation import NAMES as AUGMENTATIONS
from studio.planning.rate_choice import STEPS
from studio.planning.recipes import RECIPES
from studio.spec import BUNDLED_BACKBONE, AugmentSpec, BackboneSpec, DatasetSpec, TrainSpec, UserError
from studio.spec.settings import row_of
from studio.system import paths

COMMANDS = (
    "demo",
    "scan",
    "map",
    "journal",
    "backbones",
    "layers",
    "advise",
    "train",
    "resume",
    "runs",
    "describe",
    "evaluate",
    "threshold",
    "compare",
    "report",
    "extract",
    "predict",
    "export",
    "cache",
    "doctor",
)

WEIGHTS = "default: the pretrained weights; none: random weights; or a weights file"


class _Parser(argparse.ArgumentParser):
    """Parser that reports an error in one line, like every other error of this program."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}.".replace("..", "."), f"“{self.prog} --help” lists the options.")


class _CommandParser(_Parser):
    """Parser of one command, whose errors name that command."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        # argparse leaves unknown options to the main parser, which cannot name the command.
        options, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return options, unknown


def make_parser() -> argparse.ArgumentParser:
    """The parser of `thaw`, with a subparser for each command."""
    parser = _Parser(
        prog="thaw",
        description="Train image classifiers on your own photos by freezing and thawing pretrained networks.",
        epilog="Without a command, “thaw [FOLDER]” opens the window. Exit status: 0 done, 1 a defect of this program "
        "(logged), 2 bad input or environment, 130 stopped.",
    )
    parser.add_argument("--version", action="version", version=f"Thaw Studio {_version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_CommandParser)
    _add_demo(commands)
    _add_scan(commands)
    _add_map(commands)
    _add_journal(commands)
    _add_backbones(commands)
    _add_layers(commands)
    _add_advise(commands)
    _add_train(commands)
    _add_resume(commands)
    _add_runs(commands)
    _add_describe(commands)
    _add_evaluate(commands)
    _add_threshold(commands)
    _add_compare(commands)
    _add_report(commands)
    _add_extract(commands)
    _add_predict(commands)
    _add_export(commands)
    _add_cache(commands)
    _add_doctor(commands)
    return parser


_Commands: TypeAlias = "argparse._SubParsersAction[_CommandParser]"


def _add(commands: _Commands, name: str, words: str) -> _Parser:
    parser = commands.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}.")
    parser.add_argument("--json", action="store_true", help="print one JSON document on stdout and nothing else")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def _name(text: str) -> str:
    """A path with “~” expanded, which shells leave as it is in “--out=~/run”."""
    if not text:  # for instance an unset variable of a script; it would mean the current folder
        raise argparse.ArgumentTypeError("the path is empty")
    return str(paths.expanded(text)) if text.startswith("~") else text


def _path(text: str) -> Path:
    return Path(_name(text))


def _add_demo(commands: _Commands) -> None:
    parser = _add(commands, "demo", "train on sample photos with the bundled backbone")
    parser.add_argument("--headless", action="store_true", help="train in the terminal, without a window")
    words = f"number of epochs, with --headless ({TrainSpec().epochs})"
    parser.add_argument("--epochs", type=int, metavar="N", help=words)
    parser.add_argument("--out", type=_path, metavar="RUN_DIR", help="new folder for the run, with --headless")


def _add_scan(commands: _Commands) -> None:
    parser = _add(commands, "scan", "classes (or targets), counts, split and unreadable files of a folder")
    _dataset_options(parser)


def _add_map(commands: _Commands) -> None:
    parser = _add(commands, "map", "place photos by their features: alike ones side by side, likely label errors named")
    _dataset_options(parser, "; or that of a run, mapped by its pretrained backbone")
    _backbone_options(parser)
    train_options.add_option(parser, row_of(TrainSpec, "device"), always=True)
    evaluation_options.add_map(parser, _path, _name)


def _add_journal(commands: _Commands) -> None:
    parser = _add(commands, "journal", "your choices about photos: exclude, relabel, split, undo, export, copy")
    journal_options.add_options(parser, _path, _name)


def _add_backbones(commands: _Commands) -> None:
    parser = _add(commands, "backbones", "available backbones and the state of their weights")
    parser.add_argument("search", nargs="*", help="words that the name must contain")


def _add_layers(commands: _Commands) -> None:
    parser = _add(commands, "layers", "the layers of a backbone with shapes, parameters, operations and memory")
    parser.add_argument("backbone", help="name of the backbone; “thaw backbones” lists all")
    train_options.add_option(parser, row_of(BackboneSpec, "image_size"), always=True)
    parser.add_argument("--depth", type=int, metavar="N", help="number of levels of the layer tree to show (all)")
    parser.add_argument("--classes", type=int, metavar="N", help="include the new head for N classes")
    words = "weights to check against the backbone (none: shapes need no weights)"
    parser.add_argument("--weights", default="none", metavar="default|none|FILE", help=words)
    parser.add_argument("--batch", type=int, default=1, metavar="N", help="photos in one pass, for the memory (1)")
    train_options.add_freezing(parser)


def _add_advise(commands: _Commands) -> None:
    parser = _add(commands, "advise", "suggest learning rates for a run, from short tests that change nothing")
    parser.add_argument("about", choices=("rate",), help="rate: a learning rate for the head, one for thawed layers")
    _plan_options(parser)
    parser.add_argument("--steps", type=int, default=STEPS, metavar="N", help=f"steps of each test ({STEPS})")


def _add_train(commands: _Commands) -> None:
    parser = _add(commands, "train", "train a head, and thawed layers, on a folder of photos")
    _plan_options(parser)
    run_options.add_seeds(parser)
    parser.add_argument("--out", type=_path, metavar="RUN_DIR", help="new folder for the run (in your folder of runs)")


def _plan_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that describe a run."""
    _dataset_options(parser)
    _backbone_options(parser)
    train_options.add_options(parser)
    parser.add_argument(
        "--augment",
        action="append",
        default=[],
        metavar="KIND:AMOUNT:PROBABILITY",
        help=f"augmentation of training photos: {', '.join(AUGMENTATIONS)}; amount and probability, from 0 to 1, are "
        f"optional; or a recipe: {', '.join(RECIPES)}; can be repeated, the order counts",
    )
    train_options.add_option(parser, row_of(AugmentSpec, "views"), always=True)
    train_options.add_option(parser, row_of(TrainSpec, "device"), always=True)


def _add_resume(commands: _Commands) -> None:
    parser = _add(commands, "resume", "continue a stopped, failed or interrupted run, or extend a finished one")
    parser.add_argument("run", type=_path, help="folder of the run")
    parser.add_argument("--epochs", type=int, metavar="N", help="new total number of epochs (as planned)")
    parser.add_argument("--data", type=_path, metavar="FOLDER", help="where its photos are now, if they were moved")


def _add_runs(commands: _Commands) -> None:
    parser = _add(commands, "runs", "list runs, newest first, with their state and metrics")
    parser.add_argument("folder", nargs="?", type=_path, help="folder of runs (your own)")
    parser.add_argument("--photos", type=_path, metavar="FOLDER", help="only runs on this folder of photos")
    parser.add_argument("--starred", action="store_true", help="only runs with a star")
    parser.add_argument(
        "--tag", action="append", default=[], metavar="TAG", help="only runs with this tag (repeatable)"
    )
    run_options.add_trash(parser, _name)


def _add_describe(commands: _Commands) -> None:
    parser = _add(commands, "describe", "give a run a title, a note, a star or tags; without options: show them")
    parser.add_argument("run", type=_path, help="folder of the run")
    parser.add_argument("--title", metavar="TEXT", help="title shown in lists; empty for the name of the folder")
    parser.add_argument("--note", metavar="TEXT", help="a note")
    parser.add_argument("--star", action=argparse.BooleanOptionalAction, help="mark the run as a favorite")
    for option, words in (("--tag", "add a tag (repeatable)"), ("--untag", "remove a tag (repeatable)")):
        parser.add_argument(option, action="append", default=[], metavar="TAG", help=words)


def _add_evaluate(commands: _Commands) -> None:
    parser = _add(commands, "evaluate", "judge a run: metrics with intervals, verdict, confusion, hardest photos")
    evaluation_options.add_evaluate(parser, _path)


def _add_threshold(commands: _Commands) -> None:
    words = "thresholds, temperature and “not sure” of a run: choose, show or remove them"
    evaluation_options.add_threshold(_add(commands, "threshold", words), _path)


def _add_compare(commands: _Commands) -> None:
    parser = _add(commands, "compare", "compare two runs on the photos that both judged")
    evaluation_options.add_compare(parser, _path)


def _add_report(commands: _Commands) -> None:
    parser = _add(commands, "report", "write a report of a run, or of the comparison of two, to one HTML file")
    evaluation_options.add_report(parser, _path)


def _add_extract(commands: _Commands) -> None:
    parser = _add(commands, "extract", "write feature vectors with paths and labels (or targets)")
    _dataset_options(parser)
    _backbone_options(parser)
    train_options.add_option(parser, row_of(TrainSpec, "device"), always=True)
    parser.add_argument("--out", type=_path, required=True, metavar="FILE", help=".npz, .csv or .safetensors")


def _add_predict(commands: _Commands) -> None:
    parser = _add(commands, "predict", "predict classes with probabilities, or numbers, for images")
    parser.add_argument("run", type=_path, help="folder of a run, or an exported head")
    parser.add_argument(
        "images", type=_name, nargs="+", metavar="IMAGE", help="photos, or folders whose photos are all predicted"
    )
    parser.add_argument("--epoch", choices=("last", "best"), help="epoch whose weights are used (the run's result)")
    train_options.add_option(parser, row_of(TrainSpec, "device"), always=True)


def _add_export(commands: _Commands) -> None:
    parser = _add(commands, "export", "export the trained head with its card")
    parser.add_argument("run", type=_path, help="folder of the run")
    forms = ", or ".join(f"{suffix} ({title})" for title, suffix in registry.choices())
    parser.add_argument("--out", type=_path, required=True, metavar="FILE", help=forms)
    words = "epoch whose weights are exported: the last or the best one (the one that is the run's result)"
    parser.add_argument("--epoch", choices=("last", "best"), help=words)


def _add_cache(commands: _Commands) -> None:
    parser = _add(commands, "cache", "show the feature cache, set its limit or empty it")
    parser.add_argument("--limit", type=float, metavar="GB", help="new size limit in gigabytes")
    parser.add_argument(
        "--clear",
        action="store_true",
        help="empty the cache; runs are not affected, features are computed again when needed",
    )
    parser.add_argument("--yes", action="store_true", help="empty the cache without asking for confirmation")


def _add_doctor(commands: _Commands) -> None:
    _add(commands, "doctor", "check libraries, devices, folders, the display and the bundled weights")


def _dataset_options(parser: argparse.ArgumentParser, or_run: str = "") -> None:
    words = f"a folder with one subfolder per class, or with train/ and val/{or_run}"
    parser.add_argument("folder", type=_name, help=words)
    train_options.add_also(parser, _name)
    parser.add_argument(
        "--targets",
        type=_path,
        metavar="FILE.csv",
        help="predict numbers: a CSV file with a path and a number per line",
    )
    parser.add_argument(
        "--value-range",
        type=float,
        nargs=2,
        metavar=("LOW", "HIGH"),
        help="value range of photos of more than 8 bits (stated by each file, or else estimated from the folder)",
    )
    shares = ("val_fraction", "test_fraction")
    groups = ("split_by", "split_near", "split_pattern", "split_table", "split_column")
    for key in ("labels", "label_pattern", *shares, *groups):
        train_options.add_option(parser, row_of(DatasetSpec, key), always=True)
    seed = TrainSpec().seed
    words = f"seed of the split and, in a training, of first weights and order of photos ({seed})"
    parser.add_argument("--seed", type=int, default=seed, metavar="N", help=words)


def _backbone_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--backbone", default=BUNDLED_BACKBONE, help=f"name of the backbone ({BUNDLED_BACKBONE}, bundled)"
    )
    parser.add_argument("--weights", type=_name, default="default", metavar="default|none|FILE", help=WEIGHTS)
    for key in ("image_size", "crop", "border"):
        train_options.add_option(parser, row_of(BackboneSpec, key), always=True)


def _version() -> str:
    import importlib.metadata

    return importlib.metadata.version("thaw-studio")
