"""All metrics, one row each: name, unit, direction, and how values are written.

Epochs and reports carry keys and values; curves, tables, lines of text and records read the rest here. A metric over
epochs is a row in `OVER_EPOCHS` and the function that computes it in `studio/engine/training/tasks.py`; one of a report
is a row in `IN_REPORT` and a `Figure` in `classification.py` or `regression.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from studio.events import Epoch, Figure, Report
from studio.formatting import numbers
from studio.spec import Result

TaskName = Literal["classification", "regression"]
Format = Literal["percent", "loss", "decimals", "figures"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Attributes:
        key: In records and programs: an epoch's record has it as `train_KEY` and `val_KEY`.
        name: In a sentence, lower case: “mean absolute error”.
        better: Which direction is better.
        unit: For the axis of a plot; "" where there is none, or it is that of the targets.
        format: How values are written. `percent`: shares of one as percent; `decimals` and `loss`: a fixed number of
            digits after the point, of a loss one more in a log; `figures`: a fixed number of significant digits.
        short: In a line of a log; the name where it is "".
        column: As the heading of a narrow column; the name where it is "".
        of_validation: As the metric of the validation photos; “validation NAME” where it is "".
        tip: What it measures, in a sentence without full stop.
        interval_key: The key of its 95 % interval in records; "" where it has none.
        beside: Key of the figure of a report beside which it is written; "" where it has a card of its own.
    """

    key: str
    name: str
    better: Literal["up", "down"]
    unit: str = ""
    format: Format = "figures"
    short: str = ""
    column: str = ""
    of_validation: str = ""
    tip: str = ""
    interval_key: str = ""
    beside: str = ""

    @property
    def title(self) -> str:
        """The name with a capital."""
        return self.name[:1].upper() + self.name[1:]

    @property
    def short_name(self) -> str:
        """The name in a line of a log."""
        return self.short or self.name

    @property
    def heading(self) -> str:
        """The name where there is little room."""
        return self.column or self.name

    @property
    def validation_name(self) -> str:
        """The name as the metric of the validation photos."""
        return self.of_validation or f"validation {self.name}"

    @property
    def explanation(self) -> str:
        """Its meaning, with the full name where headings shorten it."""
        if not self.tip or self.heading == self.name:
            return self.tip or self.title
        return f"{self.title}: {self.tip[0].lower()}{self.tip[1:]}"

    @property
    def scale(self) -> float:
        """Factor from values to the unit of a plot."""
        return 100.0 if self.format == "percent" else 1.0

    def text(self, value: float) -> str:
        """A value as the window writes it: “94.8 %”, “0.251”, “12 300”."""
        if self.format == "percent":
            return numbers.percent(value)
        if self.format == "figures":
            return numbers.number(value)
        return f"{value:.3f}".replace("-", "−")

    def plain_text(self, value: float) -> str:
        """A value as terminals and logs have it: “94.8%”, “0.2510”, “12,300”."""
        if self.format == "percent":
            return f"{value:.1%}"
        if self.format == "figures":
            return numbers.figures(value)
        return f"{value:.{4 if self.format == 'loss' else 3}f}"

    def interval_text(self, interval: tuple[float, float]) -> str:
        """An interval as the window writes it: “91.7 – 98.2 %”, “2.1 – 4.5”."""
        low, high = map(self.text, interval)
        if self.format == "percent":
            low = low.removesuffix(f"{numbers.NARROW}%")
        return f"{low} – {high}"


LOSS = Metric("loss", "loss", "down", "nats", "loss", tip="Mean cross-entropy in nats")
ACCURACY = Metric(
    "accuracy",
    "accuracy",
    "up",
    "%",
    "percent",
    column="acc",
    tip="Share of photos predicted correctly",
    interval_key="interval",
)
NUMBER_LOSS = Metric(
    "loss", "loss", "down", "mean squared error", "loss", tip="Mean squared error of standardized numbers"
)
MAE = Metric(
    "mae",
    "mean absolute error",
    "down",
    short="error",
    column="MAE",
    of_validation="mean absolute error",
    tip="Mean distance of the predictions from the true values",
    interval_key="mae_interval",
)

OVER_EPOCHS: dict[TaskName, tuple[Metric, ...]] = {
    "classification": (LOSS, ACCURACY),
    "regression": (NUMBER_LOSS, MAE),
}
"""Of each task, in the order in which they are shown: the loss, the main metric, others."""

IN_REPORT: dict[TaskName, tuple[Metric, ...]] = {
    "classification": (
        replace(ACCURACY, tip="Share of validation photos predicted correctly"),
        Metric("macro_f1", "macro F1", "up", "", "decimals", tip="Mean F1 over classes, each with the same weight"),
        replace(LOSS, tip="Mean cross-entropy in nats on the validation photos"),
        Metric("calibration_error", "calibration error", "down", "", "decimals", beside="loss"),
    ),
    "regression": (
        MAE,
        Metric("rmse", "RMSE", "down", tip="Root mean squared error: large errors have more weight"),
        Metric(
            "r2",
            "R²",
            "up",
            format="decimals",
            tip="Share of the variance that is explained: 1 is perfect",
        ),
        Metric("baseline_mae", "MAE of predicting the mean", "down", beside="r2"),
    ),
}
"""Of each task, in the order in which they are shown; the main metric first."""

CRITERIA: dict[TaskName, Mapping[Result, str]] = {
    "classification": {"loss": "loss", "metric": "accuracy", "last": "loss"},
    # The loss is of standardized targets; the error in their unit is what such a run is judged by.
    "regression": {"loss": "mae", "metric": "mae", "last": "loss"},
}
"""Key of the metric that the best epoch is the best in, for each setting of `TrainSpec.result`."""


def task_of(target: str) -> TaskName:
    """The task, from the name of the learned number or of the file it comes from; "" where classes are learned."""
    return "regression" if target else "classification"


def task_of_epochs(epochs: Sequence[Epoch]) -> TaskName:
    """The task whose main metric the epochs carry; classification where they carry none."""
    keys = {metric.key for metric in epochs[0].metrics} if epochs else set()
    return next((task for task, rows in OVER_EPOCHS.items() if rows[1].key in keys), "classification")


def over_epochs(task: TaskName, epochs: Sequence[Epoch] = ()) -> tuple[Metric, ...]:
    """Rows of the metrics that epochs of a task carry; before the first, of those they will carry.

    Epochs of an earlier version may lack some.
    """
    rows = OVER_EPOCHS[task]
    return tuple(row for row in rows if not epochs or epochs[-1].val(row.key) is not None)


def main_metric(task: TaskName) -> Metric:
    """The metric that a run of the task is judged by."""
    return OVER_EPOCHS[task][1]


def criterion_metric(result: Result, task: TaskName) -> Metric:
    """The metric that the best epoch is the best in."""
    return next(row for row in OVER_EPOCHS[task] if row.key == CRITERIA[task][result])


def find(key: str) -> Metric:
    """The row of a figure of a report or a run.

    Raises:
        KeyError: There is none.
    """
    rows = {row.key: row for task in IN_REPORT.values() for row in reversed(task)}
    return rows[key]


def in_report(report: Report) -> tuple[tuple[Metric, Figure], ...]:
    """The figures of a report, each with its row; the main metric first."""
    return tuple((find(figure.key), figure) for figure in report.figures)
