"""Model of the list of runs: a run in a few lines (plan, progress, differences), and columns of facts.

Over 300 lines, because a row has the text, tooltip and icon of every column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont, QIcon
from PySide6.QtWidgets import QWidget

from studio.evaluate.compare.repetitions import Repetition, repetitions
from studio.evaluate.epochs.best_epoch import result_words
from studio.evaluate.metrics import find, task_of
from studio.events import RunSummary
from studio.events.runs import STATE_WORDS
from studio.formatting import numbers, run_names, typography
from studio.formatting.language import counted, tr, translated
from studio.formatting.numbers import learning_rate
from studio.session.metric_words import validation_name
from studio.session.runs import run_differences, run_list, run_words, written_elsewhere
from studio.session.runs.run_columns import COLUMNS
from studio.ui.theme import theme
from studio.ui.widgets.elided_label import fitting

AnyIndex = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
FIGURE = next(number for number, column in enumerate(COLUMNS) if column.key == "figure")
PATH = Qt.ItemDataRole.UserRole
LEAST_STRETCH = 85
"""Narrowest stretch of the font, in percent; not narrower, so that the rows of the list look alike."""

COPIED = (
    *(
        tr("Run"),
        tr("Started (UTC)"),
        tr("Backbone"),
        tr("What trains"),
        tr("State"),
        tr("Epochs"),
        tr("Planned epochs"),
        tr("Result epoch"),
    ),
    *(
        tr("Metric"),
        tr("Value"),
        tr("Low"),
        tr("High"),
        tr("Seconds"),
        tr("Rate"),
        tr("Schedule"),
        tr("Optimizer"),
        tr("Batch size"),
        tr("Seed"),
    ),
    *(tr("Photos in"), tr("Folder")),
)
"""Headings of the copied rows."""

SIGNS = {
    "done": ("check-circle-outline", "good"),
    "running": ("progress-clock", "accent"),
    "cancelled": ("stop-circle-outline", "muted"),
    "failed": ("alert-circle-outline", "bad"),
    "interrupted": ("power-plug-off-outline", "caution"),
}
"""Icon and color role of each state of a run; the text beside the icon names the state, too."""


class RunModel(QAbstractTableModel):
    """One row per run, in the order given."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.runs: tuple[RunSummary, ...] = ()
        self.shown = ""
        self.everywhere = False
        self.differences: Mapping[str, str] = {}
        self.groups: Mapping[str, Repetition] = {}
        self.font, self.room = QFont(), 0
        self._icons: dict[str, QIcon] = {}
        self._specs: tuple[object, ...] = ()
        self._done: tuple[object, ...] = ()

    def fit(self, font: QFont, room: int) -> None:
        """Write the texts in `font`, condensed where they would not fit into `room` pixels."""
        if (font, room) != (self.font, self.room):
            self.font, self.room = QFont(font), room
            if self.runs:
                self.dataChanged.emit(self.index(0, 0), self.index(len(self.runs) - 1, 0))

    def compare(self, runs: tuple[RunSummary, ...]) -> None:
        """Find the settings in which these runs differ, and which of them were repeated with several seeds.

        Args:
            runs: All runs of the folder, or of all folders, whether the filter shows them or not.
        """
        done = tuple(run for run in runs if run.state == "done")
        specs = tuple(run.spec for run in runs)
        if not _same(specs, self._specs):
            self._specs = specs
            self.differences = run_differences.differences(runs)
            self.layoutChanged.emit()
        if not _same(done, self._done):
            self._done = done
            self.groups = {path: group for group in repetitions(done) for path in group.runs}
            self.layoutChanged.emit()

    @property
    def lines(self) -> int:
        """Number of lines of each row."""
        return 2 + self.everywhere + bool(self.differences)

    def show(self, runs: tuple[RunSummary, ...], shown: str, everywhere: bool = False) -> None:
        """Show these runs.

        Args:
            runs: The rows.
            shown: Path of the run whose results are on the pages.
            everywhere: True where the runs belong to several folders: each then names its own.
        """
        if runs == self.runs and shown == self.shown and everywhere == self.everywhere:
            return
        self.everywhere = everywhere
        same = [run.path for run in runs] == [run.path for run in self.runs]
        if same:  # only figures changed: selection and scroll position stay
            self.runs, self.shown = runs, shown
            if runs:
                self.dataChanged.emit(self.index(0, 0), self.index(len(runs) - 1, len(COLUMNS) - 1))
            return
        self.beginResetModel()
        self.runs, self.shown = runs, shown
        self.endResetModel()

    def row_of(self, path: str) -> int:
        """Row of a run; -1 where it is not listed."""
        return next((row for row, run in enumerate(self.runs) if run.path == path), -1)

    def repaint(self) -> None:
        """Repaint after a change of the colors."""
        self._icons.clear()
        if self.runs:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.runs) - 1, len(COLUMNS) - 1))

    def rowCount(self, parent: AnyIndex = ROOT) -> int:
        """Number of runs."""
        return 0 if parent.isValid() else len(self.runs)

    def columnCount(self, parent: AnyIndex = ROOT) -> int:
        """All columns; the view hides those that are not chosen."""
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Texts, icon, font and color of a cell; the tooltip has all facts."""
        run = self.runs[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(run, index.column())
            case Qt.ItemDataRole.DecorationRole if not index.column():
                return self._icon(run.state)
            case Qt.ItemDataRole.TextAlignmentRole:
                return side_of(index.column())
            case Qt.ItemDataRole.FontRole if run.path == self.shown and index.column() == FIGURE:
                return theme.scaled(1.0, bold=True)  # not the first column: bold text would not fit
            case Qt.ItemDataRole.FontRole if not index.column() and self.room:
                return fitting(self.font, brief(run, self.everywhere), self.room, LEAST_STRETCH)
            case Qt.ItemDataRole.ForegroundRole if run.path == self.shown:
                return QColor(theme.current().accent)
            case Qt.ItemDataRole.ForegroundRole if index.column() == FIGURE and run.state in ("failed", "interrupted"):
                return QColor(theme.current().muted)
            case Qt.ItemDataRole.ToolTipRole:
                return typography.tip(self._description(run))
            case Qt.ItemDataRole.AccessibleTextRole if index.column():
                return self._text(run, index.column()).replace("\n", ", ")
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._description(run).replace("\n", ", ")
            case _ if role == PATH:
                return run.path
        return None

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles of the columns."""
        if way is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return side_of(section)
        if role == Qt.ItemDataRole.ToolTipRole:
            return translated(COLUMNS[section].title)
        title = translated(COLUMNS[section].short or COLUMNS[section].title)
        return title if role == Qt.ItemDataRole.DisplayRole else None

    def longest(self, column: int) -> str:
        """The longest text of a column of numbers; "" for columns of words."""
        if not COLUMNS[column].right:
            return ""
        lines = (line for run in self.runs for line in self._text(run, column).split("\n"))
        return max(lines, key=len, default="")

    def _text(self, run: RunSummary, column: int) -> str:
        if column:
            return COLUMNS[column].text(run, self.groups.get(run.path))
        return brief(run, self.everywhere, self.differences.get(run.path, ""))

    def _description(self, run: RunSummary) -> str:
        words, group = description(run, run.path == self.shown), self.groups.get(run.path)
        if group is None:
            return words
        seeds = ", ".join(map(str, group.seeds))
        return tr("{words}\nseeds {seeds}: {words2}").format(words=words, seeds=seeds, words2=translated(group.words()))

    def copied_headings(self) -> Sequence[str]:
        """Headings of the copied columns."""
        return COPIED

    def copied_row(self, index: AnyIndex) -> Sequence[object]:
        """The facts of a run, as numbers where they are numbers."""
        run = self.runs[index.row()]
        figure = run.figure
        low, high = (figure.interval or (None, None)) if figure is not None else (None, None)
        metric = find(figure.key).key if figure is not None else None
        value = figure.value if figure is not None else None
        train = run.spec.train
        about = (typography.backbone(run.spec.backbone.name), run_names.training(run.spec), STATE_WORDS[run.state])
        result = (run.epochs, train.planned, run.result_epoch or None, metric, value, low, high, run.seconds)
        settings = (train.lr, train.schedule, train.optimizer, train.batch_size, train.seed)
        return (run_names.name(run.spec), run.started, *about, *result, *settings, run.spec.dataset.folder, run.path)

    def _icon(self, state: str) -> QIcon:
        if state not in self._icons:
            name, color_role = SIGNS[state]
            self._icons[state] = theme.icon(name, getattr(theme.current(), color_role))
        return self._icons[state]


