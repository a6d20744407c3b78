"""The settings that a sweep may vary, under the names of the options of `thaw train`.

Most are generated from the rows of the specs, so that a new setting can be varied without a line here.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from studio.planning.augmentation import name_of
from studio.planning.recipes import recipe_of, steps_of
from studio.spec import BackboneSpec, DatasetSpec, LayerRate, RunSpec, UserError
from studio.spec.encoding import conversion
from studio.spec.settings import Row, parts, row_of, rows
from studio.spec.structs import replace
from studio.system import paths

SHARED: Mapping[str, str] = MappingProxyType(
    {
        "result": "the runs are ranked by it, so it must be the same for all; give --result",
        "device": "give --device",
        "extended": "it is only for resumed runs",
        "checkpoint_minutes": "it does not change a result; give --checkpoint-minutes",
    }
)
"""Settings that are the same for all runs of a sweep, with the reason."""


def names() -> tuple[str, ...]:
    """Names of all settings that can be varied."""
    return tuple(_varied())


def parse(name: str, value: Any) -> Any:
    """A value from JSON as the type of its setting.

    Raises:
        UserError: There is no such setting, or the value has another type or is out of bounds.
    """
    row = _row(name)
    if row.key == "layer_rates":
        return tuple(_layer_rate(text) for text in _texts(row, value))
    if row.key == "steps":
        return steps_of(_texts(row, value))
    if isinstance(row.default, tuple) and isinstance(value, str):
        value = [value]
    try:
        if isinstance(value, bool) and row.kind is not bool:  # msgspec would convert it to 0 or 1
            raise msgspec.ValidationError
        parsed = conversion.convert(value, row.kind)
    except msgspec.ValidationError:
        wanted = [row.allowed()] if row.values else [_TYPE_WORDS[row.kind], row.allowed()]
        hint = f"It must be {', '.join(filter(None, wanted))}."
        raise UserError(f"{row.setting.name} cannot be {_quoted(value)}.", hint) from None
    if mistake := row.mistake(parsed):
        raise UserError(mistake, row.hint())
    if name == "weights" and parsed not in ("default", "none"):  # so that a run finds the file from any folder
        return str(paths.expanded(parsed).absolute())
    return parsed


def title(name: str) -> str:
    """The name of a setting as the form shows it."""
    return _row(name).setting.name


def is_number(name: str) -> bool:
    """True for a setting that is a number, which can be drawn from a range."""
    return _row(name).is_number


def is_integer(name: str) -> bool:
    """True for a setting that is a whole number."""
    return _row(name).kind is int


def with_settings(base: RunSpec, values: Mapping[str, Any]) -> RunSpec:
    """The settings of a run with parsed values by name."""
    fields: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        row = _row(name)
        fields.setdefault(row.part, {})[row.key] = value
    return replace(base, **{part: replace(getattr(base, part), **own) for part, own in fields.items()})


def value_of(spec: RunSpec, name: str) -> Any:
    """The value of a setting."""
    return values_of((spec,), name)[0]


def values_of(specs: Iterable[RunSpec], name: str) -> list[Any]:
    """The value of a setting in each of several runs."""
    row = _row(name)
    return [getattr(getattr(spec, row.part), row.key) for spec in specs]


def without_effect(spec: RunSpec) -> frozenset[str]:
    """Names of settings that have no effect on a run, because of its other settings."""
    idle = {"hidden", "dropout"} if spec.head.kind == "linear" else set()
    plan = spec.freeze
    if replace(plan, lora_rank=0).trains_nothing:
        idle |= {"backbone_lr", "layer_decay", "rate"}
    if not plan.lora_rank:
        idle |= {"lora_alpha", "lora_layers", "lora_after", "lora_lr"}
    if spec.backbone.readout != "blocks":
        idle.add("readout_blocks")
    return frozenset(idle)


def shown(name: str, value: Any) -> str:
    """A parsed value as text for tables: “0.001”, “mlp”, “blocks.5 + blocks.6”, “light”; “–” for an empty one."""
    if _row(name).key == "steps":
        return recipe_of(value) or " + ".join(
            f"{name_of(step.kind)}:{step.amount:g}:{step.probability:g}" for step in value
        )
    return stored(name, value)


def stored(name: str, value: Any) -> str:
    """A parsed value as text for the record of a sweep, which has steps under their names in records."""
    if _row(name).key == "steps":
        return recipe_of(value) or " + ".join(f"{step.kind}:{step.amount:g}:{step.probability:g}" for step in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return " + ".join(f"{one.name}={one.lr:g}" if isinstance(one, LayerRate) else str(one) for one in value) or "–"
    return "–" if value in ("", None) else str(value)


_TYPE_WORDS: Mapping[Any, str] = MappingProxyType(
    {
        int: "a whole number",
        float: "a number",
        bool: "true or false",
        str: "a string",
        int | None: "a whole number or null",
        tuple[str, ...]: "the name of a layer, or a list of names",
    }
)


@functools.cache
def _varied() -> dict[str, Row]:
    """The rows of all settings that can be varied, by name."""
    varied: dict[str, Row] = {"backbone": replace(row_of(BackboneSpec, "name"), part="backbone")}
    for part, spec in parts(RunSpec).items():
        for row in rows(spec, part):
            name = _name(row)
            if spec is not DatasetSpec and name not in SHARED and name not in varied:
                varied[name] = row
    return varied


def _name(row: Row) -> str:
    """The option of a setting, without its leading dashes; the name of the field if the option turns a switch off."""
    setting = row.setting
    return row.key if setting.off or not setting.option.startswith("--") else setting.option[2:].replace("-", "_")


def _row(name: str) -> Row:
    key = name.removeprefix("--").replace("-", "_")
    if key in _varied():
        return _varied()[key]
    if key in SHARED:
        raise UserError(f"“{name}” cannot be varied: {SHARED[key]}.", "Remove it from the settings.")
    if key in {_name(row) for row in rows(DatasetSpec)}:
        title = f"“{name}” cannot be varied: all runs of a sweep have the same photos and the same split."
        raise UserError(title, f"Give --{key.replace('_', '-')} on the command line.")
    near = difflib.get_close_matches(key, _varied(), n=3)
    hint = f"Did you mean {', '.join(near)}?" if near else f"The settings are {', '.join(_varied())}."
    raise UserError(f"There is no setting “{name}”.", hint)


def _texts(row: Row, value: Any) -> list[str]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise UserError(f"{row.setting.name} cannot be {_quoted(value)}.", "It must be a string or a list of strings.")
    return values


def _layer_rate(text: str) -> LayerRate:
    layer, _, number = text.rpartition("=")
    try:
        rate = LayerRate(layer.strip(), float(number))
    except ValueError:
        rate = LayerRate("", 0.0)
    row = row_of(LayerRate, "lr")
    if not rate.name or row.mistake(rate.lr):
        raise UserError(f"“{text}” is not a rate of a layer.", "Write it as LAYER=RATE, for instance blocks.6=1e-4.")
    return rate


def _quoted(value: Any) -> str:
    return f"“{value}”" if isinstance(value, str) else msgspec.json.encode(value).decode()
