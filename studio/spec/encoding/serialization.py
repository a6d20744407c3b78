"""Conversion of specs to JSON and back. Reading checks every name and type: a record may have been edited by hand."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from studio.spec import RunSpec, UserError
from studio.spec.encoding import conversion
from studio.spec.settings import parts, rows
from studio.spec.structs import asdict

VERSION = 1
"""Version of the JSON format, increased when the meaning of a field changes; readers refuse newer versions."""

FORMER_DEFAULTS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "dataset": {"split_by": "photo", "split_near": False},
        "head": {"start": "random"},
        "train": {"epochs": 10, "lr": 1e-3, "weight_decay": 0.01, "schedule": "constant", "result": "last"},
    }
)
"""Values that settings have where a record lacks them, if the default has changed since the record was written."""

ADDED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "dataset": (
            "split_by",
            "split_near",
            "split_pattern",
            "split_table",
            "split_column",
            "test_fraction",
            "label_pattern",
            "labels",
            "folders",
            "background",
        ),
        "backbone": ("crop", "border", "readout", "readout_blocks"),
        "freeze": ("lora_rank", "lora_alpha", "lora_layers", "lora_after"),
        "train": ("lora_lr",),
    }
)
"""Settings written only where they differ from what a record without them means: version 0.1 does not know them."""

MOST_UNKNOWN = 100
"""Most unknown settings that are left out of a spec."""

UNCHANGED = "Use an unchanged file from the folder of a run."


def to_json(spec: Any) -> dict[str, Any]:
    """Convert a spec to a plain dict for `json.dump`, with the format version."""
    document = {"version": VERSION, **asdict(spec)}
    for part, keys in ADDED.items():
        if isinstance(values := document.get(part), dict):
            defaults = {row.key: row.default for row in rows(type(getattr(spec, part)))}
            defaults |= FORMER_DEFAULTS.get(part, {})
            document[part] = {key: value for key, value in values.items() if key not in keys or value != defaults[key]}
    return document


def run_spec_from_json(data: dict[str, Any]) -> RunSpec:
    """Read a `RunSpec` from the dict that `to_json` returned, after a round trip through JSON.

    Bounds are not checked: an old run must open even where its settings are no longer allowed in training.

    Raises:
        UserError: The version is newer, a field is unknown or missing, or a value has the wrong type.
    """
    version = data.get("version", VERSION) if isinstance(data, dict) else VERSION
    if not isinstance(version, int) or version > VERSION:
        raise UserError(
            f"The settings were written by a newer version of Thaw Studio (format {version}).",
            "Update the program to open them.",
        )
    body: Any = data
    if isinstance(data, dict):
        body = {key: value for key, value in data.items() if key != "version"}
        for part, former in FORMER_DEFAULTS.items():
            if isinstance(body.setdefault(part, {}), dict):
                body[part] = {**former, **body[part]}
    try:
        return conversion.convert(body, RunSpec)
    except msgspec.ValidationError as error:
        raise _user_error(str(error), body) from None


def known_settings(data: dict[str, Any]) -> tuple[RunSpec, tuple[str, ...]]:
    """Read a `RunSpec` that a newer version may have written, without the settings that this version does not know.

    Returns:
        The spec, with the default in place of each unknown setting, and these settings in words: “readout “register””.

    Raises:
        UserError: As in `run_spec_from_json`, except for unknown names and values.
    """
    unknown: list[str] = []
    body: Any = copy.deepcopy(data)
    for _ in range(MOST_UNKNOWN):
        try:
            return run_spec_from_json(body), tuple(unknown)
        except UserError as error:
            cause = error.__context__
            words = _without_unknown(str(cause), body) if isinstance(cause, msgspec.ValidationError) else ""
            if not words:
                raise
            unknown.append(words)
    return run_spec_from_json(body), tuple(unknown)


def _without_unknown(message: str, data: dict[str, Any]) -> str:
    """Remove from the data what an error message calls unknown; returns it in words, "" for any other error."""
    reason, _, path = message.partition(" - at `$")
    steps = [name or int(index) for name, index in re.findall(r"\.(\w+)|\[(\d+)\]", path)]
    field = re.search(r"unknown field `(.*)`", reason)
    if field is not None:
        steps.append(field[1])
    elif not reason.startswith("Invalid enum value"):
        return ""
    place: Any = data
    for step in steps[:-1]:
        place = place[step]
    value = place[steps[-1]]
    # An item of a list, such as an augmentation step, has no default: it is left out as a whole.
    numbers = [number for number, step in enumerate(steps) if isinstance(step, int)]
    if numbers and field is None:
        steps = steps[: numbers[0] + 1]
        place = data
        for step in steps[:-1]:
            place = place[step]
    del place[steps[-1]]
    kind = parts(RunSpec).get(str(steps[0]))
    labels = {row.key: row.setting.name for row in rows(kind)} if kind is not None else {}
    labels |= {"steps": "augmentation step"}
    name = next(str(step) for step in reversed(steps) if isinstance(step, str))
    name = labels.get(name) or name.replace("_", " ")
    shown = value if isinstance(value, str | int | float | bool) else ""
    if name.partition(" ")[0][1:].islower():  # but not the L of “LoRA”
        name = name[:1].lower() + name[1:]
    return f"{name} “{shown}”" if shown != "" else name


def _user_error(message: str, data: Any) -> UserError:
    """Convert an error message of msgspec to a `UserError`.

    Args:
        message: The message, such as “Expected `int`, got `str` - at `$.train.epochs`”.
        data: The data that was read.
    """
    reason, _, path = message.partition(" - at `$")
    steps = re.findall(r"\.(\w+)|\[(\d+)\]", path)
    where = ".".join(["spec", *(name for name, _ in steps if name)])
    field = re.search(r"(unknown|required) field `(.*)`", reason)
    if field is not None and field[1] == "unknown":
        return UserError(f"“{where}” contains an unknown setting: {field[2]}.", "Remove it, or update the program.")
    if field is not None:
        return UserError(f"“{where}” lacks the setting {field[2]}.", UNCHANGED)
    if reason.startswith("Expected `object"):
        return UserError(f"“{where}” must contain named settings.", UNCHANGED)
    value = data
    for name, index in steps:
        value = value[name] if name else value[int(index)]
    return UserError(f"“{where}” cannot be {value!r}.", UNCHANGED)
