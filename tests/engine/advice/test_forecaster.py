"""The forecast of a run: its figures, and that nothing of a run is begun."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tiny import LAST_BLOCK, only, run_spec

from studio.engine.advice import forecaster
from studio.engine.device import memory
from studio.events import DatasetScanned, Epoch, Forecast, RunStarted
from studio.jobs.protocol import Interrupted


@pytest.fixture(autouse=True)
def user_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "user cache"
    monkeypatch.setenv("THAW_CACHE", str(folder))
    return folder


def forecast(spec: Any, measure: bool = False) -> Forecast:
    return only(list(forecaster.find(spec, measure)), Forecast)[0]


@pytest.mark.slow
def test_a_head_alone(photos: Path, user_cache: Path) -> None:
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
    assert result.measured is None


@pytest.mark.slow
def test_thawed_layers_with_real_steps_beside_the_forecast(photos: Path) -> None:
    frozen, result = forecast(run_spec(photos)), forecast(run_spec(photos, LAST_BLOCK, batch_size=8), measure=True)
    assert result.trainable > frozen.trainable
    assert result.memory.total > frozen.memory.total
    assert result.batch == 8
    assert result.measured is not None
    assert result.measured.seconds > 0
    assert result.measured.memory_bytes == pytest.approx(result.memory.total, rel=0.15)


@pytest.mark.slow
def test_the_largest_batch_follows_the_available_memory(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = run_spec(photos, LAST_BLOCK, batch_size=8)
    whole = forecast(spec)
    monkeypatch.setattr(memory, "available", lambda _device: whole.memory.total)
    assert forecast(spec).largest_batch < 8
    monkeypatch.setattr(memory, "available", lambda _device: 1000)
    assert forecast(spec).largest_batch == 0


@pytest.mark.slow
def test_random_augmentation_and_views(photos: Path) -> None:
    from studio.spec import AugmentSpec, AugmentStep
    from studio.spec.structs import replace

    flips = (AugmentStep("flip", 1.0, 0.5),)
    for augment in (AugmentSpec(flips), AugmentSpec(flips, views=2)):
        result = forecast(replace(run_spec(photos), augment=augment))
        assert result.epoch_seconds > 0


def test_stop_ends_a_forecast(photos: Path) -> None:
    with pytest.raises(Interrupted):
        list(forecaster.find(run_spec(photos), stop=lambda: True))
