"""Advice ends with the photos that it is about."""

from __future__ import annotations

import pytest
import states
from fake_jobs.data import fake_advice, fake_forecast, fake_rates

from studio.events import AppliedChoices, Dataset, DatasetScanned, PhotoChoice
from studio.session.reducer import reduce
from studio.session.state import AppState
from studio.spec.structs import replace


def advised() -> AppState:
    state = states.state()
    for job, event in (
        ("advise_cut", fake_advice(state.spec)),
        ("advise_rates", fake_rates(state.spec)),
        ("forecast", fake_forecast(state.spec)),
    ):
        state = reduce(state, job, event)
    return state


def advice(state: AppState) -> list[bool]:
    return [one is not None for one in (state.cut_advice, state.rates_suggested, state.forecast)]


def rescanned(state: AppState, dataset: Dataset) -> AppState:
    return reduce(state, "scan", DatasetScanned(dataset))


def test_advice_outlasts_a_scan_of_the_same_photos() -> None:
    state = advised()
    assert advice(state) == [True] * 3
    assert state.dataset is not None
    assert advice(rescanned(state, replace(state.dataset, checked=True))) == [True] * 3


@pytest.mark.parametrize("change", ["choice", "photo"])
def test_advice_ends_with_another_choice_or_photo(change: str) -> None:
    state = advised()
    assert state.dataset is not None
    if change == "choice":
        first = state.dataset.photos[0].path
        other = replace(state.dataset, choices=AppliedChoices((PhotoChoice(first, "a1", 3, split="val"),)))
    else:
        other = replace(state.dataset, photos=state.dataset.photos[1:])
    assert advice(rescanned(state, other)) == [False] * 3
