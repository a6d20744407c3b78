"""The runs of a sweep: all combinations of values, or some drawn at random."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from studio.catalog import catalog, network_files, readouts
from studio.planning.sweeps import settings
from studio.planning.sweeps.space import MOST, Range, SweepSpace
from studio.spec import RunSpec, UserError
from studio.spec.structs import replace
from studio.spec.validation import check

MOST_REPEATED = 200
"""After this many draws in a row that repeat earlier combinations, no more are drawn."""


@dataclass(frozen=True)
class Trial:
    """A run of a sweep.

    Attributes:
        settings: Values by name of the settings that the sweep varies, without those that have no effect here.
        spec: All settings of the run.
    """

    settings: Mapping[str, Any]
    spec: RunSpec

    def words(self) -> str:
        """The varied settings in one line: “lr 0.001, head mlp”."""
        return ", ".join(f"{name} {settings.shown(name, value)}" for name, value in self.settings.items())

    def values(self) -> dict[str, Any]:
        """The varied settings as values of JSON, by name."""
        return {name: msgspec.to_builtins(value) for name, value in self.settings.items()}

    def shown(self) -> dict[str, str]:
        """The varied settings as text for tables, by name."""
        return {name: settings.shown(name, value) for name, value in self.settings.items()}

    def stored(self) -> dict[str, str]:
        """The varied settings as text for the record of the sweep, by name."""
        return {name: settings.stored(name, value) for name, value in self.settings.items()}


def trials(space: SweepSpace, base: RunSpec) -> tuple[Trial, ...]:
    """The runs of a sweep, in the order in which they are trained.

    Combinations that differ only in settings without effect are trained once.

    Args:
        space: What is varied.
        base: The other settings, which all runs share.

    Raises:
        UserError: The checks of the settings refuse a combination, or there are too many.
    """
    drawn = _drawn(space) if space.choice == "random" else _grid(space)
    by_spec: dict[RunSpec, Trial] = {}
    repeated = 0
    for values in drawn:
        trial = _trial(values, base, space.varied)
        repeated = repeated + 1 if trial.spec in by_spec else 0
        by_spec.setdefault(trial.spec, trial)
        if space.runs and (len(by_spec) == space.runs or repeated == MOST_REPEATED):
            break
    return tuple(by_spec.values())


def refusal(trial: Trial, error: UserError) -> UserError:
    """The error of a combination of settings."""
    hint = f"{error.hint} Settings that do not go together can be in separate objects of “settings”."
    return UserError(f"The combination {trial.words()} is refused: {error.title}", hint.strip(), error.file)


def _trial(values: Mapping[str, Any], base: RunSpec, varied: Sequence[str]) -> Trial:
    """The run of a combination, without the settings that have no effect in it."""
    idle = settings.without_effect(settings.with_settings(base, values))
    spec = settings.with_settings(base, {name: value for name, value in values.items() if name not in idle})
    spec = replace(spec, backbone=readouts.normalized(spec.backbone))
    trial = Trial({name: settings.value_of(spec, name) for name in varied if name not in idle}, spec)
    try:
        check(trial.spec)
        readouts.chosen(catalog.find(trial.spec.backbone.name), trial.spec.backbone)
        return replace(trial, spec=replace(trial.spec, backbone=network_files.pinned(trial.spec.backbone)))
    except UserError as error:
        raise refusal(trial, error) from error


def _grid(space: SweepSpace) -> Iterator[dict[str, Any]]:
    size = sum(math.prod(len(_listed(values)) for values in part.values()) for part in space.parts)
    if size > MOST:
        hint = "Vary fewer settings, or draw some combinations: “choice”: “random”, “runs”: 50."
        raise UserError(f"“settings” has {size:,} combinations; a sweep has at most {MOST:,}.", hint)
    for part in space.parts:
        for values in itertools.product(*(_listed(values) for values in part.values())):
            yield dict(zip(part, values, strict=True))


def _drawn(space: SweepSpace) -> Iterator[dict[str, Any]]:
    # Only `random()`: its numbers for a seed are the same in all versions of Python.
    source = random.Random(space.seed)  # not for secrets
    while True:
        part = space.parts[int(source.random() * len(space.parts))]
        yield {name: _one(values, source.random()) for name, values in part.items()}


def _one(values: tuple[Any, ...] | Range, share: float) -> Any:
    return values.at(share) if isinstance(values, Range) else values[int(share * len(values))]


def _listed(values: tuple[Any, ...] | Range) -> tuple[Any, ...]:
    assert not isinstance(values, Range)  # refused in a grid
    return values
