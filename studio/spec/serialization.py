"""Specs as JSON and back, with every name and type checked on the way in: a record may have been edited by hand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from studio.spec import RunSpec, UserError
from studio.spec.structs import asdict

VERSION = 1
"""Version of the JSON form. Raised when a field changes its meaning; readers refuse what is newer than they are."""

BEFORE: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "head": {"start": "random"},
        "train": {"epochs": 10, "lr": 1e-3, "weight_decay": 0.01, "schedule": "constant", "result": "last"},
    }
)
"""Values of settings in records that lack them, where today's default is another."""

UNCHANGED = "Take the file from a run folder unchanged."


def to_json(spec: Any) -> dict[str, Any]:
    """Plain dict of a spec, ready for `json.dump`, with the version of the form."""
    return {"version": VERSION, **asdict(spec)}


def run_spec_from_json(data: dict[str, Any]) -> RunSpec:
    """Read a `RunSpec` back.

    Bounds are not checked here: a run of other times opens, whatever may be trained today.

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
    body: Any = data
    if isinstance(data, dict):
        body = {key: value for key, value in data.items() if key != "version"}
        for part, before in BEFORE.items():
            if isinstance(body.setdefault(part, {}), dict):
                body[part] = {**before, **body[part]}
    try:
        return msgspec.convert(body, RunSpec)
    except msgspec.ValidationError as error:
        raise _user_error(str(error), body) from None


def _user_error(message: str, data: Any) -> UserError:
    """Turn an error of msgspec into words for the user.

    Args:
        message: Such as “Expected `int`, got `str` - at `$.train.epochs`”.
        data: What was read.
    """
    said, _, path = message.partition(" - at `$")
    steps = re.findall(r"\.(\w+)|\[(\d+)\]", path)
    where = ".".join(["spec", *(name for name, _ in steps if name)])
    field = re.search(r"(unknown|required) field `(.*)`", said)
    if field is not None and field[1] == "unknown":
        return UserError(f"“{where}” holds an unknown setting: {field[2]}.", "Remove it, or update the program.")
    if field is not None:
        return UserError(f"“{where}” lacks the setting {field[2]}.", UNCHANGED)
    if said.startswith("Expected `object"):
        return UserError(f"“{where}” should hold named settings.", UNCHANGED)
    value = data
    for name, index in steps:
        value = value[name] if name else value[int(index)]
    return UserError(f"“{where}” cannot be {value!r}.", UNCHANGED)
