"""The parser of the terminal: its commands, in the order of the help, and the options of each."""

from __future__ import annotations

import argparse
from typing import TypeAlias

from studio.cli.options import (
    evaluation_options,
    journal_options,
    layer_options,
    predict_options,
    run_options,
    shared_options,
    train_options,
)
from studio.cli.options.command_parser import CommandParser, Parser, path
from studio.engine.export import registry
from studio.engine.export.model import model_registry
from studio.spec import TrainSpec
from studio.spec.settings import row_of

COMMANDS = (
    "demo",
    "scan",
    "map",
    "journal",
    "backbones",
    "layers",
    "advise",
    "forecast",
    "train",
    "sweep",
    "queue",
    "project",
    "resume",
    "replay",
    "runs",
    "describe",
    "evaluate",
    "threshold",
    "compare",
    "report",
    "extract",
    "predict",
    "unsort",
    "label-next",
    "activations",
    "cam",
    "export",
    "cache",
    "settings",
    "doctor",
)


def make_parser() -> argparse.ArgumentParser:
    """The parser of `thaw`, with a subparser for each command."""
    parser = Parser(
        prog="thaw",
        description="Train image classifiers on your own photos by freezing and thawing pretrained networks.",
        epilog="Without a command, “thaw [FOLDER|FILE.thaw]” opens the window. “thaw COMMAND --help” lists the "
        "options of a command, with their defaults in parentheses. Exit status: 0 done, 1 a defect of this program "
        "(logged), 2 bad input or environment, 4 an export is not verified or a replay differs, 5 a replay is "
        "impossible, 130 stopped.",
    )
    parser.add_argument("--version", action="version", version=f"Thaw Studio {_version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=CommandParser)
    _add_demo(commands)
    shared_options.add_dataset(
        _add(commands, "scan", "classes (or targets), counts, split and unreadable files of a folder")
    )
    _add_map(commands)
    _add_journal(commands)
    _add_backbones(commands)
    _add_layers(commands)
    _add_advise(commands)
    _add_forecast(commands)
    _add_train(commands)
    _add_sweep(commands)
    _add_queue(commands)
    _add_project(commands)
    _add_resume(commands)
    _add_replay(commands)
    _add_runs(commands)
    _add_describe(commands)
    _add_evaluate(commands)
    _add_threshold(commands)
    _add_compare(commands)
    _add_report(commands)
    _add_extract(commands)
    _add_predict(commands)
    predict_options.add_unsort(_add(commands, "unsort", "remove the links and copies that “predict --sort-into” made"))
    _add_label_next(commands)
    _add_activations(commands)
    _add_cam(commands)
    _add_export(commands)
    shared_options.add_cache(_add(commands, "cache", "show the feature cache, set its limit or empty it"))
    shared_options.add_settings(_add(commands, "settings", "show the preferences, or change one"))
    _add_doctor(commands)
    return parser


_Commands: TypeAlias = "argparse._SubParsersAction[CommandParser]"


def _add(commands: _Commands, name: str, words: str) -> Parser:
    parser = commands.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}.")
    parser.add_argument("--json", action="store_true", help="print one JSON document on stdout and nothing else")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def _add_demo(commands: _Commands) -> None:
    parser = _add(commands, "demo", "train on sample photos with the bundled backbone")
    parser.add_argument("--headless", action="store_true", help="train in the terminal, without a window")
    words = f"number of epochs, with --headless ({TrainSpec().epochs})"
    parser.add_argument("--epochs", type=int, metavar="N", help=words)
    parser.add_argument("--out", type=path, metavar="RUN_DIR", help="new folder for the run, with --headless")


def _add_map(commands: _Commands) -> None:
    parser = _add(
        commands, "map", "map photos by their features, similar ones close together, and list likely label errors"
    )
    shared_options.add_dataset(parser, "; or that of a run, mapped by its pretrained backbone")
    shared_options.add_backbone(parser)
    train_options.add_option(parser, row_of(TrainSpec, "device"), always=True)
    evaluation_options.add_map(parser)


def _add_journal(commands: _Commands) -> None:
    words = "your choices about photos: exclude, relabel, split, undo, export, copy"
    journal_options.add_options(_add(commands, "journal", words))


def _add_backbones(commands: _Commands) -> None:
    parser = _add(commands, "backbones", "available backbones and the state of their weights")
    parser.add_argument("search", nargs="*", help="words that the name or family must contain")


def _add_layers(commands: _Commands) -> None:
    words = "the layers of a backbone with shapes, parameters, MACs and memory"
    layer_options.add_layers(_add(commands, "layers", words))


def _add_advise(commands: _Commands) -> None:
    parser = _add(commands, "advise", "suggest learning rates, the layers to freeze or a backbone, from short tests")
    words = (
        "rate: a learning rate for the head, one for thawed layers; cut: which layers to freeze, by a probe of each; "
    )
    words += "backbone: which network, by a probe of each on this computer"
    parser.add_argument("about", choices=("rate", "cut", "backbone"), help=words)
    shared_options.add_run(parser)
    from studio.planning.rate_choice import STEPS  # with numpy: the window imports this module before its first paint

    words = f"steps of each test of rates ({STEPS})"
    parser.add_argument("--steps", type=int, default=STEPS, metavar="N", help=words)


def _add_forecast(commands: _Commands) -> None:
    parser = _add(commands, "forecast", "memory, time and largest batch of a run, before it begins")
    shared_options.add_run(parser)
    words = "take real steps with the whole batch, too, and show what they took beside the forecast"
    parser.add_argument("--measure", action="store_true", help=words)