def side_of(column: int) -> int:
    """Alignment of a column's heading and cells."""
    side = Qt.AlignmentFlag.AlignRight if COLUMNS[column].right else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)


def title(run: RunSummary) -> str:
    """The backbone and freeze plan: "EfficientNet-Lite0, all frozen"."""
    return typography.one_line(
        f"{typography.backbone(run.spec.backbone.name)}, {translated(run_names.training(run.spec))}"
    )


def folder(run: RunSummary) -> str:
    """Name of the folder of photos."""
    path = run.spec.dataset.folder
    return typography.one_line(PurePath(path).name or path)


def brief(run: RunSummary, everywhere: bool = False, differs: str = "") -> str:
    """A run in short lines: "Lite0, frozen", "interrupted 3/10 · 12:04"; see `description` for all facts.

    The most important comes first, because a narrow list elides the end. Among runs of several folders, a line names
    the folder of photos; another one has the settings that tell it apart from others.
    """
    progress = run_list.progress_words(run)
    if run.state != "done":
        progress = f"{translated(STATE_WORDS[run.state])} {run.epochs:,}/{run.spec.train.all_epochs:,}"
    star = "★ " if run.description.starred else ""
    lines = [star + run_words.title(run), f"{progress} · {run_words.clock(run.started)}"]
    return "\n".join([*lines, *([folder(run)] if everywhere else ()), *([differs] if differs else ())])


