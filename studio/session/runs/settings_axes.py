"""Runs side by side by their settings: an axis for each setting in which they differ, and one for their result."""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from studio.evaluate.metrics import find
from studio.events import RunSummary
from studio.formatting import numbers, typography
from studio.formatting.language import tr, translated
from studio.planning.sweeps import settings
from studio.session.runs import run_words
from studio.session.runs.run_list import same_folder

LOG_FROM = 20
"""Smallest ratio of the largest to the smallest positive number for which the axis is logarithmic."""

MOST_TICKS = 6
"""Largest number of labels on an axis of numbers; an axis of categories may have `MOST_CATEGORIES`."""

MOST_CATEGORIES = 14

ABOVE_NONE = 0.14
"""Lowest position of a value on an axis on which some runs have no value; those are at 0."""

NONE = "–"
"""Text of a setting that has no effect on a run."""

DEFAULT = "default"
"""Text of a setting without a value, such as an image size that follows from the weights."""


@dataclass(frozen=True)
class Axis:
    """An axis of parallel coordinates.

    Attributes:
        name: Name of the setting, as its option; or key of the metric.
        title: Its title.
        texts: The value of each run.
        places: Position of each run on it, from 0 (bottom) to 1.
        ticks: Positions and their labels.
    """

    name: str
    title: str
    texts: tuple[str, ...]
    places: tuple[float, ...]
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class SettingsComparison:
    """Runs compared by their settings.

    Attributes:
        runs: The runs, best first.
        axes: An axis for each setting in which they differ, and the one of their result last.
    """

    runs: tuple[RunSummary, ...]
    axes: tuple[Axis, ...]

    @functools.cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the runs; cached, because those of 1,000 runs take 11 ms."""
        return _names(self.runs)

    @property
    def headings(self) -> tuple[str, ...]:
        """Headings of the table."""
        return (tr("Run"), *(axis.title for axis in self._result_first()))

    def row(self, place: int) -> tuple[str, ...]:
        """A run as a row of the table."""
        return (self.names[place], *(axis.texts[place] for axis in self._result_first()))

    def sentence(self, place: int) -> str:
        """A run in one line: “Lite0, frozen: validation accuracy 91.2 %, head learning rate 1e-3”."""
        used = [axis for axis in self._result_first() if axis.texts[place] != NONE]
        values = ", ".join(f"{_in_sentence(axis.title)} {axis.texts[place]}" for axis in used)
        return f"{self.names[place]}: {values}"

    def _result_first(self) -> tuple[Axis, ...]:
        return (self.axes[-1], *self.axes[:-1])


def cannot_compare(runs: Sequence[RunSummary]) -> str:
    """The reason why runs cannot be compared by their settings; "" where they can."""
    judged = _judged(runs)
    if len(judged) < 2:
        return tr("At least two runs with a result are needed.")
    if len({run.figure.key for run in judged if run.figure is not None}) > 1:
        return tr("Some of these runs predict classes and others numbers.")
    if not all(same_folder(run.spec.dataset.folder, judged[0].spec.dataset.folder) for run in judged):
        return tr("These runs have different photos.")
    return ""


def comparison(runs: Sequence[RunSummary]) -> SettingsComparison:
    """Compare the runs that have a result; `cannot_compare` must allow it."""
    judged = _judged(runs)
    keys = {run.figure.key for run in judged if run.figure is not None}
    metric = find(next(iter(keys)))
    up = metric.better == "up"
    ordered = sorted(judged, key=lambda run: (-_value(run) if up else _value(run), run.started, run.path))
    idle = [settings.without_effect(run.spec) for run in ordered]
    axes = [axis for name in settings.names() if (axis := _axis(name, ordered, idle)) is not None]
    values = [_value(run) for run in ordered]
    axes.append(
        _scale(
            metric.key,
            tr("Validation {metric}").format(metric=translated(metric.name)),
            list(values),
            [metric.text(one) for one in values],
            True,
        )
    )
    return SettingsComparison(tuple(ordered), tuple(axes))


def _in_sentence(title: str) -> str:
    """A title within a sentence; “LoRA” keeps its capitals."""
    return title[:1].lower() + title[1:] if title.partition(" ")[0][1:].islower() else title


def _names(runs: Sequence[RunSummary]) -> tuple[str, ...]:
    """The titles of the runs, with their start where several have the same title."""
    titles = [run_words.title(run) for run in runs]
    times = Counter(titles)
    return tuple(
        f"{title} · {run_words.clock(run.started)}" if times[title] > 1 else title
        for title, run in zip(titles, runs, strict=True)
    )


def _judged(runs: Sequence[RunSummary]) -> list[RunSummary]:
    return [run for run in runs if run.figure is not None and math.isfinite(run.figure.value)]


def _value(run: RunSummary) -> float:
    assert run.figure is not None
    return run.figure.value


def _axis(name: str, runs: Sequence[RunSummary], without_effect: Sequence[frozenset[str]]) -> Axis | None:
    """The axis of a setting; None where all runs that it has an effect on have the same value."""
    values = settings.values_of((run.spec for run in runs), name)
    if values.count(values[0]) == len(values):  # most settings; what follows takes a millisecond for 1,000 runs
        return None
    idle = [name in names for names in without_effect]
    if not settings.is_number(name):
        words = _texts(name, values)
        kinds = [NONE if none else text for none, text in zip(idle, words, strict=True)]
        used = {text for none, text in zip(idle, kinds, strict=True) if not none}
        return _categories(name, settings.title(name), kinds) if len(used) > 1 else None
    values = [None if none else value for none, value in zip(idle, values, strict=True)]
    if len({value for value in values if value is not None}) < 2:
        return None
    texts = [NONE if value is None else text for value, text in zip(values, _texts(name, values), strict=True)]
    return _scale(name, settings.title(name), values, texts)


def _texts(name: str, values: Sequence[Any]) -> list[str]:
    """The text of each value. Each distinct value is formatted once, which takes 10 µs; 1,000 runs have few of them."""
    known: dict[tuple[type, Any], str] = {}
    texts = []
    for value in values:
        key = (type(value), value)
        if key not in known:
            known[key] = _text(name, value)
        texts.append(known[key])
    return texts


def _text(name: str, value: Any) -> str:
    if value is None:
        return DEFAULT
    if name == "backbone":
        return typography.backbone(value)
    if isinstance(value, float):
        return numbers.compact(float(f"{value:.3g}"))
    return typography.one_line(settings.shown(name, value))


def _categories(name: str, title: str, texts: Sequence[str]) -> Axis:
    kinds = sorted(set(texts), key=lambda text: (text != NONE, text))
    places = {text: number / max(1, len(kinds) - 1) for number, text in enumerate(kinds)}
    step = math.ceil(len(kinds) / MOST_CATEGORIES)
    ticks = tuple((places[text], text) for text in kinds[::step])
    return Axis(name, title, tuple(texts), tuple(places[text] for text in texts), ticks)


def _scale(name: str, title: str, values: Sequence[float | None], texts: Sequence[str], linear: bool = False) -> Axis:
    """An axis of numbers; logarithmic where they are far apart, unless it must be `linear`."""
    present = sorted({value for value in values if value is not None})
    low, high = present[0], present[-1]
    log = not linear and low > 0 and high / low >= LOG_FROM
    bottom = ABOVE_NONE if None in values else 0.0

    def place(value: float | None) -> float:
        if value is None:
            return 0.0
        if low == high:
            return 0.5
        share = math.log(value / low) / math.log(high / low) if log else (value - low) / (high - low)
        return bottom + share * (1 - bottom)

    by_value = {value: text for value, text in zip(values, texts, strict=True) if value is not None}
    places = {value: place(value) for value in {*values}}
    shown = present if len(present) <= MOST_TICKS else _spread(present, places)
    ticks = [(places[value], by_value[value]) for value in shown]
    if None in values:
        ticks.insert(0, (0.0, NONE))
    return Axis(name, title, tuple(texts), tuple(places[value] for value in values), tuple(ticks))


def _spread(values: Sequence[float], places: Mapping[float | None, float]) -> list[float]:
    """The ends of sorted values, and those in between that are nearest to evenly spaced positions."""
    chosen = {values[0], values[-1]}
    for step in range(1, MOST_TICKS - 1):
        goal = places[values[0]] + (1 - places[values[0]]) * step / (MOST_TICKS - 1)
        nearest = min(values, key=lambda value: abs(places[value] - goal))
        if all(abs(places[nearest] - places[other]) > 0.08 for other in chosen):
            chosen.add(nearest)
    return sorted(chosen)
