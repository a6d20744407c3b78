"""Definitions of all metrics: name, unit, direction and number format.

Epochs and reports have keys and values; curves, tables, texts and records take the rest from here. A metric of epochs
is a row in `OVER_EPOCHS` and a function in `studio/engine/training/tasks.py` that computes it; a metric of a report is
a row in `IN_REPORT` and a `Figure` in `classification.py` or `regression.py`.
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
    """The definition of a metric.

    Attributes:
        key: Key in code and records; an epoch's record has `train_KEY` and `val_KEY`.
        name: Name in a sentence, lower case: “mean absolute error”.
        better: Direction of improvement.
        unit: Unit on the axis of a plot; "" where there is none, or where it is that of the targets.
        format: Number format. `percent`: proportions as percent; `decimals` and `loss`: a fixed number of decimals, for
            a loss one more in a log; `figures`: a fixed number of significant digits.
        short: Name in a line of a log; "" for `name`.
        column: Heading of a narrow column; "" for `name`.
        of_validation: Name for the validation photos; "" for “validation NAME”.
        tip: Its meaning in a few words, without a period.
        interval_key: Key of its 95 % interval in records; "" where it has none.
        beside: Key of the metric in whose card of a report it is shown; "" where it has a card of its own.
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
        """The name, capitalized."""
        return self.name[:1].upper() + self.name[1:]

    @property
    def short_name(self) -> str:
        """The name in a line of a log."""
        return self.short or self.name

    @property
    def heading(self) -> str:
        """The name in a narrow column."""
        return self.column or self.name

    @property
    def validation_name(self) -> str:
        """The name for the validation photos."""
        return self.of_validation or f"validation {self.name}"

    @property
    def explanation(self) -> str:
        """Its meaning, with the full name where the heading is shorter."""
        if not self.tip or self.heading == self.name:
            return self.tip or self.title
        return f"{self.title}: {self.tip[0].lower()}{self.tip[1:]}"

    @property
    def scale(self) -> float:
        """Factor that converts values to the unit of a plot."""
        return 100.0 if self.format == "percent" else 1.0

    def text(self, value: float) -> str:
        """Format a value for the window: “94.8 %”, “0.251”, “12,300”."""
        if self.format == "percent":
            return numbers.percent(value)
        if self.format == "figures":
            return numbers.figures(value)
        return f"{value:.3f}".replace("-", "−")

    def plain_text(self, value: float) -> str:
        """Format a value for terminals and logs: “94.8 %”, “0.2510”, “12,300”."""
        if self.format == "percent":
            return numbers.plain_percent(value)
        if self.format == "figures":
            return numbers.figures(value)
        return f"{value:.{4 if self.format == 'loss' else 3}f}"

    def interval_text(self, interval: tuple[float, float]) -> str:
        """Format an interval for the window: “91.7 – 98.2 %”, “2.1 – 4.5”."""
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

MACRO_F1 = Metric("macro_f1", "macro F1", "up", "", "decimals", tip="Mean F1 over classes, each with the same weight")

OVER_EPOCHS: dict[TaskName, tuple[Metric, ...]] = {
    "classification": (LOSS, ACCURACY),
    "regression": (NUMBER_LOSS, MAE),
}
"""Metrics of epochs for each task, in the order in which they are shown: the loss, the main metric, others."""

OF_PREDICTIONS: dict[TaskName, tuple[Metric, ...]] = {"classification": (MACRO_F1,), "regression": ()}
"""Metrics that are not a mean over photos. An epoch has one only if it is the run's criterion, for validation alone."""

IN_REPORT: dict[TaskName, tuple[Metric, ...]] = {
    "classification": (
        replace(ACCURACY, tip="Share of validation photos predicted correctly"),
        MACRO_F1,
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
"""Metrics of reports for each task, in the order in which they are shown, the main metric first."""

CRITERIA: dict[TaskName, Mapping[Result, str]] = {
    "classification": {"loss": "loss", "metric": "accuracy", "f1": "macro_f1", "last": "loss"},
    # The main metric is the error in the unit of the targets; the loss is that of standardized targets.
    "regression": {"loss": "mae", "metric": "mae", "f1": "mae", "last": "loss"},
}
"""Key of the metric that determines the best epoch, for each value of `TrainSpec.result`."""


def task_of(target: str) -> TaskName:
    """The task, from the name of the regression target or of the targets file; "" means classification."""
    return "regression" if target else "classification"


def task_of_epochs(epochs: Sequence[Epoch]) -> TaskName:
    """The task whose main metric the epochs have; classification where they have none."""
    keys = {metric.key for metric in epochs[0].metrics} if epochs else set()
    return next((task for task, rows in OVER_EPOCHS.items() if rows[1].key in keys), "classification")


def over_epochs(task: TaskName, epochs: Sequence[Epoch] = ()) -> tuple[Metric, ...]:
    """Metrics that the epochs of a run have; without epochs, all metrics of the task.

    Epochs of an earlier version may lack some.
    """
    rows = (*OVER_EPOCHS[task], *(OF_PREDICTIONS[task] if epochs else ()))
    return tuple(row for row in rows if not epochs or epochs[-1].val(row.key) is not None)


def main_metric(task: TaskName) -> Metric:
    """The main metric of a task."""
    return OVER_EPOCHS[task][1]


def criterion_metric(result: Result, task: TaskName) -> Metric:
    """The metric that determines the best epoch."""
    rows = (*OVER_EPOCHS[task], *OF_PREDICTIONS[task])
    return next(row for row in rows if row.key == CRITERIA[task][result])


def find(key: str) -> Metric:
    """The metric with this key, as reports define it.

    Raises:
        KeyError: There is no such metric.
    """
    rows = {row.key: row for task in IN_REPORT.values() for row in reversed(task)}
    return rows[key]


def in_report(report: Report) -> tuple[tuple[Metric, Figure], ...]:
    """The figures of a report, each with its metric, the main one first."""
    return tuple((find(figure.key), figure) for figure in report.figures)
