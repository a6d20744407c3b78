"""The options of each command."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NoReturn, TypeAlias

from studio.cli import train_options
from studio.planning.augmentation import CHANGES
from studio.spec import BUNDLED_BACKBONE, TrainSpec, UserError
from studio.system import paths

COMMANDS = (
    "demo",
    "scan",
    "backbones",
    "layers",
    "train",
    "resume",
    "runs",
    "extract",
    "predict",
    "export",
    "cache",
    "doctor",
)


class _Parser(argparse.ArgumentParser):
    """Errors in one line, like every other error of this program."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}.".replace("..", "."), f"“{self.prog} --help” shows what can be given.")


def make_parser() -> argparse.ArgumentParser:
    """The parser of the command, with a parser for each of its commands."""
    parser = _Parser(
        prog="thaw",
        description="Train image classifiers on your own photos by freezing and thawing pretrained networks.",
        epilog="Without a command, “thaw [FOLDER]” opens the window. Exit status: 0 done, 1 a defect of this program "
        "(logged), 2 bad input or surroundings, 130 stopped.",
    )
    parser.add_argument("--version", action="version", version=f"Thaw Studio {_version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_demo(commands)
    _add_scan(commands)
    _add_backbones(commands)
    _add_layers(commands)
    _add_train(commands)
    _add_resume(commands)
    _add_runs(commands)
    _add_extract(commands)
    _add_predict(commands)
    _add_export(commands)
    _add_cache(commands)
    _add_doctor(commands)
    return parser


_Commands: TypeAlias = "argparse._SubParsersAction[_Parser]"


def _add(commands: _Commands, name: str, words: str) -> _Parser:
    parser = commands.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}.")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout and nothing else")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def _name(text: str) -> str:
    """A path with the home folder in place of “~”, which shells leave as it is in “--out=~/run”."""
    if not text:  # a variable of a script that is not set; it would mean the current folder
        raise argparse.ArgumentTypeError("the path is empty")
    return str(paths.expanded(text)) if text.startswith("~") else text


def _path(text: str) -> Path:
    return Path(_name(text))


def _add_demo(commands: _Commands) -> None:
    parser = _add(commands, "demo", "train at once on sample photos with the bundled backbone")
    parser.add_argument("--headless", action="store_true", help="in the terminal, without a window")
    words = f"passes over the photos, with --headless ({TrainSpec().epochs})"
    parser.add_argument("--epochs", type=int, metavar="N", help=words)
    parser.add_argument("--out", type=_path, metavar="RUN_DIR", help="new folder for the run, with --headless")


def _add_scan(commands: _Commands) -> None:
    parser = _add(commands, "scan", "classes (or numbers), counts, split and unreadable files of a folder")
    _dataset_options(parser)


def _add_backbones(commands: _Commands) -> None:
    parser = _add(commands, "backbones", "the backbones there are, and where their weights are")
    parser.add_argument("search", nargs="*", help="words the name must hold")


def _add_layers(commands: _Commands) -> None:
    parser = _add(commands, "layers", "the layers of a backbone with shapes and parameters")
    parser.add_argument("backbone")
    parser.add_argument("--image-size", type=int, metavar="PIXELS", help="side of the photo (the weights' own)")
    parser.add_argument("--depth", type=int, help="how deep to go into the tree (all of it)")
    parser.add_argument("--classes", type=int, metavar="N", help="show the new head for so many classes, too")
    words = "a file whose fit to the backbone is to be tried (none: shapes need no weights)"
    parser.add_argument("--weights", default="none", metavar="default|none|FILE", help=words)


