"""The options of `thaw train`: presets, and one option per setting, generated from its row, in groups.

An option overrides the default or the preset's value. Only `--from-scratch` overrides other options: it is the baseline
of the plan that they make.
"""

from __future__ import annotations

import argparse
from typing import Any, get_args

import msgspec

from studio.cli.options.command_parser import path_text
from studio.events import LayerTable
from studio.planning.presets import fine_tuned, from_scratch
from studio.spec import FreezePlan, LayerRate, RunSpec, TrainSpec
from studio.spec.settings import GROUPS, Row, row_of, rows, rows_by_group
from studio.spec.structs import replace

SHARED = ("seed", "device")
"""Settings whose options are shared with other commands and added there."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a run, except those of data set and backbone."""
    _presets(parser)
    add_freezing(parser)
    for key, settings in rows_by_group(RunSpec).items():
        group = parser.add_argument_group(_lower_first(GROUPS[key]))
        for row in settings:
            if row.key not in SHARED:
                add_option(group, row)
        if key == "lora":
            _add_lora_after(group)
        if key == "rates":
            words = _words(row_of(TrainSpec, "layer_rates"))
            group.add_argument("--rate", type=rate, action="append", default=[], metavar="LAYER=RATE", help=words)
        if key == "training":
            words = "train as a run that was extended after this epoch: its schedule starts over there (repeatable)"
            flag = row_of(TrainSpec, "extended").flag
            group.add_argument(flag, type=int, action="append", default=[], metavar="EPOCH", help=words)


def run_of(options: argparse.Namespace, start: RunSpec, table: LayerTable | None = None) -> RunSpec:
    """The run that the options describe.

    Args:
        options: Parsed options of `thaw train`.
        start: Data set, backbone and augmentation; the rest is replaced.
        table: Layers of the backbone; required with `options.fine_tune`.
    """
    values = {
        part: {row.key: vars(options)[row.key] for row in rows(type(getattr(start, part))) if row.key in vars(options)}
        for part in ("head", "train")
    }
    values["train"] |= {"layer_rates": tuple(options.rate), "extended": tuple(options.extended_after)}
    freeze = freeze_plan_of(options)
    head, train = replace(start.head, **values["head"]), replace(start.train, **values["train"])
    spec = replace(start, freeze=freeze, head=head, train=train)
    if options.fine_tune:
        assert table is not None
        tuned = fine_tuned(spec, table)
        own = options.freeze or options.freeze_until or options.thaw or options.freeze_layers
        chosen = freeze if own else tuned.freeze.with_policies_of(freeze)
        spec = replace(tuned, freeze=chosen, train=replace(tuned.train, **values["train"]))
    return from_scratch(spec) if options.from_scratch else spec


def freeze_plan_of(options: argparse.Namespace) -> FreezePlan:
    """The freeze plan that the options of `add_freezing` and `add_adapters` describe."""
    plan = FreezePlan(
        options.freeze or "all",
        options.freeze_until,
        tuple(options.thaw),
        tuple(options.freeze_layers),
        options.batch_norm,
    )
    keys = (row.key for row in rows(FreezePlan) if row.key.startswith("lora_"))
    return replace(plan, **{key: vars(options)[key] for key in keys if key in vars(options)})


def rate(text: str) -> LayerRate:
    """Parse `LAYER=RATE`."""
    name, _, value = text.rpartition("=")
    try:
        return LayerRate(name.strip(), float(value)) if name.strip() else _refuse(text)
    except ValueError:
        return _refuse(text)


def _refuse(text: str) -> LayerRate:
    raise argparse.ArgumentTypeError(f"“{text}” is not a rate of a layer, such as blocks.6=1e-4")


def _presets(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("presets", "Other options override --fine-tune.")
    group.add_argument(
        "--fine-tune",
        action="store_true",
        help="two phases: only the head for 3 epochs, then also the last block, at rate 1e-5 with a cosine schedule",
    )
    group.add_argument(
        "--from-scratch",
        action="store_true",
        help="the baseline of the plan that the other options make: random weights, nothing frozen",
    )


def add_freezing(parser: argparse.ArgumentParser) -> None:
    """Add the options of a freeze plan."""
    group = parser.add_argument_group("freezing")
    plan = {row.key: row for row in rows(FreezePlan)}
    group.add_argument("--freeze", choices=plan["base"].values, help=_words(plan["base"]))
    group.add_argument("--freeze-until", default="", metavar="LAYER", help=_words(plan["until"]))
    for name, row in (("--thaw", plan["thaw"]), ("--freeze-layers", plan["freeze"])):
        group.add_argument(name, nargs="+", default=[], action="extend", metavar="LAYER", help=_words(row))
    add_option(group, plan["batch_norm"], always=True)


def add_adapters(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which layers get adapters (LoRA)."""
    group = parser.add_argument_group(_lower_first(GROUPS["lora"]))
    for key in ("lora_rank", "lora_layers"):
        add_option(group, row_of(FreezePlan, key))
    _add_lora_after(group)


def _add_lora_after(group: Any) -> None:
    row = row_of(FreezePlan, "lora_after")
    group.add_argument(row.flag, dest=row.key, default=argparse.SUPPRESS, metavar="LAYER", help=_words(row))


def add_option(group: Any, row: Row, always: bool = False) -> None:
    """Add the option of a setting.

    Args:
        group: A group of the parser, or the parser itself.
        row: The setting.
        always: True to store the default when the option is absent; False to store nothing.
    """
    setting = row.setting
    common: dict[str, Any] = {"dest": row.key, "default": row.default if always else argparse.SUPPRESS}
    common["help"] = _words(row)
    if setting.off:
        common["help"] = f"do not {_lower_first(setting.tip)}"
        group.add_argument(row.flag, action="store_const", const=False, **common)
    elif row.kind is bool:
        group.add_argument(row.flag, action=argparse.BooleanOptionalAction, **common)
    elif row.values:
        group.add_argument(row.flag, choices=row.values, **common)
    else:
        kind = next(iter(get_args(row.kind)), row.kind)  # int for “int | None”
        metavar = setting.metavar or setting.unit.upper() or ("N" if kind is int else "VALUE")
        group.add_argument(row.flag, type=kind, metavar=metavar, **common)


def add_also(parser: argparse.ArgumentParser) -> None:
    """Add the options that name more folders of photos."""
    words = "another folder of the same data set, with one subfolder per class, or a class itself (repeatable)"
    parser.add_argument("--also", type=path_text, default=[], action="append", metavar="FOLDER", help=words)
    words = "a folder of the same data set whose photos show none of the classes (repeatable)"
    parser.add_argument("--background", type=path_text, default=[], action="append", metavar="FOLDER", help=words)


def _words(row: Row) -> str:
    """The help of an option: the setting's tip, the meaning of values with other labels, and the default."""
    labels = [
        f"{value}: {label}"
        for value, label in row.choices
        if not label.lower().replace("-", "_").startswith(str(value))
    ]
    words = "; ".join([_lower_first(row.setting.tip), *labels])
    shown = {True: "on", False: "off"}[row.default] if row.kind is bool else row.default
    if shown in ("", (), None, msgspec.NODEFAULT):
        return words
    return f"{words} ({f'{shown:g}' if isinstance(shown, float) else shown})".replace("%", "%%")


def _lower_first(text: str) -> str:
    """The text with a lowercase first letter; words such as “MLP” stay as they are."""
    return text[0].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text
