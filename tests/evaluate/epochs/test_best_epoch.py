"""Tests of the best epoch, the result epoch and patience."""

from __future__ import annotations

import math

import pytest
from epochs import class_epoch, number_epoch

from studio.evaluate.epochs.best_epoch import (
    best_epoch,
    criterion,
    epoch_words,
    is_over,
    result_epoch,
    result_words,
    short_criterion,
    short_result,
)
from studio.evaluate.epochs.epoch_records import from_record, to_record
from studio.evaluate.metrics import over_epochs
from studio.events import Epoch, MetricValue
from studio.spec import Result, TrainSpec
from studio.spec.structs import replace

NAN = math.nan


def epochs(*figures: tuple[float, float], numeric: bool = False) -> tuple[Epoch, ...]:
    """Epochs with these validation losses and accuracies, or mean absolute errors."""
    return tuple(
        number_epoch(number, 0.5, loss, 0.1, None, figure)
        if numeric
        else class_epoch(number, 0.5, 0.5, loss, figure, 0.1)
        for number, (loss, figure) in enumerate(figures, 1)
    )


@pytest.mark.parametrize(
    ("figures", "metric", "loss"),
    [
        (((0.5, 0.7), (0.4, 0.8), (0.6, 0.9)), 3, 2),
        (((0.5, 0.9), (0.4, 0.9), (0.4, 0.9)), 2, 2),  # ties: the lowest loss, then the earliest epoch
        (((NAN, NAN), (0.9, 0.1)), 2, 2),
        (((0.4, NAN), (0.9, 0.1)), 2, 1),
        (((math.inf, 0.8), (0.9, 0.7), (NAN, 0.8)), 1, 2),
    ],
)
def test_the_best_epoch_of_classes(figures, metric, loss):
    known = epochs(*figures)
    for rule, number in (("metric", metric), ("loss", loss), ("last", loss)):
        best = best_epoch(known, rule)
        assert best is not None
        assert best.epoch == number, rule


def test_the_best_epoch_of_numbers_has_the_lowest_mean_absolute_error():
    known = epochs((0.5, 3.0), (0.2, 2.5), (0.3, 2.0), (0.4, NAN), numeric=True)
    rules: tuple[Result, ...] = ("loss", "metric", "last")
    assert [getattr(best_epoch(known, rule), "epoch", 0) for rule in rules] == [3, 3, 2]
    words = ["lowest mean absolute error"] * 2 + ["lowest validation loss"]
    assert [criterion(rule, "regression") for rule in rules] == words


def test_the_best_epoch_by_macro_f1():
    known = [
        replace(epoch, metrics=(*epoch.metrics, MetricValue("macro_f1", None, f1)))
        for epoch, f1 in zip(epochs((0.5, 0.9), (0.3, 0.8), (0.4, 0.7), (0.6, 0.9)), (0.5, 0.7, 0.8, 0.8), strict=True)
    ]
    assert [getattr(best_epoch(known, rule), "epoch", 0) for rule in ("f1", "loss", "metric")] == [3, 2, 1]
    assert criterion("f1", "classification") == "highest validation macro F1"
    assert criterion("f1", "regression") == criterion("loss", "regression")
    assert [from_record(to_record(epoch)) for epoch in known] == known
    assert over_epochs("classification", known)[-1].key == "macro_f1"
    assert len(over_epochs("classification")) == len(over_epochs("classification", epochs((0.5, 0.9)))) == 2


def test_the_result_is_the_best_epoch_or_the_last():
    known = epochs((0.5, 0.7), (0.3, 0.9), (0.4, 0.8))
    rules: tuple[Result, ...] = ("metric", "loss", "last")
    assert [getattr(result_epoch(known, rule), "epoch", 0) for rule in rules] == [2, 2, 3]
    assert result_epoch((), "last") is best_epoch((), "metric") is None


def test_the_result_in_words_has_its_epoch_and_criterion():
    assert result_words(5, 10, "metric", "classification") == "epoch 5 of 10, highest validation accuracy"
    assert result_words(5, 10, "loss", "classification") == "epoch 5 of 10, lowest validation loss"
    assert result_words(10, 10, "last", "classification") == "epoch 10 of 10, the last one"
    assert result_words(1, 1, "metric", "classification") == "epoch 1"


def test_a_column_names_the_criterion_in_short():
    assert short_criterion("loss", "classification") == "lowest loss"
    assert short_criterion("metric", "classification") == "highest accuracy"
    assert short_criterion("loss", "regression") == "lowest error"
    assert criterion("loss", "classification") == "lowest validation loss"
    assert short_result(4, "loss", "classification") == "4, lowest loss"
    assert short_result(10, "last", "classification") == "10, last"
    assert short_result(0, "loss", "classification") == "–"


def test_an_epoch_of_an_older_or_newer_record_is_read():
    row = {"epoch": 1, "train_loss": 0.5, "train_accuracy": 0.5, "val_loss": 0.4, "val_accuracy": 0.6, "seconds": 0.1}
    assert from_record(row | {"later": 1}) == class_epoch(1, 0.5, 0.5, 0.4, 0.6, 0.1)


def test_patience_waits_for_what_the_run_is_judged_by():
    known = epochs((0.3, 0.7), (0.4, 0.8), (0.5, 0.9), (0.6, 0.8))
    assert not is_over(TrainSpec(patience=2, result="metric"), known)
    assert is_over(TrainSpec(patience=2, result="loss"), known)
    assert is_over(TrainSpec(patience=1, result="metric"), known)
    assert not is_over(TrainSpec(patience=0), known)
    assert not is_over(TrainSpec(patience=1), ())


def test_patience_starts_again_after_the_first_phase_and_after_an_extension():
    known = epochs((0.1, 0.9), (0.4, 0.8), (0.5, 0.9), (0.6, 0.8))
    assert not is_over(TrainSpec(patience=1, head_epochs=4), known)
    assert not is_over(TrainSpec(patience=2, head_epochs=3), known)
    assert is_over(TrainSpec(patience=1, head_epochs=3), known)
    assert not is_over(TrainSpec(patience=2, extended=(3,)), known)
    assert is_over(TrainSpec(patience=2, extended=(2, 9)), known)


def test_the_only_epoch_needs_no_reason() -> None:
    assert epoch_words(1, 1, "the last one") == "epoch 1"
    assert epoch_words(2, 2, "the last one") == "epoch 2 of 2, the last one"
