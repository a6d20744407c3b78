"""The sentence about a curve follows its data."""

from __future__ import annotations

from epochs import class_epoch, number_epoch

from studio.evaluate.epochs.trend import sentence
from studio.evaluate.metrics import ACCURACY, LOSS, MAE


def said(values: list[float]) -> str:
    return sentence(ACCURACY, [class_epoch(at, 0.1, 0.97, 0.5, value, 1.0) for at, value in enumerate(values, 1)])


def test_a_rise_with_its_best_epoch() -> None:
    text = "Validation accuracy rises from 61.0 % to 95.0 % over 4 epochs, best 96.0 % at epoch 3; training 97.0 %."
    assert said([0.61, 0.9, 0.96, 0.95]).replace("\u202f", " ") == text


def test_a_fall_one_epoch_and_no_change() -> None:
    assert said([0.9, 0.5]).replace("\u202f", " ").startswith("Validation accuracy falls from 90.0 % to 50.0 % over 2")
    assert "best 90.0 % at epoch 1" in said([0.9, 0.5]).replace("\u202f", " ")
    assert said([0.9]).replace("\u202f", " ") == "Validation accuracy is 90.0 % after 1 epoch; training 97.0 %."
    assert said([0.900, 0.903]).startswith("Validation accuracy stays at 90.3")


def test_a_metric_that_is_better_when_it_falls() -> None:
    losses = [class_epoch(at, 0.2, 0.9, value, 0.9, 1.0) for at, value in enumerate((0.8, 0.3, 0.4), 1)]
    assert "falls from 0.800 to 0.400 over 3 epochs, best 0.300 at epoch 2" in sentence(LOSS, losses)


def test_missing_values_are_left_out() -> None:
    assert sentence(ACCURACY, []) == "No validation accuracy yet."
    rows = [number_epoch(1, 0.4, 0.5, 1.0, None, float("nan")), number_epoch(2, 0.4, 0.5, 1.0, None, 3.0)]
    assert sentence(MAE, rows) == "Mean absolute error is 3.00 after 1 epoch."


def test_a_best_epoch_at_the_end_is_not_named_and_one_percent_is_a_change() -> None:
    assert "best" not in said([0.5, 0.7, 0.9])
    assert "best" in said([0.5, 0.9, 0.7])
    assert said([0.500, 0.505]).startswith("Validation accuracy stays")
    assert said([0.500, 0.506]).startswith("Validation accuracy rises")
    assert said([0.506, 0.500]).startswith("Validation accuracy falls")
    assert "over 3 epochs" in said([0.5, 0.7, 0.9])
