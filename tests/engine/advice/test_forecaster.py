"""The forecast of a run: its figures, and that it starts no run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import own_network
import pytest
from tiny import LAST_BLOCK, only, run_spec

from studio.engine.advice import forecaster
from studio.engine.device import memory
from studio.engine.training.optimization import sampling
from studio.events import DatasetScanned, Epoch, Forecast, RunStarted
from studio.jobs.protocol import Interrupted
from studio.planning.forecasts import LARGEST_SHARE, batches_of_epoch
from studio.spec import AugmentSpec, AugmentStep, FreezePlan, HeadSpec, TrainSpec, UserError
from studio.spec.structs import replace


@pytest.fixture(autouse=True)
def user_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "user cache"
    monkeypatch.setenv("THAW_CACHE", str(folder))
    return folder


def forecast(spec: Any, measure: bool = False) -> Forecast:
    return only(list(forecaster.find(spec, measure)), Forecast)[0]


@pytest.mark.slow
def test_the_forecast_of_a_head_alone(photos: Path, user_cache: Path) -> None:
    events = list(forecaster.find(run_spec(photos)))
    (result,) = only(events, Forecast)
    for kind in (RunStarted, DatasetScanned, Epoch):
        assert not only(events, kind), "the window would show a run"
    assert not user_cache.exists()
    assert result.photos == 24
    assert result.batch == result.largest_batch <= 20
    assert result.cache_bytes % (24 * 4) == 0
    assert result.first_pass_seconds > 0
    assert result.epoch_seconds >= result.step_seconds > 0
    assert min(result.writing_seconds, result.proof_seconds) > 0
    assert result.measured is None


@pytest.mark.parametrize(("photos", "batch"), [(48, 32), (96, 32), (97, 32), (5, 32), (3, 1), (1, 32)])
def test_an_epoch_has_the_batches_of_training(photos: int, batch: int) -> None:
    drawn = sampling.of_epoch(TrainSpec(batch_size=batch), 1, np.arange(photos))
    assert [len(rows) for rows in drawn] == batches_of_epoch(photos, batch)


@pytest.mark.slow
def test_thawed_layers_with_real_steps_beside_the_forecast(photos: Path) -> None:
    frozen, result = forecast(run_spec(photos)), forecast(run_spec(photos, LAST_BLOCK, batch_size=8), measure=True)
    assert result.trainable > frozen.trainable
    assert result.memory.total > frozen.memory.total
    assert result.batch == 8
    assert result.measured is not None
    assert result.measured.seconds > 0
    # In so small a network the targets and sums of a step, which are not counted, show.
    assert result.measured.memory_bytes == pytest.approx(result.memory.total, rel=0.15, abs=16_000)


@pytest.mark.slow
def test_the_largest_batch_follows_the_available_memory(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = run_spec(photos, LAST_BLOCK, batch_size=8)
    whole = forecast(spec)
    monkeypatch.setattr(memory, "available", lambda _device: whole.memory.total)
    assert forecast(spec).largest_batch < 8
    monkeypatch.setattr(memory, "available", lambda _device: 1000)
    assert forecast(spec).largest_batch == 0


@pytest.mark.slow
def test_a_batch_of_one_photo_does_not_let_every_batch_fit(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = run_spec(photos, LAST_BLOCK, batch_size=1)
    more = forecast(replace(spec, train=replace(spec.train, batch_size=12))).memory.total
    monkeypatch.setattr(memory, "available", lambda _device: int(more / LARGEST_SHARE) + 1)
    assert 1 < forecast(spec).largest_batch <= 12


@pytest.mark.slow
def test_all_cached_rows_are_counted(photos: Path) -> None:
    flips = (AugmentStep("flip", 1.0, 0.5),)
    spec = run_spec(photos)
    row = forecast(spec).cache_bytes // 24
    train = forecast(replace(spec, train=replace(spec.train, batch_size=100))).batch
    again = forecast(replace(spec, augment=AugmentSpec(flips)))
    assert again.cache_bytes == 24 * (row + 3 * 32 * 32)  # the photos, too, which are augmented in every epoch
    views = forecast(replace(spec, augment=AugmentSpec(flips, views=2)))
    assert views.cache_bytes == (24 + 2 * train) * row
    assert views.batch == min(spec.train.batch_size, 3 * train)
    warm = run_spec(photos, LAST_BLOCK)
    more = replace(warm, train=replace(warm.train, head_epochs=1))
    assert forecast(more).cache_bytes == forecast(warm).cache_bytes + 24 * row


@pytest.mark.slow
def test_dropout_is_counted_as_in_training(photos: Path) -> None:
    spec = run_spec(photos)
    head = HeadSpec(kind="mlp", hidden=64)
    without, dropout = (forecast(replace(spec, head=replace(head, dropout=share))) for share in (0.0, 0.5))
    assert dropout.memory.total > without.memory.total


@pytest.mark.slow
def test_a_network_whose_computation_depends_on_values_is_refused(photos: Path, tmp_path: Path) -> None:
    text = own_network.NET.replace("return self.cl", "x = x + 1 if x.mean() > 0 else x; return self.cl")
    spec = run_spec(photos, FreezePlan(base="none"), own_network.spec(own_network.write(tmp_path, text)))
    with pytest.raises(UserError, match="cannot be counted without computing"):
        forecast(spec)


@pytest.mark.slow
def test_photos_that_cannot_be_read_are_reported(photos: Path) -> None:
    for photo in photos.rglob("*.jpg"):
        photo.write_bytes(b"no photo")
    with pytest.raises(UserError, match="can be read"):
        forecast(run_spec(photos))


def test_stop_ends_a_forecast(photos: Path) -> None:
    with pytest.raises(Interrupted):
        list(forecaster.find(run_spec(photos), stop=lambda: True))


@pytest.mark.parametrize(("seconds", "steps"), [(10.0, 3), (0.03, 4), (0.002, 30)])
def test_short_steps_are_timed_several_times_and_the_shortest_is_used(
    monkeypatch: pytest.MonkeyPatch, seconds: float, steps: int
) -> None:
    clock, calls = [0.0], [0]

    def work() -> None:
        calls[0] += 1
        clock[0] += seconds * (9 if calls[0] == 1 else 1 if calls[0] == 3 else 1.01)

    monkeypatch.setattr(forecaster.time, "perf_counter", lambda: clock[0])
    assert forecaster._Forecaster._least(work) == pytest.approx(seconds)
    assert calls[0] == 1 + steps


@pytest.mark.slow
@pytest.mark.parametrize(("limit", "sizes"), [(0.0, {2, 4}), (1e9, {2, 4, 8})])
def test_the_whole_batch_is_timed_if_its_step_is_short(
    photos: Path, monkeypatch: pytest.MonkeyPatch, limit: float, sizes: set[int]
) -> None:
    timed: set[int] = set()
    step_on = forecaster.StepTrainer.step_on
    monkeypatch.setattr(forecaster, "FULL_BATCH_SECONDS", limit)
    monkeypatch.setattr(
        forecaster.StepTrainer, "step_on", lambda self, number: timed.add(number) or step_on(self, number)
    )
    list(forecaster.find(run_spec(photos, batch_size=8)))
    assert timed == sizes
