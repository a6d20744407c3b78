"""The command `thaw`.

Only what a command needs is imported, and only once it is known: `--help`, `scan` and `backbones` never touch torch or
Qt. Exit status: 0 done, 1 a defect of this program, 2 bad input or surroundings, 130 stopped.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn, TypeAlias

from studio.cli import train_options
from studio.events import LayerTable
from studio.planning.augmentation import CHANGES, parse
from studio.spec import BUNDLED_BACKBONE, AugmentSpec, BackboneSpec, DatasetSpec, Fault, RunSpec, TrainSpec, ValueRange
from studio.spec.validation import check_value_range
from studio.system import output, paths

COMMANDS = ("demo", "scan", "backbones", "layers", "train", "resume", "runs", "extract", "predict", "export", "cache")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):  # a terminal of another alphabet must not end a run
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    output.begin(arguments)
    try:
        status = _command(arguments)
        output.flush()  # here, where a reader that has gone is no error
    except (Exception, KeyboardInterrupt, SystemExit) as error:
        status = output.report(error)
    return status


def _command(arguments: list[str]) -> int:
    if not arguments or (arguments[0] not in COMMANDS and not arguments[0].startswith("-")):
        return _open_window(arguments)
    try:
        options = _parser().parse_args(arguments)
    except SystemExit:  # after --help; what it printed must not be lost without a word
        output.flush()
        raise
    output.concerns(_paths(options))
    return _run(options)


def _paths(options: argparse.Namespace) -> list[str]:
    """Files and folders that the options name, as written and as the program speaks of them."""
    given = vars(options)
    names = ("folder", "targets", "weights", "run", "data", "out")
    written = [str(given[name]) for name in names if given.get(name) not in (None, "", "default", "none")]
    written += given.get("images", ())
    absolute = []
    with contextlib.suppress(OSError):  # the folder the command was started in is gone
        absolute = [os.path.abspath(paths.expanded(path)) for path in written]  # noqa: PTH100
    return [*written, *absolute]


def _run(options: argparse.Namespace) -> int:
    from studio.cli import cache, dataset, results, runs, training

    modules = {
        "cache": cache,
        "export": results,
        "extract": dataset,
        "predict": results,
        "runs": runs,
        "scan": dataset,
    }
    where = modules.get(options.command, training)
    status: int = getattr(where, options.command)(options)
    return status


def _open_window(arguments: list[str]) -> int:
    if len(arguments) > 1:
        raise Fault(
            f"“{arguments[0]}” is not a command.",
            f"The commands are {', '.join(COMMANDS)}; or give one folder to open.",
        )
    from studio.jobs import timeouts

    if arguments == [""]:
        raise Fault("The path of the folder is empty.", "Give a folder to open, or nothing.")
    if arguments and not timeouts.folders(arguments):
        raise Fault(
            f"“{arguments[0]}” is neither a command nor a folder.", "“thaw --help” lists the commands.", arguments[0]
        )
    from studio import app

    return app.run(arguments[0] if arguments else None, then_exit=True)


class _Parser(argparse.ArgumentParser):
    """Errors in one line, like every other error of this program."""

    def error(self, message: str) -> NoReturn:
        raise Fault(f"{message}.".replace("..", "."), f"“{self.prog} --help” shows what can be given.")


def _parser() -> argparse.ArgumentParser:
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
    parser = _add(commands, "resume", "go on with a run that was stopped, failed or died, or extend one that is done")
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


def dataset_of(options: argparse.Namespace) -> DatasetSpec:
    """The folder asked for."""
    # Without “..”, but with links as the user wrote them.
    folder = os.path.abspath(paths.expanded(options.folder))  # noqa: PTH100
    targets = str(paths.expanded(options.targets).absolute()) if options.targets is not None else ""
    chosen = ValueRange(*options.value_range) if options.value_range is not None else None
    spec = DatasetSpec(folder, options.val_fraction, options.seed, targets, chosen)
    check_value_range(spec)
    return spec


def backbone_of(options: argparse.Namespace) -> BackboneSpec:
    """The backbone asked for."""
    weights = options.weights
    if weights not in ("default", "none"):  # a run must find the file again from wherever it is used
        weights = str(paths.expanded(weights).absolute())
    return BackboneSpec(options.backbone, weights, options.image_size)


def run_of(options: argparse.Namespace, table: LayerTable | None = None) -> RunSpec:
    """The whole run asked for.

    Args:
        options: Of “thaw train”.
        table: Layers of the backbone, where `options.fine_tune` needs to know the last block.
    """
    augment = AugmentSpec(tuple(parse(step) for step in options.augment), options.views)
    return train_options.run_of(options, RunSpec(dataset_of(options), backbone_of(options), augment=augment), table)


def _version() -> str:
    import importlib.metadata

    return importlib.metadata.version("thaw-studio")
