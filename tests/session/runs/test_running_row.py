"""The row of a running run: its progress, and the figures of its result so far."""

from __future__ import annotations

import pytest
from epochs import class_epoch, number_epoch

from studio.events import Epoch, Figure, RunStarted, RunSummary
from studio.session.reducer import job_started, reduce
from studio.session.runs import run_list
from studio.session.state import AppState, RunList
from studio.spec import DatasetSpec, Result, RunSpec, TrainSpec


def row(result: Result, *epochs: Epoch) -> RunSummary:
    spec = RunSpec(DatasetSpec("/photos"), train=TrainSpec(result=result))
    listed = RunSummary("/runs/1", "running", spec, figure=Figure("accuracy", 0.5, (0.1, 0.9)))
    state = job_started(AppState(spec=spec, run_list=RunList((listed,), is_listed=True)), "train")
    state = reduce(state, "train", RunStarted("/runs/1", spec, "cpu", "features", (512,), 10, 20, ()))
    for epoch in epochs:
        state = reduce(state, "train", epoch)
    (summary,) = run_list.rows(state)
    return summary


@pytest.mark.parametrize(("result", "place"), [("loss", 2), ("metric", 3), ("last", 4)])
def test_figures_of_a_run_in_progress_are_those_of_its_result_so_far(result: Result, place: int) -> None:
    losses, accuracies = (0.9, 0.4, 0.6, 0.8), (0.5, 0.7, 0.9, 0.6)
    epochs = [
        class_epoch(number, 0.5, 0.5, loss, accuracy, 0.1)
        for number, (loss, accuracy) in enumerate(zip(losses, accuracies, strict=True), 1)
    ]
    summary = row(result, *epochs)
    assert (summary.epochs, summary.result_epoch) == (4, place)
    assert summary.figure == Figure("accuracy", accuracies[place - 1], None), "the interval is that of another epoch"


def test_the_error_of_a_number_stands_in_place_of_the_accuracy() -> None:
    errors = (3.0, 1.0, 2.0)
    epochs = [number_epoch(n, 0.5, 0.1 * n, 0.1, None, error) for n, error in enumerate(errors, 1)]
    summary = row("loss", *epochs)
    assert (summary.value("mae"), summary.value("accuracy"), summary.result_epoch) == (1.0, None, 2)


def test_there_is_no_best_epoch_before_the_first() -> None:
    summary = row("loss")
    assert (summary.best_epoch, summary.result_epoch, summary.epochs, summary.state) == (0, 0, 0, "running")
