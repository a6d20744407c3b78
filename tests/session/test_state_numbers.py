"""What the window's state makes of a learned number."""

from __future__ import annotations

import numpy as np

from studio.events import Dataset, Epoch, JudgedNumbers, NumberReport, PredictedNumbers, RunStarted
from studio.session import reducer, selectors
from studio.session.state import AppState
from studio.spec import DatasetSpec, RunSpec
from studio.spec.structs import replace

REPORT = NumberReport(2, 0.5, (0.4, 0.6), 0.7, 0.9, 2.0, 0.0, 1.0, "Healthy", "Good.")
SPEC = RunSpec(DatasetSpec("/photos", targets="/ages.csv"))


def test_predicted_numbers_and_their_report_are_the_runs() -> None:
    state = reducer.reduce(AppState(spec=SPEC), "train", RunStarted("/run", SPEC, "cpu", "features", (8,), 9, 10, ()))
    made = PredictedNumbers(1, np.array([1, 3]), np.array([0.2, 0.4], np.float32))
    for event in (made, JudgedNumbers(1, REPORT), Epoch(1, 0.6, 0.0, 0.7, 0.0, 0.1, val_mae=0.5)):
        state = reducer.reduce(state, "train", event)
    assert state.run is not None
    assert (state.run.numbers, state.run.number_report) == (made, REPORT)
    assert (state.run.predicted, state.run.report) == (None, None)
    assert selectors.best_accuracy(state.run) is None


def test_another_file_of_numbers_takes_the_old_list_away_and_makes_results_stale() -> None:
    state = AppState(spec=SPEC, dataset=Dataset("/photos", ("age",), (), target="age"))
    state = reducer.reduce(state, "train", RunStarted("/run", SPEC, "cpu", "features", (8,), 9, 10, ()))
    other = replace(SPEC, dataset=replace(SPEC.dataset, targets=""))
    state = reducer.spec_changed(state, other)
    assert state.dataset is None
    assert "other photos" in selectors.difference(state)
