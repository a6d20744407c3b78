"""Advice is discarded when its photos change."""

from __future__ import annotations

import pytest
import states
from fake_jobs.data import fake_advice, fake_backbone_advice, fake_forecast, fake_rates

from studio.events import AppliedChoices, Dataset, DatasetScanned, PhotoChoice
from studio.session.reducer import reduce
from studio.session.state import AppState
from studio.spec.structs import replace


def advised() -> AppState:
    state = states.state()
    for job, event in (
        ("advise_backbone", fake_backbone_advice(state.spec)),
        ("advise_cut", fake_advice(state.spec)),
        ("advise_rates", fake_rates(state.spec)),
        ("forecast", fake_forecast(state.spec)),
    ):
        state = reduce(state, job, event)
    return state


def advice(state: AppState) -> list[bool]:
    every = (state.backbone_advice, state.cut_advice, state.rates_suggested, state.forecast)
    return [one is not None for one in every]


def rescanned(state: AppState, dataset: Dataset) -> AppState:
    return reduce(state, "scan", DatasetScanned(dataset))


def test_advice_outlasts_a_scan_of_the_same_photos() -> None:
    state = advised()
    assert advice(state) == [True] * 4
    assert state.dataset is not None
    assert advice(rescanned(state, replace(state.dataset, checked=True))) == [True] * 4


@pytest.mark.parametrize("change", ["choice", "photo", "other photo"])
def test_advice_is_discarded_with_another_choice_or_photo(change: str) -> None:
    state = advised()
    assert state.dataset is not None
    if change == "choice":
        path = state.dataset.photos[0].path
        other = replace(state.dataset, choices=AppliedChoices((PhotoChoice(path, "a1", 3, split="val"),)))
    elif change == "photo":
        other = replace(state.dataset, photos=state.dataset.photos[1:])
    else:  # as many as before
        first, *others = state.dataset.photos
        other = replace(state.dataset, photos=(replace(first, path=f"{first.path}.png"), *others))
    assert advice(rescanned(state, other)) == [False] * 4


def test_advice_is_discarded_when_a_run_lists_other_photos() -> None:
    state = advised()
    run = replace(states.run(state.spec), status="running")
    state = states.with_job(state.showing(replace(run, dataset=None)), "train")
    assert state.dataset is not None
    assert advice(reduce(state, "train", DatasetScanned(state.dataset))) == [True] * 4
    fewer = replace(state.dataset, photos=state.dataset.photos[1:])
    after = reduce(state, "train", DatasetScanned(fewer))
    assert after.dataset is not None
    assert len(after.dataset.photos) == len(fewer.photos)
    assert advice(after) == [False] * 4
