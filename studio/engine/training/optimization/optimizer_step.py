"""Optimizer steps, with gradient accumulation over parts of a batch when memory runs out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import nullcontext

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import Optimizer

from studio.engine.device import memory, random_state
from studio.engine.training.inputs import FeatureSource
from studio.engine.training.model import Model
from studio.engine.training.optimization.data_parallel import DataParallel
from studio.engine.training.running_totals import PartialSums, RunningTotals
from studio.events import Event, Warned
from studio.jobs.protocol import Interrupted
from studio.spec import TrainSpec, UserError
from studio.system import lazy_compiler, worker_place


class OptimizerStep:
    """Takes the optimizer steps of a run.

    Args:
        spec: Batch size, gradient clipping and seed.
        model: The model to train.
        totals: Receives the loss and metrics of each step.

    Attributes:
        optimizer: Optimizer of the current phase.
        micro: Number of photos in one pass (micro-batch); 0 for the whole batch.
    """

    optimizer: Optimizer

    def __init__(self, spec: TrainSpec, model: Model, totals: RunningTotals) -> None:
        self._spec, self._model, self._totals = spec, model, totals
        self.micro = 0
        self._parallel: DataParallel | None = None
        self._coming: NDArray[np.int64] | None = None
        self._random = torch.empty(0)  # the state of the generator after the last pass of the step

    def enter(self, optimizer: Optimizer, source: FeatureSource, parallel: DataParallel | None = None) -> None:
        """Begin a phase with its optimizer, its photos, and the other workers if they take part in it."""
        self.optimizer, self._source, self._parallel = optimizer, source, parallel

    def take(
        self, epoch: int, index: int, batch: NDArray[np.int64], coming: NDArray[np.int64] | None = None
    ) -> Iterator[Event]:
        """Take one optimizer step; when memory runs out, repeat it with half as many photos at a time.

        Args:
            epoch: Number of the epoch, from 1.
            index: Index of the batch in the epoch.
            batch: Rows of its photos.
            coming: Rows of the next batch; None for the last one.

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
            # Outside of `except`, because the traceback holds the failed pass's tensors.
            memory.release()
            if self._parallel is not None:  # the other workers are in the middle of the same step
                raise UserError(
                    f"There is not enough memory for {photos} photos of a batch of {len(batch)} in one worker.",
                    "Resume the run with more workers, or train again with a smaller batch size or more frozen layers.",
                )
            if photos == 1:
                raise UserError(
                    "There is not enough memory to train on a single photo.",
                    "Freeze more layers, choose a smaller backbone or image size, or close other programs.",
                )
            self.micro = math.ceil(photos / 2)
            yield Warned(
                f"Memory ran out: {self.micro} photos are now computed at a time, {self._spec.batch_size} in a step.",
                "The result is the same up to rounding, except that BatchNorm layers that update their statistics see "
                "fewer photos at a time. A step takes a little longer.",
            )

    def _accumulate(self, epoch: int, index: int, batch: NDArray[np.int64]) -> None:
        """Accumulate the gradients of the batch's mean loss, a part of it at a time, and step the optimizer."""
        model, scaler, parallel = self._model, self._model.precision.scaler, self._parallel
        with lazy_compiler.placeholder():
            self.optimizer.zero_grad(set_to_none=True)
        self._seed(epoch, index)
        batch_weight = model.task.weights(model.targets_of(batch)).sum()
        mine, share = (batch, 1.0) if parallel is None else parallel.part(batch)
        size = self.micro or len(mine)
        sums: list[PartialSums] = []
        for start in range(0, len(mine), size):
            part = mine[start : start + size]
            targets = model.targets_of(part)
            self._expect(mine[start + size : start + 2 * size], epoch)
            adding = nullcontext() if parallel is None else parallel.gradients(last=start + size >= len(mine))
            with adding, model.interruptible(self._source):
                with random_state.exclusive():
                    # Another job may have used the generator since: a forecast seeds it for its own steps.
                    torch.default_generator.set_state(self._random)
                    scores = self._scores(part, epoch)
                    self._random = torch.default_generator.get_state()
                losses = model.task.losses(scores, targets)
                scaler.scale(losses.sum() * share / batch_weight).backward()
            sums.append(model.sums(losses, model.task.weights(targets).sum(), scores, targets))
        self._clip()
        with lazy_compiler.placeholder():
            scaler.step(self.optimizer)
        scaler.update()
        if parallel is not None:
            sums = [parallel.summed(sums, counts=share > 0)]
            parallel.average_statistics()
        self._totals.add(index, sums)  # after the step, so that a repeated step counts once

    def _expect(self, rest: NDArray[np.int64], epoch: int) -> None:
        """Start reading the next part of the batch, or the first part of the next batch, while this one computes."""
        if not len(rest) and self._coming is not None:
            coming = self._coming if self._parallel is None else self._parallel.part(self._coming)[0]
            rest = coming[: self.micro or len(coming)]
        self._source.expect(rest, epoch)

    def _scores(self, batch: NDArray[np.int64], epoch: int) -> Tensor:
        try:
            if self._parallel is not None:
                return self._parallel.scores(self._source, batch, epoch)
            return self._model.scores(self._source, batch, epoch)
        except ValueError as error:
            if not needs_more_photos(error):
                raise
            raise single_photo_error(len(batch)) from error

    def _clip(self) -> None:
        if self._spec.clip_norm:
            self._model.precision.scaler.unscale_(self.optimizer)
            parameters = [value for group in self.optimizer.param_groups for value in group["params"]]
            nn.utils.clip_grad_norm_(parameters, self._spec.clip_norm)

    def _seed(self, epoch: int, index: int) -> None:
        """Seed dropout and stochastic depth of a step, so that a repeated step draws the same."""
        place = [self._spec.seed, epoch, index]
        if (rank := worker_place.rank()) and self._parallel is not None:  # or all workers would draw the same masks
            place.append(rank)
        seed = int(np.random.SeedSequence(place).generate_state(1, np.uint64)[0] >> 1)
        with random_state.exclusive():
            torch.default_generator.manual_seed(seed)
            self._random = torch.default_generator.get_state()
        if self._model.device.type == "cuda":
            torch.cuda.manual_seed(seed)
        elif self._model.device.type == "mps":
            torch.mps.manual_seed(seed)


def needs_more_photos(error: Exception) -> bool:
    """True for torch's error about a BatchNorm layer whose input has a single value per channel."""
    return isinstance(error, ValueError) and "more than 1 value per channel" in str(error)


def single_photo_error(photos: int) -> UserError:
    """The user error about a BatchNorm layer that cannot compute statistics of so few photos."""
    return UserError(
        f"A BatchNorm layer that updates its statistics cannot learn from {photos} photo at a time.",
        "Use a batch size of at least 2, or do not update the statistics of BatchNorm layers.",
    )
