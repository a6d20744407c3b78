"""Differences of similar runs: the settings in which the runs of a list differ, in words."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from typing import Any

from studio.events import RunSummary
from studio.formatting.language import tr
from studio.formatting.numbers import compact
from studio.planning.sweeps import settings
from studio.spec import AugmentStep, RunSpec
from studio.spec.settings import Row, parts, rows

MOST_RUNS = 2000
"""Longest list of runs for which differences are named: in a longer one, hardly any two runs share a setting."""

IN_NAME = {
    ("dataset", "folder"),
    ("backbone", "name"),
    ("freeze", "base"),
    ("freeze", "until"),
    ("freeze", "thaw"),
    ("freeze", "freeze"),
    ("freeze", "batch_norm"),
    ("freeze", "lora_rank"),
    ("train", "epochs"),
    ("train", "head_epochs"),
    ("train", "extended"),
    ("train", "checkpoint_minutes"),
}
"""Settings that the name and the progress of a run show already, or that affect no result."""


SHORT = {
    "lr": "rate",
    "backbone_lr": tr("layer rate"),
    "batch_size": "batch",
    "weight_decay": "decay",
    "steps": "steps",
}
"""Names shorter than the label, by the setting's key."""

LABEL_SAYS_IT = {"schedule", "optimizer", "kind", "result"}
"""Settings that need no label because their values are clear: “cosine”, “AdamW”."""


def differences(runs: Sequence[RunSummary]) -> Mapping[str, str]:
    """The settings of each run that are not the same in all of them: “learning rate 0.01, seed 8”; by path."""
    if not 1 < len(runs) <= MOST_RUNS:
        return {}
    words = _of_specs({run.spec for run in runs})
    return {run.path: words[run.spec] for run in runs}


def of_queue(specs: Iterable[RunSpec], line: Callable[[RunSpec], str]) -> Mapping[RunSpec, str]:
    """The settings of each queued run that are not the same in all of them and that its line does not show.

    Args:
        specs: The runs, and others to compare them with, such as the one in progress.
        line: The line of a run, which shows its backbone, what trains, its epochs and its seed.
    """
    different = set(specs)
    if not 1 < len(different) <= MOST_RUNS:
        return dict.fromkeys(different, "")
    visible = [row for row in _rows() if (row.part, row.key) != ("train", "seed")]
    words = _in_full(different, visible)
    alike: dict[tuple[str, str], list[RunSpec]] = {}
    for spec, text in words.items():
        alike.setdefault((line(spec), text), []).append(spec)
    for group in alike.values():
        for spec, more in _in_full(group, _every_row()).items():
            words[spec] = ", ".join(filter(None, (words[spec], more)))
    return words


def _of_specs(specs: Set[RunSpec]) -> dict[RunSpec, str]:
    varying = sorted(_varying(specs, _rows()), key=_is_seed)  # the seed last, because it says least
    return {spec: _of_run(spec, varying) for spec in specs}


def _in_full(specs: Collection[RunSpec], among: Sequence[Row]) -> dict[RunSpec, str]:
    """The settings that vary, each with its whole value where shorter words would be the same."""
    varying = {row: {_value(spec, row) for spec in specs} for row in _varying(specs, among)}
    texts = {}
    for spec in specs:
        idle = settings.without_effect(spec)
        words = (_whole(row, values, _value(spec, row)) for row, values in varying.items() if row.key not in idle)
        texts[spec] = ", ".join(filter(None, words))
    return texts


def _varying(specs: Collection[RunSpec], among: Sequence[Row]) -> list[Row]:
    return [row for row in among if len({_value(spec, row) for spec in specs}) > 1]


def _of_run(spec: RunSpec, varying: Sequence[Row]) -> str:
    """The settings of a run among those that vary, without those that have no effect on it."""
    idle = settings.without_effect(spec)
    return ", ".join(filter(None, (_words(row, _value(spec, row)) for row in varying if row.key not in idle)))


@functools.cache
def _every_row() -> tuple[Row, ...]:
    return tuple(row for part, spec in parts(RunSpec).items() for row in rows(spec, part))


@functools.cache
def _rows() -> tuple[Row, ...]:
    return tuple(row for row in _every_row() if (row.part, row.key) not in IN_NAME)


def _is_seed(row: Row) -> bool:
    return row.key == "seed"


def _value(spec: RunSpec, row: Row) -> Any:
    return getattr(getattr(spec, row.part), row.key)


def _words(row: Row, value: Any) -> str:
    """A setting with its value, as short as possible; "" where the value says that it is not used."""
    name = SHORT.get(row.key, row.setting.name)
    if name.partition(" ")[0][1:].islower():  # “LoRA” keeps its capitals
        name = name[:1].lower() + name[1:]
    if row.key == "weights" and value in ("default", "none"):  # the name says “from scratch”
        return ""
    if row.choices:
        label = dict(row.choices).get(value, str(value)).split(" (")[0].lower()
        return label if row.key in LABEL_SAYS_IT else f"{name}: {label}"
    if isinstance(value, bool):
        return name if value else f"no {name}"
    if isinstance(value, int | float):
        return row.setting.zero if value == 0 and row.setting.zero else f"{name} {compact(value)}"
    if isinstance(value, str):
        return f"{name} {value.rsplit('/', 1)[-1]}" if value else ""
    if isinstance(value, tuple):
        return f"{len(value)} {name}" if value else f"no {name}"
    return name if value is not None else ""


def _whole(row: Row, values: Set[Any], value: Any) -> str:
    """A setting with its whole value, where the usual words of several values would be the same."""
    if len({_words(row, one) for one in values}) == len(values):
        return _words(row, value)
    items = value if isinstance(value, tuple) else (value,)
    texts = (f"{item.kind} {compact(item.amount)}" if isinstance(item, AugmentStep) else str(item) for item in items)
    name = row.setting.name
    return f"{name[:1].lower()}{name[1:]}: {', '.join(texts) or 'none'}"
