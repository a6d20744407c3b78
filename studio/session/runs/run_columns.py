"""The columns of the list of runs, its filter and its order; free of Qt."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from studio.evaluate.compare.repetitions import Repetition
from studio.evaluate.epochs.best_epoch import short_result
from studio.evaluate.metrics import find, task_of
from studio.events import RunSummary
from studio.events.runs import STATE_WORDS
from studio.formatting import numbers, run_names, typography
from studio.formatting.language import tr, translated
from studio.planning.augmentation import KINDS
from studio.session.runs import run_words
from studio.spec.network_file import title_of

Text = Callable[[RunSummary, Repetition | None], str]
Sort = Callable[[RunSummary], Any]


@dataclass(frozen=True)
class Column:
    """A column of the list.

    Attributes:
        key: Its name in the settings of the window.
        title: Its heading.
        text: The text of a run; the second argument is the repetition that it belongs to, or None.
        sort: Sort key of a run; None sorts last in either direction.
        sample: Longest usual text, for its width; "" for that of the heading.
        right: True for numbers.
        short: Heading of the column, where its title is wider than the texts; "" for the title.
    """

    key: str
    title: str
    text: Text
    sort: Sort
    sample: str = ""
    right: bool = True
    short: str = ""


@dataclass(frozen=True)
class RunView:
    """Which runs are listed, in which order, and with which columns.

    Attributes:
        text: Words that all occur in a run's name, title, tags, note, state or settings; "" for all.
        starred: True for runs with a star only.
        sort: Key of the column that determines the order.
        descending: True for the largest, or newest, first.
        columns: Keys of the columns shown beside the name.
    """

    text: str = ""
    starred: bool = False
    sort: str = "started"
    descending: bool = True
    columns: tuple[str, ...] = ("figure",)

    def sorted_by(self, key: str) -> RunView:
        """The view after a click on a heading: the other direction where it is sorted by this column already."""
        if key == self.sort:
            return replace(self, descending=not self.descending)
        return replace(self, sort=key, descending=key not in ASCENDING_FIRST)

    def with_column(self, key: str, shown: bool) -> RunView:
        """The view with a column shown or hidden."""
        keys = {*self.columns, key} if shown else {*self.columns} - {key}
        return replace(self, columns=tuple(column.key for column in COLUMNS if column.key in keys))

    @property
    def is_filtered(self) -> bool:
        """True where some runs may be hidden."""
        return bool(self.text.strip()) or self.starred


def view_of(sort: str, columns: Sequence[str]) -> RunView:
    """The view that was stored in the settings of the window; unknown columns take the defaults.

    Args:
        sort: Key of a column, after “-” for descending order.
        columns: Keys of the columns shown.
    """
    view, keys = RunView(), {column.key for column in COLUMNS}
    if sort.removeprefix("-") in keys:
        view = replace(view, sort=sort.removeprefix("-"), descending=sort.startswith("-"))
    existing = tuple(key for key in columns if key in keys - {"run"})
    return replace(view, columns=existing) if existing or not columns else view


def listed(runs: Iterable[RunSummary], view: RunView) -> tuple[RunSummary, ...]:
    """The runs that a view shows, in its order."""
    words = view.text.casefold().split()
    chosen = [run for run in runs if (run.description.starred or not view.starred) and _matches(run, words)]
    sort = column_of(view.sort).sort
    with_value = [run for run in chosen if sort(run) is not None]
    without_value = [run for run in chosen if sort(run) is None]
    return (*sorted(with_value, key=sort, reverse=view.descending), *without_value)


def column_of(key: str) -> Column:
    """The column with this key."""
    return next(column for column in COLUMNS if column.key == key)


def reached(run: RunSummary, repetition: Repetition | None = None) -> str:
    """The main metric on the validation photos; below it mean and standard deviation over the seeds, if repeated."""
    if run.figure is None:
        return "–"
    metric = find(run.figure.key)
    value = metric.text(run.figure.value)
    if metric.format != "percent":
        value = f"±{numbers.NARROW}{run.figure.value:.3g}"
    return value if repetition is None else f"{value}\nØ {repetition.short()}"


def _matches(run: RunSummary, words: Sequence[str]) -> bool:
    if not words:
        return True
    about, train = run.description, run.spec.train
    parts = (
        about.title, about.note, *about.tags, title_of(run.spec.backbone.name), run_words.name(run.spec),
        STATE_WORDS[run.state], translated(STATE_WORDS[run.state]),
        PurePath(run.spec.dataset.folder).name, PurePath(run.path).name, train.schedule, train.optimizer,
        f"seed {train.seed}",
    )  # fmt: skip
    text = "\n".join(parts).casefold()
    return all(word in text for word in words)


def _epochs(run: RunSummary) -> str:
    return tr("{epochs:,} of {all:,}").format(epochs=run.epochs, all=run.spec.train.all_epochs)


def _moment(stamp: str) -> str:
    try:
        return datetime.datetime.fromisoformat(stamp).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return "–"


def _result(run: RunSummary) -> str:
    train = run.spec.train
    return translated(short_result(run.result_epoch, train.result, task_of(run.spec.dataset.targets)))


def _augmentation(run: RunSummary) -> str:
    return ", ".join(translated(KINDS[step.kind].title) for step in run.spec.augment.steps) or "–"


def _figure(run: RunSummary) -> float | None:
    return run.figure.value if run.figure is not None and math.isfinite(run.figure.value) else None


def _starred_title(run: RunSummary) -> str:
    return ("★ " if run.description.starred else "") + run_words.title(run)


def _of(text: Callable[[RunSummary], str]) -> Text:
    return lambda run, _: text(run)


COLUMNS: tuple[Column, ...] = (
    Column("run", "Run", _of(_starred_title), lambda run: run_words.title(run).casefold(), right=False),
    Column(
        "figure", "Validation", reached, _figure, "Ø 94.2 ± 0.8\u202f%", short="Val.",
    ),
    Column(
        "result", "Result", _of(_result), lambda run: run.result_epoch or None, tr("10, highest accuracy"), right=False
    ),
    Column("epochs", "Epochs", _of(_epochs), lambda run: run.epochs),
    Column(
        "state", "State", _of(lambda run: translated(STATE_WORDS[run.state])), lambda run: run.state,
        tr("interrupted"), False,
    ),
    Column("started", "Started", _of(lambda run: _moment(run.started)), lambda run: run.started, "2026-11-26 12:04"),
    Column(
        "time", "Time", _of(lambda run: "–" if run.seconds is None else numbers.seconds(run.seconds)),
        lambda run: run.seconds, "12 min 34 s",
    ),
    Column("photos", "Photos", _of(lambda run: numbers.exact(run.photos)), lambda run: run.photos),
    Column("classes", "Classes", _of(lambda run: numbers.exact(run.classes)), lambda run: run.classes),
    Column(
        "backbone", "Backbone", _of(lambda run: typography.backbone(run.spec.backbone.name)),
        lambda run: title_of(run.spec.backbone.name), "EfficientNet-Lite0", right=False,
    ),
    Column(
        "trains", "Trains", _of(lambda run: typography.one_line(translated(run_names.training(run.spec)))),
        lambda run: run_names.training(run.spec), tr("blocks.6 thawed"), right=False,
    ),
    Column("rate", "Learning rate", _of(lambda run: f"{run.spec.train.lr:g}"), lambda run: run.spec.train.lr),
    Column(
        "batch", "Batch size", _of(lambda run: numbers.exact(run.spec.train.batch_size)),
        lambda run: run.spec.train.batch_size,
    ),
    Column(
        "augment", "Augmentation", _of(_augmentation), lambda run: _augmentation(run), "flip, rotation, crop",
        right=False,
    ),
    Column("seed", "Seed", _of(lambda run: str(run.spec.train.seed)), lambda run: run.spec.train.seed),
    Column(
        "tags", "Tags", _of(lambda run: typography.one_line(", ".join(run.description.tags))),
        lambda run: run.description.tags or None, "baseline, paper", right=False,
    ),
    Column(
        "note", "Note", _of(lambda run: typography.one_line(run.description.note[:300])),
        lambda run: run.description.note.casefold() or None, "A note of the user's", right=False,
    ),
    Column("size", "Size", _of(lambda run: numbers.megabytes(run.size)), lambda run: run.size, "123.4\u202fMB"),
)  # fmt: skip
"""All columns, in the order in which they are shown; the first one is always shown."""

ASCENDING_FIRST = {column.key for column in COLUMNS if not column.right}
"""Columns of texts, which the first click sorts from A to Z; for numbers and times it puts the largest first."""