def settings(run: RunSummary) -> str:
    """The training settings, which distinguish similar runs: "rate 1e-3, cosine, adamw, batch size 32, seed 7"."""
    train = run.spec.train
    schedule = translated(train.schedule.replace("_", " "))
    rate = learning_rate(train.lr)
    return tr("rate {rate}, {schedule}, {optimizer}, batch size {batch_size}, seed {seed}").format(
        rate=rate, schedule=schedule, optimizer=train.optimizer, batch_size=train.batch_size, seed=train.seed
    )


def description(run: RunSummary, shown: bool) -> str:
    """All facts about a run, one per line."""
    lines = [title(run) + (tr(" (shown now)") if shown else ""), run_list.progress_words(run), settings(run)]
    about = run.description
    if about.title or about.starred:
        lines.insert(0, ("★ " if about.starred else "") + typography.one_line(about.title))
    if about.tags:
        lines.append(tr("tags: {part}").format(part=typography.one_line(", ".join(about.tags))))
    if about.note:
        lines.append(typography.one_line(about.note[:300]))
    if run.failure:
        lines.append(translated(run.failure))
    if reason := written_elsewhere.cannot_write(run):
        lines.append(reason + (f" {translated(typography.one_line(run.activity))}" if run.activity else ""))
    if run.unknown:
        lines.append(tr("not known to this version: {part}").format(part=typography.one_line(", ".join(run.unknown))))
    if run.figure is not None:
        metric, ends = find(run.figure.key), run.figure.interval
        interval = tr(" (95\u202f% interval {part})").format(part=" – ".join(map(metric.text, ends))) if ends else ""
        lines.append(f"{validation_name(metric)} {metric.text(run.figure.value)}{interval}")
    if run.result_epoch:
        rule, task = run.spec.train.result, task_of(run.spec.dataset.targets)
        words = translated(result_words(run.result_epoch, run.epochs, rule, task))
        lines.append(tr("of {epoch}").format(epoch=words))
    lines.append(tr("photos in {folder}").format(folder=typography.one_line(run.spec.dataset.folder)))
    if run.photos:
        classes = f", {counted(run.classes, 'class', 'classes')}" if run.classes else ""
        lines.append(counted(run.photos, "photo") + classes)
    if run.seconds is not None:
        lines.append(tr("took {seconds}").format(seconds=numbers.seconds(run.seconds)))
    if run.checkpoint and run.state != "done":
        lines.append(tr("last checkpoint {clock}").format(clock=run_words.clock(run.checkpoint)))
    return "\n".join([*lines, numbers.megabytes(run.size), run.path])


def _same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """True where both contain the same objects."""
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))
