"""What `thaw train` can be asked for: an option for every setting, in groups, and the named ways in front of them.

An option that is not given leaves the default, or what the named way says; one that is given wins over a named way.
Only `--from-scratch` wins over all: it is the baseline of whatever plan the other options make.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, get_args, get_type_hints

from studio.events import LayerTable
from studio.planning.presets import fine_tuned, from_scratch
from studio.spec import FreezePlan, HeadSpec, LayerRate, RunSpec, TrainSpec

HEAD = {"head": "kind", "hidden": "hidden", "dropout": "dropout", "start": "start"}
"""Options of the head, and the field of `HeadSpec` each one sets."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a training, whose folder and backbone were added before."""
    _ways(parser)
    _freezing(parser)
    _head(parser)
    _phases(parser)
    _rates(parser)
    _data(parser)
    _stopping(parser)


def run_of(options: argparse.Namespace, start: RunSpec, table: LayerTable | None = None) -> RunSpec:
    """The whole run asked for.

    Args:
        options: As the parser gave them.
        start: Folder, backbone and changes of photos; the rest is set here.
        table: Layers of the backbone, needed where `options.fine_tune` is set.
    """
    given = vars(options)
    training = {name.name: given[name.name] for name in fields(TrainSpec) if name.name in given}
    training["layer_rates"] = tuple(options.rate)
    head = {field: given[option] for option, field in HEAD.items() if option in given}
    freeze = FreezePlan(
        options.freeze or "all",
        options.freeze_until,
        tuple(options.thaw),
        tuple(options.freeze_layers),
        options.batch_norm,
    )
    spec = replace(
        start,
        freeze=freeze,
        head=HeadSpec(standardize=not options.raw_features, **head),
        train=replace(TrainSpec(), **training),
    )
    if options.fine_tune:
        assert table is not None
        tuned = fine_tuned(spec, table)
        own = options.freeze or options.freeze_until or options.thaw or options.freeze_layers
        spec = replace(tuned, freeze=freeze if own else tuned.freeze, train=replace(tuned.train, **training))
    return from_scratch(spec) if options.from_scratch else spec


def rate(text: str) -> LayerRate:
    """`LAYER=RATE` as it is typed."""
    name, _, value = text.rpartition("=")
    try:
        return LayerRate(name.strip(), float(value)) if name.strip() else _refuse(text)
    except ValueError:
        return _refuse(text)


def _refuse(text: str) -> LayerRate:
    raise argparse.ArgumentTypeError(f"“{text}” is not a rate of a layer, such as blocks.6=1e-4")


def _ways(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("ways with a name", "Other options win over --fine-tune.")
    group.add_argument(
        "--fine-tune",
        action="store_true",
        help="two phases: the head alone for 3 epochs, then the last block thawed at 1e-5, cosine",
    )
    group.add_argument(
        "--from-scratch",
        action="store_true",
        help="the baseline of the plan that the other options make: random weights, nothing frozen",
    )


def _freezing(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("freezing")
    group.add_argument("--freeze", choices=("all", "none"), help="where to begin (all)")
    group.add_argument("--freeze-until", default="", metavar="LAYER", help="freeze up to and with this layer")
    for name, words in (("--thaw", "thaw these layers"), ("--freeze-layers", "freeze these layers, after all else")):
        group.add_argument(name, nargs="+", default=[], action="extend", metavar="LAYER", help=words)
    group.add_argument(
        "--batch-norm",
        choices=("keep", "thawed", "update"),
        default="keep",
        help="statistics of BatchNorm layers: keep all, let those of thawed layers follow the photos, or update all "
        "(keep)",
    )


def _head(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("head")
    default = HeadSpec()
    _add(group, "--head", choices=_choices(HeadSpec, "kind"), words=f"({default.kind})")
    _add(group, "--hidden", int, f"width of the hidden layer of an mlp ({default.hidden})", "N")
    _add(group, "--dropout", float, f"share of hidden units left out while learning ({default.dropout:g})", "SHARE")
    _add(
        group,
        "--start",
        choices=_choices(HeadSpec, "start"),
        words=f"first weights of the last layer ({default.start})",
    )
    group.add_argument("--raw-features", action="store_true", help="do not normalize features while the head learns")


def _phases(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("phases")
    default = TrainSpec()
    _add(group, "--epochs", int, f"passes over the photos, those of --head-epochs not counted ({default.epochs})", "N")
    _add(group, "--head-epochs", int, "passes of the head alone before thawed layers move (0)", "N")


def _rates(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("rates")
    default = TrainSpec()
    _add(group, "--lr", float, f"rate of the head ({default.lr:g})", "RATE")
    _add(group, "--backbone-lr", float, f"of the last thawed block ({default.backbone_lr:g})", "RATE")
    _add(group, "--layer-decay", float, "share of the rate that each block before it has (1)", "SHARE")
    group.add_argument(
        "--rate",
        type=rate,
        action="append",
        default=[],
        metavar="LAYER=RATE",
        help="rate of a layer and all below it; can be given again, later ones win",
    )
    _add(group, "--schedule", choices=_choices(TrainSpec, "schedule"), words=f"({default.schedule})")
    _add(group, "--warmup", float, "epochs over which rates rise at the start of a phase (0)", "EPOCHS")
    _add(group, "--optimizer", choices=_choices(TrainSpec, "optimizer"), words=f"({default.optimizer})")
    _add(group, "--weight-decay", float, f"never on norms and biases ({default.weight_decay:g})", "DECAY")


def _data(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("data")
    default = TrainSpec()
    _add(group, "--batch-size", int, f"photos in one optimizer step ({default.batch_size})", "N")
    _add(group, "--label-smoothing", float, "share of each label spread over all classes (0)", "SHARE")
    words = "for classes with few photos: count their losses more, or draw them more often (none)"
    _add(group, "--balance", choices=_choices(TrainSpec, "balance"), words=words)


def _stopping(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("stopping and safety")
    default = TrainSpec()
    words = (
        "which epoch is the result: that with the lowest validation loss, the highest accuracy (metric), or the last "
    )
    _add(group, "--result", choices=_choices(TrainSpec, "result"), words=f"{words}({default.result})")
    _add(group, "--patience", int, "stop after so many epochs without a better one (0: never)", "N")
    _add(group, "--clip-norm", float, "longest gradient (0: no limit)", "LENGTH")
    words = f"at most so much is lost when killed ({default.checkpoint_minutes:g})"
    _add(group, "--checkpoint-minutes", float, words, "MINUTES")
    words = "numbers to compute in (auto: float32 on a CPU, bfloat16 on a GPU that has it)"
    _add(group, "--precision", choices=_choices(TrainSpec, "precision"), words=words)
    group.add_argument(
        "--deterministic",
        action=argparse.BooleanOptionalAction,
        default=argparse.SUPPRESS,
        help="on a GPU, only algorithms that give the same bits each time (yes)",
    )


def _add(
    group: Any,
    name: str,
    kind: Callable[[str], Any] | None = None,
    words: str = "",
    metavar: str | None = None,
    choices: tuple[str, ...] | None = None,
) -> None:
    """An option that is not there where it was not given."""
    group.add_argument(name, type=kind, choices=choices, default=argparse.SUPPRESS, metavar=metavar, help=words)


def _choices(spec: type, field: str) -> tuple[str, ...]:
    return get_args(get_type_hints(spec)[field])
