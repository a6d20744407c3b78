"""Optimizer steps. Where memory runs out the same step is made of fewer photos at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import Optimizer

from studio.engine.device import memory, random_state
from studio.engine.training.inputs import FeatureSource
from studio.engine.training.model import Model
from studio.engine.training.running_totals import PartialSums, RunningTotals
from studio.events import Event, Warned
from studio.jobs.protocol import Interrupted
from studio.spec import TrainSpec, UserError
from studio.system import lazy_compiler


class OptimizerStep:
    """Steps of a run, phase after phase.

    Args:
        spec: For batch size, clipping and seed.
        model: What learns.
        totals: Where each step's loss is added.

    Attributes:
        optimizer: Over what learns in the present phase.
        micro: Photos that are passed at a time; 0 for the whole batch.
    """

    optimizer: Optimizer

    def __init__(self, spec: TrainSpec, model: Model, totals: RunningTotals) -> None:
        self._spec, self._model, self._totals = spec, model, totals
        self.micro = 0
        self._coming: NDArray[np.int64] | None = None

    def enter(self, optimizer: Optimizer, source: FeatureSource) -> None:
        """Begin a phase, on the photos of `source`."""
        self.optimizer, self._source = optimizer, source

    def take(
        self, epoch: int, index: int, batch: NDArray[np.int64], coming: NDArray[np.int64] | None = None
    ) -> Iterator[Event]:
        """One optimizer step; where memory runs out, the same step with half as many photos at a time.

        Args:
            epoch: Its number, from 1.
            index: Of the batch in the epoch.
            batch: Rows of its photos.
            coming: Those of the next batch, where there is one.

        Raises:
            Interrupted: The user stopped; the weights are those before the step.
            UserError: One photo does not fit into memory.
        """
        self._coming = coming
        while True:
            if self._model.stop():
                raise Interrupted
            try:
                self._accumulate(epoch, index, batch)
                return
            except (MemoryError, RuntimeError) as error:
                if not memory.is_out_of_memory(error):
                    raise
                photos = min(self.micro or len(batch), len(batch))
            # Outside of `except`: what the failed try holds is let go of first.
            memory.release()
            if photos == 1:
                raise UserError(
                    "There is not enough memory to train on a single photo.",
                    "Freeze more layers, choose a smaller backbone or image size, or close other programs.",
                )
            self.micro = math.ceil(photos / 2)
            yield Warned(
                f"Memory ran out: {self.micro} photos are now passed at a time, {self._spec.batch_size} to a step.",
                "The result is that of the whole batch, but for thawed BatchNorm, which sees fewer photos at a time. "
                "A step takes a little longer.",
            )

    def _accumulate(self, epoch: int, index: int, batch: NDArray[np.int64]) -> None:
        """Gradients of the whole batch's mean loss, a part of it at a time, and a step along them."""
        model, scaler = self._model, self._model.precision.scaler
        with lazy_compiler.placeholder():
            self.optimizer.zero_grad(set_to_none=True)
        self._seed(epoch, index)
        whole = model.task.weights(model.targets_of(batch)).sum()
        size = self.micro or len(batch)
        sums: list[PartialSums] = []
        for start in range(0, len(batch), size):
            part = batch[start : start + size]
            targets = model.targets_of(part)
            self._expect(batch[start + size : start + 2 * size], epoch)
            with model.interruptible(self._source):
                with random_state.exclusive():
                    scores = self._scores(part, epoch)
                losses = model.task.losses(scores, targets)
                scaler.scale(losses.sum() / whole).backward()
            sums.append(model.sums(losses, model.task.weights(targets).sum(), scores, targets))
        self._clip()
        with lazy_compiler.placeholder():
            scaler.step(self.optimizer)
        scaler.update()
        self._totals.add(index, sums)  # only now: a step that is tried again counts once

    def _expect(self, rest: NDArray[np.int64], epoch: int) -> None:
        """Have the part that comes next read while this one computes; behind the last one, the next batch's first."""
        if not len(rest) and self._coming is not None:
            rest = self._coming[: self.micro or len(self._coming)]
        self._source.expect(rest, epoch)

    def _scores(self, batch: NDArray[np.int64], epoch: int) -> Tensor:
        try:
            return self._model.scores(self._source, batch, epoch)
        except ValueError as error:
            if "more than 1 value per channel" not in str(error):
                raise
            raise UserError(
                f"A thawed BatchNorm layer cannot learn from {len(batch)} photo at a time.",
                "Ask for a batch size of at least 2, or freeze the BatchNorm layers.",
            ) from error

    def _clip(self) -> None:
        if self._spec.clip_norm:
            self._model.precision.scaler.unscale_(self.optimizer)
            learning = [value for group in self.optimizer.param_groups for value in group["params"]]
            nn.utils.clip_grad_norm_(learning, self._spec.clip_norm)

    def _seed(self, epoch: int, index: int) -> None:
        """Dropout and stochastic depth of this step, the same however often it is tried."""
        seed = int(np.random.SeedSequence([self._spec.seed, epoch, index]).generate_state(1, np.uint64)[0] >> 1)
        with random_state.exclusive():
            torch.default_generator.manual_seed(seed)
        if self._model.device.type == "cuda":
            torch.cuda.manual_seed(seed)
        elif self._model.device.type == "mps":
            torch.mps.manual_seed(seed)
