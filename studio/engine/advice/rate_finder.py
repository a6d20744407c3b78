"""Learning rate finder: range tests of the head and of the thawed layers, on its own copy of the network.

The head is tested first, on the features of the frozen network. Then it trains for a few steps at its suggested rate,
because gradients through an untrained head say nothing about the backbone, and the thawed layers are tested with the
ratios of their rates unchanged. Nothing is written but cached features.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from pathlib import Path
from typing import Literal

from studio.engine.advice.advising_run import advise
from studio.engine.advice.step_trainer import StepTrainer
from studio.engine.extraction.extract import CutPoint, Extraction
from studio.engine.training.run_files.checkpoints import State
from studio.engine.training.run_inputs import require_trainable, without_test
from studio.engine.training.training_run import TrainingRun
from studio.events import (
    Dataset,
    Event,
    Events,
    RatesSuggested,
    RateTest,
    Stage,
    ValueRanges,
)
from studio.jobs.progress import Pace
from studio.jobs.protocol import Stop, never
from studio.planning import rate_choice
from studio.spec import RunSpec

HEAD_STEPS = 20
"""Steps that the head trains before the thawed layers are tested."""


def find(spec: RunSpec, steps: int = rate_choice.STEPS, stop: Stop = never, cache: Path | None = None) -> Events:
    """Test rates for a run with this spec; yields the `RatesSuggested` last.

    Args:
        spec: All settings of the run; of its rates, only the ratios among thawed layers matter.
        steps: Number of steps of each test.
        stop: Checked inside long steps.
        cache: Folder of the feature cache; None for the user's.

    Raises:
        UserError: Settings, photos or weights cannot be used, or memory ran out.
    """
    yield from advise(lambda folder: _RateFinder(spec, steps, folder, stop, cache))


class _RateFinder(TrainingRun):
    """A run that tests rates in place of training."""

    def __init__(self, spec: RunSpec, steps: int, folder: Path, stop: Stop, cache: Path | None) -> None:
        super().__init__(spec, folder, stop, cache, None, ValueRanges(spec.dataset.value_range))
        self._steps = steps

    def _train_phases(self, dataset: Dataset, network_point: CutPoint, state: State | None) -> Events:  # noqa: ARG002  # a test is not resumed
        dataset = without_test(dataset)
        extraction = yield from self._inputs.extract(dataset, "features")
        dataset = extraction.dataset
        require_trainable(dataset)
        trainer = self._make_trainer(dataset, extraction, None)
        trainer.enter((yield from self._inputs.phase("head", 1, 1, "features", extraction)))
        thaws = bool(self._freezer.trainable())
        yield Stage("rates", "Testing rates of the head")
        tests = [(yield from self._test(trainer, "head"))]
        if thaws:
            yield Stage("rates", "Training the head")
            head_rate = tests[0].rate or self._spec.train.lr
            trainer.enter((yield from self._inputs.phase("head", 1, 1, "features", extraction)))
            for step in range(HEAD_STEPS):
                yield from trainer.step_at(step, head=head_rate)
            extraction = yield from self._inputs.extract(dataset, network_point)
            trainer.enter((yield from self._inputs.phase("network", 1, 1, network_point, extraction)))
            yield Stage("rates", "Testing rates of the thawed layers")
            tests.append((yield from self._test(trainer, "network", head_rate)))
        yield RatesSuggested(tuple(tests))

    def _make_trainer(self, dataset: Dataset, extraction: Extraction, state: State | None) -> StepTrainer:  # noqa: ARG002  # a test is not resumed
        # "": the fingerprint of the photos is for checkpoints, which a test does not write.
        return StepTrainer(self._spec, self._base, self._freezer, dataset, "", self._run, self._device, self._stop)

    def _test(
        self, trainer: StepTrainer, part: Literal["head", "network"], head_rate: float = 0.0
    ) -> Generator[Event, None, RateTest]:
        """Test the rates of the head, or of the thawed layers at a fixed rate of the head."""
        # Progress is estimated for each test: a step of the layers takes far longer than one of the head.
        pace = Pace("rates", self._steps, "steps")
        start = trainer.weights()
        rates, losses = rate_choice.rates_to_test(self._steps), []
        for step, rate in enumerate(rates):
            if part == "head":
                loss = yield from trainer.step_at(step, head=rate)
            else:
                loss = yield from trainer.step_at(step, head=head_rate, network=rate)
            losses.append(loss if math.isfinite(loss) else math.inf)
            if (progress := pace.at(step + 1)) is not None:
                yield progress
            if rate_choice.is_over(losses):
                break
        yield pace.end(pace.total)
        trainer.restore_weights(start)
        choice = rate_choice.choose(rates, losses)
        return RateTest(part, tuple(rates[: len(losses)]), tuple(losses), choice.rate, choice.lowest, choice.why)
