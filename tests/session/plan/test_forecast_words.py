"""The forecast of a run in words and rows."""

from __future__ import annotations

import pytest
from folded_states import SPEC, opened, trained

from studio.events import Forecast, MeasuredStep, StepMemory
from studio.formatting.numbers import plain
from studio.session.plan import forecast_words
from studio.session.reducer import job_started
from studio.spec import FreezePlan
from studio.spec.structs import replace

FORECAST = Forecast(
    StepMemory(1_000_000, 2_000_000, 3_000_000, 14_000_000), batch=32, largest_batch=64,
    available_bytes=2_000_000_000, photos=100, cache_bytes=512, first_pass_seconds=10.0, step_seconds=0.5,
    epoch_seconds=4.0, trainable=1026, device="cpu", precision="float32", spec=SPEC,
    writing_seconds=1.0, proof_seconds=2.0,
)  # fmt: skip


def test_a_forecast_holds_for_any_number_of_epochs_and_nothing_else():
    state = replace(opened(), forecast=FORECAST)
    assert forecast_words.forecast_now(state) is FORECAST
    longer = replace(state, spec=replace(SPEC, train=replace(SPEC.train, epochs=99, extended=(5,))))
    assert forecast_words.forecast_now(longer) is FORECAST
    assert forecast_words.forecast_now(replace(state, spec=replace(SPEC, freeze=FreezePlan("none")))) is None
    larger = replace(SPEC, train=replace(SPEC.train, batch_size=99))
    assert forecast_words.forecast_now(replace(state, spec=larger)) is None
    assert forecast_words.forecast_now(opened()) is None
    assert forecast_words.forecast_now(replace(state, forecast=replace(FORECAST, spec=None))) is None


def test_no_forecast_begins_during_a_run_or_another_forecast():
    assert forecast_words.cannot_forecast(job_started(opened(), "forecast")) == "The run is being forecast."
    assert forecast_words.cannot_forecast(trained()) == (
        "A run is training: its time and memory would be measured, too."
    )
    assert forecast_words.cannot_forecast(opened()) == forecast_words.obstacle(opened())


def test_the_rows_add_up_and_contain_measured_values():
    rows = [tuple(map(plain, row)) for row in forecast_words.rows(FORECAST, 3)]
    assert rows[0] == ("Memory of a step, 32 photos", "20.0 MB", "")
    assert rows[5] == ("Time of a step", "0.50 s", "")
    assert rows[6][:2] == ("First pass over 100 photos", "10 s")
    assert rows[7][1] == "512 B"
    assert rows[9] == ("    then its checkpoint and weights", "1 s", "")
    assert rows[10] == ("Proof at the end", "2 s", "")
    assert rows[-1] == ("The run, 3 epochs", "27 s", "")
    assert all(len(row) == len(forecast_words.COLUMNS) for row in rows)
    real = forecast_words.rows(replace(FORECAST, measured=MeasuredStep(0.25, 30_000_000)), 1)
    assert (plain(real[0][2]), plain(real[5][2])) == ("30.0 MB", "0.25 s")
    assert forecast_words.rows(replace(FORECAST, measured=MeasuredStep(0.25, 0)), 1)[0][2] == "not known here"


@pytest.mark.parametrize(
    ("largest", "words"),
    [
        (0, "Not even one photo fits into 2.0 GB of free memory: freeze more layers, or choose a smaller"),
        (1, "Too large: at most 1 photo of a batch fit"),
        (31, "Too large: at most 31 photos of a batch fit into"),
        (32, "Batches of up to 32 photos fit into"),
        (99, "Batches of up to 99 photos fit into"),
        (100, "Any batch fits into"),
    ],
)
def test_the_consequence_for_the_batch_size(largest, words):
    text = forecast_words.summary(replace(FORECAST, largest_batch=largest), replace(opened(), dataset=None))
    text = text.replace("\u00a0", " ")
    assert text.startswith(words)
    assert text.endswith("Computed on cpu in float32; 1,026 parameters train.")


def test_no_batch_is_larger_than_the_training_photos():
    state = opened()
    assert sum(photo.split == "train" for photo in state.dataset.photos) == 1
    words = forecast_words.summary(replace(FORECAST, batch=1, largest_batch=1), state)
    assert words.startswith("Any batch fits into")


@pytest.mark.parametrize(("largest", "words"), [(2, "Batches of up to 2 photos"), (3, "Any batch"), (4, "Any batch")])
def test_only_training_photos_make_a_batch(largest, words):
    state = opened()
    photo = next(photo for photo in state.dataset.photos if photo.split == "train")
    splits = ("train", "train", "train", "val", "test", None)
    photos = tuple(replace(photo, path=f"/photos/{number}.jpg", split=one) for number, one in enumerate(splits))
    state = replace(state, dataset=replace(state.dataset, photos=photos))
    assert forecast_words.summary(replace(FORECAST, batch=1, largest_batch=largest), state).startswith(words)