def _add_train(commands: _Commands) -> None:
    parser = _add(commands, "train", "train a head, and thawed layers, on a folder of photos")
    _dataset_options(parser)
    _backbone_options(parser)
    train_options.add_options(parser)
    parser.add_argument(
        "--augment",
        action="append",
        default=[],
        metavar="KIND:AMOUNT:CHANCE",
        help=f"change training photos, in the order given: {', '.join(CHANGES)}; numbers (0 to 1) may be left out",
    )
    parser.add_argument(
        "--views", type=int, default=0, metavar="N", help="N changed views of each photo, cached (0: anew each epoch)"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda:N or mps (auto)")
    parser.add_argument("--out", type=_path, metavar="RUN_DIR", help="new folder for the run (among your runs)")


def _add_resume(commands: _Commands) -> None:
    parser = _add(commands, "resume", "go on with a stopped, failed or interrupted run, or extend one that is done")
    parser.add_argument("run", type=_path, help="a run's folder")
    parser.add_argument("--epochs", type=int, metavar="N", help="passes over the photos in all (as many as before)")
    parser.add_argument("--data", type=_path, metavar="FOLDER", help="where its photos are now, if they were moved")


def _add_runs(commands: _Commands) -> None:
    parser = _add(commands, "runs", "list runs, newest first, with their state and figures")
    parser.add_argument("folder", nargs="?", type=_path, help="a folder that holds runs (your own)")


def _add_extract(commands: _Commands) -> None:
    parser = _add(commands, "extract", "write feature vectors with paths and labels (or numbers)")
    _dataset_options(parser)
    _backbone_options(parser)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda:N or mps (auto)")
    parser.add_argument("--out", type=_path, required=True, metavar="FILE", help=".npz, .csv or .safetensors")


def _add_predict(commands: _Commands) -> None:
    parser = _add(commands, "predict", "class and probabilities, or the number, of images")
    parser.add_argument("run", type=_path, help="a run's folder, or an exported head")
    parser.add_argument(
        "images", type=_name, nargs="+", metavar="IMAGE", help="photos, and folders: all photos below them"
    )
    parser.add_argument("--epoch", choices=("last", "best"), help="of a run: which epoch's weights (its result's)")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda:N or mps (auto)")


def _add_export(commands: _Commands) -> None:
    parser = _add(commands, "export", "write the trained head and its card")
    parser.add_argument("run", type=_path, help="a run's folder")
    parser.add_argument("--out", type=_path, required=True, metavar="FILE", help=".safetensors, or .pt: a state dict")
    words = "whose weights: the last epoch's, or the best one's (those of the epoch that is the run's result)"
    parser.add_argument("--epoch", choices=("last", "best"), help=words)


def _add_cache(commands: _Commands) -> None:
    parser = _add(commands, "cache", "what the cache of computed features holds, and how large it may become")
    parser.add_argument("--limit", type=float, metavar="GB", help="keep it within so many gigabytes from now on")
    parser.add_argument("--clear", action="store_true", help="empty it; runs stay, photos are computed again")
    parser.add_argument("--yes", action="store_true", help="do not ask before emptying it")


def _add_doctor(commands: _Commands) -> None:
    _add(commands, "doctor", "check libraries, devices, folders, the screen and the weights that come with it")


def _dataset_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=_name, help="one folder of photos a class, or train/ and val/ that hold them")
    parser.add_argument(
        "--targets", type=_path, metavar="FILE.csv", help="learn a number a photo: a path and a number a line"
    )
    parser.add_argument(
        "--value-range",
        type=float,
        nargs=2,
        metavar=("LOW", "HIGH"),
        help="black and white of photos of more than 8 bits (what each file states, or else estimated from the folder)",
    )
    parser.add_argument("--val-fraction", type=float, default=0.2, help="share held out where there is no split (0.2)")
    parser.add_argument("--seed", type=int, default=7, help="of the split, the head and the order of photos (7)")


def _backbone_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--backbone", default=BUNDLED_BACKBONE, help=f"({BUNDLED_BACKBONE}, its weights are here)")
    parser.add_argument(
        "--weights", type=_name, default="default", metavar="default|none|FILE", help="(default: pretrained)"
    )
    parser.add_argument("--image-size", type=int, metavar="PIXELS", help="side of the photo (the weights' own)")


def _version() -> str:
    import importlib.metadata

    return importlib.metadata.version("thaw-studio")
