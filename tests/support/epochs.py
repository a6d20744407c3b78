"""Short constructors of epochs of classification and regression."""

from __future__ import annotations

from studio.events import Epoch, MetricValue


def class_epoch(
    number: int, train_loss: float, train_accuracy: float, val_loss: float, val_accuracy: float, seconds: float, **more
) -> Epoch:
    metrics = (MetricValue("accuracy", train_accuracy, val_accuracy),)
    return Epoch(number, train_loss, val_loss, seconds, metrics, **more)


def number_epoch(
    number: int, train_loss: float, val_loss: float, seconds: float, train_mae: float | None, val_mae: float, **more
) -> Epoch:
    return Epoch(number, train_loss, val_loss, seconds, (MetricValue("mae", train_mae, val_mae),), **more)
