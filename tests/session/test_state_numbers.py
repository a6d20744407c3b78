"""The state of the window for a regression run."""

from __future__ import annotations

import numpy as np
from epochs import number_epoch

from studio.events import Dataset, Evaluated, Figure, PredictedNumbers, Report, RunStarted
from studio.session import reducer, selectors, user_choices
from studio.session.state import AppState
from studio.spec import DatasetSpec, RunSpec
from studio.spec.structs import replace

REPORT = Report(2, (Figure("mae", 0.5, (0.4, 0.6)),), "Good", "Good.", highest=1.0)
SPEC = RunSpec(DatasetSpec("/photos", targets="/ages.csv"))


def test_predicted_numbers_and_their_report_belong_to_the_run() -> None:
    state = reducer.reduce(AppState(spec=SPEC), "train", RunStarted("/run", SPEC, "cpu", "features", (8,), 9, 10, ()))
    predictions = PredictedNumbers(1, np.array([1, 3]), np.array([0.2, 0.4], np.float32))
    for event in (predictions, Evaluated(1, REPORT), number_epoch(1, 0.6, 0.7, 0.1, None, 0.5)):
        state = reducer.reduce(state, "train", event)
    assert state.run is not None
    assert (state.run.numbers, state.run.report) == (predictions, REPORT)
    assert state.run.predictions is None
    assert selectors.best_accuracy(state.run) is None


def test_another_targets_file_discards_the_list_and_makes_results_stale() -> None:
    state = AppState(spec=SPEC, dataset=Dataset("/photos", ("age",), (), target="age"))
    state = reducer.reduce(state, "train", RunStarted("/run", SPEC, "cpu", "features", (8,), 9, 10, ()))
    other = replace(SPEC, dataset=replace(SPEC.dataset, targets=""))
    state = user_choices.spec_changed(state, other)
    assert state.dataset is None
    assert "other photos" in selectors.difference(state)
