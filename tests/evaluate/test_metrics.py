"""Tests of the metrics: number formats, and the metrics of an epoch, a report and a run."""

from __future__ import annotations

import pytest
from epochs import class_epoch, number_epoch

from studio.evaluate import metrics
from studio.evaluate.documents.report_notes import note
from studio.evaluate.epochs.epoch_records import from_record, to_record
from studio.evaluate.epochs.run_figure import figure_values, run_figure
from studio.evaluate.intervals import wilson
from studio.evaluate.metrics import ACCURACY, IN_REPORT, LOSS, MAE, NUMBER_LOSS, Metric, find
from studio.events import ClassScore, Epoch, Figure, Report

CLASSES = class_epoch(1, 0.5, 0.75, 0.6, 0.5, 0.1)
NUMBERS = number_epoch(1, 0.5, 0.6, 0.1, 2.0, 3.0)
R2 = find("r2")


@pytest.mark.parametrize(
    ("metric", "value", "window", "terminal"),
    [
        (ACCURACY, 0.948, "94.8\u202f%", "94.8 %"),
        (LOSS, 0.2514, "0.251", "0.2514"),
        (R2, -0.5, "−0.500", "-0.500"),
        (MAE, 12345.6, "12,346", "12,346"),
    ],
)
def test_values_in_window_and_terminal(metric: Metric, value: float, window: str, terminal: str) -> None:
    assert (metric.text(value), metric.plain_text(value)) == (window, terminal)


def test_intervals_name_the_unit_once() -> None:
    assert ACCURACY.interval_text((0.5, 0.9)) == "50.0 – 90.0\u202f%"
    assert MAE.interval_text((2.0, 4.5)) == "2.00 – 4.50"
    assert (ACCURACY.scale, LOSS.scale) == (100.0, 1.0)


def test_names_for_sentences_logs_and_headings() -> None:
    names = [(row.title, row.short_name, row.heading, row.validation_name) for row in (ACCURACY, MAE, LOSS)]
    assert names == [
        ("Accuracy", "accuracy", "acc", "validation accuracy"),
        ("Mean absolute error", "error", "MAE", "mean absolute error"),
        ("Loss", "loss", "loss", "validation loss"),
    ]
    assert LOSS.explanation == "Mean cross-entropy in nats"
    assert MAE.explanation == "Mean absolute error: mean distance of the predictions from the true values"
    assert Metric("f", "f-score", "up").explanation == "F-score"


def test_an_epoch_has_the_rows_of_its_task() -> None:
    assert metrics.task_of_epochs((CLASSES,)) == metrics.task_of_epochs(()) == metrics.task_of("") == "classification"
    assert metrics.task_of_epochs((NUMBERS,)) == metrics.task_of("age") == "regression"
    assert (
        metrics.over_epochs("classification") == metrics.over_epochs("classification", (CLASSES,)) == (LOSS, ACCURACY)
    )
    assert metrics.over_epochs("regression", (NUMBERS,)) == (NUMBER_LOSS, MAE)
    assert metrics.over_epochs("classification", (CLASSES, Epoch(2, 0.5, 0.6, 0.1))) == (LOSS,), "the last one counts"
    assert (metrics.main_metric("classification"), metrics.main_metric("regression")) == (ACCURACY, MAE)
    assert (CLASSES.train("loss"), CLASSES.val("loss"), CLASSES.train("mae")) == (0.5, 0.6, None)


@pytest.mark.parametrize("epoch", [CLASSES, NUMBERS])
def test_a_record_has_all_keys_and_gives_the_epoch_back(epoch: Epoch) -> None:
    row = to_record(epoch)
    assert {"train_accuracy", "val_accuracy", "train_mae", "val_mae", "train_loss", "val_loss"} <= set(row)
    assert from_record(row) == epoch
    absent = {"val_mae": None} if epoch is CLASSES else {"val_accuracy": 0.0}
    assert absent.items() <= row.items()


def test_a_record_may_lack_a_metric() -> None:
    plain = Epoch(1, 0.5, 0.6, 0.1)
    row = {key: value for key, value in to_record(plain).items() if "accuracy" not in key}
    assert from_record(row) == plain


def test_notes_below_figures() -> None:
    figures = (Figure("accuracy", 0.5, (0.4, 0.6)), Figure("macro_f1", 0.5), Figure("loss", 1.0))
    scores = tuple(ClassScore(name, 1, 1.0, 1.0, f1, (0.0, 1.0)) for name, f1 in (("ants", 0.5), ("bees", 0.25)))
    report = Report(2, (*figures, Figure("calibration_error", 0.1)), "Good", "", scores)
    notes = [note(report, figure) for figure in figures]
    assert notes == [
        "95\u202f% interval 40.0 – 60.0\u202f%",
        "lowest class: bees (0.250)",
        "calibration error: 0.100",
    ]
    numbers = Report(
        2, (Figure("rmse", 1.0), Figure("r2", 0.5), Figure("baseline_mae", 2.0)), "", "", (), None, 1.0, 9.0
    )
    assert note(numbers, numbers.figures[0]) == "targets from 1.00 to 9.00"
    assert note(numbers, numbers.figures[1]) == "MAE of predicting the mean: 2.00"
    assert note(Report(0, figures, "", ""), figures[1]) == ""
    assert [row.key for row, _ in metrics.in_report(numbers)] == ["rmse", "r2", "baseline_mae"]
    assert numbers.main.key == "rmse"
    assert {row.key for rows in IN_REPORT.values() for row in rows if row.beside} == {
        "calibration_error",
        "baseline_mae",
    }


def test_the_figure_of_a_run() -> None:
    assert run_figure(None) is run_figure(Epoch(1, 0.5, 0.6, 0.1)) is None
    assert run_figure(CLASSES) == Figure("accuracy", 0.5, None)
    assert run_figure(CLASSES, photos=10) == Figure("accuracy", 0.5, wilson(5, 10))
    report = Report(2, (Figure("mae", 3.0, (2.0, 4.0)),), "", "")
    assert run_figure(NUMBERS, report, 10) == Figure("mae", 3.0, (2.0, 4.0))
    assert run_figure(NUMBERS) == Figure("mae", 3.0, None)
    values = {"accuracy": None, "interval": None, "mae": 3.0, "mae_interval": (2.0, 4.0)}
    assert figure_values(report.figures[0]) == values
    assert set(figure_values(None).values()) == {None}
