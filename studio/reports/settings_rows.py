"""The settings of a run as rows with their labels, and the command that trains with them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from studio.formatting import numbers
from studio.spec import RunSpec
from studio.spec.settings import Row, parts, rows
from studio.system.names import command_word

PART_NAMES: Mapping[str, str] = {
    "dataset": "Photos",
    "backbone": "Backbone",
    "freeze": "Freezing",
    "head": "Head",
    "train": "Training",
    "augment": "Augmentation",
}


@dataclass(frozen=True)
class SettingRow:
    """A setting with its value.

    Attributes:
        part: Title of its part of the settings.
        name: Its label.
        value: Its value in words.
        is_default: True where the value is the default.
    """

    part: str
    name: str
    value: str
    is_default: bool


def of(spec: RunSpec) -> list[SettingRow]:
    """All settings of a run, in the order of the specs."""
    return [
        SettingRow(PART_NAMES[part], row.setting.name, words(row, value), value == row.default)
        for part, kind in parts(RunSpec).items()
        for row in rows(kind, part)
        for value in (getattr(getattr(spec, part), row.key),)
    ]


def label(setting: str) -> str:
    """Label of a setting given by its path, such as `train.epochs`; the path itself if it has no row."""
    row = _row_of(setting)
    return row.setting.name if row is not None else setting


def value_of(setting: str, value: Any) -> str:
    """The value of a setting given by its path, in words; “default” if it is not set."""
    row = _row_of(setting)
    if row is None or not setting.endswith(f".{row.key}"):  # a part of a setting, such as one end of a range
        return plain(value)
    return "default" if value is None else words(row, value)


def _row_of(setting: str) -> Row | None:
    part, _, key = setting.partition(".")
    kind = parts(RunSpec).get(part)
    return next((one for one in rows(kind) if one.key == key.partition(".")[0]), None) if kind is not None else None


def words(row: Row, value: Any) -> str:
    """A value in words: the label of a choice, “on” and “off”, “none”."""
    choices = dict(row.choices)
    if isinstance(value, str) and value in choices:
        return str(choices[value])
    text = plain(value)
    return f"{text} {row.setting.unit}" if row.setting.unit and text != "none" else text


def plain(value: Any) -> str:
    """A value of JSON or of a spec as text."""
    if value is None or value in ("", (), []):
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return numbers.compact(value)
    if isinstance(value, msgspec.Struct):
        value = msgspec.to_builtins(value)
    if isinstance(value, Mapping):
        return " ".join(plain(one) for one in value.values())
    if isinstance(value, list | tuple):
        return ", ".join(plain(one) for one in value)
    return str(value)


def command(spec: RunSpec) -> str:
    """The command that trains with the same settings on the same folder."""
    data, freeze = spec.dataset, spec.freeze
    options = ["thaw", "train", command_word(data.folder)]
    for part, kind in parts(RunSpec).items():
        for row in rows(kind, part):
            value = getattr(getattr(spec, part), row.key)
            if (part, row.key) in _BY_HAND or value == row.default:
                continue
            options += _option(row, value)
    for layers, flag in ((freeze.thaw, "--thaw"), (freeze.freeze, "--freeze-layers")):
        options += [flag, *map(command_word, layers)] if layers else []
    for rate in spec.train.layer_rates:
        options += ["--rate", command_word(f"{rate.name}={rate.lr!r}")]
    for step in spec.augment.steps:
        options += ["--augment", f"{step.kind}:{step.amount!r}:{step.probability!r}"]
    if data.value_range is not None:
        options += ["--value-range", repr(data.value_range.low), repr(data.value_range.high)]
    return " ".join(options)


_BY_HAND = {
    ("dataset", "folder"),
    ("dataset", "seed"),  # one option sets this one and that of the training
    ("freeze", "thaw"),
    ("freeze", "freeze"),
    ("train", "layer_rates"),
    ("train", "extended"),  # the total of epochs includes them
    ("augment", "steps"),
    ("dataset", "value_range"),
}
"""Settings without an option of their own, or with several values, which are written one by one."""


def _option(row: Row, value: Any) -> list[str]:
    if row.setting.off:
        return [row.flag]
    if row.kind is bool:
        return [row.flag if value else row.flag.replace("--", "--no-", 1)]
    text = repr(value) if isinstance(value, float) else str(value)
    return [f"{row.flag}={shlex.quote(text)}"] if text.startswith("-") else [row.flag, command_word(text)]
