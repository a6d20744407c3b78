"""Data of the comparison of two runs, without Qt: names, tiles, tabs, captions, curves and cells.

A little longer than other files, because all parts of the page are derived from one document.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from studio.evaluate.compare import comparison_words
from studio.evaluate.documents import earlier_tests
from studio.evaluate.metrics import Metric, over_epochs, task_of_epochs
from studio.events import ComparedPhotos, Epoch, RunsCompared, RunSummary, Split
from studio.formatting import numbers, typography
from studio.formatting.language import counted, tr, translated
from studio.reports import settings_rows, values
from studio.session.part_words import BEFORE_PHOTOS
from studio.session.runs import run_words
from studio.session.state import AppState

PARTS: tuple[tuple[Split, str], ...] = (("train", tr("Training")), ("val", tr("Validation")), ("test", tr("Test")))

MOST_CELLS = 6
"""Number of classes up to which the difference matrix is drawn; with more, the largest changes are listed."""

MOST_NAMED = 3
"""Largest number of classes that the line below the photos names."""


class Tab(NamedTuple):
    """A group of photos.

    Attributes:
        key: Key in `ComparedPhotos.groups`.
        title: Its name.
        photos: Number of its photos.
        explanation: Which photos it has, one sentence.
    """

    key: str
    title: str
    photos: int
    explanation: str


class Tile(NamedTuple):
    """A large number with its interval.

    Attributes:
        title: Its name.
        value: The number.
        note: Its interval in words.
        reach: Lower end, value and upper end of the interval on the scale; None where it is unknown.
        scale: Ends of the scale.
        mark: A value on the scale to mark; None for none.
    """

    title: str
    value: str
    note: str
    reach: tuple[float, float, float] | None
    scale: tuple[float, float]
    mark: float | None = None


class Caption(NamedTuple):
    """The prediction of one run for a photo: “A bees 0.83”.

    Attributes:
        side: “A” or “B”.
        name: Predicted class; "" in regression.
        value: Its probability, or the predicted number.
        color_role: `good` or `bad`; `text` in regression.
    """

    side: str
    name: str
    value: str
    color_role: str


@dataclass(frozen=True)
class Cell:
    """A cell of the difference matrix.

    Attributes:
        a: Number of photos in A.
        b: Number of photos in B.
        better: True where a change is for the better; without meaning where there is none.
    """

    a: int
    b: int
    better: bool

    @property
    def change(self) -> str:
        """“+5”, “−5”, “0”."""
        return signed(self.b - self.a)

    @property
    def counts(self) -> str:
        """“62 → 67”."""
        return f"{numbers.exact(self.a)} → {numbers.exact(self.b)}"


class Line(NamedTuple):
    """A curve.

    Attributes:
        key: `at`, `a`, `bt` or `b`: training and validation of A and B.
        points: Epochs and values in the unit of the metric.
        end: The compared epoch and its value; None for none.
    """

    key: str
    points: tuple[np.ndarray, np.ndarray]
    end: tuple[float, float] | None


def run_name(run: RunSummary) -> str:
    """A run in the lists of A and B: “Lite0, frozen · 14:06”."""
    return " · ".join(part for part in (run_words.title(run), run_words.clock(run.started)) if part != "–")


def name_of(state: AppState, path: str) -> str:
    """The name of a run by its folder."""
    run = next((one for one in state.run_list.listed if one.path == path), None)
    return run_name(run) if run is not None else typography.one_line(Path(path).name)


def signed(number: int) -> str:
    """A number of photos with its sign."""
    return f"{'+' if number > 0 else ''}{numbers.exact(number)}".replace("-", "−")


def tiles(document: Mapping[str, Any]) -> tuple[Tile, Tile, Tile]:
    """The tiles of A, of B, and of their difference."""
    key = "mae" if document["fixed"] is None else "accuracy"
    both = [document[f"{key}_{side}"] for side in "ab"]
    bounds = [one[end] for one in both for end in ("low", "high") if one[end] is not None]
    edges = (0.0, max([*bounds, *(one["value"] for one in both)]) or 1.0) if key == "mae" else _round_scale(bounds)
    name = values.metric_name(key)
    own = [
        Tile(f"{side}  {name}", values.metric(one["value"], key), _interval(one, key), _reach(one), edges)
        for side, one in zip("AB", both, strict=True)
    ]
    difference = document["difference"]
    ends = [abs(difference[end]) for end in ("low", "high") if difference[end] is not None]
    reach = max([*ends, abs(difference["value"])]) * 1.1 or 1.0
    contains = difference["low"] is not None and difference["low"] <= 0 <= difference["high"]
    note = f"95 %: {values.interval(difference, key, True)}" + (tr(", contains 0") if contains else "")
    shown = values.metric(difference["value"], key, True)
    return own[0], own[1], Tile("B − A, paired", shown, note, _reach(difference), (-reach, reach), 0.0)


def _interval(one: Mapping[str, Any], key: str) -> str:
    if key == "accuracy":
        right = tr("{right} of {all}, ").format(
            right=numbers.exact(round(one["value"] * one["n"])), all=numbers.exact(one["n"])
        )
    else:
        right = f"{counted(one['n'], 'photo')}, 95 %: "
    return right + values.interval(one, key)


def _reach(one: Mapping[str, Any]) -> tuple[float, float, float] | None:
    return None if one["low"] is None else (one["low"], one["value"], one["high"])


def _round_scale(ends: Sequence[float]) -> tuple[float, float]:
    """The scale of both accuracies: from 10 % below the multiple of 10 % under the lowest end, up to 100 %."""
    return (max(0.0, np.floor(min(ends, default=0.0) * 10) / 10 - 0.1), 1.0)


def tabs(result: RunsCompared) -> tuple[Tab, ...]:
    """The groups of photos."""
    sizes = {key: len(rows) for key, rows in result.photos.groups.items()}
    if result.document["fixed"] is None:
        return (
            Tab("fixed", tr("Closer"), sizes["fixed"], tr("The error of B is smaller. Most changed first.")),
            Tab("broken", tr("Farther"), sizes["broken"], tr("The error of B is larger. Most changed first.")),
            Tab("both_right", tr("Equal"), sizes["both_right"], tr("The errors are equal.")),
        )
    return (
        Tab("fixed", tr("Fixed"), sizes["fixed"], tr("A wrong, B right. Most changed first.")),
        Tab("broken", tr("Broken"), sizes["broken"], tr("A right, B wrong. Most changed first.")),
        Tab("both_wrong", tr("Both wrong"), sizes["both_wrong"], tr("Wrong in A and in B. Most changed first.")),
        Tab("both_right", tr("Both right"), sizes["both_right"], tr("Right in A and in B. Most changed first.")),
    )


def truth_of(photos: ComparedPhotos, row: int) -> str:
    """The true class or number of a photo."""
    return photos.classes[photos.truth[row]] if photos.classes else numbers.figures(float(photos.truth[row]))


def captions(photos: ComparedPhotos, row: int) -> tuple[Caption, Caption]:
    """The predictions of A and of B for a photo."""
    if not photos.classes or photos.confidence is None:
        a, b = (Caption(side, "", numbers.figures(float(one[row])), "text") for side, one in _sides(photos.predicted))
        return a, b
    pairs = zip("AB", photos.predicted, photos.confidence, strict=True)
    a, b = (
        Caption(
            side,
            photos.classes[predicted[row]],
            f"{confidence[row]:.2f}",
            "good" if predicted[row] == photos.truth[row] else "bad",
        )
        for side, predicted, confidence in pairs
    )
    return a, b


def _sides(pair: tuple[Any, Any]) -> zip[tuple[str, Any]]:
    return zip("AB", pair, strict=True)


def described(photos: ComparedPhotos, row: int) -> str:
    """A photo and both predictions in one sentence, for the enlarged photo."""
    parts = (f"{one.side}: {' '.join(filter(None, (one.name, one.value)))}" for one in captions(photos, row))
    return tr("true {truth_of} · {part}").format(truth_of=truth_of(photos, row), part=" · ".join(parts))


def summary(photos: ComparedPhotos) -> str:
    """How many photos of which classes are fixed and broken: “Fixed: 6 ants, 3 bees. Broken: 1 ants, 3 bees.”."""
    if not photos.classes:
        return ""
    parts = []
    for key, title in (("fixed", tr("Fixed")), ("broken", tr("Broken"))):
        counts = Counter(photos.truth[photos.groups[key]].tolist()).most_common()
        named = [f"{numbers.exact(count)} {photos.classes[label]}" for label, count in counts[:MOST_NAMED]]
        rest = sum(count for _, count in counts[MOST_NAMED:])
        named += [tr("{rest} others").format(rest=numbers.exact(rest))] if rest else []
        parts += [f"{title}: {', '.join(named)}."] if named else []
    return " ".join(parts)


def setting_rows(document: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """The differences: name, value in A, value in B; settings, then other facts."""
    value = settings_rows.value_of
    settings = [
        (settings_rows.label(row["setting"]), value(row["setting"], row["a"]), value(row["setting"], row["b"]))
        for row in document["settings"]
    ]
    return [tuple(map(translated, row)) for row in settings + comparison_words.fact_rows(document)]  # type: ignore[misc]


def cells(document: Mapping[str, Any]) -> list[list[Cell]]:
    """The cells of the difference matrix; [] where there are too many classes to draw it."""
    confusion = document["confusion"]
    if confusion is None or len(confusion["classes"]) > MOST_CELLS:
        return []
    return [
        [Cell(a, b, (b > a) == (true == predicted)) for predicted, (a, b) in enumerate(zip(*rows, strict=True))]
        for true, rows in enumerate(zip(confusion["a"], confusion["b"], strict=True))
    ]


def metrics(result: RunsCompared) -> tuple[Metric, ...]:
    """The metrics whose curves are drawn: those that both runs have."""
    a, b = result.epochs
    keys = {metric.key for metric in over_epochs(task_of_epochs(b or a), b)} if b else set()
    return tuple(metric for metric in over_epochs(task_of_epochs(a or b), a) if metric.key in keys)


def lines(result: RunsCompared, metric: Metric) -> list[Line]:
    """The curves of a metric: training and validation of both runs."""
    drawn = []
    for side, epochs in zip("ab", result.epochs, strict=True):
        number = result.document[side]["epoch"]
        train, val = (_points(epochs, metric, split) for split in ("train", "val"))
        end = next(((x, y) for x, y in zip(*val, strict=True) if x == number and np.isfinite(y)), None)
        drawn += [Line(f"{side}t", train, None), Line(side, val, end)]
    return drawn


def _points(epochs: Sequence[Epoch], metric: Metric, split: str) -> tuple[np.ndarray, np.ndarray]:
    pairs = [(one.epoch, one.train(metric.key) if split == "train" else one.val(metric.key)) for one in epochs]
    x = np.array([number for number, _ in pairs], np.float64)
    y = np.array([np.nan if value is None else value for _, value in pairs], np.float64)
    return x, y * metric.scale


def tested_notice(document: Mapping[str, Any]) -> tuple[str, str]:
    """Title and hint of the notice above a comparison on test photos."""
    times = sum(row["times"] for row in document.get("tested_before", ()))
    often = {1: tr("once"), 2: tr("twice")}.get(times, tr("{times} times").format(times=numbers.exact(times)))
    before = tr(" The test photos were judged {often} before.").format(often=often) if times else ""
    return translated(earlier_tests.COMPARED), f"{translated(earlier_tests.CHOOSE_BY)}{before}"


def cannot_judge(result: RunsCompared | None, part: Split) -> str:
    """The reason why the photos of a split cannot be compared; "" where they can."""
    if result is None:
        return "" if part == "val" else tr("Wait for the validation photos.")
    missing = [side.upper() for side in "ab" if not result.document["splits"][side].get(part)]
    if not missing:
        return ""
    word = BEFORE_PHOTOS[part]
    return (tr("{part} has no {word} photos.") if len(missing) == 1 else tr("{part} have no {word} photos.")).format(
        part=tr(" and ").join(missing), word=word
    )
