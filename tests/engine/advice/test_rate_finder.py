from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from tiny import LAST_BLOCK, only, run_spec

from studio.engine.advice import rate_finder
from studio.engine.advice.step_trainer import StepTrainer
from studio.engine.training import training_run
from studio.events import Checkpoint, DatasetScanned, Epoch, Progress, RatesSuggested, RateTest, RunStarted
from studio.jobs.protocol import Interrupted
from studio.spec import FreezePlan

STEPS = 30


def found(spec, tmp_path, **more) -> tuple[RateTest, ...]:
    return only(list(rate_finder.find(spec, STEPS, cache=tmp_path / "cache", **more)), RatesSuggested)[0].tests


@pytest.mark.slow
def test_a_frozen_backbone_has_one_test_which_starts_at_the_loss_of_guessing(photos, tmp_path):
    events = list(rate_finder.find(run_spec(photos), STEPS, cache=tmp_path / "cache"))
    (test,) = only(events, RatesSuggested)[0].tests
    assert test.part == "head"
    assert test.losses[0] == pytest.approx(math.log(2), rel=1e-5)
    assert list(test.rates) == sorted(test.rates)
    assert min(test.losses) < test.losses[0]
    assert test.rate is not None
    assert test.rates[0] < test.rate < test.lowest
    assert only(events, Progress)[-1].done == STEPS
    for kind in (RunStarted, DatasetScanned, Epoch, Checkpoint):
        assert not only(events, kind), "the window would show a run"


@pytest.mark.slow
def test_thawed_layers_are_tested_after_the_head_and_the_result_is_reproducible(photos, tmp_path):
    tests = found(run_spec(photos, LAST_BLOCK), tmp_path)
    assert [test.part for test in tests] == ["head", "network"]
    assert tests == found(run_spec(photos, LAST_BLOCK), tmp_path)
    assert tests != found(run_spec(photos, LAST_BLOCK, seed=5), tmp_path)


def test_a_range_test_restores_the_weights(photos, tmp_path, monkeypatch):
    seen: list[tuple[tuple[torch.Tensor, ...], tuple[torch.Tensor, ...]]] = []
    test_of = rate_finder._RateFinder._test

    def watched(self, trainer: StepTrainer, *rest):
        before = trainer.weights()
        result = yield from test_of(self, trainer, *rest)
        seen.append((before, trainer.weights()))
        return result

    monkeypatch.setattr(rate_finder._RateFinder, "_test", watched)
    found(run_spec(photos, LAST_BLOCK), tmp_path)
    assert len(seen) == 2
    for before, after in seen:
        assert len(before) > 2
        assert all(torch.equal(one, other) for one, other in zip(before, after, strict=True))


@pytest.mark.slow
def test_the_thawed_layers_keep_the_ratios_of_their_rates(photos, tmp_path, monkeypatch):
    rates: list[set[float]] = []
    step_at = StepTrainer.step_at

    def watched(self, step, head, network=0.0):
        result = yield from step_at(self, step, head, network)
        rates.append({group["lr"] for group in self._steps.optimizer.param_groups if group["thawed"]})
        return result

    monkeypatch.setattr(StepTrainer, "step_at", watched)
    network = found(run_spec(photos, FreezePlan(thaw=("blocks.5", "blocks.6")), layer_decay=0.5), tmp_path)[1]
    assert max(rates[-1]) == pytest.approx(network.rates[-1])
    ordered = sorted(rates[-1])
    np.testing.assert_allclose(ordered[-1] / ordered[-2], 2.0)
    assert not any(rates[:STEPS]), "in the test of the head nothing of the network trains"


def test_a_range_test_stores_only_cached_features(photos, tmp_path, monkeypatch):
    folders = []
    init = training_run.TrainingRun.__init__

    def watched(self, spec, run, *rest):
        folders.append(run)
        init(self, spec, run, *rest)

    monkeypatch.setattr(training_run.TrainingRun, "__init__", watched)
    found(run_spec(photos), tmp_path)
    assert len(folders) == 1
    assert not folders[0].exists()


def test_the_range_test_can_be_stopped(photos, tmp_path):
    asked = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 40

    with pytest.raises(Interrupted):
        found(run_spec(photos), tmp_path, stop=stop)