def _add_train(commands: _Commands) -> None:
    parser = _add(commands, "train", "train a head, and thawed layers, on a folder of photos")
    shared_options.add_run(parser)
    run_options.add_seeds(parser)
    parser.add_argument("--out", type=path, metavar="RUN_DIR", help="new folder for the run (in your folder of runs)")


def _add_sweep(commands: _Commands) -> None:
    parser = _add(commands, "sweep", "train a grid or a random choice of settings, and rank the runs")
    shared_options.add_run(parser)
    run_options.add_sweep(parser)


def _add_queue(commands: _Commands) -> None:
    run_options.add_queue(_add(commands, "queue", "queued runs: list them (the default), add, move, start or stop"))


def _add_project(commands: _Commands) -> None:
    run_options.add_project(_add(commands, "project", "files (.thaw) with folder, choices, settings and runs"))


def _add_resume(commands: _Commands) -> None:
    parser = _add(commands, "resume", "continue a stopped, failed or interrupted run, or extend a finished one")
    parser.add_argument("run", type=path, help="folder of the run")
    shared_options.add_trust(parser)
    parser.add_argument("--epochs", type=int, metavar="N", help="new total number of epochs (as planned)")
    parser.add_argument("--data", type=path, metavar="FOLDER", help="where its photos are now, if they were moved")


def _add_replay(commands: _Commands) -> None:
    run_options.add_replay(_add(commands, "replay", "train a run again from its record: are the results the same?"))


def _add_runs(commands: _Commands) -> None:
    run_options.add_listing(_add(commands, "runs", "list runs, newest first, with their state and metrics"))


def _add_describe(commands: _Commands) -> None:
    run_options.add_describe(_add(commands, "describe", "give a run a title, a note, a star or tags, or show them"))


def _add_evaluate(commands: _Commands) -> None:
    parser = _add(commands, "evaluate", "judge a run: metrics with intervals, verdict, confusion, hardest photos")
    evaluation_options.add_evaluate(parser)
    shared_options.add_trust(parser)


def _add_threshold(commands: _Commands) -> None:
    words = "thresholds, temperature and “not sure” of a run: choose, show or remove them"
    parser = _add(commands, "threshold", words)
    evaluation_options.add_threshold(parser)
    shared_options.add_trust(parser, always_runs=False)


def _add_compare(commands: _Commands) -> None:
    parser = _add(commands, "compare", "compare two runs on the photos that both judged")
    evaluation_options.add_compare(parser)
    shared_options.add_trust(parser, always_runs=False)


def _add_report(commands: _Commands) -> None:
    parser = _add(commands, "report", "write a report of a run, or of the comparison of two, to one HTML file")
    evaluation_options.add_report(parser)
    shared_options.add_trust(parser, always_runs=False)


def _add_extract(commands: _Commands) -> None:
    parser = _add(commands, "extract", "write feature vectors with paths and labels (or targets)")
    shared_options.add_dataset(parser)
    shared_options.add_backbone(parser)
    train_options.add_option(parser, row_of(TrainSpec, "device"), always=True)
    parser.add_argument("--out", type=path, required=True, metavar="FILE", help=".npz, .csv, .parquet or .safetensors")


def _add_predict(commands: _Commands) -> None:
    parser = _add(commands, "predict", "predict classes with probabilities, or numbers, for images")
    predict_options.add_predict(parser)
    shared_options.add_trust(parser)


def _add_label_next(commands: _Commands) -> None:
    parser = _add(commands, "label-next", "which photos to label next: doubtful ones that differ from each other")
    predict_options.add_label_next(parser)
    shared_options.add_trust(parser)


def _add_activations(commands: _Commands) -> None:
    parser = _add(commands, "activations", "write the output of a layer for a photo")
    layer_options.add_activations(parser)
    shared_options.add_trust(parser)


def _add_cam(commands: _Commands) -> None:
    parser = _add(commands, "cam", "show which part of a photo raises the score of a class (Grad-CAM)")
    predict_options.add_cam(parser)
    shared_options.add_trust(parser)


def _add_export(commands: _Commands) -> None:
    parser = _add(commands, "export", "export the trained head, or the whole model with a proof")
    parser.add_argument("run", type=path, help="folder of the run")
    kinds = ", ".join(f"{one.name} ({one.suffix})" for one in model_registry.MODEL_FORMATS)
    formats = ("head", *model_registry.names(), model_registry.CORE_ML, "features")
    words = (
        "head: the head alone; features: the feature vectors of the training and validation photos; the whole model, "
        f"verified on the validation photos, as {kinds} (head)"
    )
    parser.add_argument("--format", choices=formats, default="head", help=words)
    words = "number type of the weights of a whole model, where the format has it (float32)"
    parser.add_argument("--precision", choices=("float32", "float16", "int8"), help=words)
    forms = ", or ".join(f"{suffix} ({title})" for title, suffix in registry.choices())
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--out", type=path, metavar="FILE", help=forms)
    words = "list the exported files with their certificates, also those in FOLDER, and whether they have changed since"
    target.add_argument("--list", type=path, nargs="?", const=True, metavar="FOLDER", help=words)
    words = "epoch whose weights are exported: best, last, or the number of one of them (the run's result)"
    parser.add_argument("--epoch", type=evaluation_options.epoch, metavar="best|last|N", help=words)
    words = "where the run's photos are now, if they were moved (a whole model is verified on them)"
    parser.add_argument("--data", type=path, metavar="FOLDER", help=words)
    shared_options.add_trust(parser, always_runs=False)


def _add_doctor(commands: _Commands) -> None:
    _add(commands, "doctor", "check libraries, devices, folders, the display and the bundled weights")


def _version() -> str:
    import importlib.metadata

    return importlib.metadata.version("thaw-studio")
