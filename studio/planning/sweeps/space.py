"""The file that says what a sweep varies (SPACE.json), read and checked; `docs/sweeps.md` describes it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from studio.planning.sweeps import settings
from studio.spec import UserError
from studio.spec.structs import replace

MOST = 1000
"""Most runs of a sweep."""

KEYS = ("choice", "runs", "seed", "settings", "stop_early")
RANGE_KEYS = ("from", "to", "scale")

Choice = Literal["grid", "random"]


@dataclass(frozen=True)
class Range:
    """A range of numbers to draw from.

    Attributes:
        low, high: Its ends, which may be drawn.
        log: True to draw the logarithm evenly.
        integer: True for whole numbers.
    """

    low: float
    high: float
    log: bool = False
    integer: bool = False

    def at(self, share: float) -> float | int:
        """The number at a share 0…1 of the range: a whole one, or one with three significant digits."""
        if self.log:
            value = math.exp(math.log(self.low) + share * (math.log(self.high) - math.log(self.low)))
        else:
            value = self.low + share * (self.high - self.low)
        if self.integer:
            return round(value)
        return min(max(float(f"{value:.3g}"), self.low), self.high)


Values = tuple[Any, ...] | Range


@dataclass(frozen=True)
class EarlyStop:
    """The median rule, which stops a run early.

    A run is stopped after an epoch where its criterion so far is worse than the median of the criterion that the
    earlier runs of the sweep had after the same epoch.

    Attributes:
        after: First epoch after which a run may be stopped.
        runs: Least number of earlier runs to compare with.
    """

    after: int = 3
    runs: int = 3


@dataclass(frozen=True)
class SweepSpace:
    """Settings that a sweep varies.

    Attributes:
        parts: Values of each setting by name, in one or several groups that are not combined with each other.
        choice: All combinations of values, or some drawn at random.
        runs: Number of combinations that are drawn; 0 for a grid.
        seed: Seed of the draw.
        stop_early: The rule by which runs are stopped early; None to train all runs to their end.
        title: Name of the space, for instance that of its file.
        document: The space as it was read.
    """

    parts: tuple[Mapping[str, Values], ...]
    choice: Choice = "grid"
    runs: int = 0
    seed: int = 7
    stop_early: EarlyStop | None = None
    title: str = "sweep"
    document: Mapping[str, Any] = field(default_factory=dict)

    @property
    def varied(self) -> tuple[str, ...]:
        """Names of the settings, each once."""
        return tuple(dict.fromkeys(name for part in self.parts for name in part))


def read(file: Path) -> SweepSpace:
    """Read a space from a file.

    Raises:
        UserError: It cannot be read, or is not a valid space; the title names the file and the key.
    """
    try:
        document = json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=_without_repetition)
    except FileNotFoundError as error:
        raise UserError(f"There is no file {file}.", "Check the path; docs/sweeps.md has an example.", file) from error
    except OSError as error:
        raise UserError(f"{file} cannot be read ({error.strerror or error}).", "Name a JSON file.", file) from error
    except UserError as error:
        raise UserError(f"{file}: {error.title}", error.hint, file) from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"{file} is not JSON ({error}).", "docs/sweeps.md has an example.", file) from error
    try:
        return replace(of_document(document), title=file.stem)
    except UserError as error:
        raise UserError(f"{file}: {error.title}", error.hint, file) from error


def of_document(document: Any) -> SweepSpace:
    """The space of a parsed document.

    Raises:
        UserError: It is not a valid space; the title names the key.
    """
    if not isinstance(document, dict):
        raise UserError("A sweep is an object with the key “settings”.", "docs/sweeps.md has an example.")
    for key in document:
        if key not in KEYS:
            raise UserError(f"The key “{key}” is unknown.", f"The keys are {', '.join(KEYS)}.")
    choice = document.get("choice", "grid")
    if choice not in ("grid", "random"):
        raise UserError(f"“choice” cannot be {_quoted(choice)}.", "It is “grid” or “random”.")
    runs, seed = document.get("runs", 0), document.get("seed", SweepSpace.seed)
    if choice == "grid" and "runs" in document:
        raise UserError("“runs” is only for “choice”: “random”.", "A grid trains all combinations.")
    if choice == "random":
        if "runs" not in document:
            raise UserError("“choice”: “random” needs “runs”.", "It is the number of combinations to draw.")
        _require_integer("runs", runs, 1, MOST)
    _require_integer("seed", seed, 0, 2**63 - 1)
    parts = document.get("settings")
    groups = parts if isinstance(parts, list) else [parts]
    if not groups:
        raise UserError("“settings” is empty.", "Name at least one setting with its values.")
    read_parts = tuple(_part(group, choice) for group in groups)
    return SweepSpace(
        read_parts, choice, runs, seed, _early_stop(document.get("stop_early", False)), document=dict(document)
    )


def _part(group: Any, choice: Choice) -> Mapping[str, Values]:
    if not isinstance(group, dict):
        title = "“settings” must be an object with a list of values for each setting, or a list of such objects."
        raise UserError(title, 'For instance {"lr": [0.001, 0.01]}.')
    if not group:
        raise UserError("“settings” is empty.", "Name at least one setting with its values.")
    values: dict[str, Values] = {}
    for name in group:
        key = name.removeprefix("--").replace("-", "_")
        if key in values:
            raise UserError(f"“{name}” names a setting that is listed already.", "Name each setting once.")
        values[key] = _values(name, group[name], choice)
    return values


def _values(name: str, values: Any, choice: Choice) -> Values:
    if isinstance(values, dict):
        return _range(name, values, choice)
    if not isinstance(values, list):
        settings.is_number(name)  # raises for an unknown name, which is the worse mistake
        raise UserError(f"“{name}” needs a list of values.", f'For instance {{"{name}": [{_quoted(values)}]}}.')
    if not values:
        settings.is_number(name)
        raise UserError(f"“{name}” has an empty list of values.", "Give at least one value, or remove the setting.")
    parsed = []
    for value in values:
        try:
            parsed.append(settings.parse(name, value))
        except UserError as error:
            named = error.title if f"“{name}”" in error.title else f"“{name}”: {error.title}"
            raise UserError(named, error.hint) from error
    return tuple(dict.fromkeys(parsed))


def _range(name: str, values: dict[str, Any], choice: Choice) -> Range:
    if not settings.is_number(name):
        raise UserError(f"“{name}” is not a number, so it cannot have a range.", "Give a list of values.")
    if choice != "random":
        raise UserError(f"“{name}” is a range, which needs “choice”: “random”.", "For a grid, give a list of values.")
    for key in values:
        if key not in RANGE_KEYS:
            raise UserError(f"“{name}” has an unknown key “{key}”.", f"A range has {', '.join(RANGE_KEYS)}.")
    ends = []
    for key in ("from", "to"):
        if key not in values:
            raise UserError(f"“{name}” lacks “{key}”.", "A range needs both of its ends.")
        try:
            ends.append(settings.parse(name, values[key]))
        except UserError as error:
            raise UserError(f"“{name}”, “{key}”: {error.title}", error.hint) from error
    scale = values.get("scale", "linear")
    if scale not in ("linear", "log"):
        raise UserError(f"“{name}”: “scale” cannot be {_quoted(scale)}.", "It is “linear” or “log”.")
    if not ends[0] < ends[1]:
        raise UserError(f"“{name}” cannot go from {ends[0]:g} to {ends[1]:g}.", "Give the lower end first.")
    if scale == "log" and ends[0] <= 0:
        raise UserError(f"“{name}” cannot have a logarithmic range from {ends[0]:g}.", "Begin above 0.")
    return Range(ends[0], ends[1], scale == "log", settings.is_integer(name))


def _early_stop(value: Any) -> EarlyStop | None:
    if isinstance(value, bool):
        return EarlyStop() if value else None
    if not isinstance(value, dict):
        raise UserError(f"“stop_early” cannot be {_quoted(value)}.", 'Give true, false, or {"after": 3, "runs": 3}.')
    rule = EarlyStop()
    for key, number in value.items():
        if key not in ("after", "runs"):
            raise UserError(f"“stop_early” has an unknown key “{key}”.", "It has “after” and “runs”.")
        _require_integer(f"stop_early: {key}", number, 1, MOST)
        rule = replace(rule, **{key: number})
    return rule


def _require_integer(key: str, value: Any, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        words = f"from {low:,} to {high:,}" if high == MOST else f"{low:,} or more"
        raise UserError(f"“{key}” cannot be {_quoted(value)}.", f"It must be a whole number, {words}.")


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise UserError(f"The key “{twice}” occurs twice.", "Name each key once in an object.")
    return values


def _quoted(value: Any) -> str:
    return f"“{value}”" if isinstance(value, str) else json.dumps(value)
