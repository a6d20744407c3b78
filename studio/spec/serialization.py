"""Specs as JSON and back, with every name and type checked on the way in: a record may have been edited by hand."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from studio.spec import RunSpec, UserError

VERSION = 1
"""Version of the JSON form. Raised when a field changes its meaning; readers refuse what is newer than they are."""

BEFORE: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "spec.head": {"start": "random"},
        "spec.train": {"epochs": 10, "lr": 1e-3, "weight_decay": 0.01, "schedule": "constant", "result": "last"},
    }
)
"""What a setting meant in records that lack it, where the default of today is another."""


def to_json(spec: Any) -> dict[str, Any]:
    """Plain dict of a spec, ready for `json.dump`, with the version of the form."""
    return {"version": VERSION, **dataclasses.asdict(spec)}


def run_spec_from_json(data: dict[str, Any]) -> RunSpec:
    """Read a `RunSpec` back.

    Args:
        data: What `to_json` gave, after a round trip through JSON.

    Raises:
        UserError: A newer version, an unknown field, or a value of the wrong type.
    """
    version = data.get("version", VERSION) if isinstance(data, dict) else VERSION
    if not isinstance(version, int) or version > VERSION:
        raise UserError(
            f"The settings were written by a newer Thaw Studio (form {version}).", "Update the program to open them."
        )
    body = {"head": {}, "train": {}, **data} if isinstance(data, dict) else data
    if isinstance(body, dict):
        body.pop("version", None)
    return typing.cast(RunSpec, _build(RunSpec, body, "spec"))


def _build(kind: type, data: Any, where: str) -> Any:
    """Make a dataclass of `kind` from a dict, checking names and types on the way."""
    if not isinstance(data, dict):
        raise UserError(f"“{where}” should hold named settings.", "Take the file from a run folder unchanged.")
    hints = typing.get_type_hints(kind)
    unknown = sorted(set(data) - set(hints))
    if unknown:
        raise UserError(f"“{where}” holds an unknown setting: {unknown[0]}.", "Remove it, or update the program.")
    data = {**BEFORE.get(where, {}), **data}
    values = {name: _value(hints[name], value, f"{where}.{name}") for name, value in data.items()}
    for field_ in dataclasses.fields(kind):
        if field_.name not in values and field_.default is field_.default_factory is dataclasses.MISSING:
            raise UserError(f"“{where}” lacks the setting {field_.name}.", "Take the file from a run folder unchanged.")
    return kind(**values)


def _value(hint: Any, value: Any, where: str) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint):
        return _build(typing.cast(type, hint), value, where)
    if origin is tuple and arguments[-1] is Ellipsis and isinstance(value, list | tuple):
        return tuple(_value(arguments[0], item, where) for item in value)
    if origin is Literal:
        if value in arguments:
            return value
    elif origin is types.UnionType:
        if value is None and type(None) in arguments:
            return None
        return _value(next(kind for kind in arguments if kind is not type(None)), value, where)
    elif hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    elif isinstance(hint, type) and type(value) is hint:
        return value
    raise UserError(f"“{where}” cannot be {value!r}.", "Take the file from a run folder unchanged.")
